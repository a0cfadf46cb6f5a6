import type { BatchNormOptions, Pair } from '../../src/index.ts';
import { sizeOf } from '../../src/tensor/tensor.ts';
import type {
  Case,
  LayerCase,
  LayerResult,
  LossCase,
  LossResult,
  OptimizerCase,
  OptimizerResult,
  Plain,
  Result,
} from './cases.ts';
import { run } from './run.ts';

/** Half the distance from 1 to the next float32: the relative error of one rounding. */
const u = 2 ** -24;

/** The smallest float32 above 0: what is lost at most below the range where u holds. */
const underflow = 2 ** -149;

/**
 * By how much a float32 computation may miss the exact result: for every number of the result, shaped as the
 * result is. The inputs are exact in float32, so that only rounding inside the computation counts.
 *
 * These are worst cases, a few times what is seen, and hundreds of times smaller than any wrong term.
 */
export function float32Bounds(given: Case): Result {
  switch (given.type) {
    case 'layer':
      return layerBounds(given);
    case 'loss':
      return lossBounds(given);
    case 'optimizer':
      return optimizerBounds(given);
    case 'gan':
      throw new RangeError('a whole GAN step has no useful float32 bound: a ReLU may fall to its other side');
  }
}

/** Whether float32Bounds knows the case. */
export function hasFloat32Bounds(given: Case): boolean {
  switch (given.type) {
    case 'layer':
      return !['Sequential', 'Residual', 'SpectralNorm'].includes(given.layer.kind);
    case 'loss':
      return true;
    case 'optimizer': {
      const { kind, options } = given.optimizer;
      // Where weight decay all but cancels a gradient, rounding is what is left of it, and these divide by its size.
      return !(['Adam', 'RMSprop', 'Adagrad'].includes(kind) && (options.weightDecay ?? 0) > 0);
    }
    case 'gan':
      return false;
  }
}

function layerBounds(given: LayerCase): LayerResult {
  switch (given.layer.kind) {
    case 'Linear':
    case 'Conv2d':
    case 'ConvTranspose2d':
    case 'Embedding':
    case 'ConcatLabels':
      return sumBounds(given);
    case 'BatchNorm1d':
    case 'BatchNorm2d':
      return batchNormBounds(given, given.layer.options);
    case 'LayerNorm':
      return normBounds(given, sizeOf([given.layer.options.normalizedShape].flat()), given.layer.options.eps);
    case 'InstanceNorm2d':
      return normBounds(given, sizeOf(given.rounds[0].x.shape.slice(2)), given.layer.options.eps);
    case 'MaxPool2d':
    case 'AvgPool2d':
      return pointwiseBounds(given, windowSize(given.layer.options.kernelSize));
    case 'Upsample':
      return pointwiseBounds(given, windowSize(given.layer.options.scaleFactor));
    default:
      return pointwiseBounds(given);
  }
}

/**
 * A sum of n products, in any order, misses by at most (n + 1) · u · Σ |products|. The sum of the absolute values is
 * what the same layer makes of the absolute values of everything.
 */
function sumBounds(given: LayerCase): LayerResult {
  const values = Object.fromEntries(Object.entries(given.values).map(([name, value]) => [name, absolute(value)]));
  const rounds = given.rounds.map((round) => ({ ...round, x: absolute(round.x), dOut: absolute(round.dOut) }));
  const sums = run({ ...given, values, rounds }, 'float64') as LayerResult;
  // No entry sums more products than there are numbers in a weight or in all the dOuts.
  const n = Math.max(
    ...Object.values(values).map(({ data }) => data.length),
    ...rounds.map(({ dOut }) => dOut.data.length * rounds.length),
  );
  const bound = (t: Plain) => scaled(t, (n + 4) * u);
  return {
    rounds: sums.rounds.map(({ out, dX }) => ({ out: bound(out), dX: bound(dX) })),
    gradients: Object.fromEntries(Object.entries(sums.gradients).map(([name, t]) => [name, bound(t)])),
    values: Object.fromEntries(Object.entries(values).map(([name, t]) => [name, scaled(t, 0)])),
  };
}

/**
 * One rounding of the output, which backward may start from, and one of the result. A gradient is the sum of at most
 * `terms` entries of dOut.
 */
function pointwiseBounds(given: LayerCase, terms = 1): LayerResult {
  const exact = run(given, 'float64') as LayerResult;
  const rounds = exact.rounds.map(({ out, dX }, i) => {
    const dOut = largest(given.rounds[i].dOut);
    return { out: scaled(absolute(out), 2 * u), dX: scaled(absolute(dX), 4 * u, 4 * u * dOut * terms ** 2) };
  });
  return { rounds, gradients: {}, values: {} };
}

/** Sums are in double precision; what is rounded is x̂, the results and the running statistics. */
function batchNormBounds(given: LayerCase, options: BatchNormOptions): LayerResult {
  const { eps = 1e-5 } = options;
  const exact = run(given, 'float64') as LayerResult;
  const R = given.rounds.length;
  const x = Math.max(...given.rounds.map((round) => largest(round.x)), largest(exact.values.running_mean));
  const startingMean = largest(given.values.running_mean);
  const spread = x + startingMean;
  const inverse = Math.max(
    ...given.rounds.map(({ training }, i) => {
      if (training) return 1 / Math.sqrt(smallestVariance(given.rounds[i].x) + eps);
      const before = run({ ...given, rounds: given.rounds.slice(0, i) }, 'float64') as LayerResult;
      return 1 / Math.sqrt(Math.min(...before.values.running_var.data) + eps);
    }),
  );
  const gamma = largest(given.values.weight);
  const xHat = spread * inverse;
  const rounds = exact.rounds.map(({ out, dX }, i) => {
    const dOut = largest(given.rounds[i].dOut);
    return {
      out: scaled(absolute(out), 4 * u, 8 * R * u * gamma * xHat),
      dX: scaled(absolute(dX), 8 * R * u, 8 * R * u * gamma * inverse * dOut * (1 + xHat ** 2)),
    };
  });
  const M = given.rounds[0].x.data.length;
  const dOut = Math.max(...given.rounds.map((round) => largest(round.dOut)));
  const gradients = Object.fromEntries(
    Object.entries(exact.gradients).map(([name, t]) => [
      name,
      scaled(absolute(t), 4 * R * u, 8 * R * R * u * M * dOut * (1 + xHat)),
    ]),
  );
  const values = Object.fromEntries(
    Object.entries(exact.values).map(([name, t]) => [
      name,
      name.startsWith('running') ? scaled(absolute(t), 4 * R * u, 4 * R * u * (x + (2 * x) ** 2 + 2)) : scaled(t, 0),
    ]),
  );
  return { rounds, gradients, values };
}

/**
 * Layer norm and instance norm, over groups of M values. Sums over a group are in double precision; those for the
 * parameters are kept in float32. No |x̂| is above √M.
 */
function normBounds(given: LayerCase, M: number, eps = 1e-5): LayerResult {
  const exact = run(given, 'float64') as LayerResult;
  const xHat = Math.sqrt(M);
  const gamma = given.values.weight ? largest(given.values.weight) : 1;
  const variances = given.rounds.flatMap(({ x }) =>
    Array.from({ length: x.data.length / M }, (_, group) => variance(x.data.slice(group * M, (group + 1) * M))),
  );
  const inverse = 1 / Math.sqrt(Math.min(...variances) + eps);
  const rounds = exact.rounds.map(({ out, dX }, i) => {
    const dOut = largest(given.rounds[i].dOut);
    return {
      out: scaled(absolute(out), 4 * u, 4 * u * gamma * xHat),
      dX: scaled(absolute(dX), 4 * u, 8 * u * gamma * inverse * dOut * (1 + xHat ** 2)),
    };
  });
  const gradients = Object.fromEntries(
    Object.entries(exact.gradients).map(([name, t]) => {
      const n = (given.rounds.length * given.rounds[0].x.data.length) / t.data.length;
      const term = Math.max(...given.rounds.map((round) => largest(round.dOut))) * (name === 'weight' ? xHat : 1);
      return [name, scaled(absolute(t), 0, (n + 4) * u * n * term)];
    }),
  );
  const values = Object.fromEntries(Object.entries(exact.values).map(([name, t]) => [name, scaled(t, 0)]));
  return { rounds, gradients, values };
}

/** The loss is a double, computed from exact inputs; its gradient is rounded when it is stored, once or twice. */
function lossBounds(given: LossCase): LossResult {
  const exact = run(given, 'float64') as LossResult;
  return {
    loss: 1e-12 * (1 + Math.abs(exact.loss)),
    dPrediction: scaled(absolute(exact.dPrediction), 4 * u, 2 * u),
  };
}

/** Parameters and what the optimizer keeps are rounded at every step; learning rates and norms are doubles. */
function optimizerBounds(given: OptimizerCase): OptimizerResult {
  const exact = run(given, 'float64') as OptimizerResult;
  const { weightDecay = 0 } = given.optimizer.options;
  const learningRate = Math.max(...exact.learningRates);
  const all = [...given.parameters, ...exact.after.flat()];
  const theta = Math.max(...all.map(largest));
  const gradient = Math.max(...given.gradients.flat().map(largest)) + weightDecay * theta;
  const steps = given.gradients.length;
  const drift =
    given.optimizer.kind === 'SGD'
      ? 4 * u * steps ** 3 * learningRate * gradient
      : // The others divide by the root of a mean square, and a small one magnifies the rounding of g.
        1e-4 * steps ** 2 * learningRate;
  const bound = 4 * u * steps * theta + drift;
  return {
    after: exact.after.map((step) => step.map((t) => scaled(t, 0, bound))),
    learningRates: exact.learningRates.map((rate) => 1e-12 * rate),
    norms: exact.norms.map((norm) => 1e-12 * norm),
  };
}

function smallestVariance(x: Plain): number {
  const [N, C] = x.shape;
  const size = x.data.length / (N * C);
  const variances = Array.from({ length: C }, (_, c) => {
    return variance(x.data.filter((_, i) => Math.floor(i / size) % C === c));
  });
  return Math.min(...variances);
}

function variance(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
}

/** How many places a window of one size for both axes, or [h, w], has. */
function windowSize(size: number | Pair): number {
  return typeof size === 'number' ? size * size : size[0] * size[1];
}

function absolute({ shape, data }: Plain): Plain {
  return { shape, data: data.map(Math.abs) };
}

function scaled({ shape, data }: Plain, factor: number, plus = 0): Plain {
  return { shape, data: data.map((value) => value * factor + plus + underflow) };
}

function largest({ data }: Plain): number {
  return Math.max(0, ...data.map(Math.abs));
}
