import { checkCount, checkOptions } from '../../tensor/checks.ts';
import type { Optimizer } from '../optimizer.ts';
import { Schedule } from './schedule.ts';

export interface SequentialLROptions {
  readonly schedules: readonly Schedule[];
  /** milestones[k] is the step at which schedules[k + 1] takes over, and begins at its own step 0. */
  readonly milestones: readonly number[];
}

/**
 * Schedules of one optimizer one after the other, as a warm-up and then a cosine. Their own `step` is not called.
 *
 * Derivation: derivations/19-schedules-and-clipping.md
 */
export class SequentialLR extends Schedule {
  readonly schedules: readonly Schedule[];
  readonly milestones: readonly number[];

  constructor(optimizer: Optimizer, options: SequentialLROptions) {
    super('SequentialLR', optimizer);
    checkOptions('SequentialLR', options, ['schedules', 'milestones']);
    const { schedules, milestones } = options;
    if (
      !Array.isArray(schedules) ||
      schedules.length === 0 ||
      !schedules.every((schedule) => schedule instanceof Schedule)
    ) {
      throw new TypeError('SequentialLR: schedules must be a list of schedules, such as [new LinearLR(optimizer), …]');
    }
    if (schedules.some((schedule) => schedule.optimizer !== optimizer)) {
      throw new Error('SequentialLR: every one of the schedules must be of the same optimizer');
    }
    if (!Array.isArray(milestones) || milestones.length !== schedules.length - 1) {
      throw new RangeError(
        `SequentialLR: ${schedules.length} schedules need a list of ${schedules.length - 1} milestones between them`,
      );
    }
    for (const [k, milestone] of milestones.entries()) {
      checkCount('SequentialLR', `milestones[${k}]`, milestone, k === 0 ? 1 : milestones[k - 1] + 1);
    }
    this.schedules = [...schedules];
    this.milestones = [...milestones];
    optimizer.learningRate = this.rateAt(0);
  }

  rateAt(t: number): number {
    const passed = this.milestones.filter((milestone) => milestone <= t);
    // rate[t] = rate of schedule k after t − begin[k] steps, k the last with begin[k] ≤ t                     (schedule.4)
    return this.schedules[passed.length].rateAt(t - (passed.at(-1) ?? 0));
  }
}
