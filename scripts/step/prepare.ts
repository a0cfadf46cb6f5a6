import { type Dataset, select, shuffledBatches } from '../../src/data/dataset.ts';
import { loadMnist } from '../../src/data/mnist.ts';
import type { Layer } from '../../src/layers/layer.ts';
import type { Optimizer } from '../../src/optimizers/optimizer.ts';
import { Random } from '../../src/tensor/random.ts';
import type { ClassifierStep } from '../../src/training/classifier-trainer.ts';
import type { GanStep } from '../../src/training/gan-trainer.ts';
import { parseFlags } from '../flags.ts';
import type { ClassifierRecipe, GanRecipe } from '../train/recipe.ts';

/** A model of the catalogue and a batch of digits for it, ready for one training step. */
export interface Prepared {
  readonly networks: Readonly<Record<string, Layer>>;
  readonly optimizers: readonly Optimizer[];
  readonly step: () => GanStep | ClassifierStep;
}

export interface PrepareOptions {
  readonly seed: number;
  /** The images of the step that is to be looked at. */
  readonly batchSize: number;
  /** How many training steps to take before that one. */
  readonly after: number;
}

/** The steps before the one that is looked at are taken with the batches that npm run train takes. */
const TRAINING_BATCH = 64;

export function prepare(model: ClassifierRecipe | GanRecipe, { seed, batchSize, after }: PrepareOptions): Prepared {
  const random = new Random(seed);
  const { train } = loadMnist();
  if (model.kind === 'classifier') {
    const trainer = model.create(defaults(parseFlags(model.flags, [])), random);
    const known = [...train.labels.data.keys()].filter((n) => train.labels.data[n] < model.classes);
    const digits = select(train, known);
    for (const { images, labels } of batches(digits, TRAINING_BATCH, after, random)) trainer.step(images, labels);
    const [{ images, labels }] = batches(digits, batchSize, 1, random);
    // The trainer tries the network out on the first images that it sees, which is no part of a step.
    trainer.predict(images);
    return {
      networks: { network: trainer.network },
      optimizers: [trainer.optimizer],
      step: () => trainer.step(images, labels),
    };
  }
  const { trainer } = model.create(defaults(parseFlags(model.flags, [])), random);
  for (const { images, labels } of batches(train, TRAINING_BATCH, after, random)) trainer.step(images, labels);
  const [{ images, labels }] = batches(train, batchSize, 1, random);
  return {
    networks: { generator: trainer.generator, discriminator: trainer.discriminator },
    optimizers: [trainer.discriminatorOptimizer, trainer.generatorOptimizer],
    step: () => trainer.step(images, labels),
  };
}

/** `count` full batches, in as many passes over the digits as that takes. */
function batches(digits: Dataset, batchSize: number, count: number, random: Random): Dataset[] {
  const all: Dataset[] = [];
  while (all.length < count) {
    for (const batch of shuffledBatches(digits, batchSize, random)) {
      if (all.length === count) break;
      if (batch.labels.data.length === batchSize) all.push(batch);
    }
  }
  return all;
}

function defaults<Values>(values: Values | Error): Values {
  if (values instanceof Error) throw values;
  return values;
}
