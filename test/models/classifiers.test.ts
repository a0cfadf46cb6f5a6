import { describe, expect, test } from 'vitest';
import { cnn } from '../../src/models/cnn.ts';
import { mlp } from '../../src/models/mlp.ts';
import { perceptron } from '../../src/models/perceptron.ts';
import { Random, sharedRandom } from '../../src/tensor/random.ts';
import { show } from '../../src/tensor/tensor.ts';
import { shapes } from './shapes.ts';

const random = new Random(1);

test('perceptron: one weight for each pixel, one bias, and the probability of a 1', () => {
  const network = perceptron({ random });
  expect(shapes(network, [1, 28, 28])).toEqual(['Flatten [784]', 'Linear [1]', 'Sigmoid [1]']);
  expect(network.parameters.map(({ name, value }) => name + show(value.shape))).toEqual([
    '1.weight[1, 784]',
    '1.bias[1]',
  ]);
});

test('mlp: an image by way of 256 and 128 to ten logits', () => {
  expect(shapes(mlp({ random }), [1, 28, 28])).toEqual([
    'Flatten [784]',
    'Linear [256]',
    'ReLU [256]',
    'Linear [128]',
    'ReLU [128]',
    'Linear [10]',
  ]);
});

test('cnn: an image by way of 8 · 14 · 14 and 24 · 5 · 5 to ten logits', () => {
  const network = cnn({ random });
  expect(shapes(network, [1, 28, 28])).toEqual([
    'Conv2d [8, 28, 28]',
    'BatchNorm2d [8, 28, 28]',
    'MaxPool2d [8, 14, 14]',
    'ReLU [8, 14, 14]',
    'Conv2d [24, 10, 10]',
    'BatchNorm2d [24, 10, 10]',
    'MaxPool2d [24, 5, 5]',
    'ReLU [24, 5, 5]',
    'Flatten [600]',
    'Linear [128]',
    'ReLU [128]',
    'Linear [10]',
  ]);
  // No bias in front of a batch norm, whose gradient would be zero.
  const names = ['0.weight', '1.weight', '1.bias', '4.weight', '5.weight', '5.bias'];
  expect(network.parameters.map(({ name }) => name)).toEqual([...names, '9.weight', '9.bias', '11.weight', '11.bias']);
});

describe.each([
  ['perceptron', perceptron],
  ['mlp', mlp],
  ['cnn', cnn],
])('%s', (_, create) => {
  test.each(['float32', 'float64'] as const)('is %s throughout', (dtype) => {
    const network = create({ random, dtype });
    for (const { name, value } of [...network.parameters, ...network.buffers]) expect(value.dtype, name).toBe(dtype);
    expect(network.forward(random.normal([3, 1, 28, 28], 0, 1, dtype)).dtype).toBe(dtype);
  });

  test('draws all weights from the generator given, none from the shared one', () => {
    const before = sharedRandom.state;
    const [one, same, other] = [1, 1, 2].map((seed) => create({ random: new Random(seed) }).parameters[0].value.data);
    expect(same).toEqual(one);
    expect(other).not.toEqual(one);
    expect(sharedRandom.state).toEqual(before);
  });
});
