import { expect } from 'vitest';
import type { Tensor } from '../../src/tensor/tensor.ts';

/** ‖a − b‖ / ‖b‖ */
export function difference(a: Tensor, b: Tensor): number {
  expect(a.shape).toEqual(b.shape);
  let [squares, whole] = [0, 0];
  for (let i = 0; i < b.data.length; i++) {
    squares += (a.data[i] - b.data[i]) ** 2;
    whole += b.data[i] ** 2;
  }
  return Math.sqrt(squares / whole);
}
