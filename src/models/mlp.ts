import { Flatten } from '../layers/flatten.ts';
import { Linear } from '../layers/linear.ts';
import { ReLU } from '../layers/relu.ts';
import { Sequential } from '../layers/sequential.ts';
import type { Random } from '../tensor/random.ts';
import type { Dtype } from '../tensor/tensor.ts';

export interface MlpOptions {
  readonly random: Random;
  readonly dtype?: Dtype;
}

/** images [N, 1, 28, 28] → the logits of ten classes [N, 10], by way of two hidden layers of 256 and 128. */
export function mlp({ random, dtype = 'float32' }: MlpOptions): Sequential {
  return new Sequential([
    new Flatten(),
    new Linear({ inFeatures: 28 * 28, outFeatures: 256, dtype, random }),
    new ReLU(),
    new Linear({ inFeatures: 256, outFeatures: 128, dtype, random }),
    new ReLU(),
    // Logits and no softmax: CrossEntropyLoss takes its softmax with it.
    new Linear({ inFeatures: 128, outFeatures: 10, dtype, random }),
  ]);
}
