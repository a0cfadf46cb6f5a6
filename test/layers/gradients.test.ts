import { describe, expect, it } from 'vitest';
import {
  AvgPool2d,
  BatchNorm1d,
  BatchNorm2d,
  Conv2d,
  ConvTranspose2d,
  checkGradients,
  ELU,
  Flatten,
  InstanceNorm2d,
  type Layer,
  LayerNorm,
  LeakyReLU,
  Linear,
  MaxPool2d,
  type Pair,
  Random,
  ReLU,
  Reshape,
  Residual,
  Sequential,
  type Shape,
  Sigmoid,
  SiLU,
  Softplus,
  SpectralNorm,
  Tanh,
  type Tensor,
  Upsample,
} from '../../src/index.ts';
import { allLayers, awayFromZero, drawLayer, drawX, type LayerKind, randomise, wrappers } from './all-layers.ts';

const dtype = 'float64';
const everyKind = [...allLayers, ...wrappers];

/** Centred differences, for the input and for every parameter, with random parameters, input and dOut. */
function expectRightGradients(layer: Layer, xShape: Shape, seed = 1): void {
  const random = new Random(seed);
  randomise(layer, random);
  expectRight(layer, awayFromZero(random, xShape));
}

/** The same for a layer as it stands. What is frozen has no gradient, and neither have indices. */
function expectRight(layer: Layer, x: Tensor, { indices, labels }: Partial<LayerKind> = {}): void {
  const errors = checkGradients(layer, x, { input: indices === undefined, ...(labels && { labels }) });
  const trained = layer.parameters.filter(({ frozen }) => !frozen).map(({ name }) => name);
  expect(errors.map(({ name }) => name)).toEqual([...(indices === undefined ? ['x'] : []), ...trained]);
  for (const { name, relativeError } of errors) expect(relativeError, name).toBeLessThanOrEqual(1e-7);
}

/** An x for a layer of some kind. */
function xOf(kind: LayerKind, seed: number): Tensor {
  return kind.indices === undefined ? awayFromZero(new Random(seed), kind.xShape) : drawX(kind, seed);
}

describe('centred differences agree with backward', () => {
  it.each(everyKind)('$name', (kind) => {
    expectRight(drawLayer(kind, dtype, 3), xOf(kind, 3), kind);
  });

  it.each(everyKind)('$name in evaluation mode', (kind) => {
    const layer = drawLayer(kind, dtype, 4);
    layer.training = false;
    expectRight(layer, xOf(kind, 4), kind);
  });

  it.each(everyKind)('$name with some parameters frozen', (kind) => {
    const layer = drawLayer(kind);
    for (const [i, parameter] of layer.parameters.entries()) parameter.frozen = i % 2 === 0;
    expectRight(layer, xOf(kind, 5), kind);
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

  describe.each(pairs)('pooling, stride [%i, %i]', (...stride) => {
    it.each([
      { kernelSize: [3, 2], padding: [0, 0], dilation: [1, 1] },
      { kernelSize: [2, 3], padding: [1, 1], dilation: [2, 1] },
      { kernelSize: [4, 2], padding: [2, 1], dilation: [1, 3] },
      { kernelSize: [1, 4], padding: [0, 2], dilation: [1, 2] },
    ] as const)('kernel $kernelSize, padding $padding, dilation $dilation', ({ dilation, ...sizes }) => {
      for (const ceilMode of [false, true]) {
        const options = { stride, ceilMode, ...sizes };
        expectRightGradients(new MaxPool2d({ ...options, dilation }), [2, 2, 5, 7]);
        for (const countIncludePad of [false, true]) {
          expectRightGradients(new AvgPool2d({ ...options, countIncludePad }), [2, 2, 5, 7]);
        }
      }
    });

    it('as upsampling', () => {
      expectRightGradients(new Upsample({ scaleFactor: stride }), [2, 3, 2, 4]);
    });
  });

  it.each([1e-5, 1e-2, 1])('layer norm and instance norm, eps %d', (eps) => {
    for (const normalizedShape of [[5], [4, 5], [3, 4, 5]]) {
      for (const further of [{}, { bias: false }, { elementwiseAffine: false }]) {
        expectRightGradients(new LayerNorm({ normalizedShape, eps, dtype, ...further }), [2, 3, 4, 5]);
      }
    }
    for (const affine of [false, true]) {
      const instanceNorm = () => new InstanceNorm2d({ numFeatures: 3, eps, affine, dtype });
      expectRightGradients(instanceNorm(), [2, 3, 3, 4]);
      expectRightGradients(instanceNorm(), [1, 3, 5, 1]);
    }
  });

  // In training mode u and v follow the weight; the gradient takes them for constants, which they are in the first
  // order where they are its singular vectors.
  it.each([true, false])('spectral norm, training %s, at the singular vectors', (training) => {
    const layers: readonly [Linear | Conv2d, Shape][] = [
      [new Linear({ inFeatures: 5, outFeatures: 3, dtype }), [4, 5]],
      [new Linear({ inFeatures: 3, outFeatures: 6, bias: false, dtype }), [4, 3]],
      [new Linear({ inFeatures: 4, outFeatures: 1, dtype }), [4, 4]],
      [
        new Conv2d({ inChannels: 2, outChannels: 3, kernelSize: [2, 3], stride: 2, padding: [0, 1], dtype }),
        [2, 2, 5, 4],
      ],
      [new Conv2d({ inChannels: 3, outChannels: 2, kernelSize: 1, bias: false, dtype }), [2, 3, 2, 3]],
    ];
    for (const [layer, xShape] of layers) {
      const normed = new SpectralNorm(layer, { random: new Random(2) });
      normed.training = training;
      expectRightGradients(normed, xShape);
    }
  });

  it('spectral norm in evaluation mode, at any u and v', () => {
    const random = new Random(6);
    const layer = new SpectralNorm(new Linear({ inFeatures: 4, outFeatures: 3, dtype, random }), { random });
    layer.training = false;
    expectRight(layer, random.normal([5, 4], 0, 1, dtype));
  });

  it('a residual path that is a network', () => {
    const conv = () => new Conv2d({ inChannels: 2, outChannels: 2, kernelSize: 3, padding: 1, dtype });
    const path = () =>
      new Sequential([conv(), new SiLU(), new Residual(conv()), new BatchNorm2d({ numFeatures: 2, dtype })]);
    expectRightGradients(new Residual(path()), [3, 2, 4, 3]);
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

  it.each([1, 0.2, 0, -1, 2])('ELU, alpha %d', (alpha) => {
    expectRightGradients(new ELU({ alpha }), [4, 5]);
  });

  it.each([
    [1, 20],
    [0.3, 20],
    [5, 20],
    // beta · x stays away from this threshold, where out has a step.
    [2, 0],
  ])('Softplus, beta %d, threshold %d', (beta, threshold) => {
    expectRightGradients(new Softplus({ beta, threshold }), [4, 5]);
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
