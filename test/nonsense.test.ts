import ndarray from 'ndarray';
import { describe, expect, test } from 'vitest';
import { select } from '../src/data/dataset.ts';
import * as handgrad from '../src/index.ts';
import {
  Adam,
  BatchNorm1d,
  Conv2d,
  ConvTranspose2d,
  convDiscriminator,
  full,
  GanTrainer,
  heatMapGrid,
  heNormal,
  imageGrid,
  LeakyReLU,
  Linear,
  MovingAverage,
  Parameter,
  Random,
  ReLU,
  Reshape,
  Sequential,
  SGD,
  shuffledBatches,
  Tanh,
  tensor,
  toNested,
  xavierUniform,
  zeros,
} from '../src/index.ts';
import './matchers.ts';

// What nobody should hand over, and what TypeScript mostly would not let through.
const nothing = undefined as never;
const random = new Random(1);
const net = () => new Sequential([new Linear({ inFeatures: 2, outFeatures: 1, random })]);
const shared = new Linear({ inFeatures: 2, outFeatures: 2, random });

const trainer = (changes: object) => {
  const generator = new Sequential([new Linear({ inFeatures: 2, outFeatures: 2, random })]);
  const discriminator = net();
  return new GanTrainer({
    generator,
    discriminator,
    generatorOptimizer: new Adam(generator.parameters),
    discriminatorOptimizer: new Adam(discriminator.parameters),
    loss: 'bce-logits',
    latentSize: 2,
    random,
    ...changes,
  });
};

describe('nonsense is refused with a message that says what to do', () => {
  test.each<[string, () => unknown, RegExp]>([
    [
      'no options',
      () => new Linear(nothing),
      /^Linear: options are missing; give them as an object, \{ inFeatures: … \}$/,
    ],
    ['no options', () => new BatchNorm1d(nothing), /^BatchNorm1d: options are missing/],
    ['a bare number', () => new LeakyReLU(0.2 as never), /^LeakyReLU: options are missing/],
    [
      'a misspelt option',
      () => new Adam(net().parameters, { lr: 1 } as never),
      /^Adam: there is no option 'lr'; the options are learningRate, beta1/,
    ],
    [
      "another layer's option",
      () => new Conv2d({ inChannels: 1, outChannels: 1, kernelSize: 1, outputPadding: 1 } as never),
      /^Conv2d: there is no option 'outputPadding'/,
    ],
    ['a huge stride', () => new Conv2d({ inChannels: 1, outChannels: 1, kernelSize: 1, stride: 2 ** 31 }), /stride/],
    [
      'no generator of random numbers',
      () => new Linear({ inFeatures: 1, outFeatures: 1, random: Math.random as never }),
      /^Linear: random must be a generator, such as new Random\(1\)$/,
    ],
    [
      'no generator of random numbers',
      () => new ConvTranspose2d({ inChannels: 1, outChannels: 1, kernelSize: 1, random: null as never }),
      /^ConvTranspose2d: random must be a generator/,
    ],
    ['a bare shape', () => new Reshape([2, 3] as never), /^Reshape: there is no option '0'/],
    ['no shape', () => new Reshape({} as never), /^Reshape: shape must be a list such as \[64, 7, 7\]/],
    ['a string as eps', () => new BatchNorm1d({ numFeatures: 1, eps: '0.1' as never }), /^BatchNorm1d: eps must be/],
    ['a string as momentum', () => new BatchNorm1d({ numFeatures: 1, momentum: '0' as never }), /: momentum must be/],
    ['layers without a list', () => new Sequential(...([new ReLU(), new Tanh()] as never as [[]])), /must be a list/],
    ['a class for a layer', () => new Sequential([ReLU as never]), /^Sequential: the entry at 0 must be a layer/],
    [
      'a layer inside two Sequentials inside one',
      () => new Sequential([new Sequential([shared]), new Sequential([shared])]),
      /^Sequential: one Linear stands at two places/,
    ],
    ['a bare window', () => new handgrad.MaxPool2d(2 as never), /^MaxPool2d: options are missing; give them/],
    ['no window', () => new handgrad.AvgPool2d({} as never), /^AvgPool2d: kernelSize must be a whole number from 1/],
    ['a fractional scale', () => new handgrad.Upsample({ scaleFactor: 1.5 }), /^Upsample: scaleFactor must be a whole/],
    ['no shape', () => new handgrad.LayerNorm({} as never), /^LayerNorm: normalizedShape must be the size/],
    [
      'a string as p',
      () => new handgrad.Dropout({ p: 'half' as never }),
      /^Dropout: p must be a probability from 0 to 1/,
    ],
    [
      'p alone',
      () => new handgrad.Dropout(0.5 as never),
      /^Dropout: options are missing; give them as an object, \{ p: … \}/,
    ],
    ['no table', () => new handgrad.Embedding({} as never), /^Embedding: numEmbeddings must be a whole number from 1/],
    [
      'no labels to learn',
      () => new handgrad.ConcatLabels({ numClasses: 0, shape: [2] }),
      /^ConcatLabels: numClasses must be a whole number from 1, not 0/,
    ],
    ['a list for a path', () => new handgrad.Residual([new ReLU()] as never), /^Residual: path must be a layer/],
    [
      'a path that is elsewhere too',
      () => new Sequential([shared, new handgrad.Residual(shared)]),
      /^Sequential: one Linear stands at two places/,
    ],
    [
      'a spectral norm of a network',
      () => new handgrad.SpectralNorm(new Sequential([shared]) as never),
      /^SpectralNorm: the first argument must be a Linear or a Conv2d/,
    ],
    [
      'a schedule of no optimizer',
      () => new handgrad.StepLR(net() as never, { stepSize: 1 }),
      /^StepLR: the first argument must be an optimizer, such as new Adam\(parameters\)/,
    ],
    [
      'a schedule without options',
      () => new handgrad.CosineAnnealingLR(new Adam(net().parameters), nothing),
      /^CosineAnnealingLR: options are missing; give them as an object, \{ tMax: … \}/,
    ],
    [
      'clipping a layer',
      () => handgrad.clipGradientNorm(net() as never, 1),
      /^clipGradientNorm: .*pass layer\.parameters$/,
    ],
    [
      'clipping without a bound',
      () => handgrad.clipGradientValue(net().parameters, nothing),
      /^clipGradientValue: clipValue must be a number above 0, not undefined/,
    ],
    ['an optimizer of a layer', () => new SGD(net() as never, { learningRate: 1 }), /pass layer\.parameters$/],
    ['an optimizer of no parameter', () => new SGD([nothing], { learningRate: 1 }), /must be a list of parameters/],
    ['no settings', () => new SGD(net().parameters, nothing), /^SGD: options are missing/],
    ['a string as a rate', () => new SGD(net().parameters, { learningRate: '1' as never }), /learningRate must be/],
    ['a parameter of no tensor', () => new Parameter('w', [1] as never), /^Parameter: w must be a float32 or float64/],
    [
      'a value of no tensor',
      () => (shared.weight.value = nothing),
      /^Parameter: \S*weight must be a float32 or float64/,
    ],
    ['a GAN of nothing', () => new GanTrainer(nothing), /^GanTrainer: options are missing/],
    [
      'a misspelt option of a GAN',
      () => trainer({ realLable: 0.9 }),
      /^GanTrainer: there is no option 'realLable'; the options are generator, .*, realLabel, weightClip$/,
    ],
    [
      'an optimizer of nothing',
      () => trainer({ generatorOptimizer: { step() {} } }),
      /^GanTrainer: generatorOptimizer must be an optimizer, such as new Adam\(generator\.parameters\)$/,
    ],
    ["DCGAN's start of nothing", () => handgrad.dcganNormal(nothing, random), /^dcganNormal: network must be a layer/],
    [
      "DCGAN's start without random numbers",
      () => handgrad.dcganNormal(net(), nothing),
      /^dcganNormal: random must be a generator, such as new Random\(1\)$/,
    ],
    ['an average of itself', () => new MovingAverage(shared, shared, { decay: 0.5 }), /share a parameter/],
    ['an average of nothing', () => new MovingAverage(nothing, shared, { decay: 0.5 }), /source must be a layer/],
    ['an average without decay', () => new MovingAverage(net(), net(), nothing), /options are missing/],
    [
      'an average in another dtype',
      () =>
        new MovingAverage(net(), new Sequential([new Linear({ inFeatures: 2, outFeatures: 1, dtype: 'float64' })]), {
          decay: 0.5,
        }),
      /same shapes and dtype/,
    ],
    ['a bias by fan-in', () => heNormal(shared.bias ?? nothing, random), /takes a weight \[out, in, …\], not \[2\]/],
    [
      'a bias by fan-in',
      () => xavierUniform(shared.bias ?? nothing, random),
      /takes a weight \[out, in, …\], not \[2\]/,
    ],
    [
      'an unknown output',
      () => convDiscriminator({ output: 'sigmoid' as never, random }),
      /output must be 'probability'/,
    ],
    ['nested numbers as a tensor', () => toNested([1, 2] as never), /^toNested: expected a tensor, not an array/],
    ['full of nothing', () => full([2], nothing), /^full: value must be a number, not undefined/],
    [
      'a tensor too large',
      () => zeros([1e9, 1e6]),
      /^there is no room for a float32 tensor of 1000000000000000 entries/,
    ],
    ['data too short', () => new ReLU().forward(ndarray(new Float32Array(2), [2, 2])), /data has only 2 entries/],
    [
      'data too short, read backwards',
      () => new ReLU().forward(ndarray(new Float32Array(4), [3], [-1], 1)),
      /data has only 4 entries/,
    ],
    ['a negative deviation', () => random.normal([1], 0, -1), /a standard deviation from 0, not 0 and -1/],
    ['a NaN as a bound', () => random.uniform([1], Number.NaN), /two numbers as its bounds, not NaN and 1/],
    ['half a permutation', () => random.permutation(2.5), /a whole number of entries from 0, not 2\.5/],
    [
      'fewer labels than images',
      () => shuffledBatches({ images: zeros([3, 1]), labels: zeros([2]) }, 1, random),
      /3 images, but 2 labels/,
    ],
    [
      'batches from nowhere',
      () => shuffledBatches({ images: zeros([3]), labels: zeros([3]) }, 1, nothing),
      /random must be/,
    ],
    [
      'a grid of no columns',
      () => imageGrid(zeros([1, 1, 2, 2]), { columns: 0 }),
      /columns must be a whole number from 1/,
    ],
    [
      'a grid of a list',
      () => heatMapGrid([[1]] as never, { columns: 1 }),
      /values must be a float32 or float64 tensor/,
    ],
    ['a trainer without a generator', () => trainer({ generator: nothing }), /generator must be a layer/],
    ['a trainer without noise', () => trainer({ random: nothing }), /^GanTrainer: random must be a generator/],
    [
      'a trainer without an optimizer',
      () => trainer({ generatorOptimizer: nothing }),
      /new Adam\(generator\.parameters\)/,
    ],
    [
      'a generator that takes other noise',
      () => trainer({ latentSize: 7 }),
      /^GanTrainer: the generator does not take the noise: Linear: x has 7 features, but the weight expects 2/,
    ],
  ])('%s: %s', (_, call, message) => {
    expect(call).toThrow(message);
  });

  test('networks that share a parameter', () => {
    const layer = new Linear({ inFeatures: 2, outFeatures: 2, random });
    const discriminator = new Sequential([layer, new Linear({ inFeatures: 2, outFeatures: 1, random })]);
    expect(() =>
      trainer({
        generator: layer,
        discriminator,
        generatorOptimizer: new Adam(layer.parameters),
        discriminatorOptimizer: new Adam(discriminator.parameters),
      }),
    ).toThrow('GanTrainer: generator and discriminator share a parameter; make two networks');
  });

  test('a learning rate that is made NaN later', () => {
    const layer = net();
    const adam = new Adam(layer.parameters);
    adam.learningRate = Number.NaN;
    expect(() => adam.step()).toThrow('Adam: learningRate must be a number from 0, not NaN');
    expect(toNested(layer.parameters[0].value)).not.toContain(Number.NaN);
  });
});

describe('what is allowed', () => {
  test('every layer may be given dtype, and insists on it', () => {
    for (const layer of [
      new ReLU({ dtype: 'float64' }),
      new LeakyReLU({ dtype: 'float64' }),
      new Tanh({ dtype: 'float64' }),
      new handgrad.Sigmoid({ dtype: 'float64' }),
      new handgrad.Flatten({ dtype: 'float64' }),
      new Reshape({ shape: [1, 2], dtype: 'float64' }),
      new handgrad.ELU({ dtype: 'float64' }),
      new handgrad.SiLU({ dtype: 'float64' }),
      new handgrad.GELU({ dtype: 'float64' }),
      new handgrad.Softplus({ dtype: 'float64' }),
      new handgrad.Softmax({ dtype: 'float64' }),
      new handgrad.Dropout({ dtype: 'float64' }),
    ]) {
      expect(layer.forward(zeros([3, 2], 'float64')).dtype).toBe('float64');
      expect(() => layer.forward(zeros([3, 2]))).toThrow(/x is float32, but the layer is float64/);
    }
    for (const layer of [
      new handgrad.MaxPool2d({ kernelSize: 2, dtype: 'float64' }),
      new handgrad.AvgPool2d({ kernelSize: 2, dtype: 'float64' }),
      new handgrad.GlobalAvgPool2d({ dtype: 'float64' }),
      new handgrad.Upsample({ scaleFactor: 2, dtype: 'float64' }),
    ]) {
      expect(layer.forward(zeros([3, 2, 4, 5], 'float64')).dtype).toBe('float64');
      expect(() => layer.forward(zeros([3, 2, 4, 5]))).toThrow(/x is float32, but the layer is float64/);
    }
  });

  test('one object of defaults serves every layer', () => {
    const defaults = { dtype: 'float64', random } as const;
    expect(() => new BatchNorm1d({ numFeatures: 2, ...defaults })).not.toThrow();
    expect(() => new ReLU(defaults)).not.toThrow();
    expect(() => new handgrad.LayerNorm({ normalizedShape: 2, ...defaults })).not.toThrow();
    expect(() => new handgrad.MaxPool2d({ kernelSize: 2, ...defaults })).not.toThrow();
    expect(() => new handgrad.Softplus(defaults)).not.toThrow();
  });

  test('a value that is set is copied: training writes into no tensor of the caller', () => {
    const mine = tensor([[1, 2]]);
    const layer = new Linear({ inFeatures: 2, outFeatures: 1, random });
    layer.weight.value = mine;
    layer.weight.gradient.data.fill(1);
    new SGD(layer.parameters, { learningRate: 1 }).step();
    expect([...mine.data]).toEqual([1, 2]);
    expect([...layer.weight.value.data]).toEqual([0, 1]);
  });

  test('console.log of a parameter shows its value', async () => {
    const { inspect } = await import('node:util');
    expect(inspect(new Parameter('weight', tensor([1.5])))).toMatch(/name: 'weight'[\s\S]*value: [\s\S]*1\.5/);
  });

  test('views are read by their strides: rows of a data set, pictures', () => {
    const images = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]).transpose(1, 0);
    expect(toNested(select({ images, labels: tensor([7, 8, 9]).step(-1) }, [2, 0]).images)).toEqual([
      [3, 6],
      [1, 4],
    ]);
    const picture = tensor([
      [
        [
          [1, -1],
          [0.5, 0],
        ],
      ],
    ]);
    const options = { columns: 1, scale: 1, gap: 0 };
    expect([...imageGrid(picture.transpose(0, 1, 3, 2), options).data].filter((_, i) => i % 3 === 0)).toEqual([
      255, 191, 0, 128,
    ]);
  });
});
