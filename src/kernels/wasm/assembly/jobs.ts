// What a thread can be asked to do a part of.

import { convolve, D_WEIGHT, prepareConvolution } from './convolution';
import { matmul, prepareMatmul } from './matmul';

/** Beside the three sums of a convolution. */
export const MATMUL = D_WEIGHT + 1;

/** Of a convolution: x, weight and out, where all threads see them. */
const operands = memory.data(12, 4);

export function setOperands(x: usize, weight: usize, out: usize): void {
  store<usize>(operands, x);
  store<usize>(operands, weight, 4);
  store<usize>(operands, out, 8);
}

/** Makes this thread's tables, and returns into how many parts the job can be cut. */
export function prepare(job: i32, double: bool): i32 {
  if (job === MATMUL) return double ? prepareMatmul<f64>() : prepareMatmul<f32>();
  const weight = load<usize>(operands, 4);
  return double ? prepareConvolution<f64>(job, weight) : prepareConvolution<f32>(job, weight);
}

export function computePart(job: i32, double: bool, which: i32, parts: i32): void {
  if (job === MATMUL) {
    if (double) matmul<f64>(which, parts);
    else matmul<f32>(which, parts);
    return;
  }
  const x = load<usize>(operands);
  const out = load<usize>(operands, 8);
  if (double) convolve<f64>(job, x, out, which, parts);
  else convolve<f32>(job, x, out, which, parts);
}
