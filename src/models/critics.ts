import { Conv2d } from '../layers/conv2d.ts';
import { Flatten } from '../layers/flatten.ts';
import { LeakyReLU } from '../layers/leaky-relu.ts';
import { Linear } from '../layers/linear.ts';
import { Sequential } from '../layers/sequential.ts';
import { SpectralNorm } from '../layers/spectral-norm.ts';
import type { Random } from '../tensor/random.ts';
import type { Dtype } from '../tensor/tensor.ts';

export interface CriticOptions {
  readonly random: Random;
  readonly dtype?: Dtype;
}

/**
 * images [N, 1, 28, 28] → raw scores [N, 1], by way of 32 · 14 · 14 and 64 · 7 · 7.
 *
 * The discriminator of a Wasserstein GAN: its score is no probability, so that no sigmoid flattens it, and its
 * weights are clipped.
 */
export function convCritic({ random, dtype = 'float32' }: CriticOptions): Sequential {
  const halving = { kernelSize: 4, stride: 2, padding: 1, dtype, random };
  return new Sequential([
    new Conv2d({ inChannels: 1, outChannels: 32, ...halving }),
    new LeakyReLU({ negativeSlope: 0.2 }),
    // No batch norm: dividing by the batch's deviation, it would take back what the clipping has bounded.
    new Conv2d({ inChannels: 32, outChannels: 64, ...halving }),
    new LeakyReLU({ negativeSlope: 0.2 }),
    new Flatten(),
    new Linear({ inFeatures: 64 * 7 * 7, outFeatures: 1, dtype, random }),
  ]);
}

/**
 * The same with every weight divided by its spectral norm, after Miyato (2018): no layer makes the difference of
 * two inputs much longer, and so the score cannot rise steeply anywhere.
 */
export function spectralCritic({ random, dtype = 'float32' }: CriticOptions): Sequential {
  const halving = { kernelSize: 4, stride: 2, padding: 1, dtype, random };
  return new Sequential([
    new SpectralNorm(new Conv2d({ inChannels: 1, outChannels: 32, ...halving }), { random }),
    new LeakyReLU({ negativeSlope: 0.2 }),
    new SpectralNorm(new Conv2d({ inChannels: 32, outChannels: 64, ...halving }), { random }),
    new LeakyReLU({ negativeSlope: 0.2 }),
    new Flatten(),
    new SpectralNorm(new Linear({ inFeatures: 64 * 7 * 7, outFeatures: 1, dtype, random }), { random }),
  ]);
}
