import type { Tensor } from '../../src/tensor/tensor.ts';
import { largestOf } from './statistics.ts';

/** From paper to ink. */
const GREYS = ' .:-=+*#%@';

/**
 * An image [1, 1, H, W] as plain characters, each for two pixels, one above the other: for a file or a terminal
 * without colours. Signed numbers are shown by their share of the largest: # and + above zero, = and - below.
 */
export function toCharacters(image: Tensor, signed: boolean): string[] {
  const { data } = image;
  const [, , H, W] = image.shape;
  const largest = largestOf(image);
  return Array.from({ length: Math.ceil(H / 2) }, (_, row) =>
    Array.from({ length: W }, (_, x) => {
      const top = data[2 * row * W + x];
      const value = 2 * row + 1 < H ? (top + data[(2 * row + 1) * W + x]) / 2 : top;
      if (!signed) return GREYS[Math.round((Math.min(Math.max(value, -1), 1) + 1) * 4.5)];
      const share = Math.abs(value) / largest;
      if (!(share >= 0.1)) return ' ';
      return value > 0 ? (share < 0.4 ? '+' : '#') : share < 0.4 ? '-' : '=';
    }).join(''),
  );
}
