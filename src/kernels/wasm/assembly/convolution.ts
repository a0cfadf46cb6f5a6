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
import { evenly, product, table, view } from './product';

/** Padded images of about this many bytes are worked on at a time, so that they stay in the second-level cache. */
const BLOCK_BYTES: f64 = 262144;

let N = 0;
let C = 0;
let H = 0;
let W = 0;
let O = 0;
let kH = 0;
let kW = 0;
let outH = 0;
let outW = 0;
let strideH = 0;
let strideW = 0;
let paddingH = 0;
let paddingW = 0;
let dilationH = 0;
let dilationW = 0;

/** The padded image: as far as the kernel reaches, and the whole image in any case. */
let paddedH = 0;
let paddedW = 0;

/** What the next call is about: x [N, C, H, W], weight [O, C, kH, kW], out [N, O, outH, outW]. */
export function setGeometry(
  n: i32,
  c: i32,
  h: i32,
  w: i32,
  o: i32,
  kernelH: i32,
  kernelW: i32,
  outputH: i32,
  outputW: i32,
  stride0: i32,
  stride1: i32,
  padding0: i32,
  padding1: i32,
  dilation0: i32,
  dilation1: i32,
): void {
  N = n;
  C = c;
  H = h;
  W = w;
  O = o;
  kH = kernelH;
  kW = kernelW;
  outH = outputH;
  outW = outputW;
  strideH = stride0;
  strideW = stride1;
  paddingH = padding0;
  paddingW = padding1;
  dilationH = dilation0;
  dilationW = dilation1;
  paddedH = max(paddingH + H, (outH - 1) * strideH + (kH - 1) * dilationH + 1);
  paddedW = max(paddingW + W, (outW - 1) * strideW + (kW - 1) * dilationW + 1);
}

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

/** Copies images [count, C, H, W] into the padding, whose zeros stay, or back out of it. */
function copyImages<T extends number>(images: usize, padded: usize, count: i32, into: bool): void {
  const rowBytes: usize = W * sizeof<T>();
  for (let plane = 0; plane < count * C; plane++) {
    let inside = padded + ((plane * paddedH + paddingH) * paddedW + paddingW) * sizeof<T>();
    for (let h = 0; h < H; h++) {
      if (into) copyRow(images, inside, rowBytes);
      else copyRow(inside, images, rowBytes);
      images += rowBytes;
      inside += paddedW * sizeof<T>();
    }
  }
}

/** memory.copy, which for rows as short as these takes longer to call than to run. */
function copyRow(from: usize, to: usize, bytes: usize): void {
  let i: usize = 0;
  for (; i + 16 <= bytes; i += 16) v128.store(to + i, v128.load(from + i));
  for (; i < bytes; i += 4) store<u32>(to + i, load<u32>(from + i));
}
