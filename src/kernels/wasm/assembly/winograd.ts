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
// Tiles of x overlap: what comes back to x is added.

import { allocate } from './arena';
import { Frame, fromChannelsLast, toChannelsLast } from './channels-last';
import { C, H, kH, kW, N, O, outH, outW, paddingH, paddingW, readGeometry, strideH, strideW, W } from './images';
import { evaluate, evaluateTransposed, interpolate, interpolateTransposed, LARGE, place, SMALL } from './points';

/** The tensors, as ../winograd.ts numbers them. */
const X = 0;
const OUT = 1;
const WEIGHT = 2;

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
let runBytes: usize = 0;
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
  frame.C = which === OUT ? O : C;
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
  runBytes = usize(columns.phases) * pixelBytes;
  between = allocate(LARGE * LARGE * f64(runBytes));
  imageRows = table(usize(rows.phases) * lineBytes);
  imageColumns = table(runBytes);
  betweenRows = table(usize(LARGE) * runBytes);
  betweenColumns = table(runBytes);
  rowBytes = usize(rows.phases) * runBytes;
  const tiles = (rows.large + rows.small) * (columns.large + columns.small);
  matrixBytes = usize(count * tiles) * rowBytes + ASIDE;
  pointRows = table(usize(LARGE) * matrixBytes);
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
  out.phases = which === OUT ? 1 : stride;
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
  const out = allocate(LARGE * 4);
  for (let i = 0; i < LARGE; i++) store<u32>(out + 4 * i, usize(i) * step);
  return out;
}

/** One part of `parts` of images [count, C, H, W] → values at the points, or back. Back to a weight adds to it. */
export function transform<T extends number>(images: usize, values: usize, back: bool, which: i32, parts: i32): void {
  const from = i32((i64(count) * which) / parts);
  const to = i32((i64(count) * (which + 1)) / parts);
  const imageBytes: usize = frame.C * frame.H * frame.W * sizeof<T>();
  // What comes back is added to a weight, and to nothing else.
  const startsFromImage = !back || tensor === WEIGHT;
  if (startsFromImage) memory.fill(padded, 0, paddedBytes);
  for (let n = from; n < to; n++) {
    const image = images + usize(n) * imageBytes;
    if (startsFromImage) toChannelsLast<T>(image, frame, padded);
    else memory.fill(padded, 0, paddedBytes);
    for (let i = 0; i < rows.large + rows.small; i++) {
      for (let j = 0; j < columns.large + columns.small; j++) tileOf<T>(values, n, i, j, back);
    }
    if (back) fromChannelsLast<T>(padded, frame, image);
  }
}

/** Tile (i, j) of image n, all of its channels. */
function tileOf<T extends number>(values: usize, n: i32, i: i32, j: i32, back: bool): void {
  const largeH = i < rows.large;
  const largeW = j < columns.large;
  const pointsH = largeH ? LARGE : SMALL;
  const pointsW = largeW ? LARGE : SMALL;
  const coefficientsH = largeH ? rows.largeCoefficients : rows.smallCoefficients;
  const coefficientsW = largeW ? columns.largeCoefficients : columns.smallCoefficients;

  // The matrix of a pair of points has a row for each tile that has both, and each image.
  for (let b = 0; b < pointsW; b++) {
    const tilesInRow = columns.large + (b < SMALL ? columns.small : 0);
    const row = (i * tilesInRow + j) * count + n;
    store<u32>(pointColumns + 4 * b, usize(b) * matrixBytes + usize(row) * rowBytes);
  }

  let corner = padded + usize(start(rows, i) * rows.phases) * lineBytes + usize(start(columns, j)) * runBytes;
  for (let phase = 0; phase < rows.phases; phase++) {
    if (back) {
      for (let a = 0; a < pointsH; a++) {
        const from = place(values, pointRows, a);
        const to = place(between, betweenRows, a);
        fromValues<T>(from, pointColumns, largeW, to, betweenColumns, coefficientsW, false);
      }
      for (let l = 0; l < coefficientsW; l++) {
        const to = place(corner, imageColumns, l);
        fromValues<T>(place(between, betweenColumns, l), betweenRows, largeH, to, imageRows, coefficientsH, true);
      }
    } else {
      for (let l = 0; l < coefficientsW; l++) {
        const from = place(corner, imageColumns, l);
        toValues<T>(from, imageRows, coefficientsH, place(between, betweenColumns, l), betweenRows, largeH);
      }
      for (let a = 0; a < pointsH; a++) {
        const to = place(values, pointRows, a);
        toValues<T>(place(between, betweenRows, a), betweenColumns, coefficientsW, to, pointColumns, largeW);
      }
    }
    corner += lineBytes;
    values += runBytes;
  }
}

/** Along one axis, for the channels of one row's phases: coefficients to values at 4 or 5 points. */
function toValues<T extends number>(
  from: usize,
  places: usize,
  coefficients: i32,
  to: usize,
  points: usize,
  large: bool,
): void {
  if (tensor === X) interpolateTransposed<T>(from, places, to, points, large, runBytes);
  else evaluate<T>(from, places, coefficients, to, points, large, runBytes);
}

/** The transpose of that. */
function fromValues<T extends number>(
  from: usize,
  points: usize,
  large: bool,
  to: usize,
  places: usize,
  coefficients: i32,
  add: bool,
): void {
  if (tensor === X) interpolate<T>(from, points, large, to, places, add, runBytes);
  else evaluateTransposed<T>(from, points, large, to, places, coefficients, add, runBytes);
}
