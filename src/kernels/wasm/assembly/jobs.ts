// What a thread can be asked to do a part of.

import { convolve, D_WEIGHT, prepareConvolution } from './convolution';
import { matmul, prepareMatmul } from './matmul';
import { prepareTransform, transform } from './winograd';

/** Beside the three sums of a convolution. */
export const MATMUL = D_WEIGHT + 1;
/** And for each of the three tensors, x, out and weight, there to the points and back. */
export const TRANSFORM = MATMUL + 1;

/** Of a convolution: x, weight and out; of a transform: images, nothing, and values. Where all threads see them. */
const operands = memory.data(12, 4);

export function setOperands(x: usize, weight: usize, out: usize): void {
  store<usize>(operands, x);
  store<usize>(operands, weight, 4);
  store<usize>(operands, out, 8);
}

/** Makes this thread's tables, and returns into how many parts the job can be cut. */
export function prepare(job: i32, double: bool): i32 {
  if (job === MATMUL) return double ? prepareMatmul<f64>() : prepareMatmul<f32>();
  if (job >= TRANSFORM) {
    const tensor = (job - TRANSFORM) >> 1;
    return double ? prepareTransform<f64>(tensor) : prepareTransform<f32>(tensor);
  }
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
  if (job >= TRANSFORM) {
    const back = ((job - TRANSFORM) & 1) === 1;
    if (double) transform<f64>(x, out, back, which, parts);
    else transform<f32>(x, out, back, which, parts);
    return;
  }
  if (double) convolve<f64>(job, x, out, which, parts);
  else convolve<f32>(job, x, out, which, parts);
}
