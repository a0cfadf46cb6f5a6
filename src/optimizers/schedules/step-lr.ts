import { checkCount, checkOptions } from '../../tensor/checks.ts';
import type { Optimizer } from '../optimizer.ts';
import { checkFactor, Schedule } from './schedule.ts';

/**
 * The learning rate in stairs: times gamma after every stepSize steps.
 *
 * Derivation: derivations/19-schedules-and-clipping.md
 */
export class StepLR extends Schedule {
  readonly stepSize: number;
  readonly gamma: number;

  constructor(optimizer: Optimizer, options: { readonly stepSize: number; readonly gamma?: number }) {
    super('StepLR', optimizer);
    checkOptions('StepLR', options, ['stepSize', 'gamma']);
    const { stepSize, gamma = 0.1 } = options;
    checkCount('StepLR', 'stepSize', stepSize);
    checkFactor('StepLR', 'gamma', gamma);
    this.stepSize = stepSize;
    this.gamma = gamma;
    optimizer.learningRate = this.rateAt(0);
  }

  rateAt(t: number): number {
    // rate[t] = start · gamma^⌊t / stepSize⌋                                                       (schedule.1)
    return this.start * this.gamma ** Math.floor(t / this.stepSize);
  }
}
