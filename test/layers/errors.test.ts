import { describe, expect, it } from 'vitest';
import {
  BatchNorm2d,
  Conv2d,
  ConvTranspose2d,
  Flatten,
  type Layer,
  LeakyReLU,
  Linear,
  Parameter,
  ReLU,
  Reshape,
  Sequential,
  type Shape,
  tensor,
  zeros,
} from '../../src/index.ts';
import { stateOf } from './all-layers.ts';

const conv = { inChannels: 2, outChannels: 3, kernelSize: 3 };

describe('an x that does not fit', () => {
  const cases: readonly [Layer, Shape, string][] = [
    [
      new Linear({ inFeatures: 3, outFeatures: 2 }),
      [4, 5],
      'Linear: x has 5 features, but the weight expects 3 (x is [4, 5])',
    ],
    [new Linear({ inFeatures: 3, outFeatures: 2 }), [3], 'Linear: x must be [N, inFeatures], but x is [3]'],
    [new Linear({ inFeatures: 3, outFeatures: 2 }), [2, 4, 3], 'Linear: x must be [N, inFeatures], but x is [2, 4, 3]'],
    [new Conv2d(conv), [4, 3, 5, 5], 'Conv2d: x has 3 channels, but the weight expects 2 (x is [4, 3, 5, 5])'],
    [new Conv2d(conv), [2, 5, 5], 'Conv2d: x must be [N, inChannels, H, W], but x is [2, 5, 5]'],
    [new Conv2d(conv), [1, 2, 2, 5], 'Conv2d: the kernel [3, 3] with dilation [1, 1] is larger than the image'],
    [new Conv2d(conv), [1, 2, 5, 2], 'Conv2d: the kernel [3, 3] with dilation [1, 1] is larger than the image'],
    [
      new Conv2d({ ...conv, dilation: [1, 3] }),
      [1, 2, 6, 6],
      'Conv2d: the kernel [3, 3] with dilation [1, 3] is larger',
    ],
    [
      new ConvTranspose2d(conv),
      [4, 3, 5, 5],
      'ConvTranspose2d: x has 3 channels, but the weight expects 2 (x is [4, 3, 5, 5])',
    ],
    [new ConvTranspose2d(conv), [2, 5], 'ConvTranspose2d: x must be [N, inChannels, H, W], but x is [2, 5]'],
    [
      new ConvTranspose2d({ ...conv, padding: [0, 2] }),
      [1, 2, 1, 1],
      'ConvTranspose2d: padding [0, 2] crops the whole image away',
    ],
    [new Flatten(), [], 'Flatten: x must be [N, …], but x is a single number'],
    [
      new Reshape({ shape: [2, 3] }),
      [4, 5],
      'Reshape: one sample must have 6 entries to become [2, 3], but x is [4, 5]',
    ],
    [
      new Reshape({ shape: [2, 3] }),
      [4, 12],
      'Reshape: one sample must have 6 entries to become [2, 3], but x is [4, 12]',
    ],
    [new Reshape({ shape: [] }), [], 'Reshape: one sample must have 1 entries to become [], but x is []'],
  ];

  it.each(cases)('%o %j', (layer, shape, message) => {
    const before = stateOf(layer);
    expect(() => layer.forward(zeros(shape))).toThrow(message);
    expect(stateOf(layer)).toEqual(before);
    expect(() => layer.backward(zeros(shape))).toThrow(/backward needs a forward/);
  });

  it('a kernel that just fits is no error', () => {
    expect(new Conv2d({ ...conv, dilation: [1, 2] }).forward(zeros([1, 2, 3, 5])).shape).toEqual([1, 3, 1, 1]);
    expect(new ConvTranspose2d({ ...conv, padding: 1 }).forward(zeros([1, 2, 1, 1])).shape).toEqual([1, 3, 1, 1]);
  });

  it('a batch of none is no error', () => {
    const convolution = new Conv2d(conv);
    expect(convolution.forward(zeros([0, 2, 5, 5])).shape).toEqual([0, 3, 3, 3]);
    expect(convolution.backward(zeros([0, 3, 3, 3])).shape).toEqual([0, 2, 5, 5]);
    const linear = new Linear({ inFeatures: 3, outFeatures: 2 });
    expect(linear.forward(zeros([0, 3])).shape).toEqual([0, 2]);
    expect(linear.backward(zeros([0, 2])).shape).toEqual([0, 3]);
    expect(new Reshape({ shape: [2, 3] }).forward(zeros([0, 6])).shape).toEqual([0, 2, 3]);
  });
});

describe('options that mean nothing', () => {
  const refused: readonly [string, object, string][] = [
    ['stride', { stride: 0 }, 'stride must be a whole number from 1, or [h, w] of such, not 0'],
    ['stride', { stride: [1, 0] }, 'stride must be a whole number from 1, or [h, w] of such, not [1, 0]'],
    ['padding', { padding: -1 }, 'padding must be a whole number from 0, or [h, w] of such, not -1'],
    ['padding', { padding: [-1, 0] }, 'padding must be a whole number from 0, or [h, w] of such, not [-1, 0]'],
    ['kernelSize', { kernelSize: 1.5 }, 'kernelSize must be a whole number from 1, or [h, w] of such, not 1.5'],
    ['kernelSize', { kernelSize: 0 }, 'kernelSize must be a whole number from 1, or [h, w] of such, not 0'],
    ['kernelSize', { kernelSize: [3] }, 'kernelSize must be a whole number from 1, or [h, w] of such, not [3]'],
    [
      'kernelSize',
      { kernelSize: [3, 3, 3] },
      'kernelSize must be a whole number from 1, or [h, w] of such, not [3, 3, 3]',
    ],
    ['inChannels', { inChannels: 2 ** 53 }, 'inChannels must be a whole number from 1, not 9007199254740992'],
    ['dilation', { dilation: 0 }, 'dilation must be a whole number from 1, or [h, w] of such, not 0'],
    ['inChannels', { inChannels: 0 }, 'inChannels must be a whole number from 1, not 0'],
    ['outChannels', { outChannels: 2.5 }, 'outChannels must be a whole number from 1, not 2.5'],
    ['outChannels', { outChannels: Number.NaN }, 'outChannels must be a whole number from 1, not NaN'],
  ];

  it.each(refused)('convolutions: %s %o', (_, options, message) => {
    expect(() => new Conv2d({ ...conv, ...options })).toThrow(`Conv2d: ${message}`);
    expect(() => new ConvTranspose2d({ ...conv, ...options })).toThrow(`ConvTranspose2d: ${message}`);
  });

  it.each([
    { stride: 1, outputPadding: 1 },
    { stride: 2, outputPadding: 2 },
    { stride: [2, 1], outputPadding: [1, 1] },
    { stride: [1, 3], dilation: [2, 1], outputPadding: [2, 0] },
    { stride: [1, 3], dilation: [2, 1], outputPadding: [0, 3] },
  ] as const)('outputPadding as large as stride and dilation: %o', (options) => {
    expect(() => new ConvTranspose2d({ ...conv, ...options })).toThrow(
      /must be smaller than the stride .* or the dilation/,
    );
  });

  it('outputPadding below the stride or below the dilation is allowed', () => {
    for (const options of [
      { stride: 2, outputPadding: 1 },
      { dilation: 3, outputPadding: 2 },
    ])
      new ConvTranspose2d({ ...conv, ...options });
    expect(() => new ConvTranspose2d({ ...conv, outputPadding: -1 })).toThrow(
      'outputPadding must be a whole number from 0',
    );
  });

  it('others', () => {
    expect(() => new Linear({ inFeatures: 0, outFeatures: 1 })).toThrow(
      'Linear: inFeatures must be a whole number from 1, not 0',
    );
    expect(() => new Linear({ inFeatures: 1, outFeatures: -1 })).toThrow(
      'Linear: outFeatures must be a whole number from 1, not -1',
    );
    expect(() => new LeakyReLU({ negativeSlope: Number.NaN })).toThrow(
      'LeakyReLU: negativeSlope must be a number such as 0.2, not NaN',
    );
    expect(() => new Reshape({ shape: [2, -1] })).toThrow(
      'Reshape: each size in shape must be a whole number from 1, not -1',
    );
    expect(() => new Linear({ inFeatures: 1, outFeatures: 1, dtype: 'float16' as never })).toThrow(
      /dtype must be 'float32' or 'float64', not 'float16'/,
    );
  });

  it('a layer keeps its sizes when the array that named them changes', () => {
    const kernelSize: [number, number] = [3, 2];
    const stride: [number, number] = [2, 1];
    for (const layer of [
      new Conv2d({ ...conv, kernelSize, stride }),
      new ConvTranspose2d({ ...conv, kernelSize, stride }),
    ]) {
      kernelSize[0] = 9;
      stride[0] = 9;
      expect([layer.kernelSize, layer.geometry.stride]).toEqual([
        [3, 2],
        [2, 1],
      ]);
      [kernelSize[0], stride[0]] = [3, 2];
    }
  });

  it("defaults are PyTorch's", () => {
    expect(new LeakyReLU().negativeSlope).toBe(0.01);
    const layer = new ConvTranspose2d(conv);
    expect(layer.geometry).toEqual({ stride: [1, 1], padding: [0, 0], dilation: [1, 1] });
    expect(layer.outputPadding).toEqual([0, 0]);
    expect(layer.weight.value.shape).toEqual([2, 3, 3, 3]);
    expect(new Conv2d(conv).weight.value.shape).toEqual([3, 2, 3, 3]);
    expect(
      [new Conv2d({ ...conv, bias: false }), new ConvTranspose2d({ ...conv, bias: false })].map(({ bias }) => bias),
    ).toEqual([undefined, undefined]);
  });
});

describe('Sequential', () => {
  const network = () =>
    new Sequential([
      new Conv2d(conv),
      new Sequential([new ReLU(), new BatchNorm2d({ numFeatures: 3 })]),
      new Flatten(),
      new Linear({ inFeatures: 3, outFeatures: 1, bias: false }),
    ]);

  it('names parameters and buffers as PyTorch does', () => {
    expect(network().parameters.map(({ name }) => name)).toEqual([
      '0.weight',
      '0.bias',
      '1.1.weight',
      '1.1.bias',
      '3.weight',
    ]);
    expect(network().buffers.map(({ name }) => name)).toEqual(['1.1.running_mean', '1.1.running_var']);
    const [single] = new Linear({ inFeatures: 1, outFeatures: 1 }).parameters;
    expect(single.name).toBe('weight');
  });

  it('training is told to all layers', () => {
    const layers = network();
    expect(layers.training).toBe(true);
    layers.training = false;
    expect(stateOf(layers).modes).toEqual([false, false, false, false, false]);
    expect(layers.training).toBe(false);
    layers.training = true;
    expect(stateOf(layers).modes).toEqual([true, true, true, true, true]);
  });

  it('is in training mode as soon as one of its layers is', () => {
    for (const at of [0, 1, 2]) {
      const layers = [new ReLU(), new ReLU(), new ReLU()];
      const whole = new Sequential(layers);
      whole.training = false;
      layers[at].training = true;
      expect(whole.training).toBe(true);
    }
  });

  it('keeps its layers when the list that named them changes', () => {
    const layers: Layer[] = [new ReLU(), new Flatten()];
    const whole = new Sequential(layers);
    layers.length = 0;
    expect(whole.layers.map((layer) => layer.constructor.name)).toEqual(['ReLU', 'Flatten']);
    expect(whole.forward(zeros([2, 3, 4])).shape).toEqual([2, 12]);
  });

  it('refuses a layer that stands at two places', () => {
    const relu = new ReLU();
    expect(() => new Sequential([relu, new Flatten(), relu])).toThrow(/one ReLU stands at two places/);
  });

  it('the error of a layer inside names that layer', () => {
    expect(() => network().forward(zeros([2, 2, 4, 4]))).toThrow('Linear: x has 12 features, but the weight expects 3');
  });
});

describe('Parameter', () => {
  it('takes a copy of the first value and of every later one', () => {
    const [first, later] = [tensor([1, 2]), tensor([3, 4])];
    const parameter = new Parameter('weight', first);
    first.data[0] = 9;
    expect([...parameter.value.data]).toEqual([1, 2]);
    parameter.value = later;
    later.data[0] = 9;
    expect([...parameter.value.data]).toEqual([3, 4]);
  });

  it.each([[[1, 2]], [undefined], [3]])('a value of %j is an error that names the parameter', (value) => {
    const parameter = new Parameter('0.weight', tensor([1, 2]));
    expect(() => {
      parameter.value = value as never;
    }).toThrow('Parameter: 0.weight must be a float32 or float64 tensor');
    expect(parameter.version).toBe(0);
  });

  it('a value of another shape or dtype is an error, and changes nothing', () => {
    const parameter = new Parameter('0.weight', tensor([[1, 2]]));
    expect(() => {
      parameter.value = tensor([[1], [2]]);
    }).toThrow('Parameter 0.weight is float32 [1, 2]; it cannot be set to a float32 tensor of shape [2, 1]');
    expect(() => {
      parameter.value = tensor([[1, 2]], 'float64');
    }).toThrow('Parameter 0.weight is float32 [1, 2]; it cannot be set to a float64 tensor of shape [1, 2]');
    expect([...parameter.value.data]).toEqual([1, 2]);
    expect(parameter.version).toBe(0);
  });

  it('the version rises with every change', () => {
    const parameter = new Parameter('weight', tensor([1, 2]));
    parameter.value = tensor([3, 4]);
    expect(parameter.version).toBe(1);
    parameter.changed();
    expect(parameter.version).toBe(2);
  });

  it('starts with a zero gradient, and not frozen; a strided value becomes dense', () => {
    const parameter = new Parameter(
      'weight',
      tensor([
        [1, 2, 3],
        [4, 5, 6],
      ]).transpose(1, 0),
    );
    expect([...parameter.value.data]).toEqual([1, 4, 2, 5, 3, 6]);
    expect(parameter.gradient.shape).toEqual([3, 2]);
    expect([...parameter.gradient.data]).toEqual([0, 0, 0, 0, 0, 0]);
    expect(parameter.frozen).toBe(false);
    parameter.value = tensor([
      [0, 1, 2],
      [3, 4, 5],
    ]).transpose(1, 0);
    expect([...parameter.value.data]).toEqual([0, 3, 1, 4, 2, 5]);
  });
});
