import { describe, expect, it } from 'vitest';
import {
  Adagrad,
  AdamW,
  clipGradientNorm,
  clipGradientValue,
  type Optimizer,
  Parameter,
  RMSprop,
  tensor,
} from '../../src/index.ts';
import '../matchers.ts';

const parameter = (...values: number[]) => new Parameter('weight', tensor(values, 'float64'));
const setGradient = ({ gradient }: Parameter, ...values: number[]) => gradient.data.set(values);

/** θ after each of some steps, one gradient a step. */
function path(theta: Parameter, optimizer: Optimizer, gradients: readonly number[]): number[] {
  return gradients.map((gradient) => {
    setGradient(theta, gradient);
    optimizer.step();
    return theta.value.data[0];
  });
}

describe('RMSprop', () => {
  it('g / (√s + eps), s half of the old and half of g²', () => {
    const theta = parameter(0);
    const optimizer = new RMSprop([theta], { learningRate: 0.5, alpha: 0.75, eps: 1 });
    // s = ¼ · 16 = 4, then ¾ · 4 + ¼ · 24 = 9
    expect(path(theta, optimizer, [4, Math.sqrt(24)])).toBeAllclose([-2 / 3, -2 / 3 - Math.sqrt(24) / 8]);
  });

  it('centred, with momentum', () => {
    const theta = parameter(0);
    const optimizer = new RMSprop([theta], { learningRate: 1, alpha: 0.5, eps: 1, momentum: 0.5, centered: true });
    // s = 2, m = 1, s − m² = 1, v = 2 / (1 + 1) = 1; then s = 3, m = 1.5, s − m² = .75
    const v = 0.5 + 2 / (Math.sqrt(0.75) + 1);
    expect(path(theta, optimizer, [2, 2])).toBeAllclose([-1, -1 - v]);
  });

  it('weight decay adds to the gradient', () => {
    const theta = parameter(2);
    // g = 3 + ½ · 2 = 4, s = ¼ · 16 = 4
    expect(path(theta, new RMSprop([theta], { alpha: 0.75, eps: 0, weightDecay: 0.5 }), [3])).toBeAllclose([1.98]);
  });

  it('centred, a variance that rounding leaves below 0 is none', () => {
    const theta = parameter(0);
    const optimizer = new RMSprop([theta], { alpha: 0.5, eps: 1, centered: true });
    // s and m² both come to .49, and s is the smaller by a rounding.
    for (const value of path(theta, optimizer, Array(100).fill(0.7))) expect(value).not.toBeNaN();
  });

  it("PyTorch's defaults", () => {
    const { learningRate, alpha, eps, weightDecay, momentum, centered } = new RMSprop([parameter(1)]);
    expect([learningRate, alpha, eps, weightDecay, momentum, centered]).toEqual([0.01, 0.99, 1e-8, 0, 0, false]);
  });
});

describe('Adagrad', () => {
  it('the sum of all squares so far, and a rate that decays', () => {
    const theta = parameter(1);
    const optimizer = new Adagrad([theta], { learningRate: 0.5, learningRateDecay: 1, eps: 0 });
    // s = 4, rate .5; then s = 5, rate .25
    expect(path(theta, optimizer, [2, 1])).toBeAllclose([0.5, 0.5 - 0.25 / Math.sqrt(5)]);
  });

  it('may start from a sum, and weight decay adds to the gradient', () => {
    const theta = parameter(2);
    const optimizer = new Adagrad([theta], {
      learningRate: 1,
      initialAccumulatorValue: 5,
      weightDecay: 0.5,
      eps: 1,
    });
    // g = 1 + ½ · 2 = 2, s = 5 + 4
    expect(path(theta, optimizer, [1])).toBeAllclose([2 - 2 / 4]);
  });

  it('each parameter counts its own steps: a frozen one takes none', () => {
    const [late, always] = [parameter(1), parameter(1)];
    const optimizer = new Adagrad([always, late], { learningRate: 0.5, learningRateDecay: 1, eps: 0 });
    late.frozen = true;
    path(always, optimizer, [2]);
    late.frozen = false;
    // Its first step: s = 4, rate .5
    expect(path(late, optimizer, [2])).toBeAllclose([0.5]);
  });

  it("PyTorch's defaults", () => {
    const { learningRate, learningRateDecay, eps, weightDecay } = new Adagrad([parameter(1)]);
    expect([learningRate, learningRateDecay, eps, weightDecay]).toEqual([0.01, 0, 1e-10, 0]);
  });
});

describe('AdamW', () => {
  it('shrinks the weights by learningRate · weightDecay, and then steps as Adam does without decay', () => {
    const theta = parameter(2);
    const optimizer = new AdamW([theta], { learningRate: 0.1, weightDecay: 0.5, eps: 0 });
    // 2 · .95 = 1.9, and the first step of Adam is the learning rate.
    expect(path(theta, optimizer, [7])).toBeAllclose([1.8]);
  });

  it('the decay follows the rate of the moment', () => {
    const theta = parameter(2);
    const optimizer = new AdamW([theta], { learningRate: 0.1, weightDecay: 0.5, eps: 0 });
    optimizer.learningRate = 0.4;
    expect(optimizer.learningRate).toBe(0.4);
    expect(path(theta, optimizer, [7])).toBeAllclose([2 * 0.8 - 0.4]);
  });

  it("PyTorch's defaults", () => {
    const { learningRate, weightDecay } = new AdamW([parameter(1)]);
    expect([learningRate, weightDecay]).toEqual([0.001, 0.01]);
  });
});

describe('settings that mean nothing', () => {
  const theta = parameter(1);
  const kinds = { RMSprop, Adagrad, AdamW };
  const fromZero = (name: string): [object, Error] => [
    { [name]: -1 },
    new RangeError(`${name} must be a number from 0, not -1`),
  ];
  const unknown = (names: string): [object, Error] => [
    { lr: 1 },
    new TypeError(`there is no option 'lr'; the options are ${names}`),
  ];

  it.each<[keyof typeof kinds, [object, Error][]]>([
    [
      'RMSprop',
      [
        ...['learningRate', 'eps', 'weightDecay', 'momentum'].map(fromZero),
        [{ alpha: 1 }, new RangeError('alpha must be from 0 and below 1, not 1')],
        [{ alpha: -1 }, new RangeError('alpha must be from 0 and below 1, not -1')],
        unknown('learningRate, alpha, eps, weightDecay, momentum, centered'),
      ],
    ],
    [
      'Adagrad',
      [
        ...['learningRate', 'learningRateDecay', 'weightDecay', 'initialAccumulatorValue', 'eps'].map(fromZero),
        unknown('learningRate, learningRateDecay, weightDecay, initialAccumulatorValue, eps'),
      ],
    ],
    ['AdamW', [fromZero('weightDecay'), unknown('learningRate, beta1, beta2, eps, weightDecay')]],
  ])('%s', (name, refused) => {
    for (const [options, error] of refused) {
      error.message = `${name}: ${error.message}`;
      expect(() => new kinds[name]([theta], options)).toThrow(error);
    }
  });

  it.each([
    ['RMSprop', RMSprop],
    ['Adagrad', Adagrad],
    ['AdamW', AdamW],
  ] as const)('%s: a rate that is made negative later', (name, kind) => {
    const optimizer = new kind([theta]);
    optimizer.learningRate = -1;
    expect(() => optimizer.step()).toThrow(new RangeError(`${name}: learningRate must be a number from 0, not -1`));
    expect([...theta.value.data]).toEqual([1]);
  });

  it.each([
    ['RMSprop', RMSprop],
    ['Adagrad', Adagrad],
  ] as const)('%s: a parameter listed twice', (name, kind) => {
    expect(() => new kind([theta, theta])).toThrow(new RangeError(`${name}: a parameter is listed twice`));
  });
});

describe('clipping', () => {
  /** Gradients (3, 4) and (12), which together are 13 long, and a frozen one. */
  function gradients() {
    const [a, b, frozen] = [parameter(0, 0), parameter(0), parameter(0)];
    setGradient(a, 3, -4);
    setGradient(b, 12);
    setGradient(frozen, 1000);
    frozen.frozen = true;
    return { parameters: [a, frozen, b], read: () => [a, b, frozen].flatMap(({ gradient }) => [...gradient.data]) };
  }

  it('by norm: all gradients together, to the length that is allowed', () => {
    const { parameters, read } = gradients();
    expect(clipGradientNorm(parameters, 6.5)).toBe(13);
    const scale = 6.5 / 13.000001;
    expect(read()).toBeAllclose([3 * scale, -4 * scale, 12 * scale, 1000]);
  });

  it('by norm: 1e-6 keeps a gradient of zeros from being divided by 0', () => {
    const theta = parameter(0);
    setGradient(theta, 1e-6);
    clipGradientNorm([theta], 1e-6);
    expect(theta.gradient.data[0] / 1e-6).toBeCloseTo(0.5, 9);
  });

  it('by norm: what is short enough is left alone', () => {
    const { parameters, read } = gradients();
    expect(clipGradientNorm(parameters, 14)).toBe(13);
    expect(read()).toEqual([3, -4, 12, 1000]);
  });

  it('by value: every entry on its own', () => {
    const { parameters, read } = gradients();
    clipGradientValue(parameters, 3.5);
    expect(read()).toEqual([3, -3.5, 3.5, 1000]);
  });

  it.each([0, -1, Infinity, Number.NaN])('a bound of %d means nothing', (bound) => {
    const { parameters, read } = gradients();
    expect(() => clipGradientNorm(parameters, bound)).toThrow(
      new RangeError(`clipGradientNorm: maxNorm must be a number above 0, not ${bound}`),
    );
    expect(() => clipGradientValue(parameters, bound)).toThrow(
      new RangeError(`clipGradientValue: clipValue must be a number above 0, not ${bound}`),
    );
    expect(read()).toEqual([3, -4, 12, 1000]);
  });

  it('a bound is no text', () => {
    const { parameters } = gradients();
    expect(() => clipGradientNorm(parameters, '1' as never)).toThrow(/^clipGradientNorm: maxNorm must be a number/);
  });

  it('of no parameters is an error that says who asked', () => {
    const message = 'there are no parameters to train; pass layer.parameters';
    expect(() => clipGradientNorm([], 1)).toThrow(new RangeError(`clipGradientNorm: ${message}`));
    expect(() => clipGradientValue([], 1)).toThrow(new RangeError(`clipGradientValue: ${message}`));
  });
});
