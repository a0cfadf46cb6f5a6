/** Four numbers of each of four rows; rows become columns, which lie `step` bytes apart. In registers, in float32. */
export function transpose4(row0: usize, row1: usize, row2: usize, row3: usize, to: usize, step: usize): void {
  const v0 = v128.load(row0);
  const v1 = v128.load(row1);
  const v2 = v128.load(row2);
  const v3 = v128.load(row3);
  const low01 = v128.shuffle<f32>(v0, v1, 0, 4, 1, 5);
  const high01 = v128.shuffle<f32>(v0, v1, 2, 6, 3, 7);
  const low23 = v128.shuffle<f32>(v2, v3, 0, 4, 1, 5);
  const high23 = v128.shuffle<f32>(v2, v3, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
  v128.store(to + step, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7));
  v128.store(to + 2 * step, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5));
  v128.store(to + 3 * step, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7));
}

/** The same of two rows, in float64. */
export function transpose2(row0: usize, row1: usize, to: usize, step: usize): void {
  const v0 = v128.load(row0);
  const v1 = v128.load(row1);
  v128.store(to, v128.shuffle<f64>(v0, v1, 0, 2));
  v128.store(to + step, v128.shuffle<f64>(v0, v1, 1, 3));
}
