import { eachAxis } from '../../src/layers/geometry.ts';
import type { Case, GanCase, LayerCase, LayerSpec, OptimizerSpec, ScheduleSpec } from './cases.ts';
import type { Draw } from './draw.ts';
import { fits, type Two } from './fits.ts';
import { ganLosses, smoothable } from './grid.ts';
import { sequential, smallDiscriminator, smallGenerator } from './small-gan.ts';

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
  (draw) => draw.layer(activation(draw), anyShape(draw), modes(draw), draw.pick([1, 30])),
  (draw) => draw.layer(activation(draw), anyShape(draw), modes(draw), draw.pick([1, 30])),
  randomLayerNorm,
  (draw) => {
    const options = { numFeatures: draw.count(1, 4), eps: draw.pick([1e-5, 1e-3, 0.1]), affine: draw.chance(0.6) };
    const shape = [draw.count(1, 4), options.numFeatures, draw.count(2, 4), draw.count(1, 4)];
    return draw.layer({ kind: 'InstanceNorm2d', options }, shape, modes(draw), draw.pick([0.1, 1, 10]));
  },
  randomMaxPool2d,
  randomMaxPool2d,
  randomAvgPool2d,
  randomAvgPool2d,
  (draw) => draw.layer({ kind: 'GlobalAvgPool2d' }, randomImages(draw), modes(draw)),
  (draw) => draw.layer({ kind: 'Upsample', options: { scaleFactor: draw.two(1, 4) } }, randomImages(draw)),
  randomSpectralNorm,
  randomSpectralNorm,
  (draw) => {
    const options = { p: draw.pick([0, 0.1, 0.25, 0.5, 0.9]) };
    return draw.layer({ kind: 'Dropout', options }, anyShape(draw), modes(draw));
  },
  (draw) => {
    const options = { numEmbeddings: draw.count(1, 5), embeddingDim: draw.count(1, 4) };
    return draw.layer({ kind: 'Embedding', options }, draw.chance(0.1) ? [] : anyShape(draw), modes(draw));
  },
  (draw) => {
    const [numClasses, rest] = [draw.count(1, 4), anyShape(draw).slice(1)];
    const options = { numClasses, shape: [draw.count(1, 3), ...rest] };
    const x = [draw.count(1, 5), draw.count(1, 3), ...rest];
    return draw.layer({ kind: 'ConcatLabels', options }, x, modes(draw), 1, numClasses);
  },
  (draw) => draw.offGrid(() => randomNetwork(draw)),
  (draw) => draw.offGrid(() => randomNetwork(draw)),
  (draw) => draw.offGrid(() => randomNetwork(draw)),
  (draw) => {
    if (draw.chance(0.5)) return draw.layer({ kind: 'Flatten' }, [draw.count(1, 3), ...anyShape(draw)]);
    const options = { shape: draw.pick([[24], [2, 12], [4, 6], [2, 3, 4], [4, 3, 2, 1]]) };
    return draw.layer({ kind: 'Reshape', options }, [draw.count(1, 3), 24]);
  },
  (draw) => draw.loss('BCELoss', anyShape(draw)),
  (draw) => draw.loss('BCEWithLogitsLoss', anyShape(draw), draw.pick([1, 30, 500])),
  (draw) => draw.loss('CrossEntropyLoss', [draw.count(1, 6), draw.count(1, 6)], draw.pick([1, 30, 500])),
  (draw) => draw.loss(draw.pick(['MSELoss', 'L1Loss', 'LeastSquaresLoss']), anyShape(draw), draw.pick([1, 30, 500])),
  (draw) => draw.loss(draw.pick(['HingeLoss', 'WassersteinLoss']), anyShape(draw), draw.pick([1, 30])),
  (draw) => draw.optimizer(randomOptimizer(draw), draw.count(1, 6), [anyShape(draw), anyShape(draw)]),
  (draw) => draw.optimizer(randomOptimizer(draw), draw.count(1, 6), [anyShape(draw), anyShape(draw)]),
  (draw) => draw.optimizer(randomOptimizer(draw), draw.count(1, 6), [anyShape(draw), anyShape(draw)]),
  (draw) => draw.optimizer(randomOptimizer(draw), draw.count(1, 30), [[3]], { schedule: randomSchedule(draw) }),
  (draw) => {
    const clip = {
      kind: draw.pick(['clipGradientNorm', 'clipGradientValue'] as const),
      bound: draw.pick([0.01, 0.5, 1, 3, 10]),
    };
    return draw.optimizer(randomOptimizer(draw), draw.count(1, 6), [anyShape(draw), anyShape(draw)], { clip });
  },
  (draw) => draw.offGrid(() => draw.layer(smallGenerator(3), [draw.count(2, 4), 3], modes(draw))),
  (draw) => {
    const discriminator = smallDiscriminator(draw.pick(ganLosses));
    return draw.offGrid(() => draw.layer(discriminator, [draw.count(2, 4), 1, 8, 8], modes(draw)));
  },
  (draw) => draw.offGrid(() => randomGan(draw)),
  (draw) => draw.offGrid(() => randomGan(draw)),
];

function randomConv2d(draw: Draw): LayerCase {
  const [kernelSize, stride, dilation] = [draw.two(1, 4), draw.two(1, 3), draw.two(1, 3)];
  const image = draw.two(1, 8);
  // Enough padding for the kernel to fit, and often more than the kernel is large.
  const padding = eachAxis((axis) => {
    const missing = dilation[axis] * (kernelSize[axis] - 1) + 1 - image[axis];
    return Math.max(0, Math.ceil(missing / 2)) + draw.pick([0, 0, 1, 2, 5]);
  });
  const options = { inChannels: draw.count(1, 3), outChannels: draw.count(1, 3), bias: draw.chance(0.7) };
  const sizes = { kernelSize, stride, padding, dilation };
  const x = [draw.count(1, 3), options.inChannels, ...image];
  return draw.layer({ kind: 'Conv2d', options: { ...options, ...sizes } }, x, modes(draw));
}

function randomConvTranspose2d(draw: Draw): LayerCase {
  for (;;) {
    const [kernelSize, stride, padding, dilation] = [draw.two(1, 4), draw.two(1, 3), draw.two(0, 3), draw.two(1, 3)];
    const outputPadding: [number, number] = [
      draw.count(0, Math.max(stride[0], dilation[0]) - 1),
      draw.count(0, Math.max(stride[1], dilation[1]) - 1),
    ];
    const channels = { inChannels: draw.count(1, 3), outChannels: draw.count(1, 3), bias: draw.chance(0.7) };
    const options = { ...channels, kernelSize, stride, padding, dilation, outputPadding };
    const image = draw.two(1, 5);
    if (!fits(options, image)) continue;
    const x = [draw.count(1, 3), options.inChannels, ...image];
    return draw.layer({ kind: 'ConvTranspose2d', options }, x, modes(draw));
  }
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

function activation(draw: Draw): LayerSpec {
  return draw.pick<LayerSpec>([
    { kind: 'ReLU' },
    { kind: 'LeakyReLU', options: { negativeSlope: draw.pick([0.01, 0.2, 0, -0.5, 3]) } },
    { kind: 'ELU', options: { alpha: draw.pick([1, 0.3, 2, -0.5]) } },
    { kind: 'SiLU' },
    { kind: 'GELU' },
    { kind: 'Softplus', options: { beta: draw.pick([1, 0.3, 4]), threshold: draw.pick([20, 1, 5]) } },
    { kind: 'Sigmoid' },
    { kind: 'Tanh' },
    { kind: 'Softmax' },
  ]);
}

function randomImages(draw: Draw): readonly number[] {
  return [draw.count(1, 3), draw.count(1, 3), draw.count(1, 6), draw.count(1, 6)];
}

function randomLayerNorm(draw: Draw): LayerCase {
  const shape = [draw.count(1, 4), ...anyShape(draw)];
  const normalizedShape = shape.slice(draw.count(0, shape.length - 1));
  const further = draw.pick([{}, { bias: false }, { elementwiseAffine: false }]);
  const options = { normalizedShape, eps: draw.pick([1e-5, 1e-3, 0.1]), ...further };
  return draw.layer({ kind: 'LayerNorm', options }, shape, modes(draw), draw.pick([0.1, 1, 10]));
}

/** A window, and an image that is at least as large as PyTorch needs it to be. */
function randomPool(draw: Draw, dilation: Two = [1, 1]) {
  const kernelSize = draw.two(1, 4);
  const padding = eachAxis((axis) => draw.count(0, Math.floor(kernelSize[axis] / 2)));
  const image = eachAxis((axis) => {
    const reach = dilation[axis] * (kernelSize[axis] - 1) + 1;
    // An image of at least the dilation cannot fall between two rows of the window.
    return Math.max(1, reach - 2 * padding[axis], dilation[axis]) + draw.count(0, 4);
  });
  const stride = draw.chance(0.3) ? {} : { stride: draw.two(1, 4) };
  const options = { kernelSize, padding, ceilMode: draw.chance(0.5), ...stride };
  return { options, x: [draw.count(1, 3), draw.count(1, 3), ...image] };
}

function randomMaxPool2d(draw: Draw): LayerCase {
  const dilation = draw.two(1, 3);
  const { options, x } = randomPool(draw, dilation);
  // On a small scale the multiples of 1/64 are few, and many of them tie.
  return draw.layer({ kind: 'MaxPool2d', options: { ...options, dilation } }, x, modes(draw), draw.pick([1, 0.03]));
}

function randomAvgPool2d(draw: Draw): LayerCase {
  const { options, x } = randomPool(draw);
  const countIncludePad = draw.chance(0.5);
  return draw.layer({ kind: 'AvgPool2d', options: { ...options, countIncludePad } }, x, modes(draw));
}

function randomSpectralNorm(draw: Draw): LayerCase {
  const options = { nPowerIterations: draw.count(1, 3) };
  const rounds = [...modes(draw), ...modes(draw)];
  const bias = draw.chance(0.7);
  if (draw.chance(0.5)) {
    const [inFeatures, outFeatures] = draw.two(1, 6);
    const layer: LayerSpec = { kind: 'Linear', options: { inFeatures, outFeatures, bias } };
    return draw.layer({ kind: 'SpectralNorm', options: { ...options, layer } }, [draw.count(1, 4), inFeatures], rounds);
  }
  const { layer, rounds: given } = randomConv2d(draw);
  return draw.layer({ kind: 'SpectralNorm', options: { ...options, layer } }, given[0].x.shape, rounds);
}

/**
 * Layers of many kinds on top of one another. What divides by a deviation has a large eps, and no channel is ever
 * one pixel repeated, so that rounding stays rounding. A max-pool stands in front: behind other layers its ties
 * would be decided by the last bit.
 */
function randomNetwork(draw: Draw): LayerCase {
  const classes = draw.chance(0.3) ? draw.count(1, 3) : undefined;
  const xShape = [draw.count(2, 3), draw.count(1, 3), draw.count(4, 7), draw.count(4, 7)];
  let [, C, H, W] = xShape;
  const layers: LayerSpec[] = [];
  const add = (layer: LayerSpec, size: Two = [H, W], channels = C) => {
    if (Math.min(...size) < 2) return;
    layers.push(layer);
    [H, W] = size;
    C = channels;
  };
  const eps = draw.pick([1e-3, 0.1]);
  const same = (outChannels: number): LayerSpec => {
    const options = { inChannels: C, outChannels, kernelSize: 3, padding: 1, bias: draw.chance(0.5) };
    return { kind: 'Conv2d', options };
  };
  const blocks: readonly (() => void)[] = [
    () => {
      const outChannels = draw.count(1, 3);
      add(same(outChannels), [H, W], outChannels);
    },
    () => {
      const outChannels = draw.count(1, 3);
      add({ kind: 'SpectralNorm', options: { layer: same(outChannels) } }, [H, W], outChannels);
    },
    () => {
      const options = { inChannels: C, outChannels: 2, kernelSize: 2, stride: 2, padding: 1 };
      add({ kind: 'ConvTranspose2d', options }, [2 * H - 2, 2 * W - 2], 2);
    },
    () => add({ kind: 'BatchNorm2d', options: { numFeatures: C, eps } }),
    () => add({ kind: 'InstanceNorm2d', options: { numFeatures: C, eps, affine: draw.chance(0.5) } }),
    () => add({ kind: 'LayerNorm', options: { normalizedShape: draw.pick([[C, H, W], [H, W], [W]]), eps } }),
    () => add(activation(draw)),
    () => add(activation(draw)),
    () => add({ kind: 'AvgPool2d', options: { kernelSize: 2 } }, [Math.floor(H / 2), Math.floor(W / 2)]),
    () => add({ kind: 'Upsample', options: { scaleFactor: [1, 2] } }, [H, 2 * W]),
    () => add({ kind: 'Residual', options: { path: sequential(same(C), activation(draw), same(C)) } }),
    () => {
      if (classes) add({ kind: 'ConcatLabels', options: { numClasses: classes, shape: [1, H, W] } }, [H, W], C + 1);
    },
  ];
  if (draw.chance(0.3)) add({ kind: 'MaxPool2d', options: { kernelSize: 2, stride: 1 } }, [H - 1, W - 1]);
  for (let i = draw.count(2, 6); i > 0 && H * W < 200; i--) draw.pick(blocks)();
  if (draw.chance(0.5)) {
    const pooled = draw.chance(0.5);
    if (pooled) layers.push({ kind: 'GlobalAvgPool2d' });
    const linear: LayerSpec = {
      kind: 'Linear',
      options: { inFeatures: pooled ? C : C * H * W, outFeatures: draw.count(1, 4) },
    };
    layers.push({ kind: 'Flatten' }, linear, activation(draw));
  }
  return draw.layer(sequential(...layers), xShape, modes(draw), 1, classes);
}

function randomOptimizer(draw: Draw): OptimizerSpec {
  const weightDecay = draw.pick([0, 0.01, 0.5]);
  const learningRate = draw.pick([1, 0.1, 0.001]);
  switch (draw.pick(['SGD', 'RMSprop', 'Adagrad', 'Adam', 'AdamW'] as const)) {
    case 'SGD': {
      const momentum = draw.pick([0, 0.5, 0.9]);
      const nesterov = momentum > 0 && draw.chance(0.5);
      return { kind: 'SGD', options: { learningRate, weightDecay, momentum, nesterov } };
    }
    case 'RMSprop': {
      const centered = draw.chance(0.3);
      const alpha = draw.pick(centered ? [0.5, 0.9, 0.99] : [0, 0.5, 0.9, 0.99]);
      const options = { alpha, centered, momentum: draw.pick([0, 0.5, 0.9]), eps: draw.pick([1e-8, 1e-3]) };
      return { kind: 'RMSprop', options: { learningRate, weightDecay, ...options } };
    }
    case 'Adagrad': {
      const options = { learningRateDecay: draw.pick([0, 0.1]), initialAccumulatorValue: draw.pick([0, 0.1, 1]) };
      return { kind: 'Adagrad', options: { learningRate, weightDecay, ...options } };
    }
    case 'Adam':
      return { kind: 'Adam', options: { learningRate, weightDecay, ...randomBetas(draw) } };
    case 'AdamW':
      return { kind: 'AdamW', options: { learningRate, weightDecay, ...randomBetas(draw) } };
  }
}

function randomBetas(draw: Draw) {
  return { beta1: draw.pick([0, 0.5, 0.9]), beta2: draw.pick([0.5, 0.9, 0.999]), eps: draw.pick([1e-8, 1e-3]) };
}

function randomSchedule(draw: Draw): ScheduleSpec {
  const single = (): ScheduleSpec =>
    draw.pick<ScheduleSpec>([
      { kind: 'StepLR', options: { stepSize: draw.count(1, 8), gamma: draw.pick([0.1, 0.5, 0.9]) } },
      { kind: 'CosineAnnealingLR', options: { tMax: draw.count(1, 20), etaMin: draw.pick([0, 0.001, 0.2]) } },
      {
        kind: 'LinearLR',
        options: {
          startFactor: draw.pick([0.01, 1 / 3, 1]),
          endFactor: draw.pick([0.1, 0.5, 1]),
          totalIters: draw.count(1, 12),
        },
      },
    ]);
  if (draw.chance(0.6)) return single();
  const milestones = [draw.count(1, 8)];
  if (draw.chance(0.5)) milestones.push(milestones[0] + draw.count(1, 8));
  const schedules = Array.from({ length: milestones.length + 1 }, single);
  return { kind: 'SequentialLR', options: { schedules, milestones } };
}

function randomGan(draw: Draw): GanCase {
  const loss = draw.pick(ganLosses);
  const rate = (): OptimizerSpec =>
    draw.pick<OptimizerSpec>([
      { kind: 'Adam', options: { learningRate: 0.01, beta1: draw.pick([0, 0.5]) } },
      { kind: 'RMSprop', options: { learningRate: 0.01 } },
      { kind: 'SGD', options: { learningRate: 0.1, momentum: draw.pick([0, 0.9]) } },
    ]);
  return draw.gan(
    {
      loss,
      generatorLoss: draw.pick(['non-saturating', 'minimax']),
      realLabel: smoothable.some((each) => each === loss) ? draw.pick([1, 0.9]) : 1,
      // Not so low that a whole kernel comes to be ± the bound: its sums over pixels that are alike would be exactly 0.
      ...(draw.chance(0.3) && { weightClip: draw.pick([0.4, 0.6]) }),
      ...(draw.chance(0.4) && { classes: draw.count(2, 4) }),
      discriminatorSteps: draw.pick([0, 0, 1, 2]),
    },
    [rate(), rate()],
  );
}
