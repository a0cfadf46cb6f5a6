import type { Case, LayerSpec, LossKind, OptimizerSpec, ScheduleSpec } from './cases.ts';
import { Draw } from './draw.ts';
import { fits, type Two } from './fits.ts';
import { sequential, smallDiscriminator, smallGenerator } from './small-gan.ts';

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
  for (const { kernelSize, stride, padding, dilation } of convolutions) {
    for (const bias of [true, false]) {
      const sizes = { kernelSize, stride, padding, dilation, bias };
      cases.push(draw.layer({ kind: 'Conv2d', options: { inChannels: 2, outChannels: 3, ...sizes } }, [2, 2, 5, 7]));
    }
  }

  for (const { kernelSize, stride, padding, dilation } of convolutions) {
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

  cases.push(...normCases(draw), ...poolCases(draw), ...spectralNormCases(draw));

  for (const shape of [[3], [4, 5], [2, 3, 2, 2]]) {
    for (const scale of [1, 20]) {
      for (const layer of activations) cases.push(draw.layer(layer, shape, [true], scale));
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
      for (const kind of lossKinds) cases.push(draw.loss(kind, shape, scale));
    }
  }

  for (const p of [undefined, 0, 0.2, 0.75]) {
    const options = p === undefined ? {} : { p };
    cases.push(draw.layer({ kind: 'Dropout', options }, [3, 2, 5], [true, false, true]));
  }
  for (const xShape of [[], [5], [3, 4], [2, 3, 2]]) {
    cases.push(draw.layer({ kind: 'Embedding', options: { numEmbeddings: 4, embeddingDim: 3 } }, xShape, [true, true]));
  }
  for (const [shape, xShape] of [
    [[3], [4, 2]],
    [
      [2, 3, 2],
      [3, 1, 3, 2],
    ],
    [
      [1, 5],
      [2, 4, 5],
    ],
  ]) {
    cases.push(draw.layer({ kind: 'ConcatLabels', options: { numClasses: 3, shape } }, xShape, [true, false], 1, 3));
  }
  const conv: LayerSpec = { kind: 'Conv2d', options: { inChannels: 2, outChannels: 2, kernelSize: 3, padding: 1 } };
  for (const path of [conv, sequential(conv, { kind: 'SiLU' }, conv), { kind: 'ReLU' } as const]) {
    cases.push(draw.layer({ kind: 'Residual', options: { path } }, [2, 2, 3, 4], [true, true]));
  }

  cases.push(...optimizerCases(draw));

  for (const modes of [[true], [false], [true, true, false]]) {
    cases.push(draw.layer(smallGenerator(3), [4, 3], modes));
    for (const loss of ['bce', 'two-output', 'hinge', 'wasserstein'] as const) {
      cases.push(draw.layer(smallDiscriminator(loss), [3, 1, 8, 8], modes));
    }
    cases.push(draw.layer(smallGenerator(3, 5), [4, 3], modes, 1, 5));
    cases.push(draw.layer(smallDiscriminator('bce', 5), [3, 1, 8, 8], modes, 1, 5));
  }
  const nested = sequential({ kind: 'Linear', options: { inFeatures: 3, outFeatures: 4 } }, { kind: 'Tanh' });
  const last: LayerSpec = { kind: 'Linear', options: { inFeatures: 4, outFeatures: 2 } };
  cases.push(draw.layer(sequential({ kind: 'Tanh' }, nested, last, { kind: 'Sigmoid' }), [5, 3]));

  const adam: OptimizerSpec = { kind: 'Adam', options: { learningRate: 0.01, beta1: 0.5 } };
  const sgd: OptimizerSpec = { kind: 'SGD', options: { learningRate: 0.1, momentum: 0.5 } };
  const rmsprop: OptimizerSpec = { kind: 'RMSprop', options: { learningRate: 0.01 } };
  for (const loss of ganLosses) {
    cases.push(draw.gan({ loss, generatorLoss: 'non-saturating' }, [adam, sgd]));
    cases.push(draw.gan({ loss, generatorLoss: 'minimax' }, [sgd, adam]));
    cases.push(draw.gan({ loss, generatorLoss: 'non-saturating', classes: 3 }, [sgd, rmsprop]));
  }
  for (const loss of smoothable) {
    cases.push(draw.gan({ loss, generatorLoss: 'non-saturating', realLabel: 0.9 }, [sgd, sgd]));
  }
  for (const loss of ['wasserstein', 'hinge'] as const) {
    const choice = { loss, generatorLoss: 'non-saturating', weightClip: 0.3, discriminatorSteps: 2 } as const;
    cases.push(draw.gan(choice, [rmsprop, rmsprop]));
    cases.push(draw.gan({ ...choice, classes: 3 }, [rmsprop, rmsprop]));
  }
  return cases;
}

/** Layer norm and instance norm. */
function normCases(draw: Draw): readonly Case[] {
  const cases: Case[] = [];
  for (const [normalizedShape, xShape] of [
    [5, [3, 5]],
    [5, [5]],
    [[4], [2, 3, 4]],
    [
      [3, 4],
      [2, 3, 4],
    ],
    [
      [3, 2, 2],
      [4, 3, 2, 2],
    ],
    [1, [3, 1]],
  ] as const) {
    for (const further of [{}, { eps: 0.1 }, { bias: false }, { elementwiseAffine: false }]) {
      const options = { normalizedShape, ...further };
      cases.push(draw.layer({ kind: 'LayerNorm', options }, xShape, [true, false, true], 2));
    }
  }
  for (const affine of [undefined, true, false]) {
    for (const eps of [undefined, 0.1]) {
      const options = { numFeatures: 3, ...(affine !== undefined && { affine }), ...(eps && { eps }) };
      for (const xShape of [
        [2, 3, 2, 3],
        [1, 3, 1, 2],
        [4, 3, 3, 1],
      ]) {
        cases.push(draw.layer({ kind: 'InstanceNorm2d', options }, xShape, [true, false, true], 2));
      }
    }
  }
  return cases;
}

/** Multiples of 1/64 from a narrow range often tie, and padding stands beside negative numbers. */
function poolCases(draw: Draw): readonly Case[] {
  const cases: Case[] = [];
  for (const { dilation, ...window } of pools) {
    for (const ceilMode of [false, true]) {
      const sizes = { ...window, ceilMode };
      for (const scale of [1, 0.05]) {
        cases.push(draw.layer({ kind: 'MaxPool2d', options: { ...sizes, dilation } }, [2, 2, 5, 7], [true], scale));
      }
      if (dilation[0] * dilation[1] > 1) continue;
      for (const countIncludePad of [true, false]) {
        cases.push(draw.layer({ kind: 'AvgPool2d', options: { ...sizes, countIncludePad } }, [2, 2, 5, 7]));
      }
    }
  }
  cases.push(draw.layer({ kind: 'MaxPool2d', options: { kernelSize: 2 } }, [1, 2, 4, 5]));
  cases.push(draw.layer({ kind: 'AvgPool2d', options: { kernelSize: 2 } }, [1, 2, 4, 5]));
  for (const [H, W] of [
    [1, 1],
    [3, 2],
    [4, 5],
  ]) {
    cases.push(draw.layer({ kind: 'GlobalAvgPool2d' }, [2, 3, H, W], [true, false]));
    for (const scaleFactor of [2, 3, [1, 2], [3, 1]] as const) {
      cases.push(draw.layer({ kind: 'Upsample', options: { scaleFactor } }, [2, 2, H, W]));
    }
  }
  return cases;
}

/** Rounds of training, where u and v move on from one to the next, and of evaluation, where they do not. */
function spectralNormCases(draw: Draw): readonly Case[] {
  const cases: Case[] = [];
  const rounds = [true, true, false, true, false];
  for (const nPowerIterations of [undefined, 3]) {
    const options = nPowerIterations ? { nPowerIterations } : {};
    for (const bias of [true, false]) {
      for (const [inFeatures, outFeatures] of [
        [3, 4],
        [5, 1],
        [1, 1],
      ]) {
        const layer: LayerSpec = { kind: 'Linear', options: { inFeatures, outFeatures, bias } };
        cases.push(draw.layer({ kind: 'SpectralNorm', options: { ...options, layer } }, [3, inFeatures], rounds));
      }
      const sizes = { kernelSize: [3, 2], stride: [2, 1], padding: [1, 0], bias } as const;
      const layer: LayerSpec = { kind: 'Conv2d', options: { inChannels: 2, outChannels: 3, ...sizes } };
      cases.push(draw.layer({ kind: 'SpectralNorm', options: { ...options, layer } }, [2, 2, 5, 4], rounds));
    }
  }
  // An eps that is longer than every vector: it is what they are divided by.
  const layer: LayerSpec = { kind: 'Linear', options: { inFeatures: 3, outFeatures: 4 } };
  cases.push(draw.layer({ kind: 'SpectralNorm', options: { layer, eps: 50 } }, [3, 3], [true, false]));
  return cases;
}

/** Optimizers alone, then with schedules and with clipped gradients. */
function optimizerCases(draw: Draw): readonly Case[] {
  const cases: Case[] = [];
  for (const learningRate of [0.1, 0.003]) {
    for (const weightDecay of [0, 0.25]) {
      const common = { learningRate, weightDecay };
      for (const optimizer of [
        { kind: 'SGD', options: common },
        { kind: 'SGD', options: { ...common, momentum: 0.9 } },
        { kind: 'SGD', options: { ...common, momentum: 0.5, nesterov: true } },
        { kind: 'RMSprop', options: common },
        { kind: 'RMSprop', options: { ...common, alpha: 0.5, eps: 0.01, momentum: 0.9 } },
        { kind: 'RMSprop', options: { ...common, alpha: 0.7, centered: true, momentum: 0.5 } },
        { kind: 'Adagrad', options: common },
        {
          kind: 'Adagrad',
          options: { ...common, learningRateDecay: 0.1, initialAccumulatorValue: 0.5, eps: 0.01 },
        },
        { kind: 'Adam', options: common },
        { kind: 'Adam', options: { ...common, beta1: 0.5, beta2: 0.9, eps: 0.01 } },
        { kind: 'AdamW', options: common },
        { kind: 'AdamW', options: { ...common, beta1: 0.5, beta2: 0.9, eps: 0.01 } },
      ] satisfies readonly OptimizerSpec[]) {
        cases.push(draw.optimizer(optimizer, 4));
      }
    }
  }
  for (const kind of ['RMSprop', 'Adagrad', 'Adam', 'AdamW'] as const) {
    cases.push(draw.optimizer({ kind, options: {} }, 3));
  }
  cases.push(draw.optimizer({ kind: 'Adam', options: { beta1: 0, beta2: 0 } }, 3));

  const sgd: OptimizerSpec = { kind: 'SGD', options: { learningRate: 0.5, momentum: 0.5 } };
  for (const schedule of schedules) {
    cases.push(draw.optimizer(sgd, 12, [[2]], { schedule }));
    cases.push(draw.optimizer({ kind: 'AdamW', options: { weightDecay: 0.1 } }, 12, [[2]], { schedule }));
  }
  for (const kind of ['clipGradientNorm', 'clipGradientValue'] as const) {
    // The norm of ten normally distributed numbers is about 3.
    for (const bound of [0.01, 0.5, 2, 3, 100])
      cases.push(draw.optimizer(sgd, 4, undefined, { clip: { kind, bound } }));
  }
  return cases;
}

const activations: readonly LayerSpec[] = [
  { kind: 'ReLU' },
  { kind: 'LeakyReLU', options: {} },
  { kind: 'LeakyReLU', options: { negativeSlope: 0.2 } },
  { kind: 'LeakyReLU', options: { negativeSlope: 1.5 } },
  { kind: 'ELU', options: {} },
  { kind: 'ELU', options: { alpha: 0.3 } },
  { kind: 'SiLU' },
  { kind: 'GELU' },
  { kind: 'Softplus', options: {} },
  { kind: 'Softplus', options: { beta: 3, threshold: 2 } },
  { kind: 'Sigmoid' },
  { kind: 'Tanh' },
  { kind: 'Softmax' },
];

const lossKinds: readonly LossKind[] = [
  'BCELoss',
  'BCEWithLogitsLoss',
  'CrossEntropyLoss',
  'MSELoss',
  'L1Loss',
  'LeastSquaresLoss',
  'HingeLoss',
  'WassersteinLoss',
];

const warmUp: ScheduleSpec = { kind: 'LinearLR', options: { totalIters: 4, startFactor: 0.1 } };
const cosine: ScheduleSpec = { kind: 'CosineAnnealingLR', options: { tMax: 5, etaMin: 0.01 } };
const stairs: ScheduleSpec = { kind: 'StepLR', options: { stepSize: 2, gamma: 0.5 } };
const schedules: readonly ScheduleSpec[] = [
  stairs,
  { kind: 'StepLR', options: { stepSize: 5 } },
  cosine,
  { kind: 'CosineAnnealingLR', options: { tMax: 12 } },
  warmUp,
  { kind: 'LinearLR', options: {} },
  { kind: 'LinearLR', options: { startFactor: 1, endFactor: 0.2, totalIters: 7 } },
  { kind: 'SequentialLR', options: { schedules: [warmUp, cosine], milestones: [4] } },
  { kind: 'SequentialLR', options: { schedules: [cosine, warmUp, stairs], milestones: [2, 5] } },
];

export const ganLosses = ['bce', 'bce-logits', 'two-output', 'least-squares', 'hinge', 'wasserstein'] as const;

/** Those that a realLabel below 1 can be given. */
export const smoothable = ['bce', 'bce-logits', 'least-squares'] as const;

const pools: readonly (Omit<Convolution, 'stride'> & { readonly stride?: Two })[] = [
  { kernelSize: [2, 2], padding: [0, 0], dilation: [1, 1] },
  { kernelSize: [3, 2], padding: [1, 1], dilation: [1, 1] },
  { kernelSize: [3, 3], stride: [2, 2], padding: [1, 1], dilation: [1, 1] },
  { kernelSize: [3, 3], stride: [1, 1], padding: [0, 0], dilation: [1, 1] },
  { kernelSize: [2, 4], stride: [1, 3], padding: [1, 2], dilation: [1, 1] },
  { kernelSize: [2, 2], stride: [3, 4], padding: [0, 0], dilation: [1, 1] },
  { kernelSize: [1, 1], stride: [2, 2], padding: [0, 0], dilation: [1, 1] },
  { kernelSize: [5, 7], stride: [1, 1], padding: [0, 0], dilation: [1, 1] },
  { kernelSize: [4, 5], stride: [3, 2], padding: [2, 2], dilation: [1, 1] },
  { kernelSize: [2, 3], stride: [2, 1], padding: [0, 1], dilation: [2, 3] },
  { kernelSize: [3, 2], stride: [1, 3], padding: [1, 1], dilation: [2, 4] },
];

interface Convolution {
  readonly kernelSize: Two;
  readonly stride: Two;
  readonly padding: Two;
  readonly dilation: Two;
}

const convolutions: readonly Convolution[] = [
  { kernelSize: [1, 1], stride: [1, 1], padding: [0, 0], dilation: [1, 1] },
  { kernelSize: [3, 3], stride: [1, 1], padding: [0, 0], dilation: [1, 1] },
  { kernelSize: [3, 3], stride: [1, 1], padding: [1, 1], dilation: [1, 1] },
  { kernelSize: [4, 4], stride: [2, 2], padding: [1, 1], dilation: [1, 1] },
  { kernelSize: [3, 3], stride: [2, 2], padding: [1, 1], dilation: [1, 1] },
  { kernelSize: [2, 2], stride: [3, 3], padding: [0, 0], dilation: [1, 1] },
  { kernelSize: [1, 1], stride: [2, 3], padding: [0, 0], dilation: [1, 1] },
  { kernelSize: [2, 3], stride: [1, 2], padding: [1, 0], dilation: [1, 1] },
  { kernelSize: [3, 2], stride: [2, 1], padding: [0, 1], dilation: [2, 1] },
  { kernelSize: [3, 2], stride: [1, 3], padding: [2, 2], dilation: [1, 3] },
  { kernelSize: [2, 2], stride: [2, 2], padding: [3, 4], dilation: [1, 1] },
  { kernelSize: [2, 2], stride: [1, 1], padding: [1, 2], dilation: [3, 2] },
  { kernelSize: [2, 3], stride: [3, 2], padding: [2, 1], dilation: [2, 3] },
  { kernelSize: [1, 3], stride: [2, 2], padding: [1, 3], dilation: [3, 1] },
  { kernelSize: [4, 1], stride: [3, 2], padding: [1, 0], dilation: [1, 2] },
  { kernelSize: [5, 7], stride: [1, 1], padding: [0, 0], dilation: [1, 1] },
  { kernelSize: [2, 2], stride: [1, 2], padding: [0, 1], dilation: [4, 3] },
];
