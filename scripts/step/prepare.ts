import { type Dataset, select, shuffledBatches } from '../../src/data/dataset.ts';
import { loadMnist } from '../../src/data/mnist.ts';
import type { Layer } from '../../src/layers/layer.ts';
import type { Optimizer } from '../../src/optimizers/optimizer.ts';
import { Random } from '../../src/tensor/random.ts';
import { zeros } from '../../src/tensor/tensor.ts';
import { restoreCheckpoint, type TrainingState } from '../../src/training/checkpoint.ts';
import type { ClassifierStep, ClassifierTrainer } from '../../src/training/classifier-trainer.ts';
import type { GanStep, GanTrainer } from '../../src/training/gan-trainer.ts';
import { parseFlags } from '../flags.ts';
import type { ClassifierRecipe, GanRecipe } from '../train/recipe.ts';
import { flagsOf } from '../train/run-config.ts';
import { checkedFlags, type Opened } from '../train/trained.ts';
import { trainingData } from '../train/training-data.ts';
import { classifierState, ganState, picturedCount, scheduleOf, stepsPerEpoch } from '../train/training-state.ts';

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
    return classifierStep(trainer, select(train, known), { batchSize, after }, random);
  }
  const { trainer } = model.create(defaults(parseFlags(model.flags, [])), random);
  return ganStep(trainer, train, { batchSize, after }, random);
}

/** As `prepare`, with everything as the checkpoint has it but the random numbers, which are those of the seed. */
export async function prepareFrom(
  { file, checkpoint, config, model }: Opened,
  { seed, batchSize, after }: PrepareOptions,
): Promise<Prepared> {
  const random = new Random(seed);
  const restore = (training: TrainingState) => {
    restoreCheckpoint(training, checkpoint);
    random.state = new Random(seed).state;
  };
  const data = async ({ data, images }: { readonly data: string | undefined; readonly images: number | undefined }) =>
    (await trainingData({ model: model.name, data, images, classes: model.classes }, random)).train;
  if (model.kind === 'classifier') {
    const flags = checkedFlags(flagsOf(config, model.flags), file);
    const digits = await data(flags);
    const trainer = model.create(flags, random);
    const steps = flags.epochs * stepsPerEpoch(digits.images.shape[0], flags['batch-size']);
    restore(classifierState(trainer, random, scheduleOf(trainer, steps)));
    return classifierStep(trainer, digits, { batchSize, after }, random);
  }
  const flags = checkedFlags(flagsOf(config, model.flags), file);
  const digits = await data(flags);
  const created = model.create(flags, random);
  const { trainer } = created;
  restore(ganState(created, random, zeros([picturedCount(created), trainer.latentSize])));
  return ganStep(trainer, digits, { batchSize, after }, random);
}

type StepOptions = Omit<PrepareOptions, 'seed'>;

function classifierStep(
  trainer: ClassifierTrainer,
  digits: Dataset,
  { batchSize, after }: StepOptions,
  random: Random,
): Prepared {
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

function ganStep(trainer: GanTrainer, digits: Dataset, { batchSize, after }: StepOptions, random: Random): Prepared {
  for (const { images, labels } of batches(digits, TRAINING_BATCH, after, random)) trainer.step(images, labels);
  const [{ images, labels }] = batches(digits, batchSize, 1, random);
  return {
    networks: { generator: trainer.generator, discriminator: trainer.discriminator },
    optimizers: [trainer.discriminatorOptimizer, trainer.generatorOptimizer],
    step: () => trainer.step(images, labels),
  };
}

/** `count` full batches, in as many passes over the digits as that takes. */
function batches(digits: Dataset, batchSize: number, count: number, random: Random): Dataset[] {
  const N = digits.labels.data.length;
  if (count > 0 && N < batchSize) {
    throw new RangeError(`a batch of ${batchSize} is more than the ${N} images that there are; ask for a smaller one`);
  }
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
