import type { Random } from '../../src/tensor/random.ts';
import type { ClassifierTrainer } from '../../src/training/classifier-trainer.ts';
import type { GanTrainer } from '../../src/training/gan-trainer.ts';
import type { MovingAverage } from '../../src/training/moving-average.ts';
import type { Values } from '../flags.ts';
import type { classifierFlags, ganFlags } from './run-flags.ts';

/** Everything that distinguishes one classifier from another: train-classifier.ts does the rest. */
export interface ClassifierRecipe {
  readonly kind: 'classifier';
  /** As it is typed: npm run train -- NAME. */
  readonly name: string;
  /** One line for --list, in 64 characters at most. */
  readonly about: string;
  /** It learns to tell the first so many digits apart. */
  readonly classes: number;
  readonly flags: ReturnType<typeof classifierFlags>;
  /** The network, untrained, and whoever trains it. */
  create(flags: Values<ReturnType<typeof classifierFlags>>, random: Random): ClassifierTrainer;
}

/** Everything that distinguishes one GAN from another: train-gan.ts does the rest. */
export interface GanRecipe<F extends GanFlags = GanFlags> {
  readonly kind: 'gan';
  readonly name: string;
  readonly about: string;
  /** A conditional one is asked for one of so many classes. */
  readonly classes?: number;
  readonly flags: F;
  /** The two networks, untrained, and whoever trains them. */
  create(flags: Values<F>, random: Random): GanRun;
}

type GanFlags = ReturnType<typeof ganFlags>;

export interface GanRun {
  readonly trainer: GanTrainer;
  /** Of the generator: the pictures and samples are its. */
  readonly average: MovingAverage;
  /** How often D is updated for one update of G; 1 if it is left out. */
  readonly discriminatorSteps?: number;
  /** How many images stand in one row of the picture. A conditional generator is asked for digit c in column c. */
  readonly columns?: number;
}

/** The recipe as it is, with the types of its flags known to `create`. */
export function ganRecipe<F extends GanFlags>(recipe: Omit<GanRecipe<F>, 'kind'>): GanRecipe<F> {
  return { kind: 'gan', ...recipe };
}
