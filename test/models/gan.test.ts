import { describe, expect, test } from 'vitest';
import { LeakyReLU } from '../../src/layers/leaky-relu.ts';
import { convDiscriminator, convGenerator } from '../../src/models/gan.ts';
import { Random, sharedRandom } from '../../src/tensor/random.ts';
import { show } from '../../src/tensor/tensor.ts';
import { shapes } from './shapes.ts';

const random = new Random(1);

describe('convGenerator', () => {
  test('grows noise to an image by way of 64 · 7 · 7 and 32 · 14 · 14, a batch norm after each', () => {
    expect(shapes(convGenerator({ latentSize: 16, random }), [16])).toEqual([
      'Linear [3136]',
      'Reshape [64, 7, 7]',
      'BatchNorm2d [64, 7, 7]',
      'ReLU [64, 7, 7]',
      'ConvTranspose2d [32, 14, 14]',
      'BatchNorm2d [32, 14, 14]',
      'ReLU [32, 14, 14]',
      'ConvTranspose2d [1, 28, 28]',
      'Tanh [1, 28, 28]',
    ]);
  });

  test('has no bias whose gradient a batch norm would make zero', () => {
    const names = convGenerator({ latentSize: 16, random }).parameters.map(
      ({ name, value }) => name + show(value.shape),
    );
    expect(names).toEqual([
      '0.weight[3136, 16]',
      '0.bias[3136]',
      '2.weight[64]',
      '2.bias[64]',
      '4.weight[64, 32, 4, 4]',
      '5.weight[32]',
      '5.bias[32]',
      '7.weight[32, 1, 4, 4]',
      '7.bias[1]',
    ]);
  });
});

describe('convDiscriminator', () => {
  test('shrinks an image by way of 32 · 14 · 14 and 64 · 7 · 7 to one probability', () => {
    expect(shapes(convDiscriminator({ output: 'probability', random }), [1, 28, 28])).toEqual([
      'Conv2d [32, 14, 14]',
      'LeakyReLU [32, 14, 14]',
      'Conv2d [64, 7, 7]',
      'BatchNorm2d [64, 7, 7]',
      'LeakyReLU [64, 7, 7]',
      'Flatten [3136]',
      'Linear [1]',
      'Sigmoid [1]',
    ]);
  });

  test.each([
    ['logit', 'Linear [1]'],
    ['two-logits', 'Linear [2]'],
  ] as const)('ends in %s: %s', (output, last) => {
    expect(shapes(convDiscriminator({ output, random }), [1, 28, 28]).at(-1)).toBe(last);
  });

  test('has no bias whose gradient a batch norm would make zero', () => {
    const names = convDiscriminator({ output: 'probability', random }).parameters.map(({ name }) => name);
    expect(names).toEqual(['0.weight', '0.bias', '2.weight', '3.weight', '3.bias', '6.weight', '6.bias']);
  });

  test('has kernels of 4 × 4 and a slope of .2, as DCGAN', () => {
    const { layers, parameters } = convDiscriminator({ output: 'probability', random });
    expect(parameters.map(({ value }) => show(value.shape))).toEqual([
      '[32, 1, 4, 4]',
      '[32]',
      '[64, 32, 4, 4]',
      '[64]',
      '[64]',
      '[1, 3136]',
      '[1]',
    ]);
    const slopes = layers.flatMap((layer) => (layer instanceof LeakyReLU ? [layer.negativeSlope] : []));
    expect(slopes).toEqual([0.2, 0.2]);
  });
});

describe('both', () => {
  test.each(['float32', 'float64'] as const)('are %s throughout, running statistics too', (dtype) => {
    for (const network of [
      convGenerator({ latentSize: 2, random, dtype }),
      convDiscriminator({ output: 'logit', random, dtype }),
    ]) {
      for (const { name, value } of [...network.parameters, ...network.buffers]) expect(value.dtype, name).toBe(dtype);
    }
  });

  test('draw all weights from the generator given, none from the shared one', () => {
    const before = sharedRandom.state;
    convGenerator({ latentSize: 2, random });
    convDiscriminator({ output: 'logit', random });
    expect(sharedRandom.state).toEqual(before);
  });
});
