import type { Computed } from './measure.ts';

/** 1.4 × 10⁻¹⁰, as HTML. */
export function scientific(value: number): string {
  if (value === 0) return '0';
  const [digits, exponent] = value.toExponential(1).split('e');
  return `${digits} × 10<sup>${exponent.replace('-', '−').replace('+', '')}</sup>`;
}

/**
 * A computed value, rounded to the decimals that the chapter gives it: '[[-0.9413, 0.5014]]'. What is not a number
 * stands as it was written.
 */
export function asWritten({ expected, actual }: Computed): string {
  const numbers: number[] = [];
  JSON.parse(actual, (_, value: unknown) => {
    if (typeof value === 'number') numbers.push(value);
    return value;
  });
  let next = 0;
  return expected.replace(/-?\d+(?:\.(\d+))?(?:e(-?\d+))?/g, (written, fraction = '', exponent: string | undefined) => {
    const value = numbers[next++];
    if (value === undefined) return written;
    if (exponent !== undefined) return value.toExponential(fraction.length);
    const rounded = value.toFixed(fraction.length);
    return /^-0\.?0*$/.test(rounded) ? rounded.slice(1) : rounded;
  });
}
