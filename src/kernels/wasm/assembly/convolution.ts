// The three sums of a convolution run over the same three axes,
//
//   o    output channels
//   q    output positions (n, i, j) of a block of images
//   tap  places (c, k, l) in the kernel
//
// and each is one product of two of the three tensors, summed over the axis that these two share:
//
//   correlate          out(o, q)      = Σ tap  weight(o, tap) · x(tap, q)                           (conv.6)
//   addWeightGradient  dW(o, tap)    += Σ q    dOut(o, q) · x(q, tap)                               (conv.7)
//   correlateAdjoint   dX(q, tap)    += Σ o    dOut(q, o) · weight(o, tap)                          (conv.8)
//
// x(q, tap) is what lies under tap (c, k, l) when the kernel stands at (n, i, j). In an image with its
// padding around it, that is at the byte offset pixels[q] + taps[tap]: a matrix of patches (im2col) that
// need never be written out whole, and to add to it is col2im.

import { allocate, position, release } from './arena';
import {
  C,
  copyImages,
  dilationH,
  dilationW,
  H,
  kH,
  kW,
  N,
  O,
  outH,
  outW,
  paddedH,
  paddedW,
  strideH,
  strideW,
  W,
} from './images';
import { evenly, product, table, view } from './product';

/** Padded images of about this many bytes are worked on at a time, so that they stay in the second-level cache. */
const BLOCK_BYTES: f64 = 262144;

/** Which of the three sums: the tensor that it computes. */
export const OUT = 0;
export const D_X = 1;
export const D_WEIGHT = 2;

/** Computes one of x, weight and out from the other two. out is overwritten, and so is dX; dWeight is added to. */
export function convolve<T extends number>(sum: i32, x: usize, weight: usize, out: usize): void {
  const positions = outH * outW;
  const places = C * kH * kW;
  const imageBytes: usize = C * H * W * sizeof<T>();
  const outBytes: usize = O * positions * sizeof<T>();
  if (sum === OUT) memory.fill(out, 0, usize(N) * outBytes);

  const paddedBytes = f64(C) * f64(paddedH) * f64(paddedW) * sizeof<T>();
  const images = max(1, i32(min(f64(N), BLOCK_BYTES / max(1, paddedBytes))));
  const padded = allocate(images * paddedBytes);
  memory.fill(padded, 0, usize(images * paddedBytes));

  // dX is scattered with the positions taken column by column. Kernels that stand side by side share pixels, and a
  // processor waits when it reads a vector that overlaps one it has just written.
  const down = sum === D_X;
  const pixels = positionTable<T>(images, C * paddedH * paddedW, strideH * paddedW, strideW, down);
  const taps = tapTable<T>();
  const outPositions = positionTable<T>(images, O * positions, outW, 1, down);
  const outChannels = evenly(O, positions * sizeof<T>());
  const weightChannels = evenly(O, places * sizeof<T>());
  const weightPlaces = evenly(places, sizeof<T>());

  const mark = position();
  for (let n = 0; n < N; n += images) {
    const count = min(images, N - n);
    const Q = count * positions;
    const xBlock = x + usize(n) * imageBytes;
    const outBlock = out + usize(n) * outBytes;
    if (sum === OUT) {
      copyImages<T>(xBlock, padded, count, true);
      const w = view(weight, weightChannels, weightPlaces);
      product<T>(O, Q, places, w, view(padded, taps, pixels), view(outBlock, outChannels, outPositions));
    } else if (sum === D_X) {
      memory.fill(padded, 0, usize(count * paddedBytes));
      const w = view(weight, weightChannels, weightPlaces);
      product<T>(Q, places, O, view(outBlock, outPositions, outChannels), w, view(padded, pixels, taps));
      copyImages<T>(xBlock, padded, count, false);
    } else {
      copyImages<T>(xBlock, padded, count, true);
      const dW = view(weight, weightChannels, weightPlaces);
      product<T>(O, places, Q, view(outBlock, outChannels, outPositions), view(padded, pixels, taps), dW);
    }
    release(mark);
  }
}

/**
 * Where q = (n, i, j) lies in a tensor whose images, rows and columns lie this many entries apart. Within an
 * image, q runs along the rows, or down the columns.
 */
function positionTable<T extends number>(images: i32, image: i32, row: i32, column: i32, down: bool): usize {
  const outer = down ? outW : outH;
  const inner = down ? outH : outW;
  const outerStep = down ? column : row;
  const innerStep = down ? row : column;
  const out = table(images * outer * inner);
  let at = out;
  for (let n = 0; n < images; n++) {
    for (let p = 0; p < outer; p++) {
      for (let q = 0; q < inner; q++) {
        store<u32>(at, (n * image + p * outerStep + q * innerStep) * sizeof<T>());
        at += 4;
      }
    }
  }
  return out;
}

/** tap = (c, k, l) → how far it lies from tap (0, 0, 0). */
function tapTable<T extends number>(): usize {
  const out = table(C * kH * kW);
  let at = out;
  for (let c = 0; c < C; c++) {
    for (let k = 0; k < kH; k++) {
      for (let l = 0; l < kW; l++) {
        store<u32>(at, ((c * paddedH + k * dilationH) * paddedW + l * dilationW) * sizeof<T>());
        at += 4;
      }
    }
  }
  return out;
}
