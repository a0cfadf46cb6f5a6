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

/** db[c] += Σ n,…  dOut[n, c, …], for dOut [N, C, …] and db [C]: its gradient. Sums in double precision. */
export function addChannelSums(db: Tensor, dOut: Tensor): void {
  const [N, C] = dOut.shape;
  const size = channelSize(dOut);
  const { data } = dOut;
  const sums = new Float64Array(C);
  let at = 0;
  for (let n = 0; n < N; n++) {
    for (let c = 0; c < C; c++) {
      let sum = sums[c];
      for (const end = at + size; at < end; at++) sum += data[at];
      sums[c] = sum;
    }
  }
  for (let c = 0; c < C; c++) db.data[c] += sums[c];
}

/** How many entries one channel of one sample has: H·W for images [N, C, H, W], 1 for [N, C]. */
export function channelSize(x: Tensor): number {
  return x.shape.slice(2).reduce((product, size) => product * size, 1);
}
