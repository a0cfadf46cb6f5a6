import { Flatten } from '../layers/flatten.ts';
import { Linear } from '../layers/linear.ts';
import { Sequential } from '../layers/sequential.ts';
import { Sigmoid } from '../layers/sigmoid.ts';
import type { Random } from '../tensor/random.ts';
import type { Dtype } from '../tensor/tensor.ts';

export interface PerceptronOptions {
  readonly random: Random;
  readonly dtype?: Dtype;
}

/** images [N, 1, 28, 28] → the probability of class 1 [N, 1]. One neuron: σ(w · x + b), a weight for each pixel. */
export function perceptron({ random, dtype = 'float32' }: PerceptronOptions): Sequential {
  return new Sequential([
    new Flatten(),
    new Linear({ inFeatures: 28 * 28, outFeatures: 1, dtype, random }),
    new Sigmoid(),
  ]);
}
