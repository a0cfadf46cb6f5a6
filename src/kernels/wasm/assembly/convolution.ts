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
  O,
  outH,
  outW,
  paddedH,
  paddedW,
  readGeometry,
  strideH,
  strideW,
  W,
} from './images';
import { evenly, finish, part, product, scratchOf, share, table, transposed, View, view } from './product';

/** Padded images of about this many bytes are worked on at a time, so that they stay in the caches. */
const BLOCK_BYTES: f64 = 1048576;

/** A batch makes this many blocks at least, if it has the images: threads share them. */
const BLOCKS = 8;

/** Which of the three sums: the tensor that it computes. */
export const OUT = 0;
export const D_X = 1;
export const D_WEIGHT = 2;

/** Images in a block. */
let images = 0;
/** This thread's padded images, and the bytes of one. */
let padded: usize = 0;
let paddedBytes: f64 = 0;
/** x(q, tap), out(o, q) and weight(o, tap), the first two of a block. */
let patches: View = changetype<View>(0);
let outs: View = patches;
let weights: View = patches;

/** Makes this thread's tables, and returns into how many parts the sum can be cut. */
export function prepareConvolution<T extends number>(sum: i32, weight: usize): i32 {
  readGeometry();
  const positions = outH * outW;
  const places = C * kH * kW;
  paddedBytes = f64(C) * f64(paddedH) * f64(paddedW) * sizeof<T>();
  images = i32(max(1, min(Math.ceil(f64(N) / BLOCKS), BLOCK_BYTES / max(1, paddedBytes))));
  padded = allocate(images * paddedBytes);

  // dX is scattered with the positions taken column by column. Kernels that stand side by side share pixels, and a
  // processor waits when it reads a vector that overlaps one it has just written.
  const down = sum === D_X;
  const pixels = positionTable<T>(images, C * paddedH * paddedW, strideH * paddedW, strideW, down);
  const outPositions = positionTable<T>(images, O * positions, outW, 1, down);
  patches = view(padded, pixels, tapTable<T>());
  outs = view(0, evenly(O, positions * sizeof<T>()), outPositions);
  weights = view(weight, evenly(O, places * sizeof<T>()), evenly(places, sizeof<T>()));

  const Q = images * positions;
  if (sum === OUT) return prepared(scratchOf<T>(O, Q, places), blocks());
  if (sum === D_X) return prepared(scratchOf<T>(Q, places, O), blocks());
  return prepared(scratchOf<T>(O, places, Q), max(O, places));
}

/** Allocates what the product will allocate, and gives it back: so much is this thread's. */
function prepared(scratch: f64, parts: i32): i32 {
  const mark = position();
  allocate(scratch);
  moveTo(mark);
  return parts;
}

/**
 * One part of `parts` of one of x, weight and out, computed from the other two. out is overwritten, and so is dX;
 * dWeight is added to. The sums themselves are never cut, so the numbers do not depend on the number of parts.
 */
export function convolve<T extends number>(sum: i32, x: usize, out: usize, which: i32, parts: i32): void {
  memory.fill(padded, 0, usize(images * paddedBytes));
  if (sum === D_WEIGHT) {
    const places = C * kH * kW;
    const byPlace = places >= O;
    const from = share(byPlace ? places : O, which, parts);
    const to = share(byPlace ? places : O, which + 1, parts);
    for (let n = 0; n < N; n += images) {
      if (byPlace) weightGradient<T>(x, out, n, 0, O, from, to);
      else weightGradient<T>(x, out, n, from, to, 0, places);
    }
  } else {
    const first = i32((i64(blocks()) * which) / parts) * images;
    const last = min(N, i32((i64(blocks()) * (which + 1)) / parts) * images);
    for (let n = first; n < last; n += images) {
      if (sum === OUT) correlate<T>(x, out, n);
      else correlateAdjoint<T>(x, out, n);
    }
  }
}

function blocks(): i32 {
  return (N + images - 1) / images;
}

/** out of the block that begins with image n. */
function correlate<T extends number>(x: usize, out: usize, n: i32): void {
  const mark = position();
  const count = min(images, N - n);
  const Q = count * outH * outW;
  const places = C * kH * kW;
  copyImages<T>(imageAt<T>(x, n), padded, count, true);
  const outBlock = part(outs, outAt<T>(out, n), 0, 0);
  if (places === 0) memory.fill(outBlock.data, 0, O * Q * sizeof<T>());
  product<T>(O, Q, places, weights, transposed(patches), outBlock, true);
  moveTo(mark);
}

/** dX of the block that begins with image n. */
function correlateAdjoint<T extends number>(dX: usize, dOut: usize, n: i32): void {
  const mark = position();
  const count = min(images, N - n);
  const Q = count * outH * outW;
  memory.fill(padded, 0, usize(count * paddedBytes));
  const dOutBlock = transposed(part(outs, outAt<T>(dOut, n), 0, 0));
  product<T>(Q, C * kH * kW, O, dOutBlock, weights, patches, false);
  copyImages<T>(imageAt<T>(dX, n), padded, count, false);
  moveTo(mark);
}

/** What the block that begins with image n adds to dWeight(o, tap), for these o and tap. */
function weightGradient<T extends number>(x: usize, dOut: usize, n: i32, o0: i32, o1: i32, tap0: i32, tap1: i32): void {
  const mark = position();
  const count = min(images, N - n);
  const Q = count * outH * outW;
  copyImages<T>(imageAt<T>(x, n), padded, count, true);
  const dOutBlock = part(outs, outAt<T>(dOut, n), o0, 0);
  const dWeight = part(weights, weights.data, o0, tap0);
  product<T>(o1 - o0, tap1 - tap0, Q, dOutBlock, part(patches, padded, 0, tap0), dWeight, false);
  moveTo(mark);
}

function imageAt<T extends number>(x: usize, n: i32): usize {
  return x + usize(n) * (C * H * W * sizeof<T>());
}

function outAt<T extends number>(out: usize, n: i32): usize {
  return out + usize(n) * (O * outH * outW * sizeof<T>());
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
  return finish(out, images * outer * inner);
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
  return finish(out, C * kH * kW);
}
