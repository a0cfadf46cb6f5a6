import type { ConvTranspose2dOptions } from '../../src/index.ts';

/** One size for the height and one for the width. */
export type Two = readonly [number, number];

/** Whether a transposed convolution leaves anything of the image. */
export function fits(options: ConvTranspose2dOptions, image: Two): boolean {
  const two = (size: number | Two = 0): Two => (typeof size === 'number' ? [size, size] : size);
  return [0, 1].every((axis) => {
    const [kernel, stride, padding, dilation, extra] = [
      two(options.kernelSize),
      two(options.stride),
      two(options.padding),
      two(options.dilation),
      two(options.outputPadding),
    ].map((size) => size[axis]);
    return (image[axis] - 1) * stride - 2 * padding + dilation * (kernel - 1) + 1 + extra > 0;
  });
}
