import { emptyLike, sizeOf, type Tensor } from '../../tensor/tensor.ts';
import { checkChannels } from '../fitting.ts';
import type { ChannelNorms, ChannelShares, FastLoops } from '../kernels.ts';
import { inChunks } from './chunks.ts';
import { type Instance, reserve, viewOf } from './module.ts';

type ChannelLoops = Pick<
  FastLoops,
  'addPerChannel' | 'channelSums' | 'channelProducts' | 'batchNorm' | 'batchNormBackward'
>;

/** What goes channel by channel, in the instance's memory, on one thread. */
export function channelsIn(instance: Instance): ChannelLoops {
  const { wasm } = instance;

  /**
   * Begins a call about x [N, C, …]. Copies in arrays of one number for each channel, one behind the other, to
   * `perChannel`. `size` entries stand side by side in one channel.
   */
  const begin = (x: Tensor, ...arrays: ArrayLike<number>[]) => {
    checkChannels(x, arrays);
    const [, C, ...places] = x.shape;
    const size = sizeOf(places);
    wasm.reset();
    wasm.setChannels(C, size);
    const perChannel = reserve(instance, arrays.length * C * Float64Array.BYTES_PER_ELEMENT);
    const view = viewOf(instance, perChannel, arrays.length * C, 'float64');
    for (const [i, array] of arrays.entries()) view.set(array, i * C);
    return { perChannel, size, channelAt: (entry: number) => Math.floor(entry / size) % C };
  };

  /** Room for a sum for each channel, and its address. */
  const zeroSums = (x: Tensor): number => {
    const C = x.shape[1];
    const address = reserve(instance, C * Float64Array.BYTES_PER_ELEMENT);
    viewOf(instance, address, C, 'float64').fill(0);
    return address;
  };

  const copyOut = (sums: number, x: Tensor): Float64Array =>
    Float64Array.from(viewOf(instance, sums, x.shape[1], 'float64'));

  return {
    addPerChannel(out: Tensor, b: Tensor): void {
      const { perChannel, size, channelAt } = begin(out, b.data);
      inChunks(instance, { read: [out], written: [out] }, size, (start, count, at) => {
        wasm.addPerChannel(channelAt(start), count, at(out), perChannel);
      });
    },

    channelSums(x: Tensor): Float64Array {
      const { size, channelAt } = begin(x);
      const sums = zeroSums(x);
      inChunks(instance, { read: [x], written: [] }, size, (start, count, at) => {
        wasm.channelSums(channelAt(start), count, at(x), sums);
      });
      return copyOut(sums, x);
    },

    channelProducts(a: Tensor, b: Tensor, mean?: ArrayLike<number>): Float64Array {
      const { perChannel, size, channelAt } = begin(a, mean ?? new Float64Array(a.shape[1]));
      const sums = zeroSums(a);
      inChunks(instance, { read: [a, b], written: [] }, size, (start, count, at) => {
        wasm.channelProducts(channelAt(start), count, at(a), at(b), perChannel, sums);
      });
      return copyOut(sums, a);
    },

    batchNorm(x: Tensor, { mean, inverseDeviation, gamma, beta }: ChannelNorms): readonly [Tensor, Tensor] {
      const { perChannel, size, channelAt } = begin(x, mean, inverseDeviation, gamma, beta);
      const [xHat, out] = [emptyLike(x), emptyLike(x)];
      inChunks(instance, { read: [x], written: [xHat, out] }, size, (start, count, at) => {
        wasm.batchNorm(channelAt(start), count, at(x), perChannel, at(xHat), at(out));
      });
      return [xHat, out];
    },

    batchNormBackward(dOut: Tensor, xHat: Tensor, { scale, shiftShare, scaleShare }: ChannelShares): Tensor {
      const { perChannel, size, channelAt } = begin(dOut, scale, shiftShare, scaleShare);
      const dX = emptyLike(dOut);
      inChunks(instance, { read: [dOut, xHat], written: [dX] }, size, (start, count, at) => {
        wasm.batchNormBackward(channelAt(start), count, at(dOut), at(xHat), perChannel, at(dX));
      });
      return dX;
    },
  };
}
