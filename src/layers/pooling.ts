import type { Pair } from '../kernels/kernels.ts';
import { show, type Tensor } from '../tensor/tensor.ts';
import { eachAxis, pair } from './geometry.ts';

/** What the pooling layers take. Each size is one number for both axes, or [h, w]. */
export interface PoolOptions {
  readonly kernelSize: number | Pair;
  /** kernelSize unless it is given, so that the windows stand side by side. */
  readonly stride?: number | Pair;
  readonly padding?: number | Pair;
  /** Whether a last window that sticks out of the padded image counts. */
  readonly ceilMode?: boolean;
}

export interface PoolGeometry {
  readonly kernelSize: Pair;
  readonly stride: Pair;
  readonly padding: Pair;
  readonly dilation: Pair;
  readonly ceilMode: boolean;
}

/** The options with their defaults, every size as a pair. Throws a RangeError for what cannot be. */
export function poolGeometry(layer: string, options: PoolOptions, dilation: number | Pair = 1): PoolGeometry {
  const kernelSize = pair(layer, 'kernelSize', options.kernelSize, 1);
  const padding = pair(layer, 'padding', options.padding ?? 0, 0);
  for (const axis of [0, 1]) {
    if (padding[axis] > kernelSize[axis] / 2) {
      throw new RangeError(
        `${layer}: padding must be at most half of kernelSize ${show(kernelSize)}, but it is ${show(padding)}; ` +
          'a window could lie wholly in the padding',
      );
    }
  }
  return {
    kernelSize,
    stride: pair(layer, 'stride', options.stride ?? kernelSize, 1),
    padding,
    dilation: pair(layer, 'dilation', dilation, 1),
    ceilMode: options.ceilMode ?? false,
  };
}

/** How many places the window has on x [N, C, H, W]: [outH, outW]. */
export function poolOutputSize(layer: string, x: Tensor, geometry: PoolGeometry): Pair {
  const { kernelSize, stride, padding, dilation, ceilMode } = geometry;
  checkPixels(layer, x);
  const size = eachAxis((axis) => {
    const length = x.shape[2 + axis] + 2 * padding[axis];
    const reach = dilation[axis] * (kernelSize[axis] - 1) + 1;
    // outH = ⌊(H + 2 · padding − dilation · (kH − 1) − 1) / stride⌋ + 1, or ⌈…⌉ in ceilMode               (pool.1)
    const places = (ceilMode ? Math.ceil : Math.floor)((length - reach) / stride[axis]) + 1;
    // A window that begins behind the image and its left padding would see nothing of it.
    const beginsBehind = (places - 1) * stride[axis] >= x.shape[2 + axis] + padding[axis];
    return ceilMode && beginsBehind ? places - 1 : places;
  });
  if (Math.min(...size) < 1) {
    throw new RangeError(
      `${layer}: the window ${show(kernelSize)} with dilation ${show(dilation)} is larger than the image with its ` +
        `padding ${show(padding)} (x is ${show(x.shape)}); use a smaller kernelSize`,
    );
  }
  return size;
}

/** Throws where the images have no pixels, and padding would be all that a window sees. */
export function checkPixels(layer: string, x: Tensor): void {
  const [, , H, W] = x.shape;
  if (H * W === 0) throw new RangeError(`${layer}: the images have no pixels (x is ${show(x.shape)})`);
}
