import { checkCount, checkOptions } from '../../tensor/checks.ts';
import type { Optimizer } from '../optimizer.ts';
import { checkFactor, Schedule } from './schedule.ts';

export interface LinearLROptions {
  /** What the start is multiplied by at first. */
  readonly startFactor?: number;
  /** What it is multiplied by from step totalIters on. */
  readonly endFactor?: number;
  readonly totalIters?: number;
}

/**
 * The learning rate along a straight line: with its defaults a warm-up, from a third of the rate to the whole of it.
 *
 * Derivation: derivations/19-schedules-and-clipping.md
 */
export class LinearLR extends Schedule {
  readonly startFactor: number;
  readonly endFactor: number;
  readonly totalIters: number;

  constructor(optimizer: Optimizer, options: LinearLROptions = {}) {
    super('LinearLR', optimizer);
    checkOptions('LinearLR', options, ['startFactor', 'endFactor', 'totalIters']);
    const { startFactor = 1 / 3, endFactor = 1, totalIters = 5 } = options;
    checkFactor('LinearLR', 'startFactor', startFactor);
    checkFactor('LinearLR', 'endFactor', endFactor);
    checkCount('LinearLR', 'totalIters', totalIters);
    this.startFactor = startFactor;
    this.endFactor = endFactor;
    this.totalIters = totalIters;
    optimizer.learningRate = this.rateAt(0);
  }

  rateAt(t: number): number {
    const { start, startFactor, endFactor, totalIters } = this;
    // rate[t] = start · (startFactor + (endFactor − startFactor) · min(t / totalIters, 1))             (schedule.3)
    return start * (startFactor + (endFactor - startFactor) * Math.min(t / totalIters, 1));
  }
}
