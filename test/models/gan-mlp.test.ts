import { describe, expect, test } from 'vitest';
import { LeakyReLU } from '../../src/layers/leaky-relu.ts';
import { mlpDiscriminator, mlpGenerator } from '../../src/models/gan-mlp.ts';
import { Random, sharedRandom } from '../../src/tensor/random.ts';
import { shapes } from './shapes.ts';

const random = new Random(1);

test('mlpGenerator grows noise to an image by way of 128 and 256', () => {
  expect(shapes(mlpGenerator({ latentSize: 64, random }), [64])).toEqual([
    'Linear [128]',
    'ReLU [128]',
    'Linear [256]',
    'ReLU [256]',
    'Linear [784]',
    'Tanh [784]',
    'Reshape [1, 28, 28]',
  ]);
});

describe('mlpDiscriminator', () => {
  test('shrinks an image by way of 256 and 128 to one probability', () => {
    const network = mlpDiscriminator({ output: 'probability', random });
    expect(shapes(network, [1, 28, 28])).toEqual([
      'Flatten [784]',
      'Linear [256]',
      'LeakyReLU [256]',
      'Linear [128]',
      'LeakyReLU [128]',
      'Linear [1]',
      'Sigmoid [1]',
    ]);
    const slopes = network.layers.flatMap((layer) => (layer instanceof LeakyReLU ? [layer.negativeSlope] : []));
    expect(slopes).toEqual([0.2, 0.2]);
  });

  test.each([
    ['logit', 'Linear [1]'],
    ['two-logits', 'Linear [2]'],
  ] as const)('ends in %s: %s', (output, last) => {
    expect(shapes(mlpDiscriminator({ output, random }), [1, 28, 28]).at(-1)).toBe(last);
  });

  test('refuses another output', () => {
    expect(() => mlpDiscriminator({ output: 'sigmoid' as never, random })).toThrow(
      "mlpDiscriminator: output must be 'probability', 'logit' or 'two-logits', not 'sigmoid'",
    );
  });
});

describe('both', () => {
  const both = (random: Random, dtype: 'float32' | 'float64') => [
    mlpGenerator({ latentSize: 2, random, dtype }),
    mlpDiscriminator({ output: 'logit', random, dtype }),
  ];

  test.each(['float32', 'float64'] as const)('are %s throughout', (dtype) => {
    for (const { name, value } of both(random, dtype).flatMap(({ parameters }) => parameters)) {
      expect(value.dtype, name).toBe(dtype);
    }
  });

  test('draw all weights from the generator given, none from the shared one', () => {
    const before = sharedRandom.state;
    both(random, 'float32');
    expect(sharedRandom.state).toEqual(before);
  });
});
