// Float32 numbers, computed with in double precision, two at a time.

export function pair(address: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(address));
}

export function storePair(address: usize, value: v128): void {
  v128.store64_lane(address, f32x4.demote_f64x2_zero(value), 0);
}
