// An image [C, H, W] with its channels side by side and padding around it, [paddedH, paddedW, C]: vectors then hold one
// pixel of several channels, whatever the kernel does with rows and columns.

import { transpose2, transpose4 } from './transpose';

/** How large the image is, where it lies within its padding, and how wide it is with that. */
@unmanaged
export class Frame {
  C: i32;
  H: i32;
  W: i32;
  top: i32;
  left: i32;
  paddedW: i32;
}

/** image [C, H, W] → padded [paddedH, paddedW, C], whose padding is left alone. C is a multiple of a vector's lanes. */
export function toChannelsLast<T extends number>(image: usize, frame: Frame, padded: usize): void {
  exchange<T>(image, frame, padded, true);
}

/** The way back. */
export function fromChannelsLast<T extends number>(padded: usize, frame: Frame, image: usize): void {
  exchange<T>(image, frame, padded, false);
}

function exchange<T extends number>(image: usize, frame: Frame, padded: usize, last: bool): void {
  const V = 16 / sizeof<T>();
  const plane: usize = frame.H * frame.W * sizeof<T>();
  const pixel: usize = frame.C * sizeof<T>();
  // Rows without padding between them are one long row.
  const whole = frame.W === frame.paddedW;
  const height = whole ? 1 : frame.H;
  const width = whole ? frame.H * frame.W : frame.W;
  let row = image;
  let line = padded + usize(frame.top * frame.paddedW + frame.left) * pixel;
  // Row by row, so that the pixels of all channels lie close together.
  for (let h = 0; h < height; h++) {
    for (let c = 0; c < frame.C; c += V) {
      const plane0 = row + usize(c) * plane;
      const inside = line + c * sizeof<T>();
      // The last square of a row may overlap the one before.
      for (let w = 0; w < width; w += V) {
        const column = min(w, width - V);
        const from = plane0 + column * sizeof<T>();
        const to = inside + usize(column) * pixel;
        if (column < 0) exchangeNarrow<T>(plane0, plane, inside, pixel, width, last);
        else if (last) transposeSquare<T>(from, plane, to, pixel);
        else transposeSquare<T>(to, pixel, from, plane);
      }
    }
    row += width * sizeof<T>();
    line += usize(frame.paddedW) * pixel;
  }
}

/** The same for a row that is narrower than a vector. */
function exchangeNarrow<T extends number>(
  row: usize,
  plane: usize,
  inside: usize,
  pixel: usize,
  width: i32,
  last: bool,
): void {
  for (let w = 0; w < width; w++) {
    for (let lane: usize = 0; lane < 16 / sizeof<T>(); lane++) {
      const from = row + lane * plane + w * sizeof<T>();
      const to = inside + usize(w) * pixel + lane * sizeof<T>();
      if (last) store<T>(to, load<T>(from));
      else store<T>(from, load<T>(to));
    }
  }
}

/** A vector from each of as many rows as a vector has lanes. */
function transposeSquare<T extends number>(from: usize, fromStep: usize, to: usize, toStep: usize): void {
  if (sizeof<T>() === 8) transpose2(from, from + fromStep, to, toStep);
  else transpose4(from, from + fromStep, from + 2 * fromStep, from + 3 * fromStep, to, toStep);
}
