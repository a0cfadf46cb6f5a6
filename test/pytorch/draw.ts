import { type ConvTranspose2dOptions, Random, type Shape } from '../../src/index.ts';
import { sizeOf } from '../../src/tensor/tensor.ts';
import type {
  Case,
  GanCase,
  LayerCase,
  LayerSpec,
  LossCase,
  OptimizerCase,
  OptimizerSpec,
  Plain,
  Values,
} from './cases.ts';
import { createLayer, valuesOf } from './run.ts';

/** A seeded source of whole cases and of their parts. */
export class Draw {
  private readonly random: Random;

  constructor(seed: number) {
    this.random = new Random(seed);
  }

  /** A whole number from `least` to `most`, both included. */
  count(least: number, most: number): number {
    return least + Math.floor(this.random.next() * (most - least + 1));
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.count(0, items.length - 1)];
  }

  chance(probability: number): boolean {
    return this.random.next() < probability;
  }

  /** Normally distributed multiples of 1/64. */
  tensor(shape: Shape, scale = 1, mean = 0): Plain {
    const { data } = this.random.normal(shape, mean, scale, 'float64');
    return { shape, data: Array.from(data, (value) => Math.round(value * 64) / 64 + 0) };
  }

  /** Multiples of 1/64 from 0 to 1; one in six is exactly 0, one in six exactly 1. */
  probabilities(shape: Shape): Plain {
    const data = Array.from({ length: sizeOf(shape) }, () =>
      this.pick([0, 1, ...Array.from({ length: 4 }, () => this.count(1, 63) / 64)]),
    );
    return { shape, data };
  }

  classes(rows: number, classes: number): Plain {
    return { shape: [rows], data: Array.from({ length: rows }, () => this.count(0, classes - 1)) };
  }

  /** Values for every parameter and buffer of a layer: biases are not zero, variances are positive. */
  values(spec: LayerSpec, scale = 0.5): Values {
    const drawn = Object.entries(valuesOf(createLayer(spec, 'float64'))).map(([name, { shape }]): [string, Plain] => {
      if (!name.endsWith('running_var')) return [name, this.tensor(shape, scale)];
      return [name, { shape, data: Array.from({ length: sizeOf(shape) }, () => this.count(16, 128) / 64) }];
    });
    return Object.fromEntries(drawn);
  }

  layer(layer: LayerSpec, xShape: Shape, modes: readonly boolean[] = [true], scale = 1): LayerCase {
    const probe = createLayer(layer, 'float64');
    probe.training = false;
    const zerosOf = this.random.uniform(xShape, 0, 1, 'float64');
    const outShape = [...probe.forward(zerosOf).shape];
    const rounds = modes.map((training) => ({
      training,
      x: this.tensor(xShape, scale),
      dOut: this.tensor(outShape),
    }));
    return { type: 'layer', layer, values: this.values(layer), rounds };
  }

  loss(kind: LossCase['kind'], shape: Shape, scale = 1): LossCase {
    const [rows, columns] = shape;
    const target = kind === 'CrossEntropyLoss' ? this.classes(rows, columns) : this.probabilities(shape);
    const prediction = kind === 'BCELoss' ? this.probabilities(shape) : this.tensor(shape, scale);
    return { type: 'loss', kind, prediction, target };
  }

  optimizer(optimizer: OptimizerSpec, steps: number, shapes: readonly Shape[] = [[2, 3], [4]]): OptimizerCase {
    const tensors = () => shapes.map((shape) => this.tensor(shape));
    return { type: 'optimizer', optimizer, parameters: tensors(), gradients: Array.from({ length: steps }, tensors) };
  }

  gan(
    choice: Pick<GanCase, 'loss' | 'generatorLoss' | 'realLabel'>,
    optimizers: readonly [OptimizerSpec, OptimizerSpec],
  ): GanCase {
    const [N, latentSize] = [4, 3];
    const generator = smallGenerator(latentSize);
    const discriminator = smallDiscriminator(choice.loss);
    const steps = [0, 1].map(() => ({
      noise: this.tensor([N, latentSize]),
      realImages: this.tensor([N, 1, 8, 8], 0.5),
    }));
    return {
      type: 'gan',
      ...choice,
      generator,
      discriminator,
      generatorValues: this.values(generator),
      discriminatorValues: this.values(discriminator),
      generatorOptimizer: optimizers[0],
      discriminatorOptimizer: optimizers[1],
      steps,
    };
  }
}

/** The shape of a DCGAN generator, as small as it can be: noise [N, latentSize] → images [N, 1, 8, 8]. */
export function smallGenerator(latentSize: number): LayerSpec {
  const doubling = { kernelSize: 4, stride: 2, padding: 1 };
  return sequential(
    { kind: 'Linear', options: { inFeatures: latentSize, outFeatures: 12, bias: false } },
    { kind: 'BatchNorm1d', options: { numFeatures: 12 } },
    { kind: 'ReLU' },
    { kind: 'Reshape', options: { shape: [3, 2, 2] } },
    { kind: 'ConvTranspose2d', options: { inChannels: 3, outChannels: 2, bias: false, ...doubling } },
    { kind: 'BatchNorm2d', options: { numFeatures: 2 } },
    { kind: 'ReLU' },
    { kind: 'ConvTranspose2d', options: { inChannels: 2, outChannels: 1, ...doubling } },
    { kind: 'Tanh' },
  );
}

/** Its discriminator: images [N, 1, 8, 8] → verdicts [N, 1] or [N, 2]. */
export function smallDiscriminator(loss: GanCase['loss']): LayerSpec {
  const halving = { kernelSize: 4, stride: 2, padding: 1 };
  return sequential(
    { kind: 'Conv2d', options: { inChannels: 1, outChannels: 2, ...halving } },
    { kind: 'LeakyReLU', options: { negativeSlope: 0.2 } },
    { kind: 'Conv2d', options: { inChannels: 2, outChannels: 3, bias: false, ...halving } },
    { kind: 'BatchNorm2d', options: { numFeatures: 3 } },
    { kind: 'LeakyReLU', options: { negativeSlope: 0.2 } },
    { kind: 'Flatten' },
    { kind: 'Linear', options: { inFeatures: 12, outFeatures: loss === 'two-output' ? 2 : 1 } },
    ...(loss === 'bce' ? [{ kind: 'Sigmoid' } as const] : []),
  );
}

export function sequential(...layers: readonly LayerSpec[]): LayerSpec {
  return { kind: 'Sequential', options: { layers } };
}

/** The grid that record.ts records: every case the same whenever and wherever it is made. */
export function gridCases(): readonly Case[] {
  const draw = new Draw(2024);
  const cases: Case[] = [];

  for (const bias of [true, false]) {
    for (const [N, inFeatures, outFeatures] of [
      [1, 1, 1],
      [2, 3, 4],
      [5, 7, 2],
      [3, 17, 9],
    ]) {
      const options = { inFeatures, outFeatures, bias };
      cases.push(draw.layer({ kind: 'Linear', options }, [N, inFeatures], [true, true]));
    }
  }

  // Kernel, stride, padding, dilation; the image is [5, 7], which strides and kernels seldom divide.
  for (const [kernelSize, stride, padding, dilation] of convolutions) {
    for (const bias of [true, false]) {
      const sizes = { kernelSize, stride, padding, dilation, bias };
      cases.push(draw.layer({ kind: 'Conv2d', options: { inChannels: 2, outChannels: 3, ...sizes } }, [2, 2, 5, 7]));
    }
  }

  for (const [kernelSize, stride, padding, dilation] of convolutions) {
    // The largest output padding that is allowed, and none.
    const largest = [0, 1].map((axis) => Math.max(stride[axis], dilation[axis]) - 1) as [number, number];
    for (const outputPadding of [[0, 0] as const, largest]) {
      const options = { inChannels: 3, outChannels: 2, kernelSize, stride, padding, dilation, outputPadding };
      if (!fits(options, [4, 3])) continue;
      cases.push(draw.layer({ kind: 'ConvTranspose2d', options }, [2, 3, 4, 3]));
    }
  }

  for (const momentum of [undefined, 0.5, 1]) {
    for (const eps of [undefined, 0.1]) {
      const options = { numFeatures: 3, ...(momentum && { momentum }), ...(eps && { eps }) };
      const modes = [true, true, false, true, false];
      cases.push(draw.layer({ kind: 'BatchNorm1d', options }, [4, 3], modes, 2));
      cases.push(draw.layer({ kind: 'BatchNorm1d', options }, [2, 3, 5], modes, 2));
      cases.push(draw.layer({ kind: 'BatchNorm2d', options }, [3, 3, 2, 3], modes, 2));
    }
  }
  cases.push(draw.layer({ kind: 'BatchNorm2d', options: { numFeatures: 2 } }, [1, 2, 4, 5]));
  cases.push(draw.layer({ kind: 'BatchNorm1d', options: { numFeatures: 2 } }, [2, 2]));

  for (const shape of [[3], [4, 5], [2, 3, 2, 2]]) {
    for (const scale of [1, 20]) {
      for (const kind of ['ReLU', 'Sigmoid', 'Tanh'] as const) cases.push(draw.layer({ kind }, shape, [true], scale));
      for (const options of [{}, { negativeSlope: 0.2 }, { negativeSlope: 1.5 }]) {
        cases.push(draw.layer({ kind: 'LeakyReLU', options }, shape, [true], scale));
      }
    }
  }
  for (const shape of [
    [3, 4],
    [2, 3, 4],
    [2, 3, 2, 5],
  ])
    cases.push(draw.layer({ kind: 'Flatten' }, shape));
  for (const shape of [[12], [3, 4], [3, 2, 2]]) {
    cases.push(draw.layer({ kind: 'Reshape', options: { shape } }, [2, 12]));
    cases.push(draw.layer({ kind: 'Reshape', options: { shape } }, [3, 2, 6]));
  }

  for (const shape of [
    [1, 1],
    [4, 1],
    [3, 5],
    [2, 20],
  ]) {
    for (const scale of [1, 10, 400]) {
      cases.push(draw.loss('BCELoss', shape));
      cases.push(draw.loss('BCEWithLogitsLoss', shape, scale));
      cases.push(draw.loss('CrossEntropyLoss', shape, scale));
    }
  }

  for (const learningRate of [0.1, 0.003]) {
    for (const weightDecay of [0, 0.25]) {
      for (const momentum of [0, 0.9]) {
        cases.push(draw.optimizer({ kind: 'SGD', options: { learningRate, momentum, weightDecay } }, 4));
      }
      const nesterov = { momentum: 0.5, nesterov: true };
      cases.push(draw.optimizer({ kind: 'SGD', options: { learningRate, weightDecay, ...nesterov } }, 4));
      cases.push(draw.optimizer({ kind: 'Adam', options: { learningRate, weightDecay } }, 4));
      const betas = { beta1: 0.5, beta2: 0.9, eps: 0.01 };
      cases.push(draw.optimizer({ kind: 'Adam', options: { learningRate, weightDecay, ...betas } }, 4));
    }
  }
  cases.push(draw.optimizer({ kind: 'Adam', options: {} }, 3));
  cases.push(draw.optimizer({ kind: 'Adam', options: { beta1: 0, beta2: 0 } }, 3));

  for (const modes of [[true], [false], [true, true, false]]) {
    cases.push(draw.layer(smallGenerator(3), [4, 3], modes));
    for (const loss of ['bce', 'two-output'] as const) {
      cases.push(draw.layer(smallDiscriminator(loss), [3, 1, 8, 8], modes));
    }
  }
  const nested = sequential({ kind: 'Linear', options: { inFeatures: 3, outFeatures: 4 } }, { kind: 'Tanh' });
  const last: LayerSpec = { kind: 'Linear', options: { inFeatures: 4, outFeatures: 2 } };
  cases.push(draw.layer(sequential({ kind: 'Tanh' }, nested, last, { kind: 'Sigmoid' }), [5, 3]));

  const adam: OptimizerSpec = { kind: 'Adam', options: { learningRate: 0.01, beta1: 0.5 } };
  const sgd: OptimizerSpec = { kind: 'SGD', options: { learningRate: 0.1, momentum: 0.5 } };
  for (const loss of ['bce', 'bce-logits', 'two-output'] as const) {
    cases.push(draw.gan({ loss, generatorLoss: 'non-saturating', realLabel: 1 }, [adam, sgd]));
    cases.push(draw.gan({ loss, generatorLoss: 'minimax', realLabel: 1 }, [sgd, adam]));
    if (loss === 'two-output') continue;
    cases.push(draw.gan({ loss, generatorLoss: 'non-saturating', realLabel: 0.9 }, [sgd, sgd]));
  }
  return cases;
}

const convolutions: readonly (readonly [kernel: Two, stride: Two, padding: Two, dilation: Two])[] = [
  [
    [1, 1],
    [1, 1],
    [0, 0],
    [1, 1],
  ],
  [
    [3, 3],
    [1, 1],
    [0, 0],
    [1, 1],
  ],
  [
    [3, 3],
    [1, 1],
    [1, 1],
    [1, 1],
  ],
  [
    [4, 4],
    [2, 2],
    [1, 1],
    [1, 1],
  ],
  [
    [3, 3],
    [2, 2],
    [1, 1],
    [1, 1],
  ],
  [
    [2, 2],
    [3, 3],
    [0, 0],
    [1, 1],
  ],
  [
    [1, 1],
    [2, 3],
    [0, 0],
    [1, 1],
  ],
  [
    [2, 3],
    [1, 2],
    [1, 0],
    [1, 1],
  ],
  [
    [3, 2],
    [2, 1],
    [0, 1],
    [2, 1],
  ],
  [
    [3, 2],
    [1, 3],
    [2, 2],
    [1, 3],
  ],
  [
    [2, 2],
    [2, 2],
    [3, 4],
    [1, 1],
  ],
  [
    [2, 2],
    [1, 1],
    [1, 2],
    [3, 2],
  ],
  [
    [2, 3],
    [3, 2],
    [2, 1],
    [2, 3],
  ],
  [
    [1, 3],
    [2, 2],
    [1, 3],
    [3, 1],
  ],
  [
    [4, 1],
    [3, 2],
    [1, 0],
    [1, 2],
  ],
  [
    [5, 7],
    [1, 1],
    [0, 0],
    [1, 1],
  ],
  [
    [2, 2],
    [1, 2],
    [0, 1],
    [4, 3],
  ],
];

type Two = readonly [number, number];

/** Whether a transposed convolution leaves anything of the image. */
function fits(options: ConvTranspose2dOptions, image: Two): boolean {
  const two = (size: number | Two = 0): Two => (typeof size === 'number' ? [size, size] : size);
  return [0, 1].every((axis) => {
    const [kernel, stride, padding, dilation, extra] = [
      two(options.kernelSize),
      two(options.stride),
      two(options.padding),
      two(options.dilation),
      two(options.outputPadding),
    ].map((size) => size[axis]);
    return (image[axis] - 1) * stride - 2 * padding + dilation * (kernel - 1) + 1 + extra > 0;
  });
}

/** One random case of each kind in turn: `randomCase(draw, i)` for i = 0, 1, 2, …. */
export function randomCase(draw: Draw, i: number): Case {
  return randomKinds[i % randomKinds.length](draw);
}

const randomKinds: readonly ((draw: Draw) => Case)[] = [
  (draw) => {
    const options = { inFeatures: draw.count(1, 9), outFeatures: draw.count(1, 9), bias: draw.chance(0.7) };
    return draw.layer({ kind: 'Linear', options }, [draw.count(1, 6), options.inFeatures], modes(draw));
  },
  randomConv2d,
  randomConv2d,
  randomConv2d,
  randomConvTranspose2d,
  randomConvTranspose2d,
  randomConvTranspose2d,
  (draw) => {
    const options = batchNormOptions(draw);
    const shape = [draw.count(2, 6), options.numFeatures, ...(draw.chance(0.5) ? [draw.count(1, 5)] : [])];
    return draw.layer({ kind: 'BatchNorm1d', options }, shape, modes(draw), draw.pick([0.1, 1, 10]));
  },
  (draw) => {
    const options = batchNormOptions(draw);
    const shape = [draw.count(1, 4), options.numFeatures, draw.count(2, 4), draw.count(1, 4)];
    return draw.layer({ kind: 'BatchNorm2d', options }, shape, modes(draw), draw.pick([0.1, 1, 10]));
  },
  (draw) => {
    const kind = draw.pick(['ReLU', 'Sigmoid', 'Tanh'] as const);
    return draw.layer({ kind }, anyShape(draw), modes(draw), draw.pick([1, 30]));
  },
  (draw) => {
    const options = { negativeSlope: draw.pick([0.01, 0.2, 0, -0.5, 3]) };
    return draw.layer({ kind: 'LeakyReLU', options }, anyShape(draw), modes(draw));
  },
  (draw) => {
    if (draw.chance(0.5)) return draw.layer({ kind: 'Flatten' }, [draw.count(1, 3), ...anyShape(draw)]);
    const options = { shape: draw.pick([[24], [2, 12], [4, 6], [2, 3, 4], [4, 3, 2, 1]]) };
    return draw.layer({ kind: 'Reshape', options }, [draw.count(1, 3), 24]);
  },
  (draw) => draw.loss('BCELoss', anyShape(draw)),
  (draw) => draw.loss('BCEWithLogitsLoss', anyShape(draw), draw.pick([1, 30, 500])),
  (draw) => draw.loss('CrossEntropyLoss', [draw.count(1, 6), draw.count(1, 6)], draw.pick([1, 30, 500])),
  (draw) => {
    const momentum = draw.pick([0, 0.5, 0.9]);
    const nesterov = momentum > 0 && draw.chance(0.5);
    const options = {
      learningRate: draw.pick([1, 0.1, 0.01]),
      momentum,
      nesterov,
      weightDecay: draw.pick([0, 0.01, 0.5]),
    };
    return draw.optimizer({ kind: 'SGD', options }, draw.count(1, 6), [anyShape(draw), anyShape(draw)]);
  },
  (draw) => {
    const [beta1, beta2, eps] = [draw.pick([0, 0.5, 0.9]), draw.pick([0.5, 0.9, 0.999]), draw.pick([1e-8, 1e-3])];
    const options = {
      learningRate: draw.pick([0.1, 0.001]),
      beta1,
      beta2,
      eps,
      weightDecay: draw.pick([0, 0.01, 0.5]),
    };
    return draw.optimizer({ kind: 'Adam', options }, draw.count(1, 6), [anyShape(draw), anyShape(draw)]);
  },
  (draw) => draw.layer(smallGenerator(3), [draw.count(2, 4), 3], modes(draw)),
  (draw) => draw.layer(smallDiscriminator(draw.pick(ganLosses)), [draw.count(2, 4), 1, 8, 8], modes(draw)),
  (draw) => {
    const generatorLoss = draw.pick(['non-saturating', 'minimax'] as const);
    const optimizer = (): OptimizerSpec =>
      draw.chance(0.5)
        ? { kind: 'Adam', options: { learningRate: 0.01, beta1: draw.pick([0, 0.5]) } }
        : { kind: 'SGD', options: { learningRate: 0.1, momentum: draw.pick([0, 0.9]) } };
    return draw.gan({ loss: draw.pick(ganLosses), generatorLoss, realLabel: 1 }, [optimizer(), optimizer()]);
  },
];

const ganLosses = ['bce', 'bce-logits', 'two-output'] as const;

function randomConv2d(draw: Draw): LayerCase {
  const [kernelSize, stride, dilation] = [two(draw, 1, 4), two(draw, 1, 3), two(draw, 1, 3)];
  const image = two(draw, 1, 8);
  // Enough padding for the kernel to fit, and often more than the kernel is large.
  const padding = [0, 1].map((axis) => {
    const missing = dilation[axis] * (kernelSize[axis] - 1) + 1 - image[axis];
    return Math.max(0, Math.ceil(missing / 2)) + draw.pick([0, 0, 1, 2, 5]);
  }) as [number, number];
  const options = { inChannels: draw.count(1, 3), outChannels: draw.count(1, 3), bias: draw.chance(0.7) };
  const sizes = { kernelSize, stride, padding, dilation };
  const x = [draw.count(1, 3), options.inChannels, ...image];
  return draw.layer({ kind: 'Conv2d', options: { ...options, ...sizes } }, x, modes(draw));
}

function randomConvTranspose2d(draw: Draw): LayerCase {
  for (;;) {
    const [kernelSize, stride, padding, dilation] = [
      two(draw, 1, 4),
      two(draw, 1, 3),
      two(draw, 0, 3),
      two(draw, 1, 3),
    ];
    const outputPadding: [number, number] = [
      draw.count(0, Math.max(stride[0], dilation[0]) - 1),
      draw.count(0, Math.max(stride[1], dilation[1]) - 1),
    ];
    const channels = { inChannels: draw.count(1, 3), outChannels: draw.count(1, 3), bias: draw.chance(0.7) };
    const options = { ...channels, kernelSize, stride, padding, dilation, outputPadding };
    const image = two(draw, 1, 5);
    if (!fits(options, image)) continue;
    const x = [draw.count(1, 3), options.inChannels, ...image];
    return draw.layer({ kind: 'ConvTranspose2d', options }, x, modes(draw));
  }
}

function two(draw: Draw, least: number, most: number): [number, number] {
  return [draw.count(least, most), draw.count(least, most)];
}

function anyShape(draw: Draw): readonly number[] {
  return Array.from({ length: draw.count(1, 4) }, () => draw.count(1, 4));
}

function modes(draw: Draw): readonly boolean[] {
  return Array.from({ length: draw.count(1, 3) }, () => draw.chance(0.7));
}

function batchNormOptions(draw: Draw) {
  return {
    numFeatures: draw.count(1, 4),
    eps: draw.pick([1e-5, 1e-3, 0.1]),
    momentum: draw.pick([0, 0.01, 0.1, 0.5, 1]),
  };
}
