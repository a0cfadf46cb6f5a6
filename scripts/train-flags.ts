import { choice, folderPath, optional, positiveNumber, wholeNumber } from './flags.ts';

export const about = `Trains a convolutional GAN on 9,000 handwritten digits. After every epoch it writes a picture: what the
generator makes of the same noise each time, and beside it the gradient that reaches each of those images.`;

export const trainFlags = {
  epochs: wholeNumber('12', 'passes over the digits', 1, 1_000_000),
  'batch-size': wholeNumber('64', 'images in one step', 2, 9000),
  images: wholeNumber('9000', 'train on only so many of the digits', 2, 9000),
  seed: wholeNumber('1', 'the same seed gives the same weights', 0, 0xffffffff),
  kernels: choice('wasm', 'loops are slow, and made to be stepped through', ['wasm', 'loops']),
  loss: choice('bce', "what the discriminator's output means", ['bce', 'bce-logits', 'two-output']),
  'generator-loss': choice('non-saturating', 'minimise −log D, or log(1 − D)', ['non-saturating', 'minimax']),
  'generator-rate': positiveNumber('0.003', "learning rate of the generator's Adam"),
  'discriminator-rate': positiveNumber('0.001', "learning rate of the discriminator's Adam"),
  samples: optional(wholeNumber(undefined, 'also write N samples of the finished generator to samples.npy', 1)),
  out: folderPath('where to write (the first free one of runs/gan-1, runs/gan-2, …)'),
};
