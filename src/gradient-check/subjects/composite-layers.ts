import { BatchNorm1d } from '../../layers/batch-norm1d.ts';
import { ConcatLabels } from '../../layers/concat-labels.ts';
import { Conv2d } from '../../layers/conv2d.ts';
import { Embedding } from '../../layers/embedding.ts';
import { Linear } from '../../layers/linear.ts';
import { Residual } from '../../layers/residual.ts';
import { Sequential } from '../../layers/sequential.ts';
import { SpectralNorm } from '../../layers/spectral-norm.ts';
import { Tanh } from '../../layers/tanh.ts';
import type { Random } from '../../tensor/random.ts';
import type { Shape } from '../../tensor/tensor.ts';
import { drawClasses, randomise, spread } from './draw.ts';
import { type Configuration, configuration, type Subject } from './subject.ts';

const dtype = 'float64';
const numClasses = 5;

/** The layers that are made of others, and those that take class indices. */
export const compositeLayers: readonly Subject[] = [
  {
    name: 'Sequential',
    kind: 'layer',
    configurations: [true, false].map((training) => configuration({ training, x: [5, 4] }, twoLinears)),
  },
  {
    name: 'Residual',
    kind: 'layer',
    configurations: [true, false].flatMap((training) => [
      configuration({ path: 'Sequential', training, x: [5, 4] }, (random) => new Residual(twoLinears(random))),
      configuration({ path: 'Conv2d', training, x: [2, 3, 4, 5] }, (random) => new Residual(conv(random))),
    ]),
  },
  {
    name: 'SpectralNorm',
    kind: 'layer',
    configurations: [true, false].flatMap((training) => [
      configuration({ of: 'Linear', training, x: [5, 4] }, (random) => normalised(linear(random), [5, 4], random)),
      configuration({ of: 'Conv2d', training, x: [2, 3, 4, 5] }, (random) =>
        normalised(conv(random), [2, 3, 4, 5], random),
      ),
    ]),
  },
  { name: 'Embedding', kind: 'layer', configurations: [embedding([7]), embedding([3, 4])] },
  {
    name: 'ConcatLabels',
    kind: 'layer',
    configurations: [concatLabels([3], [6, 4]), concatLabels([1, 2, 3], [4, 2, 2, 3])],
  },
];

function linear(random: Random, bias = true): Linear {
  return randomise(new Linear({ inFeatures: 4, outFeatures: 4, bias, dtype, random }), random);
}

function twoLinears(random: Random): Sequential {
  const norm = randomise(new BatchNorm1d({ numFeatures: 4, dtype }), random);
  return new Sequential([linear(random, false), new Sequential([norm, new Tanh()]), linear(random)]);
}

function conv(random: Random): Conv2d {
  const channels = { inChannels: 3, outChannels: 3 };
  return randomise(new Conv2d({ ...channels, kernelSize: 3, padding: 1, dtype, random }), random);
}

/**
 * In training u and v move towards the directions that W lengthens most. backward takes them for constants, which
 * is exact once they have arrived; a W with one direction that stands out lets them arrive soon.
 */
function normalised(layer: Linear | Conv2d, x: Shape, random: Random): SpectralNorm {
  const { value } = layer.weight;
  for (let i = 0; i < value.data.length; i++) value.data[i] += 2;
  const normalised = new SpectralNorm(layer, { nPowerIterations: 100, random });
  normalised.forward(spread(random, x));
  return normalised;
}

function embedding(x: Shape): Configuration {
  return configuration(
    { x },
    (random) => new Embedding({ numEmbeddings: numClasses, embeddingDim: 3, dtype, random }),
    (random) => ({ x: drawClasses(random, x, numClasses), input: false }),
  );
}

function concatLabels(shape: Shape, x: Shape): Configuration {
  return configuration(
    { shape, x },
    (random) => new ConcatLabels({ numClasses, shape, dtype, random }),
    (random) => ({ x: spread(random, x), labels: drawClasses(random, [x[0]], numClasses) }),
  );
}
