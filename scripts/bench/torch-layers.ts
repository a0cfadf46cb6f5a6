import { BatchNorm2d } from '../../src/layers/batch-norm2d.ts';
import { ConvTranspose2d } from '../../src/layers/conv-transpose2d.ts';
import { Conv2d } from '../../src/layers/conv2d.ts';
import { Flatten } from '../../src/layers/flatten.ts';
import type { Layer } from '../../src/layers/layer.ts';
import { LeakyReLU } from '../../src/layers/leaky-relu.ts';
import { Linear } from '../../src/layers/linear.ts';
import { MaxPool2d } from '../../src/layers/max-pool2d.ts';
import { ReLU } from '../../src/layers/relu.ts';
import { Reshape } from '../../src/layers/reshape.ts';
import { Sequential } from '../../src/layers/sequential.ts';
import { Sigmoid } from '../../src/layers/sigmoid.ts';
import { Tanh } from '../../src/layers/tanh.ts';

/** A layer of torch.nn and the keyword arguments that make it. */
export interface TorchLayer {
  readonly kind: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** What pytorch.py trains. */
export type PytorchModel =
  | {
      readonly kind: 'gan';
      readonly generator: readonly TorchLayer[];
      readonly discriminator: readonly TorchLayer[];
      readonly latentSize: number;
      readonly batch: number;
    }
  | {
      readonly kind: 'classifier';
      readonly network: readonly TorchLayer[];
      readonly classes: number;
      readonly batch: number;
    };

/** The layers of a network, one after the other, as PyTorch has them; undefined where one of them is not here. */
export function torchLayers(layer: Layer): readonly TorchLayer[] | undefined {
  if (layer instanceof Sequential) {
    const parts: TorchLayer[] = [];
    for (const child of layer.layers) {
      const inside = torchLayers(child);
      if (inside === undefined) return undefined;
      parts.push(...inside);
    }
    return parts;
  }
  if (layer instanceof Linear) {
    const { inFeatures, outFeatures, bias } = layer;
    return [
      { kind: 'Linear', options: { in_features: inFeatures, out_features: outFeatures, bias: bias !== undefined } },
    ];
  }
  if (layer instanceof Conv2d || layer instanceof ConvTranspose2d) {
    const transposed = layer instanceof ConvTranspose2d;
    const options = {
      in_channels: layer.inChannels,
      out_channels: layer.outChannels,
      kernel_size: layer.kernelSize,
      ...layer.geometry,
      ...(transposed && { output_padding: layer.outputPadding }),
      bias: layer.bias !== undefined,
    };
    return [{ kind: transposed ? 'ConvTranspose2d' : 'Conv2d', options }];
  }
  if (layer instanceof MaxPool2d) {
    const { kernelSize, stride, padding } = layer.geometry;
    return [{ kind: 'MaxPool2d', options: { kernel_size: kernelSize, stride, padding } }];
  }
  if (layer instanceof BatchNorm2d) return [{ kind: 'BatchNorm2d', options: { num_features: layer.numFeatures } }];
  if (layer instanceof LeakyReLU) return [{ kind: 'LeakyReLU', options: { negative_slope: layer.negativeSlope } }];
  if (layer instanceof Reshape) return [{ kind: 'Unflatten', options: { dim: 1, unflattened_size: layer.shape } }];
  for (const plain of [Flatten, ReLU, Sigmoid, Tanh]) {
    if (layer instanceof plain) return [{ kind: plain.name, options: {} }];
  }
  return undefined;
}
