import type { Optimizer } from '../optimizer.ts';

/** What a schedule calls the start: the rate that an optimizer had when its first schedule was made. */
const starts = new WeakMap<Optimizer, number>();

/** Changes an optimizer's learning rate as training goes on. */
export abstract class Schedule {
  readonly optimizer: Optimizer;
  /** The optimizer's rate before any schedule changed it. */
  readonly start: number;
  /** How many steps have been taken: where a checkpoint goes on, it puts this and the optimizer's rate back. */
  t = 0;

  constructor(name: string, optimizer: Optimizer) {
    if (typeof optimizer?.step !== 'function' || typeof optimizer.learningRate !== 'number') {
      throw new TypeError(`${name}: the first argument must be an optimizer, such as new Adam(parameters)`);
    }
    this.optimizer = optimizer;
    this.start = starts.get(optimizer) ?? optimizer.learningRate;
    starts.set(optimizer, this.start);
  }

  /** The learning rate after t steps of the schedule, from 0. */
  abstract rateAt(t: number): number;

  /** To be called after optimizer.step(): once for each step or once for each epoch, whichever it counts in. */
  step(): void {
    this.t++;
    this.optimizer.learningRate = this.rateAt(this.t);
  }
}

/** Throws unless `value` is a number from 0. */
export function checkFactor(who: string, name: string, value: number): void {
  if (!(typeof value === 'number' && value >= 0 && value < Infinity))
    throw new RangeError(`${who}: ${name} must be a number from 0, not ${value}`);
}
