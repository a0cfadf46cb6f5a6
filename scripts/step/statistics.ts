import type { Tensor } from '../../src/tensor/tensor.ts';

/** One tensor in one line. */
export interface Statistics {
  readonly shape: readonly number[];
  /** The Euclidean norm. */
  readonly norm: number;
  readonly least: number;
  readonly largest: number;
  /** The share of entries, from 0 to 1, that are exactly zero. */
  readonly zeros: number;
}

export function statisticsOf({ data, shape }: Tensor): Statistics {
  let [squares, least, largest, zeros] = [0, Infinity, -Infinity, 0];
  for (const value of data) {
    squares += value * value;
    // Math.min and Math.max keep a NaN, which comparisons would lose.
    least = Math.min(least, value);
    largest = Math.max(largest, value);
    if (value === 0) zeros++;
  }
  return { shape: [...shape], norm: Math.sqrt(squares), least, largest, zeros: zeros / data.length };
}

/** The largest magnitude. */
export function largestOf({ data }: Tensor): number {
  let most = 0;
  for (const value of data) most = Math.max(most, Math.abs(value));
  return most;
}
