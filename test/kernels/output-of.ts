import type { ConvGeometry, Pair } from '../../src/kernels/kernels.ts';

/** How many places a kernel has on an image: [outH, outW]. */
export function outputOf(image: Pair, kernel: Pair, { stride, padding, dilation }: ConvGeometry): Pair {
  const size = (axis: 0 | 1) =>
    Math.floor((image[axis] + 2 * padding[axis] - dilation[axis] * (kernel[axis] - 1) - 1) / stride[axis]) + 1;
  return [size(0), size(1)];
}
