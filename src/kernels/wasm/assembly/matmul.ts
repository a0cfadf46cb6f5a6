// out [M, N] (+)= a [M, K] · b [K, N]

import { allocate, moveTo, position } from './arena';
import { evenly, part, product, scratchOf, share, View, view } from './product';

/** What the call is about, where all threads see it: i32[11]. */
const call = memory.data(44, 4);

/** a's element (m, k) lies m · rowStride + k · columnStride entries from its data. */
export function setA(data: usize, rowStride: usize, columnStride: usize): void {
  store<usize>(call, data);
  store<usize>(call, rowStride, 4);
  store<usize>(call, columnStride, 8);
}

export function setB(data: usize, rowStride: usize, columnStride: usize): void {
  store<usize>(call, data, 12);
  store<usize>(call, rowStride, 16);
  store<usize>(call, columnStride, 20);
}

/** Whether out is fresh: written instead of added to. */
export function setProduct(m: i32, n: i32, k: i32, out: usize, fresh: bool): void {
  store<i32>(call, m, 24);
  store<i32>(call, n, 28);
  store<i32>(call, k, 32);
  store<usize>(call, out, 36);
  store<i32>(call, fresh, 40);
}

let M = 0;
let N = 0;
let K = 0;
let a: View = changetype<View>(0);
let b: View = a;
let out: View = a;

/** Makes this thread's tables, and returns into how many parts the product can be cut. */
export function prepareMatmul<T extends number>(): i32 {
  const bytes = sizeof<T>();
  M = load<i32>(call, 24);
  N = load<i32>(call, 28);
  K = load<i32>(call, 32);
  a = view(load<usize>(call), evenly(M, load<usize>(call, 4) * bytes), evenly(K, load<usize>(call, 8) * bytes));
  b = view(load<usize>(call, 12), evenly(K, load<usize>(call, 16) * bytes), evenly(N, load<usize>(call, 20) * bytes));
  out = view(load<usize>(call, 36), evenly(M, usize(N) * bytes), evenly(N, bytes));
  const mark = position();
  allocate(scratchOf<T>(M, N, K));
  moveTo(mark);
  return max(M, N);
}

/** One part: some of the columns, or some of the rows, whichever are more. */
export function matmul<T extends number>(which: i32, parts: i32): void {
  const mark = position();
  const fresh = load<bool>(call, 40);
  const byColumn = N >= M;
  const from = share(byColumn ? N : M, which, parts);
  const to = share(byColumn ? N : M, which + 1, parts);
  if (byColumn) product<T>(M, to - from, K, a, part(b, b.data, 0, from), part(out, out.data, 0, from), fresh);
  else product<T>(to - from, N, K, part(a, a.data, from, 0), b, part(out, out.data, from, 0), fresh);
  moveTo(mark);
}
