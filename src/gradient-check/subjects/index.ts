import { Random } from '../../tensor/random.ts';
import type { GradientError } from '../check-gradients.ts';
import { compositeLayers } from './composite-layers.ts';
import { ganSteps } from './gan-step.ts';
import { layers } from './layers.ts';
import { losses } from './losses.ts';
import { models } from './models.ts';
import type { Configuration, Subject } from './subject.ts';

export type { Configuration, Subject };

/** Everything that has a backward: the layers, the losses, the networks, and the GAN's training step. */
export const subjects: readonly Subject[] = [...layers, ...compositeLayers, ...losses, ...models, ...ganSteps];

/** The largest relative error that still counts as right. */
export const BOUND = 1e-7;

/** What became of one configuration. */
export interface Outcome {
  readonly description: string;
  readonly errors: readonly GradientError[];
  readonly passed: boolean;
  /** What was thrown, where something was. */
  readonly failure?: string;
}

/** Checks one configuration after the other, each with random numbers of its own. */
export function checkSubject(subject: Subject, seed = 1): Outcome[] {
  return subject.configurations.map(({ description, check }) => {
    try {
      const errors = check(new Random(seed));
      // A NaN is no pass, and neither is a check that compared nothing.
      const passed = errors.length > 0 && errors.every(({ relativeError }) => relativeError <= BOUND);
      return { description, errors, passed };
    } catch (error) {
      return {
        description,
        errors: [],
        passed: false,
        failure: error instanceof Error ? error.message : String(error),
      };
    }
  });
}
