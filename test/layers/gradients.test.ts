import { describe, expect, it } from 'vitest';
import {
  BatchNorm1d,
  BatchNorm2d,
  Conv2d,
  ConvTranspose2d,
  checkGradients,
  Flatten,
  type Layer,
  LeakyReLU,
  Linear,
  type Pair,
  Random,
  ReLU,
  Reshape,
  Sequential,
  type Shape,
  Sigmoid,
  Tanh,
} from '../../src/index.ts';
import { allLayers, awayFromZero, drawLayer, randomise } from './all-layers.ts';

const dtype = 'float64';

/** Centred differences, for the input and for every parameter, with random parameters, input and dOut. */
function expectRightGradients(layer: Layer, xShape: Shape, seed = 1): void {
  const random = new Random(seed);
  randomise(layer, random);
  const errors = checkGradients(layer, awayFromZero(random, xShape));
  expect(errors.map(({ name }) => name)).toEqual(['x', ...layer.parameters.map(({ name }) => name)]);
  for (const { name, relativeError } of errors) expect(relativeError, name).toBeLessThanOrEqual(1e-7);
}

describe('centred differences agree with backward', () => {
  it.each(allLayers)('$name', (kind) => {
    expectRightGradients(kind.create(dtype), kind.xShape, 3);
  });

  it.each(allLayers)('$name in evaluation mode', (kind) => {
    const layer = kind.create(dtype);
    layer.training = false;
    expectRightGradients(layer, kind.xShape, 4);
  });

  it.each(allLayers)('$name with some parameters frozen', (kind) => {
    const layer = drawLayer(kind);
    for (const [i, parameter] of layer.parameters.entries()) parameter.frozen = i % 2 === 0;
    const errors = checkGradients(layer, awayFromZero(new Random(5), kind.xShape));
    const trained = layer.parameters.filter(({ frozen }) => !frozen).map(({ name }) => name);
    expect(errors.map(({ name }) => name)).toEqual(['x', ...trained]);
    for (const { name, relativeError } of errors) expect(relativeError, name).toBeLessThanOrEqual(1e-7);
  });

  const pairs: readonly Pair[] = [
    [1, 1],
    [2, 1],
    [1, 3],
    [3, 2],
  ];
  describe.each(pairs)('stride [%i, %i]', (...stride) => {
    it.each([
      { kernelSize: [3, 2], padding: [0, 0], dilation: [1, 1] },
      { kernelSize: [2, 3], padding: [1, 2], dilation: [2, 1] },
      { kernelSize: [1, 4], padding: [2, 3], dilation: [1, 2] },
      { kernelSize: [2, 2], padding: [3, 1], dilation: [2, 3] },
    ] as const)('Conv2d and ConvTranspose2d, kernel $kernelSize, padding $padding, dilation $dilation', (sizes) => {
      const options = { inChannels: 2, outChannels: 3, stride, ...sizes, dtype } as const;
      expectRightGradients(new Conv2d(options), [2, 2, 5, 7]);
      expectRightGradients(new ConvTranspose2d(options), [2, 2, 5, 4]);
      const outputPadding = [0, 1].map((axis) => Math.max(stride[axis], sizes.dilation[axis]) - 1);
      expectRightGradients(
        new ConvTranspose2d({ ...options, outputPadding: outputPadding as [number, number] }),
        [2, 2, 5, 4],
      );
    });
  });

  it.each([1e-5, 1e-2, 1])('batch norm, eps %d', (eps) => {
    expectRightGradients(new BatchNorm1d({ numFeatures: 4, eps, dtype }), [6, 4]);
    expectRightGradients(new BatchNorm1d({ numFeatures: 2, eps, dtype }), [3, 2, 5]);
    expectRightGradients(new BatchNorm2d({ numFeatures: 2, eps, dtype }), [2, 2, 3, 4]);
    expectRightGradients(new BatchNorm2d({ numFeatures: 2, eps, dtype }), [1, 2, 3, 4]);
  });

  it.each([0.01, 0.2, 0, -1, 2])('LeakyReLU, slope %d', (negativeSlope) => {
    expectRightGradients(new LeakyReLU({ negativeSlope }), [4, 5]);
  });

  it('whole networks', () => {
    const random = new Random(1);
    const network = new Sequential([
      new Linear({ inFeatures: 3, outFeatures: 8, bias: false, dtype, random }),
      new BatchNorm1d({ numFeatures: 8, dtype }),
      new LeakyReLU({ negativeSlope: 0.2 }),
      new Reshape({ shape: [2, 2, 2] }),
      new ConvTranspose2d({ inChannels: 2, outChannels: 3, kernelSize: 4, stride: 2, padding: 1, dtype, random }),
      new BatchNorm2d({ numFeatures: 3, dtype }),
      new ReLU(),
      new Conv2d({ inChannels: 3, outChannels: 2, kernelSize: 3, padding: 1, dtype, random }),
      new Tanh(),
      new Flatten(),
      new Linear({ inFeatures: 32, outFeatures: 2, dtype, random }),
      new Sigmoid(),
    ]);
    for (const training of [true, false]) {
      network.training = training;
      for (const { name, relativeError } of checkGradients(network, random.normal([4, 3], 0, 1, dtype), { h: 1e-6 })) {
        expect(relativeError, name).toBeLessThanOrEqual(1e-7);
      }
    }
  });
});
