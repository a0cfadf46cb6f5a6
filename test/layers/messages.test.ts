import { describe, expect, it } from 'vitest';
import {
  AvgPool2d,
  BatchNorm1d,
  BatchNorm2d,
  ConcatLabels,
  Conv2d,
  ConvTranspose2d,
  Dropout,
  ELU,
  Embedding,
  Flatten,
  GELU,
  GlobalAvgPool2d,
  InstanceNorm2d,
  type Layer,
  LayerNorm,
  LeakyReLU,
  Linear,
  MaxPool2d,
  ReLU,
  Reshape,
  Sigmoid,
  SiLU,
  Softmax,
  Softplus,
  Tanh,
  Upsample,
  zeros,
} from '../../src/index.ts';
import { allLayers, drawLayer, type LayerKind, wrappers } from './all-layers.ts';

/** The layers that take options, and the options in the order in which a message lists them. */
const takesOptions: readonly (readonly [new (options: never) => Layer, string])[] = [
  [Linear, 'inFeatures, outFeatures, bias, dtype, random'],
  [Conv2d, 'inChannels, outChannels, kernelSize, stride, padding, dilation, bias, dtype, random'],
  [
    ConvTranspose2d,
    'inChannels, outChannels, kernelSize, stride, padding, dilation, bias, dtype, random, outputPadding',
  ],
  [BatchNorm1d, 'numFeatures, eps, momentum, dtype'],
  [BatchNorm2d, 'numFeatures, eps, momentum, dtype'],
  [ReLU, 'dtype'],
  [LeakyReLU, 'negativeSlope, dtype'],
  [Sigmoid, 'dtype'],
  [Tanh, 'dtype'],
  [ELU, 'alpha, dtype'],
  [SiLU, 'dtype'],
  [GELU, 'dtype'],
  [Softplus, 'beta, threshold, dtype'],
  [Softmax, 'dtype'],
  [Flatten, 'dtype'],
  [Reshape, 'shape, dtype'],
  [MaxPool2d, 'kernelSize, stride, padding, dilation, ceilMode, dtype'],
  [AvgPool2d, 'kernelSize, stride, padding, ceilMode, countIncludePad, dtype'],
  [GlobalAvgPool2d, 'dtype'],
  [Upsample, 'scaleFactor, dtype'],
  [LayerNorm, 'normalizedShape, eps, elementwiseAffine, bias, dtype'],
  [InstanceNorm2d, 'numFeatures, eps, affine, dtype'],
  [Dropout, 'p, dtype, random'],
  [Embedding, 'numEmbeddings, embeddingDim, dtype, random'],
  [ConcatLabels, 'numClasses, shape, dtype, random'],
];

describe.each(takesOptions.map(([kind, names]) => ({ kind, name: kind.name, names })))(
  '$name',
  ({ kind, name, names }) => {
    it('names itself and its options where it is given another', () => {
      expect(() => new kind({ colour: 1 } as never)).toThrow(
        new TypeError(`${name}: there is no option 'colour'; the options are ${names}`),
      );
    });

    it('names itself and its first option where it is given none', () => {
      expect(() => new kind(null as never)).toThrow(
        new TypeError(`${name}: options are missing; give them as an object, { ${names.split(', ')[0]}: … }`),
      );
    });
  },
);

describe.each([Linear, Conv2d, ConvTranspose2d, Dropout, Embedding].map((kind) => ({ kind, name: kind.name })))(
  '$name',
  ({ kind, name }) => {
    it('names itself where random is no generator', () => {
      expect(() => new kind({ random: Math.random } as never)).toThrow(
        new TypeError(`${name}: random must be a generator, such as new Random(1)`),
      );
    });
  },
);

describe.each(allLayers)('$name', (kind) => {
  const x = zeros(kind.xShape, 'float64');
  it('starts in training mode', () => {
    expect(kind.create('float32').training).toBe(true);
  });

  it('names itself and x where x is no tensor', () => {
    expect(() => drawLayer(kind).forward([[1, 2]] as never)).toThrow(
      new TypeError(
        `${firstName(kind)}: x must be a float32 or float64 tensor; make one with tensor([...]) or zeros([...])`,
      ),
    );
  });

  it('names itself where backward has no forward', () => {
    expect(() => drawLayer(kind).backward(x)).toThrow(
      new Error(`${lastName(kind)}: backward needs a forward of its own; call forward first, once for every backward`),
    );
  });

  it('names itself and dOut where dOut is no tensor', () => {
    const layer = drawLayer(kind);
    layer.forward(x);
    expect(() => layer.backward([[1, 2]] as never)).toThrow(
      new TypeError(
        `${lastName(kind)}: dOut must be a float32 or float64 tensor; make one with tensor([...]) or zeros([...])`,
      ),
    );
  });

  it('names itself, both shapes and the way out where dOut has another shape', () => {
    const layer = drawLayer(kind);
    const shape = layer.forward(x).shape.join(', ');
    expect(() => layer.backward(zeros([2, 9], 'float64'))).toThrow(
      new RangeError(`${lastName(kind)}: dOut must be [${shape}], as forward's output was, but it is [2, 9]`),
    );
  });
});

describe.each(allLayers.filter(({ trainable }) => trainable))('$name', (kind) => {
  it('names itself and the parameter that has changed since forward', () => {
    for (const at of drawLayer(kind).parameters.keys()) {
      const layer = drawLayer(kind);
      const dOut = layer.forward(zeros(kind.xShape, 'float64'));
      const parameter = layer.parameters[at];
      parameter.changed();
      const owner = ownerOf(layer, parameter.name);
      expect(() => layer.backward(dOut)).toThrow(
        new Error(
          `${owner}: ${parameter.name} has changed since forward, so that backward would give a wrong gradient; ` +
            'call backward before optimizer.step(), or forward again',
        ),
      );
    }
  });
});

describe.each(wrappers)('$name', ({ create }) => {
  it('starts in training mode, and takes the mode that it is put in', () => {
    const layer = create('float32');
    expect(layer.training).toBe(true);
    layer.training = false;
    expect(layer.training).toBe(false);
    layer.training = true;
    expect(layer.training).toBe(true);
  });
});

/** The layer that is asked first in a forward. */
const firstName = (kind: LayerKind) => nameOf(drawLayer(kind), 0);

/** The layer that is asked first in a backward. */
const lastName = (kind: LayerKind) => nameOf(drawLayer(kind), -1);

function nameOf(layer: Layer, at: number): string {
  const inside = layer.layers?.at(at);
  return inside ? nameOf(inside, at) : layer.constructor.name;
}

function ownerOf(layer: Layer, parameterName: string): string {
  const inside = layer.layers?.find(({ parameters }) => parameters.some(({ name }) => name === parameterName));
  return inside ? ownerOf(inside, parameterName) : layer.constructor.name;
}

describe.each([
  ['Linear', (bias: boolean) => new Linear({ inFeatures: 2, outFeatures: 3, bias })],
  ['Conv2d', (bias: boolean) => new Conv2d({ inChannels: 1, outChannels: 2, kernelSize: 2, bias })],
  ['ConvTranspose2d', (bias: boolean) => new ConvTranspose2d({ inChannels: 1, outChannels: 2, kernelSize: 2, bias })],
] as const)('%s', (_, create) => {
  it("names its parameters as PyTorch's has them, with a bias and without", () => {
    expect(create(true).parameters.map(({ name }) => name)).toEqual(['weight', 'bias']);
    expect(create(false).parameters.map(({ name }) => name)).toEqual(['weight']);
  });

  it('starts from random weights, with a bias and without', () => {
    for (const { parameters } of [create(true), create(false)]) {
      for (const { value } of parameters) expect([...value.data]).not.toContain(0);
    }
  });
});
