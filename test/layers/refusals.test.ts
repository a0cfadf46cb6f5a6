import { describe, expect, it } from 'vitest';
import {
  AvgPool2d,
  BatchNorm1d,
  ConcatLabels,
  Conv2d,
  ConvTranspose2d,
  Dropout,
  ELU,
  Embedding,
  Flatten,
  GlobalAvgPool2d,
  heNormal,
  InstanceNorm2d,
  type Layer,
  LayerNorm,
  Linear,
  MaxPool2d,
  Parameter,
  Random,
  ReLU,
  Residual,
  Sequential,
  type Shape,
  Softmax,
  Softplus,
  SpectralNorm,
  tensor,
  Upsample,
  zeros,
} from '../../src/index.ts';

const nothing = undefined as never;
const linear = { inFeatures: 2, outFeatures: 3 };

describe('options that mean nothing', () => {
  it.each<[string, () => Layer, Error]>([
    ...[-0.1, 1.1, Number.NaN].map((p): [string, () => Layer, Error] => [
      'Dropout',
      () => new Dropout({ p }),
      new RangeError(`Dropout: p must be a probability from 0 to 1, not ${p}`),
    ]),
    ...[Number.NaN, Infinity, 'one'].map((alpha): [string, () => Layer, Error] => [
      'ELU',
      () => new ELU({ alpha: alpha as number }),
      new RangeError(`ELU: alpha must be a number such as 1, not ${alpha}`),
    ]),
    ...[0, -1, Infinity, Number.NaN].map((beta): [string, () => Layer, Error] => [
      'Softplus',
      () => new Softplus({ beta }),
      new RangeError(`Softplus: beta must be a number above 0, not ${beta}`),
    ]),
    ...[Number.NaN, '20'].map((threshold): [string, () => Layer, Error] => [
      'Softplus',
      () => new Softplus({ threshold: threshold as number }),
      new RangeError(`Softplus: threshold must be a number such as 20, not ${threshold}`),
    ]),
    ...[[], 'four' as never].map((normalizedShape): [string, () => Layer, Error] => [
      'LayerNorm',
      () => new LayerNorm({ normalizedShape }),
      new RangeError('LayerNorm: normalizedShape must be the size of the last axis, or a list of sizes'),
    ]),
    ...[0, [3, 0]].map((normalizedShape): [string, () => Layer, Error] => [
      'LayerNorm',
      () => new LayerNorm({ normalizedShape }),
      new RangeError('LayerNorm: normalizedShape must be a whole number from 1, not 0'),
    ]),
    ...[-1, Number.NaN, Infinity].flatMap((eps): [string, () => Layer, Error][] => [
      [
        'LayerNorm',
        () => new LayerNorm({ normalizedShape: 2, eps }),
        new RangeError(`LayerNorm: eps must be a number from 0, such as 1e-5, not ${eps}`),
      ],
      [
        'InstanceNorm2d',
        () => new InstanceNorm2d({ numFeatures: 2, eps }),
        new RangeError(`InstanceNorm2d: eps must be a number from 0, such as 1e-5, not ${eps}`),
      ],
    ]),
    [
      'InstanceNorm2d',
      () => new InstanceNorm2d({ numFeatures: 0 }),
      new RangeError('InstanceNorm2d: numFeatures must be a whole number from 1, not 0'),
    ],
    [
      'Embedding',
      () => new Embedding({ numEmbeddings: 0, embeddingDim: 2 }),
      new RangeError('Embedding: numEmbeddings must be a whole number from 1, not 0'),
    ],
    [
      'Embedding',
      () => new Embedding({ numEmbeddings: 2, embeddingDim: 0 }),
      new RangeError('Embedding: embeddingDim must be a whole number from 1, not 0'),
    ],
    ...[[], [2, 0]].map((shape): [string, () => Layer, Error] => [
      'ConcatLabels',
      () => new ConcatLabels({ numClasses: 2, shape }),
      new RangeError(`ConcatLabels: shape must be that of one embedded label, such as [16], not [${shape.join(', ')}]`),
    ]),
    [
      'Upsample',
      () => new Upsample({ scaleFactor: 0 }),
      new RangeError('Upsample: scaleFactor must be a whole number from 1, or [h, w] of such, not 0'),
    ],
    ...[
      [{ kernelSize: 0 }, 'kernelSize must be a whole number from 1, or [h, w] of such, not 0'],
      [{ kernelSize: 2, stride: 0 }, 'stride must be a whole number from 1, or [h, w] of such, not 0'],
      [{ kernelSize: 2, padding: -1 }, 'padding must be a whole number from 0, or [h, w] of such, not -1'],
      [
        { kernelSize: [4, 3], padding: [2, 2] },
        'padding must be at most half of kernelSize [4, 3], but it is [2, 2]; a window could lie wholly in the padding',
      ],
      [
        { kernelSize: [3, 4], padding: 2 },
        'padding must be at most half of kernelSize [3, 4], but it is [2, 2]; a window could lie wholly in the padding',
      ],
    ].flatMap(([options, message]): [string, () => Layer, Error][] => [
      ['MaxPool2d', () => new MaxPool2d(options as never), new RangeError(`MaxPool2d: ${message}`)],
      ['AvgPool2d', () => new AvgPool2d(options as never), new RangeError(`AvgPool2d: ${message}`)],
    ]),
    [
      'MaxPool2d',
      () => new MaxPool2d({ kernelSize: 2, dilation: 0 }),
      new RangeError('MaxPool2d: dilation must be a whole number from 1, or [h, w] of such, not 0'),
    ],
    [
      'Residual',
      () => new Residual(nothing),
      new TypeError('Residual: path must be a layer, such as new ReLU(), with a forward and a backward'),
    ],
    [
      'SpectralNorm',
      () => new SpectralNorm(new ConvTranspose2d({ inChannels: 1, outChannels: 1, kernelSize: 1 }) as never),
      new TypeError('SpectralNorm: the first argument must be a Linear or a Conv2d'),
    ],
    [
      'SpectralNorm',
      () => new SpectralNorm(new Linear(linear), { iterations: 2 } as never),
      new TypeError("SpectralNorm: there is no option 'iterations'; the options are nPowerIterations, eps, random"),
    ],
    [
      'SpectralNorm',
      () => new SpectralNorm(new Linear(linear), { nPowerIterations: 0 }),
      new RangeError('SpectralNorm: nPowerIterations must be a whole number from 1, not 0'),
    ],
    ...[0, -1, Infinity, Number.NaN].map((eps): [string, () => Layer, Error] => [
      'SpectralNorm',
      () => new SpectralNorm(new Linear(linear), { eps }),
      new RangeError(`SpectralNorm: eps must be a small number above 0, such as 1e-12, not ${eps}`),
    ]),
    [
      'SpectralNorm',
      () => new SpectralNorm(new Linear(linear), { random: Math.random as never }),
      new TypeError('SpectralNorm: random must be a generator, such as new Random(1)'),
    ],
  ])('%s: %s', (_, create, error) => {
    expect(create).toThrow(error);
  });

  it('the first and the last that mean something are taken', () => {
    for (const p of [0, 1]) new Dropout({ p });
    for (const threshold of [-Infinity, 0, Infinity]) new Softplus({ threshold });
    new ELU({ alpha: -2 });
    for (const momentum of [0, 1]) new BatchNorm1d({ numFeatures: 1, eps: 0, momentum });
    new LayerNorm({ normalizedShape: 1, eps: 0 });
    new InstanceNorm2d({ numFeatures: 1, eps: 0 });
    new MaxPool2d({ kernelSize: [4, 3], padding: [2, 1] });
    new SpectralNorm(new Conv2d({ inChannels: 1, outChannels: 1, kernelSize: 1 }), {
      nPowerIterations: 1,
      eps: 1e-300,
    });
  });
});

describe('an x that does not fit', () => {
  const images = ['MaxPool2d', 'AvgPool2d', 'GlobalAvgPool2d', 'Upsample'] as const;
  const imageLayers: Record<(typeof images)[number], () => Layer> = {
    MaxPool2d: () => new MaxPool2d({ kernelSize: 2 }),
    AvgPool2d: () => new AvgPool2d({ kernelSize: 2 }),
    GlobalAvgPool2d: () => new GlobalAvgPool2d(),
    Upsample: () => new Upsample({ scaleFactor: 2 }),
  };
  it.each(images)('%s takes images alone', (name) => {
    for (const shape of [
      [3, 4, 5],
      [1, 2, 3, 4, 5],
    ]) {
      expect(() => imageLayers[name]().forward(zeros(shape))).toThrow(
        new RangeError(`${name}: x must be [N, C, H, W], but x is [${shape.join(', ')}]`),
      );
    }
  });

  it.each<[string, () => Layer, Shape, string]>([
    [
      'MaxPool2d',
      () => new MaxPool2d({ kernelSize: 3, dilation: [1, 2], padding: [0, 1] }),
      [1, 1, 4, 2],
      'the window [3, 3] with dilation [1, 2] is larger than the image with its padding [0, 1] (x is [1, 1, 4, 2]); use a smaller kernelSize',
    ],
    [
      'AvgPool2d',
      () => new AvgPool2d({ kernelSize: [3, 2] }),
      [1, 1, 2, 9],
      'the window [3, 2] with dilation [1, 1] is larger than the image with its padding [0, 0] (x is [1, 1, 2, 9]); use a smaller kernelSize',
    ],
    [
      // The window's two rows stand at −1 and 1, the image's only row at 0.
      'MaxPool2d',
      () => new MaxPool2d({ kernelSize: 2, padding: 1, dilation: [2, 1] }),
      [1, 1, 1, 3],
      'the window at [0, 0] sees no pixel of x [1, 1, 1, 3]; use less padding or dilation',
    ],
    [
      'AvgPool2d',
      () => new AvgPool2d({ kernelSize: 2, padding: 1 }),
      [1, 1, 0, 3],
      'the images have no pixels (x is [1, 1, 0, 3])',
    ],
    [
      'AvgPool2d',
      () => new AvgPool2d({ kernelSize: 2, padding: 1 }),
      [1, 1, 3, 0],
      'the images have no pixels (x is [1, 1, 3, 0])',
    ],
    ['GlobalAvgPool2d', () => new GlobalAvgPool2d(), [2, 3, 0, 4], 'the images have no pixels (x is [2, 3, 0, 4])'],
    ['GlobalAvgPool2d', () => new GlobalAvgPool2d(), [2, 3, 4, 0], 'the images have no pixels (x is [2, 3, 4, 0])'],
    ['Softmax', () => new Softmax(), [], 'x must have at least one entry along its last axis, but x is []'],
    [
      'Softmax',
      () => new Softmax(),
      [2, 3, 0],
      'x must have at least one entry along its last axis, but x is [2, 3, 0]',
    ],
    ['Softmax', () => new Softmax(), [2, 0], 'x must have at least one entry along its last axis, but x is [2, 0]'],
    [
      'LayerNorm',
      () => new LayerNorm({ normalizedShape: [2, 3] }),
      [4, 3, 2],
      'x must be […, 2, 3], but x is [4, 3, 2]',
    ],
    ['LayerNorm', () => new LayerNorm({ normalizedShape: [2, 3] }), [3], 'x must be […, 2, 3], but x is [3]'],
    [
      'InstanceNorm2d',
      () => new InstanceNorm2d({ numFeatures: 2 }),
      [4, 3, 2, 2],
      'x must be [N, 2, H, W], but x is [4, 3, 2, 2]',
    ],
    [
      'InstanceNorm2d',
      () => new InstanceNorm2d({ numFeatures: 2 }),
      [4, 2, 2],
      'x must be [N, 2, H, W], but x is [4, 2, 2]',
    ],
    [
      'InstanceNorm2d',
      () => new InstanceNorm2d({ numFeatures: 2 }),
      [4, 2, 1, 1],
      'each channel needs more than one pixel, but x is [4, 2, 1, 1]',
    ],
  ])('%s %#', (name, create, shape, message) => {
    const layer = create();
    expect(() => layer.forward(zeros(shape))).toThrow(new RangeError(`${name}: ${message}`));
    expect(() => layer.backward(zeros(shape))).toThrow(/backward needs a forward/);
  });

  it.each([4, -1, 0.5, Number.NaN])('Embedding: an index of %d', (index) => {
    const layer = new Embedding({ numEmbeddings: 4, embeddingDim: 2 });
    expect(() => layer.forward(tensor([3, 0, index]))).toThrow(
      new RangeError(`Embedding: x must hold indices from 0 to 3, but entry 2 is ${index}`),
    );
  });

  it('Residual: a path that changes the shape', () => {
    const layer = new Residual(new Flatten());
    expect(() => layer.forward(zeros([2, 3, 4]))).toThrow(
      new RangeError('Residual: the path must give the shape that it is given, but it makes [2, 12] of [2, 3, 4]'),
    );
  });

  it('Residual: an x or a dOut that is no tensor', () => {
    const layer = new Residual(new ELU());
    expect(() => layer.forward(nothing)).toThrow(/^Residual: x must be a float32 or float64 tensor/);
    layer.forward(zeros([2]));
    expect(() => layer.backward(nothing)).toThrow(/^Residual: dOut must be a float32 or float64 tensor/);
  });

  it('ConcatLabels: x, labels or both', () => {
    const layer = new ConcatLabels({ numClasses: 3, shape: [1, 2, 2] });
    const x = zeros([5, 3, 2, 2]);
    expect(() => layer.forward([[[[1]]]] as never, zeros([5]))).toThrow(
      /^ConcatLabels: x must be a float32 or float64/,
    );
    for (const shape of [[5], [5, 3, 2, 3], [5, 3], [5, 3, 2, 2, 1]]) {
      expect(() => layer.forward(zeros(shape), zeros([5]))).toThrow(
        new RangeError(`ConcatLabels: x must be [N, C, 2, 2], but x is [${shape.join(', ')}]`),
      );
    }
    expect(() => layer.forward(x)).toThrow(
      new TypeError('ConcatLabels: labels are missing; call forward(x, labels), with one class index a sample'),
    );
    expect(() => layer.forward(x, zeros([4]))).toThrow(
      new RangeError('ConcatLabels: labels must be [5], but they are [4]'),
    );
    expect(() => layer.forward(x, [0, 1, 2, 0, 1] as never)).toThrow(
      'ConcatLabels: labels must be a float32 or float64 tensor; make one with tensor([...]) or zeros([...])',
    );
    expect(() => layer.forward(x, tensor([0, 1, 2, 3, 0]))).toThrow(
      'ConcatLabels: labels must hold indices from 0 to 2, but entry 3 is 3',
    );
    expect(() => new ConcatLabels({ numClasses: 3, shape: [2] }).forward(zeros([5]), zeros([5]))).toThrow(
      'ConcatLabels: x must be [N, C], but x is [5]',
    );
  });
});

describe('the whole of a message', () => {
  const conv = { inChannels: 2, outChannels: 3, kernelSize: 3 };

  it.each<[string, () => unknown, string]>([
    [
      'a kernel larger than the image',
      () => new Conv2d({ ...conv, dilation: [1, 3], padding: [0, 1] }).forward(zeros([1, 2, 3, 4])),
      'Conv2d: the kernel [3, 3] with dilation [1, 3] is larger than the image with its padding [0, 1] ' +
        '(x is [1, 2, 3, 4]); add padding or use a smaller kernel',
    ],
    [
      'padding that leaves nothing',
      () => new ConvTranspose2d({ ...conv, padding: [0, 2] }).forward(zeros([1, 2, 1, 1])),
      'ConvTranspose2d: padding [0, 2] crops the whole image away (x is [1, 2, 1, 1], the kernel [3, 3]); use less padding',
    ],
    [
      'too much output padding',
      () => new ConvTranspose2d({ ...conv, stride: [1, 2], outputPadding: 1 }),
      'ConvTranspose2d: outputPadding [1, 1] must be smaller than the stride [1, 2] or the dilation [1, 1]',
    ],
    [
      'output padding below 0',
      () => new ConvTranspose2d({ ...conv, outputPadding: -1 }),
      'ConvTranspose2d: outputPadding must be a whole number from 0, or [h, w] of such, not -1',
    ],
    [
      'one value a channel',
      () => new BatchNorm1d({ numFeatures: 2 }).forward(zeros([1, 2])),
      'BatchNorm1d: in training mode each channel needs more than one value, but x is [1, 2]; ' +
        'use a larger batch, or evaluation mode (training = false)',
    ],
    [
      'an initialiser of a bias',
      () => heNormal(new Parameter('bias', zeros([4])), new Random(1)),
      'an initialiser by fan-in takes a weight [out, in, …], not [4]',
    ],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(new RangeError(message));
  });
});

describe('Sequential', () => {
  it('says which layer stands at two places, and what to do', () => {
    const relu = new ReLU();
    expect(() => new Sequential([relu, relu])).toThrow(
      new Error(
        'Sequential: one ReLU stands at two places; a layer keeps the values of one forward, so make a second layer',
      ),
    );
  });

  it('says what is no list, and which entry is no layer', () => {
    expect(() => new Sequential(new ReLU() as never)).toThrow(
      new TypeError('Sequential: layers must be a list: new Sequential([a, b])'),
    );
    for (const half of [{ forward: () => {} }, { backward: () => {} }, null]) {
      expect(() => new Sequential([new ReLU(), half as never])).toThrow(
        new TypeError('Sequential: the entry at 1 must be a layer, such as new ReLU(), with a forward and a backward'),
      );
    }
  });
});

describe('backward without a forward of its own', () => {
  const again = 'backward needs a forward of its own; call forward first, once for every backward';

  it('SpectralNorm', () => {
    const layer = new SpectralNorm(new Linear(linear));
    expect(() => layer.backward(zeros([1, 3]))).toThrow(new Error(`SpectralNorm: ${again}`));
    const dOut = layer.forward(zeros([1, 2]));
    layer.weightOrig.changed();
    expect(() => layer.backward(dOut)).toThrow(
      new Error(
        'SpectralNorm: weight_orig has changed since forward, so that backward would give a wrong gradient; ' +
          'call backward before optimizer.step(), or forward again',
      ),
    );
  });

  it('ConcatLabels', () => {
    const layer = new ConcatLabels({ numClasses: 3, shape: [2], random: new Random(1) });
    expect(() => layer.backward(zeros([1, 3]))).toThrow(new Error(`ConcatLabels: ${again}`));
    const dOut = layer.forward(zeros([2, 1]), tensor([0, 2]));
    expect(() => layer.backward(zeros([2, 4]))).toThrow(
      new RangeError("ConcatLabels: dOut must be [2, 3], as forward's output was, but it is [2, 4]"),
    );
    layer.backward(dOut);
    expect(() => layer.backward(dOut)).toThrow(new Error(`ConcatLabels: ${again}`));
  });
});

it('Softplus is the straight line above its threshold alone', () => {
  const layer = new Softplus({ beta: 2, threshold: 0, dtype: 'float64' });
  // At 0 it is log(1 + 1) / 2, and its slope σ(0).
  expect([...layer.forward(tensor([0, 3], 'float64')).data]).toEqual([Math.LN2 / 2, 3]);
  expect([...layer.backward(tensor([4, 4], 'float64')).data]).toEqual([2, 4]);
});
