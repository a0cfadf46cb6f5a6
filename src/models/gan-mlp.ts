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

export interface MlpGeneratorOptions {
  readonly latentSize: number;
  readonly random: Random;
  readonly dtype?: Dtype;
}

/** noise [N, latentSize] → images [N, 1, 28, 28] between −1 and 1: the fully connected generator of Goodfellow (2014). */
export function mlpGenerator({ latentSize, random, dtype = 'float32' }: MlpGeneratorOptions): Sequential {
  return new Sequential([
    new Linear({ inFeatures: latentSize, outFeatures: 128, dtype, random }),
    new ReLU(),
    new Linear({ inFeatures: 128, outFeatures: 256, dtype, random }),
    new ReLU(),
    // Every pixel is a weighted sum of all 256 features: nothing here knows which pixels are neighbours.
    new Linear({ inFeatures: 256, outFeatures: 28 * 28, dtype, random }),
    new Tanh(),
    new Reshape({ shape: [1, 28, 28] }),
  ]);
}

export interface MlpDiscriminatorOptions {
  /** What it gives for an image: one probability, one logit, or the logits of two classes. */
  readonly output: 'probability' | 'logit' | 'two-logits';
  readonly random: Random;
  readonly dtype?: Dtype;
}

/** images [N, 1, 28, 28] → verdicts [N, 1] or [N, 2], by way of two hidden layers of 256 and 128. */
export function mlpDiscriminator({ output, random, dtype = 'float32' }: MlpDiscriminatorOptions): Sequential {
  if (!['probability', 'logit', 'two-logits'].includes(output)) {
    throw new RangeError(`mlpDiscriminator: output must be 'probability', 'logit' or 'two-logits', not '${output}'`);
  }
  return new Sequential([
    new Flatten(),
    new Linear({ inFeatures: 28 * 28, outFeatures: 256, dtype, random }),
    new LeakyReLU({ negativeSlope: 0.2 }),
    new Linear({ inFeatures: 256, outFeatures: 128, dtype, random }),
    new LeakyReLU({ negativeSlope: 0.2 }),
    new Linear({ inFeatures: 128, outFeatures: output === 'two-logits' ? 2 : 1, dtype, random }),
    ...(output === 'probability' ? [new Sigmoid()] : []),
  ]);
}
