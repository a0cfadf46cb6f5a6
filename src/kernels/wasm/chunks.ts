import type { Tensor } from '../../tensor/tensor.ts';
import { checkAlike } from '../fitting.ts';
import { type Instance, reserve, viewOf } from './module.ts';

/** So many entries of a few tensors stay in a cache, and copying them there and back costs little. */
const CHUNK = 4096;

/** Computes `count` entries from the one at `start`, which lie in the memory at `at(tensor)`. */
export type ComputeChunk = (start: number, count: number, at: (tensor: Tensor) => number) => void;

/**
 * Takes float32 tensors of one shape through the instance's memory, about 4096 entries at a time and always whole rows:
 * copies in what is read, computes, and copies out what is written. Up to a vector behind them may be read and written
 * as well.
 *
 * Throws where the tensors are not float32 or not of one shape.
 */
export function inChunks(
  instance: Instance,
  { read, written }: { readonly read: readonly Tensor[]; readonly written: readonly Tensor[] },
  rowLength: number,
  compute: ComputeChunk,
): void {
  const tensors = [...new Set([...read, ...written])];
  checkAlike(tensors);
  const { length } = tensors[0].data;
  if (length === 0) return;
  const most = Math.max(1, Math.floor(CHUNK / rowLength)) * rowLength;
  const vector = 16;
  const addresses = new Map(tensors.map((t) => [t, reserve(instance, most * Float32Array.BYTES_PER_ELEMENT + vector)]));
  const at = (t: Tensor) => addresses.get(t) as number;
  const copies = (of: readonly Tensor[]) =>
    [...new Set(of)].map((t) => ({ data: t.data, inside: viewOf(instance, at(t), most, 'float32') }));
  const [copiedIn, copiedOut] = [copies(read), copies(written)];

  for (let start = 0; start < length; start += most) {
    const count = Math.min(most, length - start);
    for (const { data, inside } of copiedIn) inside.set(data.subarray(start, start + count));
    compute(start, count, at);
    for (const { data, inside } of copiedOut) data.set(inside.subarray(0, count), start);
  }
}
