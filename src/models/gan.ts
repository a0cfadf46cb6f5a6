import { BatchNorm2d } from '../layers/batch-norm2d.ts';
import { ConvTranspose2d } from '../layers/conv-transpose2d.ts';
import { Conv2d } from '../layers/conv2d.ts';
import { Flatten } from '../layers/flatten.ts';
import { LeakyReLU } from '../layers/leaky-relu.ts';
import { Linear } from '../layers/linear.ts';
import { ReLU } from '../layers/relu.ts';
import { Reshape } from '../layers/reshape.ts';
import { Sequential } from '../layers/sequential.ts';
import { Sigmoid } from '../layers/sigmoid.ts';
import { Tanh } from '../layers/tanh.ts';
import type { Random } from '../tensor/random.ts';
import type { Dtype } from '../tensor/tensor.ts';

export interface ConvGeneratorOptions {
  readonly latentSize: number;
  readonly random: Random;
  readonly dtype?: Dtype;
}

/** noise [N, latentSize] → images [N, 1, 28, 28] between −1 and 1, by way of 64 · 7 · 7 and 32 · 14 · 14. */
export function convGenerator({ latentSize, random, dtype = 'float32' }: ConvGeneratorOptions): Sequential {
  const doubling = { kernelSize: 4, stride: 2, padding: 1, dtype, random };
  return new Sequential([
    // One bias a place: the batch norm takes out each channel's mean, and leaves how it varies over the places.
    new Linear({ inFeatures: latentSize, outFeatures: 64 * 7 * 7, dtype, random }),
    new Reshape({ shape: [64, 7, 7] }),
    new BatchNorm2d({ numFeatures: 64, dtype }),
    new ReLU(),
    new ConvTranspose2d({ inChannels: 64, outChannels: 32, bias: false, ...doubling }),
    new BatchNorm2d({ numFeatures: 32, dtype }),
    new ReLU(),
    new ConvTranspose2d({ inChannels: 32, outChannels: 1, ...doubling }),
    new Tanh(),
  ]);
}

export interface ConvDiscriminatorOptions {
  /** What it gives for an image: one probability, one logit, or the logits of two classes. */
  readonly output: 'probability' | 'logit' | 'two-logits';
  readonly random: Random;
  readonly dtype?: Dtype;
}

/** images [N, 1, 28, 28] → verdicts [N, 1] or [N, 2], by way of 32 · 14 · 14 and 64 · 7 · 7. */
export function convDiscriminator({ output, random, dtype = 'float32' }: ConvDiscriminatorOptions): Sequential {
  if (!['probability', 'logit', 'two-logits'].includes(output)) {
    throw new RangeError(`convDiscriminator: output must be 'probability', 'logit' or 'two-logits', not '${output}'`);
  }
  const halving = { kernelSize: 4, stride: 2, padding: 1, dtype, random };
  return new Sequential([
    new Conv2d({ inChannels: 1, outChannels: 32, ...halving }),
    new LeakyReLU({ negativeSlope: 0.2 }),
    new Conv2d({ inChannels: 32, outChannels: 64, bias: false, ...halving }),
    new BatchNorm2d({ numFeatures: 64, dtype }),
    new LeakyReLU({ negativeSlope: 0.2 }),
    new Flatten(),
    new Linear({ inFeatures: 64 * 7 * 7, outFeatures: output === 'two-logits' ? 2 : 1, dtype, random }),
    ...(output === 'probability' ? [new Sigmoid()] : []),
  ]);
}
