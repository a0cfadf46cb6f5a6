// What the TypeScript beside this folder calls: sums in float32 and in float64, and loops of layers in float32.

import { col2im, im2col } from './columns';
import { C, H, kH, kW, N, O, outH, outW, readGeometry, W } from './images';
import { MATMUL, setOperands, TRANSFORM } from './jobs';
import { setProduct } from './matmul';
import { run } from './threads';

export { adam, setAdam } from './adam';
export { allocate, reset } from './arena';
export {
  addPerChannel,
  batchNorm,
  batchNormBackward,
  channelProducts,
  channelSums,
  setChannels,
} from './channels';
export { setGeometry } from './images';
export { setA, setB } from './matmul';
export { leakyRelu, relu } from './rectifiers';
export { tanh } from './tanh';
export { boardAddress, serve, setThreads } from './threads';
export { setTiles } from './winograd';

/** out [M, N] = a · b where out is fresh, += a · b where it is not. Returns the number of parts. */
export function matmul(M: i32, N: i32, K: i32, out: usize, fresh: bool, double: bool): i32 {
  setProduct(M, N, K, out, fresh);
  return run(MATMUL, double, f64(M) * f64(N) * f64(K));
}

/** One of x, weight and out from the other two: `sum` says which. Returns the number of parts. */
export function convolve(sum: i32, x: usize, weight: usize, out: usize, double: bool): i32 {
  setOperands(x, weight, out);
  readGeometry();
  return run(sum, double, f64(N) * f64(outH) * f64(outW) * f64(O) * f64(C) * f64(kH) * f64(kW));
}

/** To transform an entry of a tensor takes as long as about so many multiplications. */
const ENTRY = 16;

/**
 * Of a convolution's x (0), out (1) or weight (2), images → values at the points, or back. Returns the number of parts.
 */
export function transform(tensor: i32, images: usize, values: usize, back: bool, double: bool): i32 {
  setOperands(images, 0, values);
  readGeometry();
  const entries = tensor === 0 ? f64(N) * C * H * W : tensor === 1 ? f64(N) * O * outH * outW : f64(O) * C * kH * kW;
  return run(TRANSFORM + 2 * tensor + i32(back), double, ENTRY * entries);
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
