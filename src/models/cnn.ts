import { BatchNorm2d } from '../layers/batch-norm2d.ts';
import { Conv2d } from '../layers/conv2d.ts';
import { Flatten } from '../layers/flatten.ts';
import { Linear } from '../layers/linear.ts';
import { MaxPool2d } from '../layers/max-pool2d.ts';
import { ReLU } from '../layers/relu.ts';
import { Sequential } from '../layers/sequential.ts';
import type { Random } from '../tensor/random.ts';
import type { Dtype } from '../tensor/tensor.ts';

export interface CnnOptions {
  readonly random: Random;
  readonly dtype?: Dtype;
}

/**
 * images [N, 1, 28, 28] → the logits of ten classes [N, 10], by way of 8 · 14 · 14 and 24 · 5 · 5.
 *
 * LeNet-5 (LeCun, 1998) with what has become usual since: ReLU, max pooling, batch norm.
 */
export function cnn({ random, dtype = 'float32' }: CnnOptions): Sequential {
  return new Sequential([
    new Conv2d({ inChannels: 1, outChannels: 8, kernelSize: 5, padding: 2, bias: false, dtype, random }),
    new BatchNorm2d({ numFeatures: 8, dtype }),
    // Pooling first leaves a quarter of the work to ReLU; the largest value is the same before and after it.
    new MaxPool2d({ kernelSize: 2 }),
    new ReLU(),
    new Conv2d({ inChannels: 8, outChannels: 24, kernelSize: 5, bias: false, dtype, random }),
    new BatchNorm2d({ numFeatures: 24, dtype }),
    new MaxPool2d({ kernelSize: 2 }),
    new ReLU(),
    new Flatten(),
    new Linear({ inFeatures: 24 * 5 * 5, outFeatures: 128, dtype, random }),
    new ReLU(),
    // Logits and no softmax: CrossEntropyLoss takes its softmax with it.
    new Linear({ inFeatures: 128, outFeatures: 10, dtype, random }),
  ]);
}
