// What wasm.ts calls: everything in float32 and in float64.

import { col2im, im2col } from './columns';
import { convolve } from './convolution';
import { evenly, product, view } from './product';

export { allocate, reset } from './arena';
export { setGeometry } from './images';

/** Operands of matmul: a's element (m, k) lies m · aRow + k · aColumn entries from a, b's (k, n) likewise. */
let a: usize = 0;
let aRow: usize = 0;
let aColumn: usize = 0;
let b: usize = 0;
let bRow: usize = 0;
let bColumn: usize = 0;

export function setA(data: usize, row: usize, column: usize): void {
  a = data;
  aRow = row;
  aColumn = column;
}

export function setB(data: usize, row: usize, column: usize): void {
  b = data;
  bRow = row;
  bColumn = column;
}

/** out [M, N] += a [M, K] · b [K, N] */
function matmul<T extends number>(M: i32, N: i32, K: i32, out: usize): void {
  const bytes = sizeof<T>();
  product<T>(
    M,
    N,
    K,
    view(a, evenly(M, aRow * bytes), evenly(K, aColumn * bytes)),
    view(b, evenly(K, bRow * bytes), evenly(N, bColumn * bytes)),
    view(out, evenly(M, usize(N) * bytes), evenly(N, bytes)),
  );
}

export function matmul32(M: i32, N: i32, K: i32, out: usize): void {
  matmul<f32>(M, N, K, out);
}

export function matmul64(M: i32, N: i32, K: i32, out: usize): void {
  matmul<f64>(M, N, K, out);
}

export function convolve32(sum: i32, x: usize, weight: usize, out: usize): void {
  convolve<f32>(sum, x, weight, out);
}

export function convolve64(sum: i32, x: usize, weight: usize, out: usize): void {
  convolve<f64>(sum, x, weight, out);
}

export function im2col32(x: usize, cols: usize): void {
  im2col<f32>(x, cols);
}

export function im2col64(x: usize, cols: usize): void {
  im2col<f64>(x, cols);
}

export function col2im32(cols: usize, dX: usize): void {
  col2im<f32>(cols, dX);
}

export function col2im64(cols: usize, dX: usize): void {
  col2im<f64>(cols, dX);
}
