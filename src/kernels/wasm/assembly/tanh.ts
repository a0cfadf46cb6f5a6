// The loop of forward in src/layers/tanh.ts for float32, in double precision. With t = e^(2|x|) − 1,
// tanh|x| = t / (t + 2), which loses no digits where x is small, and tanh(−x) = −tanh(x).

import { pair, storePair } from './pairs';

/** From here on tanh is 1 in float32. */
const LARGE: f64 = 10;

/** What stands behind the last of `count` entries, up to a whole vector, is overwritten. */
export function tanh(count: i32, x: usize, out: usize): void {
  const end = out + count * sizeof<f32>();
  while (out < end) {
    const each = pair(x);
    const size = f64x2.min(f64x2.abs(each), f64x2.splat(LARGE));
    const t = exponentialMinus1(f64x2.add(size, size));
    const sign = v128.and(each, f64x2.splat(-0.0));
    storePair(out, v128.or(f64x2.div(t, f64x2.add(t, f64x2.splat(2))), sign));
    x += 2 * sizeof<f32>();
    out += 2 * sizeof<f32>();
  }
}

/**
 * e^z − 1, for z from 0 to 2 · LARGE. With z = k · ln 2 + r and k whole, |r| ≤ ln 2 / 2, it is
 * 2ᵏ · (eʳ − 1) + (2ᵏ − 1), and eʳ − 1 = r + r²/2! + r³/3! + …, which the terms to r⁸ give to 6e-10 of it: more than
 * float32 can tell.
 */
function exponentialMinus1(z: v128): v128 {
  const k = f64x2.nearest(f64x2.mul(z, f64x2.splat(1 / Math.LN2)));
  const r = f64x2.sub(z, f64x2.mul(k, f64x2.splat(Math.LN2)));
  let sum = f64x2.splat(1.0 / 40320);
  sum = timesPlus(sum, r, 1.0 / 5040);
  sum = timesPlus(sum, r, 1.0 / 720);
  sum = timesPlus(sum, r, 1.0 / 120);
  sum = timesPlus(sum, r, 1.0 / 24);
  sum = timesPlus(sum, r, 1.0 / 6);
  sum = timesPlus(sum, r, 1.0 / 2);
  sum = timesPlus(sum, r, 1);
  const power = powerOf2(k);
  return f64x2.add(f64x2.mul(f64x2.mul(sum, r), power), f64x2.sub(power, f64x2.splat(1)));
}

function timesPlus(sum: v128, r: v128, coefficient: f64): v128 {
  return f64x2.add(f64x2.mul(sum, r), f64x2.splat(coefficient));
}

/** 2ᵏ for whole k from 0: the number whose exponent, which is stored as k + 1023, is k. */
function powerOf2(k: v128): v128 {
  // Added to 2⁵², a whole number stands in the last bits.
  return i64x2.shl(f64x2.add(k, f64x2.splat(4503599627370496.0 + 1023.0)), 52);
}
