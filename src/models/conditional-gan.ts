import { BatchNorm2d } from '../layers/batch-norm2d.ts';
import { ConcatLabels } from '../layers/concat-labels.ts';
import { Conv2d } from '../layers/conv2d.ts';
import { Flatten } from '../layers/flatten.ts';
import { LeakyReLU } from '../layers/leaky-relu.ts';
import { Linear } from '../layers/linear.ts';
import { Sequential } from '../layers/sequential.ts';
import type { Random } from '../tensor/random.ts';
import type { Dtype } from '../tensor/tensor.ts';
import { type ConvGeneratorOptions, convGenerator } from './gan.ts';

/** noise [N, latentSize] and labels [N], digits from 0 to 9 → images [N, 1, 28, 28] of these digits. */
export function conditionalGenerator({ latentSize, random, dtype = 'float32' }: ConvGeneratorOptions): Sequential {
  const labelSize = 16;
  return new Sequential([
    new ConcatLabels({ numClasses: 10, shape: [labelSize], dtype, random }),
    convGenerator({ latentSize: latentSize + labelSize, random, dtype }),
  ]);
}

export interface ConditionalDiscriminatorOptions {
  readonly random: Random;
  readonly dtype?: Dtype;
}

/**
 * images [N, 1, 28, 28] and labels [N] → logits [N, 1]: whether each is a real image, and of the digit that it is
 * said to be.
 *
 * The label is one more channel of the image, and behind the first convolution it is 16 more.
 */
export function conditionalDiscriminator({ random, dtype = 'float32' }: ConditionalDiscriminatorOptions): Sequential {
  const halving = { kernelSize: 4, stride: 2, padding: 1, dtype, random };
  return new Sequential([
    new ConcatLabels({ numClasses: 10, shape: [1, 28, 28], dtype, random }),
    new Conv2d({ inChannels: 1 + 1, outChannels: 32, ...halving }),
    new LeakyReLU({ negativeSlope: 0.2 }),
    new ConcatLabels({ numClasses: 10, shape: [16, 14, 14], dtype, random }),
    new Conv2d({ inChannels: 32 + 16, outChannels: 64, bias: false, ...halving }),
    new BatchNorm2d({ numFeatures: 64, dtype }),
    new LeakyReLU({ negativeSlope: 0.2 }),
    new Flatten(),
    new Linear({ inFeatures: 64 * 7 * 7, outFeatures: 1, dtype, random }),
  ]);
}
