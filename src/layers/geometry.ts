import type { ConvGeometry, Pair } from '../kernels/kernels.ts';
import { checkCount, checkOptions, checkRandom, checkTensor } from '../tensor/checks.ts';
import { type Random, sharedRandom } from '../tensor/random.ts';
import { type Dtype, show, type Tensor } from '../tensor/tensor.ts';
import { checkRank } from './checks.ts';

/** What both convolution layers take. Each size is one number for both axes, or [h, w]. */
export interface Conv2dOptions {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: number | Pair;
  readonly stride?: number | Pair;
  readonly padding?: number | Pair;
  readonly dilation?: number | Pair;
  readonly bias?: boolean;
  readonly dtype?: Dtype;
  readonly random?: Random;
}

interface ConvSettings {
  readonly kernelSize: Pair;
  readonly geometry: ConvGeometry;
  readonly bias: boolean;
  readonly dtype: Dtype;
  readonly random: Random;
}

const NAMES = ['inChannels', 'outChannels', 'kernelSize', 'stride', 'padding', 'dilation', 'bias', 'dtype', 'random'];

/** The options with their defaults, every size as a pair. Throws a RangeError for what cannot be. */
export function convSettings(
  layer: string,
  options: Conv2dOptions,
  furtherNames: readonly string[] = [],
): ConvSettings {
  checkOptions(layer, options, [...NAMES, ...furtherNames]);
  const { inChannels, outChannels, kernelSize, stride = 1, padding = 0, dilation = 1 } = options;
  const { bias = true, dtype = 'float32', random = sharedRandom } = options;
  checkRandom(layer, random);
  checkCount(layer, 'inChannels', inChannels);
  checkCount(layer, 'outChannels', outChannels);
  const geometry = {
    stride: pair(layer, 'stride', stride, 1),
    padding: pair(layer, 'padding', padding, 0),
    dilation: pair(layer, 'dilation', dilation, 1),
  };
  return { kernelSize: pair(layer, 'kernelSize', kernelSize, 1), geometry, bias, dtype, random };
}

/** x dense, after making sure that it is [N, inChannels, H, W] of the layer's dtype. */
export function checkImages(layer: string, x: Tensor, inChannels: number, dtype: Dtype): Tensor {
  const images = checkTensor(layer, 'x', x, dtype);
  checkRank(layer, images, ['N', 'inChannels', 'H', 'W']);
  if (images.shape[1] !== inChannels) {
    throw new RangeError(
      `${layer}: x has ${images.shape[1]} channels, but the weight expects ${inChannels} (x is ${show(images.shape)})`,
    );
  }
  return images;
}

/** `value` as [height, width]. Throws unless it is a whole number, or a pair of them, from `least`. */
export function pair(layer: string, name: string, value: number | Pair, least: number): Pair {
  const sizes = typeof value === 'number' ? [value, value] : value;
  const fits = Array.isArray(sizes) && sizes.length === 2;
  if (!fits || !sizes.every((size) => Number.isInteger(size) && size >= least && size < 2 ** 31)) {
    const given = Array.isArray(value) ? show(value) : String(value);
    throw new RangeError(`${layer}: ${name} must be a whole number from ${least}, or [h, w] of such, not ${given}`);
  }
  return [sizes[0], sizes[1]];
}

/** `sizes(axis)` for the height (axis 0) and for the width (axis 1). */
export function eachAxis(sizes: (axis: 0 | 1) => number): Pair {
  return [sizes(0), sizes(1)];
}
