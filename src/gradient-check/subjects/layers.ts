import { AvgPool2d } from '../../layers/avg-pool2d.ts';
import { BatchNorm1d } from '../../layers/batch-norm1d.ts';
import { BatchNorm2d } from '../../layers/batch-norm2d.ts';
import { ConvTranspose2d } from '../../layers/conv-transpose2d.ts';
import { Conv2d } from '../../layers/conv2d.ts';
import { Dropout } from '../../layers/dropout.ts';
import { ELU } from '../../layers/elu.ts';
import { Flatten } from '../../layers/flatten.ts';
import { GELU } from '../../layers/gelu.ts';
import { GlobalAvgPool2d } from '../../layers/global-avg-pool2d.ts';
import { InstanceNorm2d } from '../../layers/instance-norm2d.ts';
import type { Layer } from '../../layers/layer.ts';
import { LayerNorm } from '../../layers/layer-norm.ts';
import { LeakyReLU } from '../../layers/leaky-relu.ts';
import { Linear } from '../../layers/linear.ts';
import { MaxPool2d } from '../../layers/max-pool2d.ts';
import { ReLU } from '../../layers/relu.ts';
import { Reshape } from '../../layers/reshape.ts';
import { Sigmoid } from '../../layers/sigmoid.ts';
import { SiLU } from '../../layers/silu.ts';
import { Softmax } from '../../layers/softmax.ts';
import { Softplus } from '../../layers/softplus.ts';
import { Tanh } from '../../layers/tanh.ts';
import { Upsample } from '../../layers/upsample.ts';
import { randomise } from './draw.ts';
import { configuration, describe, type Settings, type Subject } from './subject.ts';

const images = { inChannels: 2, outChannels: 3, kernelSize: 3 };
const activations = [{ x: [5, 4] }, { x: [2, 3, 4, 3] }];

/** The layers that one call of a constructor makes, in the order of the book. */
export const layers: readonly Subject[] = [
  of(Linear, { inFeatures: 4, outFeatures: 3 }, [{ x: [5, 4] }, { bias: false, x: [5, 4] }]),
  of(Sigmoid, {}, activations),
  of(Tanh, {}, activations),
  of(ReLU, {}, activations),
  of(LeakyReLU, {}, [{ x: [5, 4] }, { negativeSlope: 0.2, x: [2, 3, 4, 3] }, { negativeSlope: -1, x: [5, 4] }]),
  of(ELU, {}, [{ x: [5, 4] }, { alpha: 0.3, x: [2, 3, 4, 3] }]),
  of(SiLU, {}, activations),
  of(GELU, {}, activations),
  of(Softplus, {}, [{ x: [5, 4] }, { beta: 3, x: [2, 3, 4, 3] }, { beta: 3, threshold: 4, x: [5, 4] }]),
  of(Softmax, {}, activations),
  of(Conv2d, images, [
    { x: [2, 2, 5, 7] },
    { bias: false, x: [3, 2, 4, 3] },
    { kernelSize: 1, stride: [3, 2], x: [2, 2, 5, 7] },
    { kernelSize: [3, 2], stride: [2, 1], padding: [1, 0], x: [2, 2, 6, 5] },
    { kernelSize: [2, 3], padding: [1, 2], dilation: [2, 1], x: [2, 2, 5, 7] },
    { kernelSize: [1, 4], stride: [1, 3], padding: 2, dilation: [1, 2], x: [2, 2, 5, 7] },
    { stride: 3, padding: [3, 1], dilation: [2, 3], x: [2, 2, 5, 7] },
  ]),
  of(ConvTranspose2d, images, [
    { x: [2, 2, 4, 3] },
    { bias: false, x: [3, 2, 2, 3] },
    { kernelSize: 1, stride: [3, 2], x: [2, 2, 3, 4] },
    { kernelSize: [3, 2], stride: [2, 1], padding: [1, 0], x: [2, 2, 3, 4] },
    { kernelSize: [2, 3], padding: [1, 2], dilation: [2, 1], x: [2, 2, 4, 5] },
    { kernelSize: [2, 3], stride: [2, 3], padding: [0, 1], outputPadding: [1, 2], x: [2, 2, 4, 2] },
    { kernelSize: 2, stride: 3, padding: [1, 2], dilation: [2, 3], outputPadding: [2, 1], x: [2, 2, 3, 4] },
  ]),
  of(MaxPool2d, { kernelSize: 2 }, [
    { x: [2, 3, 5, 4] },
    { kernelSize: [3, 2], stride: [1, 2], padding: [1, 0], x: [2, 2, 5, 7] },
    { kernelSize: 3, stride: 2, padding: 1, dilation: [2, 1], x: [2, 2, 6, 7] },
    { kernelSize: [2, 3], stride: [3, 2], ceilMode: true, x: [2, 2, 6, 6] },
  ]),
  of(AvgPool2d, { kernelSize: 2 }, [
    { x: [2, 3, 5, 4] },
    { kernelSize: [3, 2], stride: [1, 2], padding: [1, 0], x: [2, 2, 5, 7] },
    { kernelSize: 3, stride: 2, padding: 1, countIncludePad: false, x: [2, 2, 6, 7] },
    { kernelSize: [2, 3], stride: [3, 2], padding: 1, ceilMode: true, x: [2, 2, 6, 6] },
  ]),
  of(GlobalAvgPool2d, {}, [{ x: [2, 3, 5, 4] }]),
  of(Upsample, { scaleFactor: 2 }, [{ x: [2, 3, 3, 4] }, { scaleFactor: [3, 1], x: [2, 2, 3, 4] }]),
  of(BatchNorm1d, { numFeatures: 3 }, [
    { x: [5, 3] },
    { eps: 0.1, x: [4, 3, 2] },
    { training: false, x: [5, 3] },
    { training: false, x: [2, 3, 4] },
  ]),
  of(BatchNorm2d, { numFeatures: 3 }, [
    { x: [3, 3, 2, 4] },
    { x: [1, 3, 3, 4] },
    { eps: 0.1, x: [2, 3, 3, 4] },
    { training: false, x: [3, 3, 2, 4] },
  ]),
  of(LayerNorm, { normalizedShape: 5 }, [
    { x: [4, 5] },
    { normalizedShape: [3, 4], eps: 0.1, x: [2, 2, 3, 4] },
    { bias: false, x: [2, 3, 5] },
    { elementwiseAffine: false, x: [4, 5] },
  ]),
  of(InstanceNorm2d, { numFeatures: 3 }, [
    { x: [2, 3, 3, 4] },
    { affine: true, x: [2, 3, 3, 4] },
    { affine: true, eps: 0.1, x: [2, 3, 2, 5] },
  ]),
  of(Dropout, {}, [{ x: [5, 4] }, { p: 0.2, x: [2, 3, 4, 3] }, { training: false, x: [5, 4] }]),
  of(Flatten, {}, [{ x: [3, 2, 4] }]),
  of(Reshape, { shape: [4, 2] }, [{ x: [3, 2, 2, 2] }, { shape: [8], x: [3, 2, 4] }]),
];

function of<Options extends object>(
  Kind: (new (options: Options) => Layer) | (new (options?: Options) => Layer),
  base: NoInfer<Options>,
  all: readonly (Settings & Partial<NoInfer<Options>>)[],
): Subject {
  const configurations = all.map((settings) => {
    const { x: _, training: __, ...options } = settings;
    return configuration(settings, (random) =>
      randomise(new Kind({ ...base, ...options, dtype: 'float64', random }), random),
    );
  });
  return { name: Kind.name, kind: 'layer', base: describe(base), configurations };
}
