import type { Pair } from '../kernels/kernels.ts';
import { show } from '../tensor/tensor.ts';

/** `value` as [height, width]. Throws unless it is a whole number, or a pair of them, from `least`. */
export function pair(layer: string, name: string, value: number | Pair, least: number): Pair {
  const [h, w] = typeof value === 'number' ? [value, value] : value;
  if (!Number.isSafeInteger(h) || !Number.isSafeInteger(w) || h < least || w < least) {
    const given = typeof value === 'number' ? value : show(value);
    throw new RangeError(`${layer}: ${name} must be a whole number from ${least}, or [h, w] of such, not ${given}`);
  }
  return [h, w];
}

/** `sizes(axis)` for the height (axis 0) and for the width (axis 1). */
export function eachAxis(sizes: (axis: 0 | 1) => number): Pair {
  return [sizes(0), sizes(1)];
}
