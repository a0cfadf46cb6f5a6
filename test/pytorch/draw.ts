import { Random, type Shape } from '../../src/index.ts';
import { sizeOf, zeros } from '../../src/tensor/tensor.ts';
import type {
  GanBatch,
  GanCase,
  LayerCase,
  LayerRound,
  LayerSpec,
  LossCase,
  OptimizerCase,
  OptimizerSpec,
  Plain,
  Values,
} from './cases.ts';
import { createLayer, valuesOf } from './run.ts';
import { smallDiscriminator, smallGenerator } from './small-gan.ts';

/** How a GAN case is to be; all that is left out is as the trainer has it. */
export interface GanChoice extends Pick<GanCase, 'loss' | 'generatorLoss'> {
  readonly realLabel?: number;
  readonly weightClip?: number;
  /** How many labels there are, for conditional networks. */
  readonly classes?: number;
  /** How many steps of the discriminator alone come before each step of both. */
  readonly discriminatorSteps?: number;
}

/** A seeded source of whole cases and of their parts. */
export class Draw {
  private readonly random: Random;
  private onGrid = true;

  constructor(seed: number) {
    this.random = new Random(seed);
  }

  /**
   * What `draw` draws, of any numbers and not of multiples of 1/64. For networks: on the grid sums meet the kink of a
   * rectifier exactly, now and then, and rounding would choose the side.
   */
  offGrid<Drawn>(draw: () => Drawn): Drawn {
    this.onGrid = false;
    try {
      return draw();
    } finally {
      this.onGrid = true;
    }
  }

  /** A whole number from `least` to `most`, both included. */
  count(least: number, most: number): number {
    return least + Math.floor(this.random.next() * (most - least + 1));
  }

  /** Two of them, for the height and for the width. */
  two(least: number, most: number): [number, number] {
    return [this.count(least, most), this.count(least, most)];
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
    return { shape, data: Array.from(data, (value) => (this.onGrid ? Math.round(value * 64) / 64 + 0 : value)) };
  }

  /** Multiples of 1/64 from 0 to 1; one in six is exactly 0, one in six exactly 1. */
  probabilities(shape: Shape): Plain {
    return this.each(shape, () => this.pick([0, 1, ...Array.from({ length: 4 }, () => this.count(1, 63) / 64)]));
  }

  /** Multiples of 1/64 from [0, 1), all as likely. */
  uniform(shape: Shape): Plain {
    return this.each(shape, () => this.count(0, 63) / 64);
  }

  /** Whole numbers from 0 to count − 1. */
  indices(shape: Shape, count: number): Plain {
    return this.each(shape, () => this.count(0, count - 1));
  }

  signs(shape: Shape): Plain {
    return this.each(shape, () => this.pick([1, -1]));
  }

  /**
   * Values for every parameter and buffer of a layer: biases are not zero, variances are positive, and what a
   * spectral norm keeps is such that its σ is not near to zero.
   */
  values(spec: LayerSpec, scale = 0.5): Values {
    const values: Record<string, Plain> = {};
    for (const [name, { shape }] of Object.entries(valuesOf(createLayer(spec, 'float64')))) {
      if (name.endsWith('running_var')) values[name] = this.each(shape, () => this.count(16, 128) / 64);
      else if (name.endsWith('weight_orig')) values[name] = this.awayFromZero(shape, scale);
      else if (name.endsWith('weight_u')) values[name] = unit(this.awayFromZero(shape, scale));
      else values[name] = this.tensor(shape, scale);
    }
    for (const name of Object.keys(values).filter((each) => each.endsWith('weight_v'))) {
      const [W, u] = ['_orig', '_u'].map((end) => values[name.replace(/_v$/, end)]);
      // v = Wᵀ · u / ‖Wᵀ · u‖, so that σ = ‖Wᵀ · u‖
      values[name] = unit({ shape: values[name].shape, data: values[name].data.map((_, c) => columnDot(W, u, c)) });
    }
    return values;
  }

  /** A case of one layer or network, with as many rounds as there are modes. `classes`: it is handed labels. */
  layer(layer: LayerSpec, xShape: Shape, modes: readonly boolean[] = [true], scale = 1, classes?: number): LayerCase {
    const probe = createLayer(layer, 'float64');
    probe.training = false;
    const outShape = [...probe.forward(zeros(xShape, 'float64'), zeros(xShape.slice(0, 1))).shape];
    const rounds = modes.map(
      (training): LayerRound => ({
        training,
        x: layer.kind === 'Embedding' ? this.indices(xShape, layer.options.numEmbeddings) : this.tensor(xShape, scale),
        dOut: this.tensor(outShape),
        ...(classes && { labels: this.indices(xShape.slice(0, 1), classes) }),
        ...(layer.kind === 'Dropout' && training && { draws: this.uniform(xShape) }),
      }),
    );
    return { type: 'layer', layer, values: this.values(layer), rounds };
  }

  loss(kind: LossCase['kind'], shape: Shape, scale = 1): LossCase {
    const prediction = kind === 'BCELoss' ? this.probabilities(shape) : this.tensor(shape, scale);
    switch (kind) {
      case 'BCELoss':
      case 'BCEWithLogitsLoss':
        return { type: 'loss', kind, prediction, target: this.probabilities(shape) };
      case 'CrossEntropyLoss':
        return { type: 'loss', kind, prediction, target: this.indices(shape.slice(0, 1), shape[1]) };
      case 'HingeLoss':
      case 'WassersteinLoss': {
        const target = this.signs(shape);
        // Where a score is as far as it must be max(0, 1 − y · s) has its corner.
        const data = prediction.data.map((value, i) => (this.chance(0.2) ? target.data[i] : value));
        return { type: 'loss', kind, prediction: { shape, data }, target };
      }
      case 'MSELoss':
      case 'L1Loss':
      case 'LeastSquaresLoss': {
        // Where both are the same |ŷ − y| has its corner.
        const target = this.tensor(shape, scale);
        const data = target.data.map((value, i) => (this.chance(0.2) ? prediction.data[i] : value));
        return { type: 'loss', kind, prediction, target: { shape, data } };
      }
    }
  }

  optimizer(
    optimizer: OptimizerSpec,
    steps: number,
    shapes: readonly Shape[] = [[2, 3], [4]],
    further: Pick<OptimizerCase, 'schedule' | 'clip'> = {},
  ): OptimizerCase {
    const tensors = () => shapes.map((shape) => this.tensor(shape));
    return {
      type: 'optimizer',
      optimizer,
      ...further,
      parameters: tensors(),
      gradients: Array.from({ length: steps }, tensors),
    };
  }

  gan(
    { classes, discriminatorSteps = 0, realLabel = 1, ...choice }: GanChoice,
    optimizers: readonly [OptimizerSpec, OptimizerSpec],
  ): GanCase {
    const [N, latentSize] = [4, 3];
    const generator = smallGenerator(latentSize, classes);
    const discriminator = smallDiscriminator(choice.loss, classes);
    const batch = (): GanBatch => ({
      noise: this.tensor([N, latentSize]),
      realImages: this.tensor([N, 1, 8, 8], 0.5),
      // Two labels at least: of a single one the batch norm behind it takes every trace, and Adam would make steps
      // of the rounding of a gradient that is zero.
      ...(classes && { labels: { shape: [N], data: [0, 1, ...this.indices([N - 2], classes).data] } }),
    });
    return {
      type: 'gan',
      ...choice,
      realLabel,
      generator,
      discriminator,
      generatorValues: this.values(generator),
      discriminatorValues: this.values(discriminator),
      generatorOptimizer: optimizers[0],
      discriminatorOptimizer: optimizers[1],
      steps: [0, 1].map(() => ({
        ...batch(),
        discriminatorSteps: Array.from({ length: discriminatorSteps }, batch),
      })),
    };
  }

  private each(shape: Shape, draw: () => number): Plain {
    return { shape, data: Array.from({ length: sizeOf(shape) }, draw) };
  }

  private awayFromZero(shape: Shape, scale: number): Plain {
    const { data } = this.tensor(shape, scale);
    return { shape, data: data.map((value) => value + (value < 0 ? -1 : 1) / 8) };
  }
}

/** The vector scaled to length 1. */
function unit({ shape, data }: Plain): Plain {
  const length = Math.hypot(...data);
  return { shape, data: data.map((value) => value / length) };
}

/** Σ r  W[r, c] · u[r], W as a matrix with one row for each entry of u. */
function columnDot(W: Plain, u: Plain, c: number): number {
  const columns = W.data.length / u.data.length;
  return u.data.reduce((sum, value, r) => sum + W.data[r * columns + c] * value, 0);
}
