import { checkCount, checkRandom, checkTensor } from '../tensor/checks.ts';
import type { Random } from '../tensor/random.ts';
import { dense, dtypeOf, type Tensor, zeros } from '../tensor/tensor.ts';

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
 * what is left. Throws where there is not one label for each image.
 */
export function shuffledBatches(dataset: Dataset, batchSize: number, random: Random): Generator<Dataset> {
  checkTensor('shuffledBatches', 'images', dataset.images);
  checkTensor('shuffledBatches', 'labels', dataset.labels);
  checkCount('shuffledBatches', 'batchSize', batchSize);
  checkRandom('shuffledBatches', random);
  const [N, labels] = [dataset.images.shape[0], dataset.labels.shape[0]];
  if (labels !== N) throw new RangeError(`shuffledBatches: there are ${N} images, but ${labels} labels`);
  return batches(dataset, batchSize, random.permutation(N));
}

function* batches(dataset: Dataset, batchSize: number, order: Int32Array): Generator<Dataset> {
  for (let start = 0; start < order.length; start += batchSize) {
    yield select(dataset, order.subarray(start, start + batchSize));
  }
}

function selectRows(t: Tensor, indices: ArrayLike<number>): Tensor {
  const [N, ...sample] = t.shape;
  const { data } = dense(t);
  const out = zeros([indices.length, ...sample], dtypeOf(t));
  const size = data.length / N;
  for (let i = 0; i < indices.length; i++) {
    out.data.set(data.subarray(indices[i] * size, (indices[i] + 1) * size), i * size);
  }
  return out;
}
