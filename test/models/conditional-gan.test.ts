import { describe, expect, test } from 'vitest';
import { ConcatLabels } from '../../src/layers/concat-labels.ts';
import { conditionalDiscriminator, conditionalGenerator } from '../../src/models/conditional-gan.ts';
import { Random, sharedRandom } from '../../src/tensor/random.ts';
import { show, type Tensor, tensor, toNested } from '../../src/tensor/tensor.ts';

const random = new Random(1);

test('conditionalGenerator has the 16 numbers that stand for the label beside the noise', () => {
  const network = conditionalGenerator({ latentSize: 3, random });
  expect(network.forward(random.normal([2, 3]), tensor([4, 9])).shape).toEqual([2, 1, 28, 28]);
  expect(network.parameters.slice(0, 3).map(({ name, value }) => name + show(value.shape))).toEqual([
    '0.embedding.weight[10, 16]',
    '1.0.weight[3136, 19]',
    '1.0.bias[3136]',
  ]);
});

test('conditionalDiscriminator has the label as a channel of the image, and as 16 behind the first convolution', () => {
  const network = conditionalDiscriminator({ random });
  const labels = tensor([4, 9]);
  let x = random.normal([2, 1, 28, 28]);
  const passed = network.layers.map((layer) => {
    x = layer.forward(x, labels);
    return `${layer.constructor.name} ${show(x.shape.slice(1))}`;
  });
  expect(passed).toEqual([
    'ConcatLabels [2, 28, 28]',
    'Conv2d [32, 14, 14]',
    'LeakyReLU [32, 14, 14]',
    'ConcatLabels [48, 14, 14]',
    'Conv2d [64, 7, 7]',
    'BatchNorm2d [64, 7, 7]',
    'LeakyReLU [64, 7, 7]',
    'Flatten [3136]',
    'Linear [1]',
  ]);
});

describe('both', () => {
  const both = (random: Random, dtype: 'float32' | 'float64' = 'float32') => [
    { network: conditionalGenerator({ latentSize: 2, random, dtype }), shape: [2] },
    { network: conditionalDiscriminator({ random, dtype }), shape: [1, 28, 28] },
  ];

  test('give something else for another label, and refuse to go without one', () => {
    for (const { network, shape } of both(random)) {
      network.training = false;
      const x = random.normal([1, ...shape]);
      const [four, nine, fourAgain] = [4, 9, 4].map((label) => toNested(network.forward(x, tensor([label]))));
      expect(nine).not.toEqual(four);
      expect(fourAgain).toEqual(four);
      expect(() => network.forward(x)).toThrow('ConcatLabels: labels are missing');
      expect(() => network.forward(x, tensor([10]))).toThrow('indices from 0 to 9');
    }
  });

  test('teach the row of the label that was given, and no other', () => {
    for (const { network, shape } of both(random)) {
      const verdict = network.forward(random.normal([3, ...shape]), tensor([4, 9, 4]));
      const dX = network.backward(random.normal(verdict.shape));
      expect(dX.shape).toEqual([3, ...shape]);
      const tables = network.parameters.filter(({ name }) => name.endsWith('embedding.weight'));
      expect(tables).toHaveLength(network.layers.filter((layer) => layer instanceof ConcatLabels).length);
      for (const { gradient } of tables) {
        expect(rowsThatAreNotZero(gradient)).toEqual([4, 9]);
      }
    }
  });

  test.each(['float32', 'float64'] as const)('are %s throughout', (dtype) => {
    for (const { network } of both(random, dtype)) {
      for (const { name, value } of [...network.parameters, ...network.buffers]) expect(value.dtype, name).toBe(dtype);
    }
  });

  test('draw all numbers from the generator given, none from the shared one', () => {
    const before = sharedRandom.state;
    both(random);
    expect(sharedRandom.state).toEqual(before);
  });
});

function rowsThatAreNotZero(t: Tensor): number[] {
  const rows = toNested<number[][]>(t);
  return [...rows.keys()].filter((r) => rows[r].some((value) => value !== 0));
}
