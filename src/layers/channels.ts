import type { Tensor } from '../tensor/tensor.ts';

/** out[n, c, …] += b[c], for out [N, C, …] and b [C]: how a bias is added. */
export function addPerChannel(out: Tensor, b: Tensor): void {
  const [N, C] = out.shape;
  const size = channelSize(out);
  const { data } = out;
  let at = 0;
  for (let n = 0; n < N; n++) {
    for (let c = 0; c < C; c++) {
      const bias = b.data[c];
      for (const end = at + size; at < end; at++) data[at] += bias;
    }
  }
}

/** db[c] += Σ n,…  dOut[n, c, …], for dOut [N, C, …] and db [C]: its gradient. */
export function addChannelSums(db: Tensor, dOut: Tensor): void {
  const sums = channelSums(dOut);
  for (let c = 0; c < sums.length; c++) db.data[c] += sums[c];
}

/** The sum of every channel of x [N, C, …], in double precision. */
export function channelSums(x: Tensor): Float64Array {
  const [N, C] = x.shape;
  const size = channelSize(x);
  const { data } = x;
  const sums = new Float64Array(C);
  for (let n = 0; n < N; n++) {
    for (let c = 0; c < C; c++) {
      const start = (n * C + c) * size;
      let sum = sums[c];
      for (let i = start; i < start + size; i++) sum += data[i];
      sums[c] = sum;
    }
  }
  return sums;
}

/** How many entries one channel of one sample has: H·W for images [N, C, H, W], 1 for [N, C]. */
export function channelSize(x: Tensor): number {
  return x.shape.slice(2).reduce((product, size) => product * size, 1);
}
