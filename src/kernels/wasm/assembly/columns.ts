// im2col writes the matrix of patches out, for who multiplies with something else:
//
//   patches [q, tap]  with q = (n, i, j) and tap = (c, k, l)
//
// holds what lies under tap (c, k, l) when the kernel stands at (n, i, j): the transpose of cols in the derivation,
// because a row of the kernel is then a row of pixels, copied a vector at a time. col2im is the adjoint: every pixel
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

/** x [N, C, H, W] → patches [N · outH · outW, C · kH · kW] */
export function im2col<T extends number>(x: usize, patches: usize): void {
  eachImage<T>(x, patches, true);
}

/** patches [N · outH · outW, C · kH · kW] → dX [N, C, H, W], which is overwritten. */
export function col2im<T extends number>(patches: usize, dX: usize): void {
  eachImage<T>(dX, patches, false);
}

function eachImage<T extends number>(x: usize, patches: usize, gather: bool): void {
  readGeometry();
  const patchBytes: usize = C * kH * kW * sizeof<T>();
  const imageBytes: usize = C * H * W * sizeof<T>();
  const paddedBytes = f64(C) * f64(paddedH) * f64(paddedW) * sizeof<T>();
  const mark = position();
  const padded = allocate(paddedBytes);
  memory.fill(padded, 0, usize(paddedBytes));
  for (let n = 0; n < N; n++) {
    const image = x + usize(n) * imageBytes;
    const first = patches + usize(n) * outH * outW * patchBytes;
    if (gather) copyImages<T>(image, padded, 1, true);
    else memory.fill(padded, 0, usize(paddedBytes));
    // Column by column: patches that stand side by side share pixels, and a processor waits when it reads a vector
    // that overlaps one it has just written.
    for (let j = 0; j < outW; j++) {
      for (let i = 0; i < outH; i++) {
        const patch = first + usize(i * outW + j) * patchBytes;
        const corner = padded + (i * strideH * paddedW + j * strideW) * sizeof<T>();
        if (gather) gatherPatch<T>(corner, patch);
        else scatterPatch<T>(patch, corner);
      }
    }
    if (!gather) copyImages<T>(image, padded, 1, false);
  }
  moveTo(mark);
}

/** Copies what the kernel sees when its first tap stands at `corner`. */
function gatherPatch<T extends number>(corner: usize, patch: usize): void {
  const V = 16 / sizeof<T>();
  for (let c = 0; c < C; c++) {
    for (let k = 0; k < kH; k++) {
      let at = corner + (c * paddedH + k * dilationH) * paddedW * sizeof<T>();
      let l = 0;
      if (dilationW === 1) {
        for (; l + V <= kW; l += V) {
          v128.store(patch, v128.load(at));
          patch += 16;
          at += 16;
        }
      }
      for (; l < kW; l++) {
        store<T>(patch, load<T>(at));
        patch += sizeof<T>();
        at += dilationW * sizeof<T>();
      }
    }
  }
}

function scatterPatch<T extends number>(patch: usize, corner: usize): void {
  const V = 16 / sizeof<T>();
  for (let c = 0; c < C; c++) {
    for (let k = 0; k < kH; k++) {
      let at = corner + (c * paddedH + k * dilationH) * paddedW * sizeof<T>();
      let l = 0;
      if (dilationW === 1) {
        for (; l + V <= kW; l += V) {
          v128.store(at, v128.add<T>(v128.load(at), v128.load(patch)));
          patch += 16;
          at += 16;
        }
      }
      for (; l < kW; l++) {
        store<T>(at, load<T>(at) + load<T>(patch));
        patch += sizeof<T>();
        at += dilationW * sizeof<T>();
      }
    }
  }
}
