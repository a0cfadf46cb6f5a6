import { type Tensor, zeros } from '../../src/tensor/tensor.ts';

/**
 * From the first row to the second, row to row in each of the pairs [2 · pairs, size], in so many steps each, both ends
 * included: [pairs · steps, size].
 *
 * Along the arc and not the chord: noise of many dimensions is nearly all of about the same length, and the middle of
 * the chord is shorter than any that the generator was trained with.
 */
export function interpolate(ends: Tensor, steps: number): Tensor {
  const [rows, size] = ends.shape;
  const out = zeros([(rows / 2) * steps, size]);
  for (let pair = 0; pair < rows / 2; pair++) {
    const from = Array.from(ends.data.subarray(2 * pair * size, (2 * pair + 1) * size));
    const to = Array.from(ends.data.subarray((2 * pair + 1) * size, (2 * pair + 2) * size));
    const product = from.reduce((total, value, i) => total + value * to[i], 0);
    const cosine = product / (Math.hypot(...from) * Math.hypot(...to));
    const angle = Math.acos(Math.min(Math.max(cosine, -1), 1));
    for (let step = 0; step < steps; step++) {
      const t = step / (steps - 1);
      // z(t) = (sin((1 − t) · angle) · from + sin(t · angle) · to) / sin angle
      const [a, b] =
        Math.sin(angle) < 1e-6 ? [1 - t, t] : [(1 - t) * angle, t * angle].map((x) => Math.sin(x) / Math.sin(angle));
      for (let i = 0; i < size; i++) out.data[(pair * steps + step) * size + i] = a * from[i] + b * to[i];
    }
  }
  return out;
}
