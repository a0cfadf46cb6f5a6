// The loops of src/layers/relu.ts and leaky-relu.ts for float32, four entries at a time: forward with d = x, backward
// with d = dOut. What stands behind the last of `count` entries, up to a whole vector, is overwritten.

/** out = d, but 0 where x ≤ 0                                                                   (relu.1), (relu.2) */
export function relu(count: i32, x: usize, d: usize, out: usize): void {
  const zero = f32x4.splat(0);
  const bytes: usize = count * sizeof<f32>();
  for (let i: usize = 0; i < bytes; i += 16) {
    v128.store(out + i, v128.andnot(v128.load(d + i), f32x4.le(v128.load(x + i), zero)));
  }
}

/** out = d where x > 0, negativeSlope · d elsewhere                                            (leaky.1), (leaky.2) */
export function leakyRelu(count: i32, x: usize, d: usize, out: usize, negativeSlope: f32): void {
  const zero = f32x4.splat(0);
  const slope = f32x4.splat(negativeSlope);
  const bytes: usize = count * sizeof<f32>();
  for (let i: usize = 0; i < bytes; i += 16) {
    const each = v128.load(d + i);
    const positive = f32x4.gt(v128.load(x + i), zero);
    v128.store(out + i, v128.bitselect(each, f32x4.mul(each, slope), positive));
  }
}
