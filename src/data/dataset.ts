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
 * The places of the labels [N] in two parts: a tenth, drawn from every class, and the rest, so that both have the
 * classes in the same shares.
 */
export function splitOffTenth(labels: Tensor, random: Random): { readonly rest: number[]; readonly tenth: number[] } {
  const places = new Map<number, number[]>();
  for (const [n, label] of dense(labels).data.entries()) {
    const known = places.get(label);
    if (known) known.push(n);
    else places.set(label, [n]);
  }
  const [rest, tenth]: [number[], number[]] = [[], []];
  let first = 0;
  for (const [, members] of [...places].sort(([a], [b]) => a - b)) {
    const order = random.permutation(members.length);
    // Rounding the running totals, and not each class's tenth, makes the tenth of 10,000 exactly 1,000.
    const held = Math.round((first + order.length) / 10) - Math.round(first / 10);
    for (const [place, index] of order.entries()) (place < held ? tenth : rest).push(members[index]);
    first += order.length;
  }
  return { rest, tenth };
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
