import { describe, expect, test } from 'vitest';
import { LeakyReLU } from '../../src/layers/leaky-relu.ts';
import { SpectralNorm } from '../../src/layers/spectral-norm.ts';
import { convCritic, spectralCritic } from '../../src/models/critics.ts';
import { Random, sharedRandom } from '../../src/tensor/random.ts';
import { show } from '../../src/tensor/tensor.ts';
import { shapes } from './shapes.ts';

const random = new Random(1);

test('convCritic shrinks an image by way of 32 · 14 · 14 and 64 · 7 · 7 to one score, without batch norm', () => {
  const network = convCritic({ random });
  expect(shapes(network, [1, 28, 28])).toEqual([
    'Conv2d [32, 14, 14]',
    'LeakyReLU [32, 14, 14]',
    'Conv2d [64, 7, 7]',
    'LeakyReLU [64, 7, 7]',
    'Flatten [3136]',
    'Linear [1]',
  ]);
  expect(network.parameters.map(({ name, value }) => name + show(value.shape))).toEqual([
    '0.weight[32, 1, 4, 4]',
    '0.bias[32]',
    '2.weight[64, 32, 4, 4]',
    '2.bias[64]',
    '5.weight[1, 3136]',
    '5.bias[1]',
  ]);
});

test('spectralCritic is the same with each of its weights divided by its spectral norm', () => {
  const network = spectralCritic({ random });
  expect(shapes(network, [1, 28, 28])).toEqual([
    'SpectralNorm [32, 14, 14]',
    'LeakyReLU [32, 14, 14]',
    'SpectralNorm [64, 7, 7]',
    'LeakyReLU [64, 7, 7]',
    'Flatten [3136]',
    'SpectralNorm [1]',
  ]);
  const plain = convCritic({ random }).parameters;
  expect(network.parameters.map(({ name, value }) => name.replace('_orig', '') + show(value.shape))).toEqual(
    plain.map(({ name, value }) => name + show(value.shape)),
  );
  expect(network.parameters.filter(({ name }) => name.endsWith('.weight_orig'))).toHaveLength(3);
  expect(network.layers.filter((layer) => layer instanceof SpectralNorm)).toHaveLength(3);
});

describe('both', () => {
  const both = (random: Random, dtype: 'float32' | 'float64') => [
    convCritic({ random, dtype }),
    spectralCritic({ random, dtype }),
  ];

  test.each(['float32', 'float64'] as const)('are %s throughout', (dtype) => {
    for (const network of both(random, dtype)) {
      for (const { name, value } of [...network.parameters, ...network.buffers]) expect(value.dtype, name).toBe(dtype);
    }
  });

  test('have a slope of .2, as DCGAN', () => {
    const layers = both(random, 'float32').flatMap((network) => network.layers);
    const slopes = layers.flatMap((layer) => (layer instanceof LeakyReLU ? [layer.negativeSlope] : []));
    expect(slopes).toEqual([0.2, 0.2, 0.2, 0.2]);
  });

  test('draw all numbers from the generator given, none from the shared one', () => {
    const before = sharedRandom.state;
    both(random, 'float32');
    expect(sharedRandom.state).toEqual(before);
  });
});
