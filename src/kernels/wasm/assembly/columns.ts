// im2col writes the matrix of patches out, for who multiplies with something else:
//
//   cols [tap, q]  with tap = (c, k, l) and q = (n, i, j)
//
// holds what lies under tap (c, k, l) when the kernel stands at (n, i, j). col2im is its adjoint: every pixel
// gets the sum of its copies. O plays no part in either.

import { allocate, moveTo, position } from './arena';
import {
  C,
  copyImages,
  dilationH,
  dilationW,
  H,
  kH,
  kW,
  N,
  outH,
  outW,
  paddedH,
  paddedW,
  readGeometry,
  strideH,
  strideW,
  W,
} from './images';

/** x [N, C, H, W] → cols [C · kH · kW, N · outH · outW] */
export function im2col<T extends number>(x: usize, cols: usize): void {
  eachImage<T>(x, cols, true);
}

/** cols [C · kH · kW, N · outH · outW] → dX [N, C, H, W], which is overwritten. */
export function col2im<T extends number>(cols: usize, dX: usize): void {
  eachImage<T>(dX, cols, false);
}

function eachImage<T extends number>(x: usize, cols: usize, gather: bool): void {
  readGeometry();
  const positions: usize = outH * outW * sizeof<T>();
  const imageBytes: usize = C * H * W * sizeof<T>();
  const paddedBytes = f64(C) * f64(paddedH) * f64(paddedW) * sizeof<T>();
  const mark = position();
  // Sixteen bytes more: gatherTap's last vector may reach past the last pixel.
  const padded = allocate(paddedBytes + 16);
  memory.fill(padded, 0, usize(paddedBytes));
  for (let n = 0; n < N; n++) {
    const image = x + usize(n) * imageBytes;
    if (gather) copyImages<T>(image, padded, 1, true);
    else memory.fill(padded, 0, usize(paddedBytes));
    let row = cols + usize(n) * positions;
    for (let c = 0; c < C; c++) {
      for (let k = 0; k < kH; k++) {
        for (let l = 0; l < kW; l++) {
          const first = padded + ((c * paddedH + k * dilationH) * paddedW + l * dilationW) * sizeof<T>();
          if (gather) gatherTap<T>(first, row);
          else scatterTap<T>(row, first);
          row += usize(N) * positions;
        }
      }
    }
    if (!gather) copyImages<T>(image, padded, 1, false);
  }
  moveTo(mark);
}

/** What one tap sees at every position of an image, from the pixel that it sees at the first. */
function gatherTap<T extends number>(first: usize, row: usize): void {
  const V = 16 / sizeof<T>();
  const step: usize = strideW * sizeof<T>();
  for (let i = 0; i < outH; i++) {
    let at = first + i * strideH * paddedW * sizeof<T>();
    let j = 0;
    if (strideW === 1) {
      for (; j + V <= outW; j += V) {
        v128.store(row, v128.load(at));
        row += 16;
        at += 16;
      }
    } else if (strideW === 2 && sizeof<T>() === 4) {
      // Every second pixel of eight.
      for (; j + V <= outW; j += V) {
        v128.store(row, v128.shuffle<f32>(v128.load(at), v128.load(at, 16), 0, 2, 4, 6));
        row += 16;
        at += 32;
      }
    }
    for (; j < outW; j++) {
      store<T>(row, load<T>(at));
      row += sizeof<T>();
      at += step;
    }
  }
}

function scatterTap<T extends number>(row: usize, first: usize): void {
  const V = 16 / sizeof<T>();
  const step: usize = strideW * sizeof<T>();
  for (let i = 0; i < outH; i++) {
    let at = first + i * strideH * paddedW * sizeof<T>();
    let j = 0;
    if (strideW === 1) {
      for (; j + V <= outW; j += V) {
        v128.store(at, v128.add<T>(v128.load(at), v128.load(row)));
        row += 16;
        at += 16;
      }
    }
    for (; j < outW; j++) {
      store<T>(at, load<T>(at) + load<T>(row));
      row += sizeof<T>();
      at += step;
    }
  }
}
