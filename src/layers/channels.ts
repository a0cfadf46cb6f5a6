import { fastLoopsFor } from '../kernels/index.ts';
import { sizeOf, type Tensor } from '../tensor/tensor.ts';

/** out[n, c, …] += b[c], for out [N, C, …] and b [C]: how a bias is added. */
export function addPerChannel(out: Tensor, b: Tensor): void {
  // In float32 the fast kernels have this loop and those below too. Here they run in float64, and with
  // useKernels('loops').
  const fast = fastLoopsFor(out);
  if (fast) {
    fast.addPerChannel(out, b);
    return;
  }
  const channelOf = channelsOf(out);
  for (let i = 0; i < out.data.length; i++) out.data[i] += b.data[channelOf(i)];
}

/** db[c] += Σ n,…  dOut[n, c, …], for dOut [N, C, …] and db [C]: its gradient, of a linear layer's bias as well. */
export function addChannelSums(db: Tensor, dOut: Tensor): void {
  const sums = channelSums(dOut);
  for (let c = 0; c < sums.length; c++) db.data[c] += sums[c];
}

/** Σ n,…  x[n, c, …] for every channel c of x [N, C, …], in double precision. */
export function channelSums(x: Tensor): Float64Array {
  const fast = fastLoopsFor(x);
  if (fast) return fast.channelSums(x);

  return sumsOf(x, (i) => x.data[i]);
}

/** Σ n,…  (x[n, c, …] − mean[c])² */
export function channelSquares(x: Tensor, mean: ArrayLike<number>): Float64Array {
  const fast = fastLoopsFor(x);
  if (fast) return fast.channelProducts(x, x, mean);

  return sumsOf(x, (i, c) => (x.data[i] - mean[c]) ** 2);
}

/** Σ n,…  a[n, c, …] · b[n, c, …] */
export function channelProducts(a: Tensor, b: Tensor): Float64Array {
  const fast = fastLoopsFor(a);
  if (fast) return fast.channelProducts(a, b);

  return sumsOf(a, (i) => a.data[i] * b.data[i]);
}

/** Which channel an entry of x [N, C, …] belongs to. */
export function channelsOf(x: Tensor): (entry: number) => number {
  const [, C, ...places] = x.shape;
  const size = sizeOf(places);
  return (entry) => Math.floor(entry / size) % C;
}

/** The sum over every channel of a term that is computed for entry i, in channel c. */
function sumsOf(x: Tensor, term: (i: number, c: number) => number): Float64Array {
  const sums = new Float64Array(x.shape[1]);
  const channelOf = channelsOf(x);
  for (let i = 0; i < x.data.length; i++) {
    const c = channelOf(i);
    sums[c] += term(i, c);
  }
  return sums;
}
