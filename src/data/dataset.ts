import type { Random } from '../tensor/random.ts';
import { dtypeOf, type Tensor, zeros } from '../tensor/tensor.ts';

/** Images and what they show. */
export interface Dataset {
  /** [N, C, H, W], between −1 and 1. */
  readonly images: Tensor;
  /** [N], class indices from 0. */
  readonly labels: Tensor;
}

/** The samples at `indices`, in their order, copied. */
export function select({ images, labels }: Dataset, indices: ArrayLike<number>): Dataset {
  return { images: selectRows(images, indices), labels: selectRows(labels, indices) };
}

/**
 * One pass over a data set: every sample once, in random order, `batchSize` at a time. The last batch holds
 * what is left.
 */
export function* shuffledBatches(dataset: Dataset, batchSize: number, random: Random): Generator<Dataset> {
  if (!Number.isSafeInteger(batchSize) || batchSize < 1) {
    throw new RangeError(`shuffledBatches: batchSize must be a whole number from 1, not ${batchSize}`);
  }
  const order = random.permutation(dataset.images.shape[0]);
  for (let start = 0; start < order.length; start += batchSize) {
    yield select(dataset, order.subarray(start, start + batchSize));
  }
}

function selectRows(t: Tensor, indices: ArrayLike<number>): Tensor {
  const [N, ...sample] = t.shape;
  const out = zeros([indices.length, ...sample], dtypeOf(t));
  const size = t.data.length / N;
  for (let i = 0; i < indices.length; i++) {
    out.data.set(t.data.subarray(indices[i] * size, (indices[i] + 1) * size), i * size);
  }
  return out;
}
