// A convolution with fewer multiplications (Winograd, "Arithmetic Complexity of Computations", 1980; for networks
// Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2016).
//
// derivations/09-convolution.md derives it. Along one axis, places and taps are coefficients of polynomials, and
// their products are made at as many points as there are coefficients in the product:
//
//   dX  = B [(G W) ⊙ (A dOut)]      A and G give the values at the points, B the coefficients
//   out = Aᵀ[(G W) ⊙ (Bᵀ x)]
//   dW  = Gᵀ[(A dOut) ⊙ (Bᵀ x)]
//
// That is done along both axes: values belong to a pair of points. With a stride of 2, every second pixel with every
// second tap, a phase, is a channel of its own. Summed over channels, ⊙ is a matrix product for each pair of points, of
//
//   x       [tiles · N, phases · C]
//   weight  [O, phases · C]
//   out     [tiles · N, O]
//
// The points are 0, 1, −1, ∞ and for large tiles 2. At ∞, a polynomial's value is its last coefficient.

import { allocate } from './arena';
import { Frame, fromChannelsLast, toChannelsLast } from './channels-last';
import { C, H, kH, kW, N, O, outH, outW, paddingH, paddingW, readGeometry, strideH, strideW, W } from './images';

/** The tensors, as ../winograd.ts numbers them. */
const X = 0;
const WEIGHT = 2;

const POINTS = 5;
const LARGE = 5;
const SMALL = 4;

/**
 * Bytes between two matrices, which ../winograd.ts reserves with them: in a cache, what lies a large power of 2 apart
 * takes one another's place.
 */
const ASIDE = 64;

/** How many large and small tiles there are along each axis: i32[4], where all threads see them. */
const tiling = memory.data(16, 4);

export function setTiles(largeH: i32, smallH: i32, largeW: i32, smallW: i32): void {
  store<i32>(tiling, largeH);
  store<i32>(tiling, smallH, 4);
  store<i32>(tiling, largeW, 8);
  store<i32>(tiling, smallW, 12);
}

/** One axis of a tensor that is cut into tiles. */
@unmanaged
class Axis {
  /** How many tiles have 5 points, and then how many have 4. */
  large: i32;
  small: i32;
  /** How many coefficients each has, and how far apart large tiles begin; small ones begin one nearer. */
  largeCoefficients: i32;
  smallCoefficients: i32;
  step: i32;
  /** Of how many phases the axis is made. */
  phases: i32;
}

let tensor = 0;
let count = 0;
let frame: Frame = changetype<Frame>(0);
let rows: Axis = changetype<Axis>(0);
let columns: Axis = rows;
/** This thread's image with its channels side by side, its bytes and those of one of its lines. */
let padded: usize = 0;
let paddedBytes: usize = 0;
let lineBytes: usize = 0;
/** A tile half way: [5, 5, channels of one row's phases]. */
let between: usize = 0;
/** The bytes of the channels of one row's phases, which lie side by side wherever they are. */
let run: usize = 0;
// Tables of 5 offsets: where a tile's coefficients lie in the image, where it lies in `between`, and where the values
// at its points lie in their matrices.
let imageRows: usize = 0;
let imageColumns: usize = 0;
let betweenRows: usize = 0;
let betweenColumns: usize = 0;
let pointRows: usize = 0;
let pointColumns: usize = 0;
/** The bytes of a matrix's row, and from one matrix to the next. */
let rowBytes: usize = 0;
let matrixBytes: usize = 0;

/** Makes this thread's tables for a tensor, and returns into how many parts the transform can be cut. */
export function prepareTransform<T extends number>(which: i32): i32 {
  readGeometry();
  tensor = which;
  count = which === WEIGHT ? O : N;
  frame = changetype<Frame>(allocate(offsetof<Frame>()));
  frame.C = which === X || which === WEIGHT ? C : O;
  frame.H = which === X ? H : which === WEIGHT ? kH : outH;
  frame.W = which === X ? W : which === WEIGHT ? kW : outW;
  frame.top = which === X ? paddingH : 0;
  frame.left = which === X ? paddingW : 0;
  rows = axis(which, load<i32>(tiling), load<i32>(tiling, 4), kH, strideH);
  columns = axis(which, load<i32>(tiling, 8), load<i32>(tiling, 12), kW, strideW);
  const paddedH = max(frame.top + frame.H, length(rows));
  frame.paddedW = max(frame.left + frame.W, length(columns));

  const pixelBytes: usize = frame.C * sizeof<T>();
  lineBytes = usize(frame.paddedW) * pixelBytes;
  paddedBytes = usize(paddedH) * lineBytes;
  padded = allocate(f64(paddedBytes));
  run = usize(columns.phases) * pixelBytes;
  between = allocate(POINTS * POINTS * f64(run));
  imageRows = table(usize(rows.phases) * lineBytes);
  imageColumns = table(run);
  betweenRows = table(usize(POINTS) * run);
  betweenColumns = table(run);
  rowBytes = usize(rows.phases) * run;
  const tiles = (rows.large + rows.small) * (columns.large + columns.small);
  matrixBytes = usize(count * tiles) * rowBytes + ASIDE;
  pointRows = table(usize(POINTS) * matrixBytes);
  pointColumns = table(0);
  return count;
}

function axis(which: i32, large: i32, small: i32, kernel: i32, stride: i32): Axis {
  const out = changetype<Axis>(allocate(offsetof<Axis>()));
  const taps = (kernel + stride - 1) / stride;
  const outputs = LARGE + 1 - taps;
  // A weight is a tile of its own, whose values are needed wherever a tile has them.
  out.large = which === WEIGHT ? i32(large > 0) : large;
  out.small = which === WEIGHT ? i32(large === 0) : small;
  out.largeCoefficients = which === X ? LARGE : which === WEIGHT ? taps : outputs;
  out.smallCoefficients = which === WEIGHT ? taps : out.largeCoefficients - 1;
  out.step = outputs;
  out.phases = which === X || which === WEIGHT ? stride : 1;
  return out;
}

/** How many pixels all tiles of an axis cover. */
function length(axis: Axis): i32 {
  const tiles = axis.large + axis.small;
  const last = axis.small > 0 ? axis.smallCoefficients : axis.largeCoefficients;
  return axis.phases * (start(axis, tiles - 1) + last);
}

/** Where a tile begins. */
function start(axis: Axis, tile: i32): i32 {
  return tile * axis.step - max(0, tile - axis.large);
}

function table(step: usize): usize {
  const out = allocate(POINTS * 4);
  for (let i = 0; i < POINTS; i++) store<u32>(out + 4 * i, usize(i) * step);
  return out;
}

/** One part of `parts` of images [count, C, H, W] → values at the points, or back. Back to a weight adds to it. */
export function transform<T extends number>(images: usize, values: usize, back: bool, which: i32, parts: i32): void {
  const from = i32((i64(count) * which) / parts);
  const to = i32((i64(count) * (which + 1)) / parts);
  const imageBytes: usize = frame.C * frame.H * frame.W * sizeof<T>();
  memory.fill(padded, 0, paddedBytes);
  for (let n = from; n < to; n++) {
    const image = images + usize(n) * imageBytes;
    if (!back || tensor === WEIGHT) toChannelsLast<T>(image, frame, padded);
    else memory.fill(padded, 0, paddedBytes);
    for (let i = 0; i < rows.large + rows.small; i++) {
      for (let j = 0; j < columns.large + columns.small; j++) tileOf<T>(values, n, i, j, back);
    }
    if (back) fromChannelsLast<T>(padded, frame, image);
  }
}

/** Tile (i, j) of image n, all of its channels. */
function tileOf<T extends number>(values: usize, n: i32, i: i32, j: i32, back: bool): void {
  const pointsH = i < rows.large ? LARGE : SMALL;
  const pointsW = j < columns.large ? LARGE : SMALL;
  const coefficientsH = i < rows.large ? rows.largeCoefficients : rows.smallCoefficients;
  const coefficientsW = j < columns.large ? columns.largeCoefficients : columns.smallCoefficients;

  // The matrix of a pair of points has a row for each tile that has both, and each image.
  for (let b = 0; b < pointsW; b++) {
    const tilesInRow = columns.large + (b < SMALL ? columns.small : 0);
    const row = (i * tilesInRow + j) * count + n;
    store<u32>(pointColumns + 4 * b, usize(b) * matrixBytes + usize(row) * rowBytes);
  }

  let corner = padded + usize(start(rows, i) * rows.phases) * lineBytes + usize(start(columns, j)) * run;
  for (let phase = 0; phase < rows.phases; phase++) {
    if (back) {
      for (let a = 0; a < pointsH; a++) {
        const from = place(values, pointRows, a);
        fromValues<T>(
          from,
          pointColumns,
          pointsW,
          place(between, betweenRows, a),
          betweenColumns,
          coefficientsW,
          false,
        );
      }
      for (let l = 0; l < coefficientsW; l++) {
        const to = place(corner, imageColumns, l);
        fromValues<T>(place(between, betweenColumns, l), betweenRows, pointsH, to, imageRows, coefficientsH, true);
      }
    } else {
      for (let l = 0; l < coefficientsW; l++) {
        const from = place(corner, imageColumns, l);
        toValues<T>(from, imageRows, coefficientsH, place(between, betweenColumns, l), betweenRows, pointsH);
      }
      for (let a = 0; a < pointsH; a++) {
        const to = place(values, pointRows, a);
        toValues<T>(place(between, betweenRows, a), betweenColumns, coefficientsW, to, pointColumns, pointsW);
      }
    }
    corner += lineBytes;
    values += run;
  }
}

// Along one axis, for a run of channels: coefficients to values at 4 or 5 points, and the transpose of that, which is
// written, or added to what is there.

function toValues<T extends number>(
  from: usize,
  places: usize,
  coefficients: i32,
  to: usize,
  points: usize,
  count: i32,
): void {
  if (tensor !== X) evaluate<T>(from, places, coefficients, to, points, count === LARGE);
  else if (count === LARGE) interpolateTransposed5<T>(from, places, to, points);
  else interpolateTransposed4<T>(from, places, to, points);
}

function fromValues<T extends number>(
  from: usize,
  points: usize,
  count: i32,
  to: usize,
  places: usize,
  coefficients: i32,
  add: bool,
): void {
  if (tensor !== X) evaluateTransposed<T>(from, points, count === LARGE, to, places, coefficients, add);
  else if (count === LARGE) interpolate5<T>(from, points, to, places, add);
  else interpolate4<T>(from, points, to, places, add);
}

/** A or G: the values of a polynomial with 2, 3 or 4 coefficients. */
function evaluate<T extends number>(
  from: usize,
  places: usize,
  coefficients: i32,
  to: usize,
  points: usize,
  large: bool,
): void {
  const none = i32x4.splat(0);
  const c0 = place(from, places, 0);
  const c1 = place(from, places, 1);
  const c2 = place(from, places, 2);
  const c3 = place(from, places, 3);
  const at0 = place(to, points, 0);
  const at1 = place(to, points, 1);
  const atMinus1 = place(to, points, 2);
  const atInfinity = place(to, points, 3);
  const at2 = place(to, points, 4);
  for (let i: usize = 0; i < run; i += 16) {
    const s0 = v128.load(c0 + i);
    const s1 = v128.load(c1 + i);
    const s2 = coefficients > 2 ? v128.load(c2 + i) : none;
    const s3 = coefficients > 3 ? v128.load(c3 + i) : none;
    const even = v128.add<T>(s0, s2);
    const odd = v128.add<T>(s1, s3);
    v128.store(at0 + i, s0);
    v128.store(at1 + i, v128.add<T>(even, odd));
    v128.store(atMinus1 + i, v128.sub<T>(even, odd));
    v128.store(atInfinity + i, coefficients === 2 ? s1 : coefficients === 3 ? s2 : s3);
    if (large) {
      // ((s3 · 2 + s2) · 2 + s1) · 2 + s0
      let value = v128.add<T>(v128.add<T>(s3, s3), s2);
      value = v128.add<T>(v128.add<T>(value, value), s1);
      v128.store(at2 + i, v128.add<T>(v128.add<T>(value, value), s0));
    }
  }
}

function evaluateTransposed<T extends number>(
  from: usize,
  points: usize,
  large: bool,
  to: usize,
  places: usize,
  coefficients: i32,
  add: bool,
): void {
  const none = i32x4.splat(0);
  const c0 = place(to, places, 0);
  const c1 = place(to, places, 1);
  const c2 = place(to, places, 2);
  const c3 = place(to, places, 3);
  const at0 = place(from, points, 0);
  const at1 = place(from, points, 1);
  const atMinus1 = place(from, points, 2);
  const atInfinity = place(from, points, 3);
  const at2 = place(from, points, 4);
  for (let i: usize = 0; i < run; i += 16) {
    const plus = v128.load(at1 + i);
    const minus = v128.load(atMinus1 + i);
    const infinity = v128.load(atInfinity + i);
    const two = large ? v128.load(at2 + i) : none;
    const sum = v128.add<T>(plus, minus);
    const difference = v128.sub<T>(plus, minus);
    const twice = v128.add<T>(two, two);
    const fourfold = v128.add<T>(twice, twice);
    const s1 = v128.add<T>(difference, twice);
    const s2 = v128.add<T>(sum, fourfold);
    put<T>(c0 + i, v128.add<T>(v128.add<T>(v128.load(at0 + i), sum), two), add);
    put<T>(c1 + i, coefficients === 2 ? v128.add<T>(s1, infinity) : s1, add);
    if (coefficients > 2) put<T>(c2 + i, coefficients === 3 ? v128.add<T>(s2, infinity) : s2, add);
    if (coefficients > 3) {
      const s3 = v128.add<T>(difference, v128.add<T>(fourfold, fourfold));
      put<T>(c3 + i, v128.add<T>(s3, infinity), add);
    }
  }
}

// The columns of B are the coefficients of the polynomials that are 1 at one point and 0 at the others. For 5 points
// they are those for 4 and a multiple of h = p − p³, which is 0 at three of these:
//
//   at        0             1                 −1                 ∞              2
//   4 points  1 − p²        (p² + p)/2        (p² − p)/2         p³ − p
//   5 points  1 − p² − h/2  (p² + p)/2 + h/2  (p² − p)/2 + h/6   p⁴ − p² + 2h   −h/6

/** Bᵀ for 4 points. */
function interpolateTransposed4<T extends number>(from: usize, places: usize, to: usize, points: usize): void {
  const half = v128.splat<T>(<T>0.5);
  const c0 = place(from, places, 0);
  const c1 = place(from, places, 1);
  const c2 = place(from, places, 2);
  const c3 = place(from, places, 3);
  const at0 = place(to, points, 0);
  const at1 = place(to, points, 1);
  const atMinus1 = place(to, points, 2);
  const atInfinity = place(to, points, 3);
  for (let i: usize = 0; i < run; i += 16) {
    const s1 = v128.load(c1 + i);
    const s2 = v128.load(c2 + i);
    v128.store(at0 + i, v128.sub<T>(v128.load(c0 + i), s2));
    v128.store(at1 + i, v128.mul<T>(half, v128.add<T>(s2, s1)));
    v128.store(atMinus1 + i, v128.mul<T>(half, v128.sub<T>(s2, s1)));
    v128.store(atInfinity + i, v128.sub<T>(v128.load(c3 + i), s1));
  }
}

/** Bᵀ for 5 points. */
function interpolateTransposed5<T extends number>(from: usize, places: usize, to: usize, points: usize): void {
  const half = v128.splat<T>(<T>0.5);
  const minusSixth = v128.splat<T>(<T>(-1.0 / 6.0));
  const c0 = place(from, places, 0);
  const c1 = place(from, places, 1);
  const c2 = place(from, places, 2);
  const c3 = place(from, places, 3);
  const c4 = place(from, places, 4);
  const at0 = place(to, points, 0);
  const at1 = place(to, points, 1);
  const atMinus1 = place(to, points, 2);
  const atInfinity = place(to, points, 3);
  const at2 = place(to, points, 4);
  for (let i: usize = 0; i < run; i += 16) {
    const s1 = v128.load(c1 + i);
    const s2 = v128.load(c2 + i);
    const h = v128.sub<T>(s1, v128.load(c3 + i));
    const halfH = v128.mul<T>(half, h);
    const sixthH = v128.mul<T>(minusSixth, h);
    v128.store(at0 + i, v128.sub<T>(v128.sub<T>(v128.load(c0 + i), s2), halfH));
    v128.store(at1 + i, v128.add<T>(v128.mul<T>(half, v128.add<T>(s2, s1)), halfH));
    v128.store(atMinus1 + i, v128.sub<T>(v128.mul<T>(half, v128.sub<T>(s2, s1)), sixthH));
    v128.store(atInfinity + i, v128.add<T>(v128.sub<T>(v128.load(c4 + i), s2), v128.add<T>(h, h)));
    v128.store(at2 + i, sixthH);
  }
}

/** B for 4 points. */
function interpolate4<T extends number>(from: usize, points: usize, to: usize, places: usize, add: bool): void {
  const half = v128.splat<T>(<T>0.5);
  const c0 = place(to, places, 0);
  const c1 = place(to, places, 1);
  const c2 = place(to, places, 2);
  const c3 = place(to, places, 3);
  const at0 = place(from, points, 0);
  const at1 = place(from, points, 1);
  const atMinus1 = place(from, points, 2);
  const atInfinity = place(from, points, 3);
  for (let i: usize = 0; i < run; i += 16) {
    const zero = v128.load(at0 + i);
    const plus = v128.load(at1 + i);
    const minus = v128.load(atMinus1 + i);
    const infinity = v128.load(atInfinity + i);
    put<T>(c0 + i, zero, add);
    put<T>(c1 + i, v128.sub<T>(v128.mul<T>(half, v128.sub<T>(plus, minus)), infinity), add);
    put<T>(c2 + i, v128.sub<T>(v128.mul<T>(half, v128.add<T>(plus, minus)), zero), add);
    put<T>(c3 + i, infinity, add);
  }
}

/** B for 5 points. */
function interpolate5<T extends number>(from: usize, points: usize, to: usize, places: usize, add: bool): void {
  const half = v128.splat<T>(<T>0.5);
  const sixth = v128.splat<T>(<T>(1.0 / 6.0));
  const c0 = place(to, places, 0);
  const c1 = place(to, places, 1);
  const c2 = place(to, places, 2);
  const c3 = place(to, places, 3);
  const c4 = place(to, places, 4);
  const at0 = place(from, points, 0);
  const at1 = place(from, points, 1);
  const atMinus1 = place(from, points, 2);
  const atInfinity = place(from, points, 3);
  const at2 = place(from, points, 4);
  for (let i: usize = 0; i < run; i += 16) {
    const zero = v128.load(at0 + i);
    const plus = v128.load(at1 + i);
    const minus = v128.load(atMinus1 + i);
    const infinity = v128.load(atInfinity + i);
    const sixths = v128.mul<T>(sixth, v128.sub<T>(minus, v128.load(at2 + i)));
    const halves = v128.mul<T>(half, v128.sub<T>(plus, zero));
    const h = v128.add<T>(v128.add<T>(halves, sixths), v128.add<T>(infinity, infinity));
    put<T>(c0 + i, zero, add);
    put<T>(c1 + i, v128.add<T>(v128.mul<T>(half, v128.sub<T>(plus, minus)), h), add);
    put<T>(c2 + i, v128.sub<T>(v128.mul<T>(half, v128.add<T>(plus, minus)), v128.add<T>(zero, infinity)), add);
    put<T>(c3 + i, v128.neg<T>(h), add);
    put<T>(c4 + i, infinity, add);
  }
}

function place(start: usize, offsets: usize, which: i32): usize {
  return start + load<u32>(offsets + 4 * which);
}

function put<T extends number>(at: usize, value: v128, add: bool): void {
  v128.store(at, add ? v128.add<T>(v128.load(at), value) : value);
}
