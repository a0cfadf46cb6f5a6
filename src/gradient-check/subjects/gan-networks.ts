import { BatchNorm2d } from '../../layers/batch-norm2d.ts';
import { ConcatLabels } from '../../layers/concat-labels.ts';
import { ConvTranspose2d } from '../../layers/conv-transpose2d.ts';
import { Conv2d } from '../../layers/conv2d.ts';
import { Dropout } from '../../layers/dropout.ts';
import { Flatten } from '../../layers/flatten.ts';
import { Linear } from '../../layers/linear.ts';
import { Reshape } from '../../layers/reshape.ts';
import { Sequential } from '../../layers/sequential.ts';
import { Sigmoid } from '../../layers/sigmoid.ts';
import { SiLU } from '../../layers/silu.ts';
import { Tanh } from '../../layers/tanh.ts';
import type { Random } from '../../tensor/random.ts';
import type { Shape } from '../../tensor/tensor.ts';
import { type GanLoss, verdictKinds } from '../../training/verdict.ts';
import { disturb } from './draw.ts';

const dtype = 'float64';
export const latentSize = 3;
export const numClasses = 4;
export const imageShape: Shape = [3, 1, 4, 4];

/** Noise → images. The kinds of layers that a convolutional GAN has, but none with a kink. */
export function createGenerator(conditional: boolean, random: Random): Sequential {
  const labels = conditional ? [new ConcatLabels({ numClasses, shape: [2], dtype, random })] : [];
  const generator = new Sequential([
    ...labels,
    new Linear({ inFeatures: latentSize + (conditional ? 2 : 0), outFeatures: 12, dtype, random }),
    new Reshape({ shape: [3, 2, 2] }),
    new BatchNorm2d({ numFeatures: 3, dtype }),
    new SiLU(),
    new ConvTranspose2d({ inChannels: 3, outChannels: 1, kernelSize: 4, stride: 2, padding: 1, dtype, random }),
    new Tanh(),
  ]);
  return disturb(generator, random);
}

/** Images → verdicts. */
export function createDiscriminator(loss: GanLoss, conditional: boolean, random: Random): Sequential {
  const labels = conditional ? [new ConcatLabels({ numClasses, shape: [1, 4, 4], dtype, random })] : [];
  const discriminator = new Sequential([
    ...labels,
    new Conv2d({ inChannels: conditional ? 2 : 1, outChannels: 3, kernelSize: 3, padding: 1, dtype, random }),
    new SiLU(),
    new Dropout({ p: 0.3, random }),
    new Conv2d({ inChannels: 3, outChannels: 2, kernelSize: 3, stride: 2, padding: 1, bias: false, dtype, random }),
    new BatchNorm2d({ numFeatures: 2, dtype }),
    new SiLU(),
    new Flatten(),
    new Linear({ inFeatures: 8, outFeatures: verdictKinds[loss].outputs, dtype, random }),
    ...(loss === 'bce' ? [new Sigmoid()] : []),
  ]);
  return disturb(discriminator, random);
}
