// What minimal filtering computes along one axis, for some channels side by side: from the coefficients of polynomials
// to their values at 4 or 5 points, and back. Where each coefficient and each value lies is told by a table of offsets.
//
// The points are 0, 1, −1 and ∞, and for large tiles 2. Values are in this order.

/** How many points a large tile has along each axis, and a small one. */
export const LARGE = 5;
export const SMALL = 4;

/** A or G: the values of a polynomial with 2, 3 or 4 coefficients. */
export function evaluate<T extends number>(
  from: usize,
  places: usize,
  coefficients: i32,
  to: usize,
  points: usize,
  large: bool,
  bytes: usize,
): void {
  const none = i32x4.splat(0);
  const c0 = place(from, places, 0);
  const c1 = place(from, places, 1);
  const c2 = place(from, places, 2);
  const c3 = place(from, places, 3);
  const at0 = place(to, points, 0);
  const at1 = place(to, points, 1);
  const atMinus1 = place(to, points, 2);
  const atInfinity = place(to, points, 3);
  const at2 = place(to, points, 4);
  for (let i: usize = 0; i < bytes; i += 16) {
    const s0 = v128.load(c0 + i);
    const s1 = v128.load(c1 + i);
    const s2 = coefficients > 2 ? v128.load(c2 + i) : none;
    const s3 = coefficients > 3 ? v128.load(c3 + i) : none;
    const even = v128.add<T>(s0, s2);
    const odd = v128.add<T>(s1, s3);
    v128.store(at0 + i, s0);
    v128.store(at1 + i, v128.add<T>(even, odd));
    v128.store(atMinus1 + i, v128.sub<T>(even, odd));
    v128.store(atInfinity + i, coefficients === 2 ? s1 : coefficients === 3 ? s2 : s3);
    if (large) {
      // ((s3 · 2 + s2) · 2 + s1) · 2 + s0
      let value = v128.add<T>(v128.add<T>(s3, s3), s2);
      value = v128.add<T>(v128.add<T>(value, value), s1);
      v128.store(at2 + i, v128.add<T>(v128.add<T>(value, value), s0));
    }
  }
}

/** Aᵀ or Gᵀ. */
export function evaluateTransposed<T extends number>(
  from: usize,
  points: usize,
  large: bool,
  to: usize,
  places: usize,
  coefficients: i32,
  add: bool,
  bytes: usize,
): void {
  const none = i32x4.splat(0);
  const c0 = place(to, places, 0);
  const c1 = place(to, places, 1);
  const c2 = place(to, places, 2);
  const c3 = place(to, places, 3);
  const at0 = place(from, points, 0);
  const at1 = place(from, points, 1);
  const atMinus1 = place(from, points, 2);
  const atInfinity = place(from, points, 3);
  const at2 = place(from, points, 4);
  for (let i: usize = 0; i < bytes; i += 16) {
    const plus = v128.load(at1 + i);
    const minus = v128.load(atMinus1 + i);
    const infinity = v128.load(atInfinity + i);
    const two = large ? v128.load(at2 + i) : none;
    const sum = v128.add<T>(plus, minus);
    const difference = v128.sub<T>(plus, minus);
    const twice = v128.add<T>(two, two);
    const fourfold = v128.add<T>(twice, twice);
    const s1 = v128.add<T>(difference, twice);
    const s2 = v128.add<T>(sum, fourfold);
    put<T>(c0 + i, v128.add<T>(v128.add<T>(v128.load(at0 + i), sum), two), add);
    put<T>(c1 + i, coefficients === 2 ? v128.add<T>(s1, infinity) : s1, add);
    if (coefficients > 2) put<T>(c2 + i, coefficients === 3 ? v128.add<T>(s2, infinity) : s2, add);
    if (coefficients > 3) {
      const s3 = v128.add<T>(difference, v128.add<T>(fourfold, fourfold));
      put<T>(c3 + i, v128.add<T>(s3, infinity), add);
    }
  }
}

// The columns of B are the coefficients of the polynomials that are 1 at one point and 0 at the others. With the point
// 2, the first three are those without it and a multiple of h = ξ − ξ³, which is 0 at 0, 1 and −1, and −6 at 2:
//
//   at        0             1                 −1                 ∞              2
//   4 points  1 − ξ²        (ξ² + ξ)/2        (ξ² − ξ)/2         ξ³ − ξ
//   5 points  1 − ξ² − h/2  (ξ² + ξ)/2 + h/2  (ξ² − ξ)/2 + h/6   ξ⁴ − ξ² + 2h   −h/6

/** Bᵀ: from as many coefficients as there are points. */
export function interpolateTransposed<T extends number>(
  from: usize,
  places: usize,
  to: usize,
  points: usize,
  large: bool,
  bytes: usize,
): void {
  const half = v128.splat<T>(<T>0.5);
  const minusSixth = v128.splat<T>(<T>(-1.0 / 6.0));
  const c0 = place(from, places, 0);
  const c1 = place(from, places, 1);
  const c2 = place(from, places, 2);
  const c3 = place(from, places, 3);
  const c4 = place(from, places, 4);
  const at0 = place(to, points, 0);
  const at1 = place(to, points, 1);
  const atMinus1 = place(to, points, 2);
  const atInfinity = place(to, points, 3);
  const at2 = place(to, points, 4);
  for (let i: usize = 0; i < bytes; i += 16) {
    const s1 = v128.load(c1 + i);
    const s2 = v128.load(c2 + i);
    const s3 = v128.load(c3 + i);
    const zero = v128.sub<T>(v128.load(c0 + i), s2);
    const plus = v128.mul<T>(half, v128.add<T>(s2, s1));
    const minus = v128.mul<T>(half, v128.sub<T>(s2, s1));
    if (large) {
      const h = v128.sub<T>(s1, s3);
      const halfH = v128.mul<T>(half, h);
      const minusSixthH = v128.mul<T>(minusSixth, h);
      v128.store(at0 + i, v128.sub<T>(zero, halfH));
      v128.store(at1 + i, v128.add<T>(plus, halfH));
      v128.store(atMinus1 + i, v128.sub<T>(minus, minusSixthH));
      v128.store(atInfinity + i, v128.add<T>(v128.sub<T>(v128.load(c4 + i), s2), v128.add<T>(h, h)));
      v128.store(at2 + i, minusSixthH);
    } else {
      v128.store(at0 + i, zero);
      v128.store(at1 + i, plus);
      v128.store(atMinus1 + i, minus);
      v128.store(atInfinity + i, v128.sub<T>(s3, s1));
    }
  }
}

/** B: back to as many coefficients as there are points. */
export function interpolate<T extends number>(
  from: usize,
  points: usize,
  large: bool,
  to: usize,
  places: usize,
  add: bool,
  bytes: usize,
): void {
  const half = v128.splat<T>(<T>0.5);
  const sixth = v128.splat<T>(<T>(1.0 / 6.0));
  const c0 = place(to, places, 0);
  const c1 = place(to, places, 1);
  const c2 = place(to, places, 2);
  const c3 = place(to, places, 3);
  const c4 = place(to, places, 4);
  const at0 = place(from, points, 0);
  const at1 = place(from, points, 1);
  const atMinus1 = place(from, points, 2);
  const atInfinity = place(from, points, 3);
  const at2 = place(from, points, 4);
  for (let i: usize = 0; i < bytes; i += 16) {
    const zero = v128.load(at0 + i);
    const plus = v128.load(at1 + i);
    const minus = v128.load(atMinus1 + i);
    const infinity = v128.load(atInfinity + i);
    const s1 = v128.mul<T>(half, v128.sub<T>(plus, minus));
    const s2 = v128.mul<T>(half, v128.add<T>(plus, minus));
    put<T>(c0 + i, zero, add);
    if (large) {
      const sixths = v128.mul<T>(sixth, v128.sub<T>(minus, v128.load(at2 + i)));
      const halves = v128.mul<T>(half, v128.sub<T>(plus, zero));
      const h = v128.add<T>(v128.add<T>(halves, sixths), v128.add<T>(infinity, infinity));
      put<T>(c1 + i, v128.add<T>(s1, h), add);
      put<T>(c2 + i, v128.sub<T>(s2, v128.add<T>(zero, infinity)), add);
      put<T>(c3 + i, v128.neg<T>(h), add);
      put<T>(c4 + i, infinity, add);
    } else {
      put<T>(c1 + i, v128.sub<T>(s1, infinity), add);
      put<T>(c2 + i, v128.sub<T>(s2, zero), add);
      put<T>(c3 + i, infinity, add);
    }
  }
}

/** Where entry `which` of a table of offsets leads to. */
export function place(start: usize, offsets: usize, which: i32): usize {
  return start + load<u32>(offsets + 4 * which);
}

/** Written, or added to what is there. */
function put<T extends number>(at: usize, value: v128, add: bool): void {
  v128.store(at, add ? v128.add<T>(v128.load(at), value) : value);
}
