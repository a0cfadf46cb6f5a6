import { describe, expect, it } from 'vitest';
import {
  Adam,
  CosineAnnealingLR,
  LinearLR,
  Parameter,
  type Schedule,
  SequentialLR,
  SGD,
  StepLR,
  tensor,
} from '../../src/index.ts';
import '../matchers.ts';

const parameters = [new Parameter('weight', tensor([1]))];
const sgd = (learningRate: number) => new SGD(parameters, { learningRate });

/** The optimizer's rate at first, and after each of some steps of the schedule. */
function rates(schedule: Schedule, steps: number): number[] {
  const all = [schedule.optimizer.learningRate];
  for (let t = 0; t < steps; t++) {
    schedule.step();
    all.push(schedule.optimizer.learningRate);
  }
  return all;
}

describe('rates by hand', () => {
  it('StepLR: times gamma after every stepSize steps', () => {
    expect(rates(new StepLR(sgd(0.8), { stepSize: 2, gamma: 0.5 }), 5)).toEqual([0.8, 0.8, 0.4, 0.4, 0.2, 0.2]);
    expect(rates(new StepLR(sgd(1), { stepSize: 1 }), 1)).toEqual([1, 0.1]);
  });

  it('CosineAnnealingLR: half a cosine down to etaMin, and up again', () => {
    const [high, low] = [0.6 + 0.4 * Math.SQRT1_2, 0.6 - 0.4 * Math.SQRT1_2];
    const schedule = new CosineAnnealingLR(sgd(1), { tMax: 4, etaMin: 0.2 });
    expect(rates(schedule, 6)).toBeAllclose([1, high, 0.6, low, 0.2, low, 0.6]);
    expect(rates(new CosineAnnealingLR(sgd(1), { tMax: 2 }), 2)).toBeAllclose([1, 0.5, 0]);
  });

  it('LinearLR: by default from a third to the whole in five steps, and no further', () => {
    expect(rates(new LinearLR(sgd(0.9)), 6)).toBeAllclose([0.3, 0.42, 0.54, 0.66, 0.78, 0.9, 0.9]);
    const down = new LinearLR(sgd(2), { startFactor: 1, endFactor: 0.5, totalIters: 2 });
    expect(rates(down, 3)).toBeAllclose([2, 1.5, 1, 1]);
  });

  it('SequentialLR: one after the other, each from its own step 0', () => {
    const optimizer = sgd(0.8);
    const warmUp = new LinearLR(optimizer, { startFactor: 0.5, totalIters: 2 });
    const stairs = new StepLR(optimizer, { stepSize: 1, gamma: 0.5 });
    const last = new CosineAnnealingLR(optimizer, { tMax: 2 });
    const schedule = new SequentialLR(optimizer, { schedules: [warmUp, stairs, last], milestones: [2, 4] });
    expect(rates(schedule, 6)).toBeAllclose([0.4, 0.6, 0.8, 0.4, 0.8, 0.4, 0]);
  });

  it('the start is the rate before the first schedule of the optimizer', () => {
    const optimizer = new Adam(parameters, { learningRate: 0.9 });
    new LinearLR(optimizer);
    expect(optimizer.learningRate).toBeCloseTo(0.3, 12);
    expect(new StepLR(optimizer, { stepSize: 5 }).start).toBe(0.9);
    expect(optimizer.learningRate).toBe(0.9);
    new LinearLR(optimizer);
    new CosineAnnealingLR(optimizer, { tMax: 5 });
    expect(optimizer.learningRate).toBe(0.9);
  });
});

describe('what means nothing', () => {
  const fromOne = (name: string) => `${name} must be a whole number from 1, not 0`;
  const fromZero = (name: string) => `${name} must be a number from 0, not -1`;

  it.each([
    ['StepLR', StepLR, { stepSize: 0 }, fromOne('stepSize')],
    ['StepLR', StepLR, { stepSize: 1, gamma: -1 }, fromZero('gamma')],
    ['StepLR', StepLR, { stepSize: 1, gamma: '0.5' }, 'gamma must be a number from 0, not 0.5'],
    ['StepLR', StepLR, { stepSize: 1, gamma: Infinity }, 'gamma must be a number from 0, not Infinity'],
    ['CosineAnnealingLR', CosineAnnealingLR, { tMax: 0 }, fromOne('tMax')],
    ['CosineAnnealingLR', CosineAnnealingLR, { tMax: 1, etaMin: -1 }, fromZero('etaMin')],
    ['LinearLR', LinearLR, { startFactor: -1 }, fromZero('startFactor')],
    ['LinearLR', LinearLR, { endFactor: -1 }, fromZero('endFactor')],
    ['LinearLR', LinearLR, { totalIters: 0 }, fromOne('totalIters')],
  ] as const)('%s %#', (name, kind, options, message) => {
    expect(() => new kind(sgd(1), options as never)).toThrow(new RangeError(`${name}: ${message}`));
  });

  it('0 is allowed where a number is wanted from 0', () => {
    expect(rates(new StepLR(sgd(1), { stepSize: 1, gamma: 0 }), 1)).toEqual([1, 0]);
    expect(rates(new LinearLR(sgd(1), { startFactor: 0, endFactor: 0, totalIters: 1 }), 1)).toEqual([0, 0]);
  });

  it.each([
    ['StepLR', StepLR, 'stepSize, gamma'],
    ['CosineAnnealingLR', CosineAnnealingLR, 'tMax, etaMin'],
    ['LinearLR', LinearLR, 'startFactor, endFactor, totalIters'],
    ['SequentialLR', SequentialLR, 'schedules, milestones'],
  ] as const)('%s names itself', (name, kind, names) => {
    expect(() => new kind(sgd(1), { every: 3 } as never)).toThrow(
      new TypeError(`${name}: there is no option 'every'; the options are ${names}`),
    );
    for (const none of [undefined, {}, { step: 1, learningRate: 1 }, { step: () => {} }]) {
      expect(() => new kind(none as never, {} as never)).toThrow(
        new TypeError(`${name}: the first argument must be an optimizer, such as new Adam(parameters)`),
      );
    }
  });

  it('SequentialLR: schedules of another optimizer, or milestones that do not lie between them', () => {
    const optimizer = sgd(1);
    const schedules = [new StepLR(optimizer, { stepSize: 1 }), new LinearLR(optimizer)];
    const refusal = (given: unknown, milestones: unknown) =>
      expect(() => new SequentialLR(optimizer, { schedules: given, milestones } as never));
    for (const none of [undefined, [], [schedules[0], {}]]) {
      refusal(none, []).toThrow(
        new TypeError('SequentialLR: schedules must be a list of schedules, such as [new LinearLR(optimizer), …]'),
      );
    }
    refusal([schedules[0], new LinearLR(sgd(1))], [3]).toThrow(
      new Error('SequentialLR: every one of the schedules must be of the same optimizer'),
    );
    for (const milestones of [undefined, [], [1, 2]]) {
      refusal(schedules, milestones).toThrow(
        new RangeError('SequentialLR: 2 schedules need a list of 1 milestones between them'),
      );
    }
    refusal(schedules, [0]).toThrow(new RangeError('SequentialLR: milestones[0] must be a whole number from 1, not 0'));
    refusal([...schedules, schedules[0]], [2, 2]).toThrow(
      new RangeError('SequentialLR: milestones[1] must be a whole number from 3, not 2'),
    );
  });

  it('SequentialLR keeps its lists when those that named them change', () => {
    const optimizer = sgd(1);
    const schedules: Schedule[] = [new StepLR(optimizer, { stepSize: 1 }), new StepLR(optimizer, { stepSize: 9 })];
    const milestones = [1];
    const schedule = new SequentialLR(optimizer, { schedules, milestones });
    schedules.length = 0;
    milestones[0] = 99;
    expect(rates(schedule, 2)).toEqual([1, 1, 1]);
  });
});
