import { emptyLike, type Tensor } from '../../tensor/tensor.ts';
import type { FastLoops } from '../kernels.ts';
import { inChunks } from './chunks.ts';
import type { Instance } from './module.ts';

/** Loops of activations in the instance's memory, on one thread. */
export function activationsIn(instance: Instance): Pick<FastLoops, 'relu' | 'leakyRelu' | 'tanh'> {
  const { wasm } = instance;

  type Compute = (count: number, at: (t: Tensor) => number, out: number) => void;

  /** A tensor like x that is computed from x and d, entry by entry. */
  const eachOf = (x: Tensor, d: Tensor, compute: Compute): Tensor => {
    const out = emptyLike(x);
    wasm.reset();
    inChunks(instance, { read: [x, d], written: [out] }, 1, (_start, count, at) => compute(count, at, at(out)));
    return out;
  };

  return {
    relu: (x: Tensor, d: Tensor): Tensor => eachOf(x, d, (count, at, out) => wasm.relu(count, at(x), at(d), out)),

    leakyRelu: (x: Tensor, d: Tensor, negativeSlope: number): Tensor =>
      eachOf(x, d, (count, at, out) => wasm.leakyRelu(count, at(x), at(d), out, negativeSlope)),

    tanh: (x: Tensor): Tensor => eachOf(x, x, (count, at, out) => wasm.tanh(count, at(x), out)),
  };
}
