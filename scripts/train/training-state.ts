import { LinearLR } from '../../src/optimizers/schedules/linear-lr.ts';
import type { Random } from '../../src/tensor/random.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import type { TrainingState } from '../../src/training/checkpoint.ts';
import type { ClassifierTrainer } from '../../src/training/classifier-trainer.ts';
import type { GanRun } from './recipe.ts';

/** What the checkpoints of a GAN's run hold. */
export function ganState({ trainer, average }: GanRun, random: Random, fixedNoise: Tensor): TrainingState {
  const { generator, discriminator } = trainer;
  return {
    networks: { generator, discriminator, averaged_generator: average.average },
    optimizers: {
      generator_optimizer: trainer.generatorOptimizer,
      discriminator_optimizer: trainer.discriminatorOptimizer,
    },
    averages: { averaged_generator: average },
    randoms: { random },
    tensors: { fixed_noise: fixedNoise },
  };
}

/** The picture of an epoch has so many rows of images. */
const ROWS = 8;

/** How many images the picture of an epoch shows, `columns` of them in a row. */
export function picturedCount({ columns = 8 }: GanRun): number {
  return ROWS * columns;
}

/** What the checkpoints of a classifier's run hold. */
export function classifierState(trainer: ClassifierTrainer, random: Random, schedule: LinearLR): TrainingState {
  return {
    networks: { network: trainer.network },
    optimizers: { optimizer: trainer.optimizer },
    schedules: { schedule },
    randoms: { random },
  };
}

/** Large steps first, and in the end small ones, over which the noise of the batches averages out. */
export function scheduleOf({ optimizer }: ClassifierTrainer, steps: number): LinearLR {
  return new LinearLR(optimizer, { startFactor: 1, endFactor: 0, totalIters: steps });
}

/** A last batch of one image is left out: it would leave batch norm without a variance. */
export function stepsPerEpoch(images: number, batchSize: number): number {
  return Math.ceil(images / batchSize) - (images % batchSize === 1 ? 1 : 0);
}
