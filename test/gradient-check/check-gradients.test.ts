import { describe, expect, it } from 'vitest';
import { centredDifferences, compare } from '../../src/gradient-check/check-gradients.ts';
import {
  BatchNorm1d,
  BCEWithLogitsLoss,
  checkGradients,
  checkLossGradient,
  type Layer,
  Linear,
  type Loss,
  Random,
  Sequential,
  Tanh,
  type Tensor,
  tensor,
  zeros,
} from '../../src/index.ts';
import { copy } from '../../src/tensor/tensor.ts';
import { randomise, stateOf } from '../layers/all-layers.ts';
import '../matchers.ts';

const dtype = 'float64';
const draw = (...shape: number[]) => new Random(2).normal(shape, 0, 1, dtype);
const linear = () => randomise(new Linear({ inFeatures: 3, outFeatures: 2, dtype }), new Random(1));

/** A right layer whose backward is spoilt afterwards. */
class Spoilt implements Layer {
  readonly inner = linear();
  readonly parameters = this.inner.parameters;
  readonly buffers = [];
  training = true;
  readonly spoil: (layer: Linear, dX: Tensor) => Tensor | undefined;

  constructor(spoil: (layer: Linear, dX: Tensor) => Tensor | undefined) {
    this.spoil = spoil;
  }

  forward(x: Tensor): Tensor {
    return this.inner.forward(x);
  }

  backward(dOut: Tensor): Tensor {
    const dX = this.inner.backward(dOut);
    return this.spoil(this.inner, dX) ?? dX;
  }
}

function scale(t: Tensor, factor: number): undefined {
  for (let i = 0; i < t.data.length; i++) t.data[i] *= factor;
}

const wrongOnes = (layer: Layer, options = {}) =>
  checkGradients(layer, draw(4, 3), options)
    .filter(({ relativeError }) => !(relativeError <= 1e-7))
    .map(({ name }) => name);

describe('nothing is left behind', () => {
  it('a backward without a forward of its own is still refused afterwards', () => {
    const layer = new Tanh();
    layer.forward(draw(1, 3));
    checkGradients(layer, draw(4, 3));
    expect(() => layer.backward(draw(1, 3))).toThrow(/backward needs a forward of its own/);
  });

  it('an entry is put back when the loss throws half-way', () => {
    const t = tensor([1, 2], dtype);
    const throwing = () => {
      throw new Error('half-way');
    };
    expect(() => centredDifferences(throwing, t, 0.5)).toThrow('half-way');
    expect([...t.data]).toEqual([1, 2]);
  });

  it.each([0, -1, Number.NaN, Infinity])('h = %d is refused', (h) => {
    expect(() => checkGradients(linear(), draw(4, 3), { h })).toThrow(/h must be a small number above 0/);
    expect(() => checkLossGradient(new BCEWithLogitsLoss(), draw(2, 1), zeros([2, 1], dtype), h)).toThrow(/h must be/);
  });
});

describe('a wrong backward is found', () => {
  const mistakes: readonly [string, (layer: Linear, dX: Tensor) => Tensor | undefined, string[]][] = [
    ['none', () => undefined, []],
    ['the sign of dX', (_, dX) => scale(dX, -1), ['x']],
    ['dX twice as large', (_, dX) => scale(dX, 2), ['x']],
    ['dX off by a millionth', (_, dX) => scale(dX, 1 + 1e-6), ['x']],
    ['one entry of dX missing', (_, dX) => void dX.data.fill(0, 3, 4), ['x']],
    ['all of dX missing', (_, dX) => void dX.data.fill(0), ['x']],
    ['NaN in dX', (_, dX) => void dX.data.fill(Number.NaN, 0, 1), ['x']],
    ['dX of too few rows', (_, dX) => tensor([[dX.data[0], dX.data[1], dX.data[2]]], dtype), ['x']],
    ['the sign of dW', ({ weight }) => scale(weight.gradient, -1), ['weight']],
    ['dW as a mean', ({ weight }) => scale(weight.gradient, 1 / 4), ['weight']],
    ['no db', ({ bias }) => void bias?.gradient.data.fill(0), ['bias']],
    ['dW of the first row alone', ({ weight }) => void weight.gradient.data.fill(0, 3), ['weight']],
  ];

  it.each(mistakes)('%s', (_, spoil, expected) => {
    let found: string[] = ['x'];
    try {
      found = wrongOnes(new Spoilt(spoil));
    } catch (error) {
      // An error that says so is as good as a number that does.
      expect((error as Error).message).toMatch(/shape/);
    }
    expect(found).toEqual(expected);
  });

  it('in a loss', () => {
    class Doubled implements Loss {
      private readonly inner = new BCEWithLogitsLoss();
      forward(prediction: Tensor, target: Tensor) {
        return this.inner.forward(prediction, target);
      }
      backward() {
        const d = this.inner.backward();
        scale(d, 2);
        return d;
      }
    }
    const target = new Random(3).uniform([4, 3], 0, 1, dtype);
    expect(checkLossGradient(new Doubled(), draw(4, 3), target).relativeError).toBeCloseTo(1 / 3, 6);
    expect(checkLossGradient(new BCEWithLogitsLoss(), draw(4, 3), target).relativeError).toBeLessThan(1e-7);
  });
});

describe('everything is left as it was found', () => {
  const network = () =>
    randomise(new Sequential([linear(), new BatchNorm1d({ numFeatures: 2, dtype }), new Tanh()]), new Random(5));

  it('values, gradients, buffers, flags, modes and x', () => {
    const layer = network();
    layer.parameters[1].frozen = true;
    const x = draw(4, 3);
    const [before, xBefore] = [stateOf(layer), [...x.data]];
    checkGradients(layer, x);
    expect(stateOf(layer)).toEqual(before);
    expect([...x.data]).toEqual(xBefore);
  });

  it('also when dOut or x is refused', () => {
    const layer = network();
    const before = stateOf(layer);
    expect(() => checkGradients(layer, draw(4, 3), { dOut: draw(4, 5) })).toThrow(/dOut must be \[4, 2\]/);
    expect(stateOf(layer)).toEqual(before);
    expect(() => checkGradients(layer, zeros([4, 3]))).toThrow(/a gradient check needs float64, but x is float32/);
    expect(() => checkGradients(layer, draw(4, 4))).toThrow(/x has 4 features/);
    expect(stateOf(layer)).toEqual(before);
  });

  it('x also when the layer throws between two steps', () => {
    class Tired extends Tanh {
      private calls = 0;
      override forward(x: Tensor): Tensor {
        if (++this.calls === 3) throw new Error('out of breath');
        return super.forward(x);
      }
    }
    const x = draw(2, 2);
    const before = [...x.data];
    expect(() => checkGradients(new Tired(), x)).toThrow('out of breath');
    expect([...x.data]).toEqual(before);
  });

  it('a backward of what the check has sent forward is refused: its weights have moved', () => {
    const layer = linear();
    checkGradients(layer, draw(4, 3));
    expect(() => layer.backward(draw(4, 2))).toThrow(/has changed since forward|forward of its own/);
  });

  it("a loss's prediction too", () => {
    const prediction = draw(2, 2);
    const before = [...prediction.data];
    checkLossGradient(new BCEWithLogitsLoss(), prediction, zeros([2, 2], dtype));
    expect([...prediction.data]).toEqual(before);
  });
});

describe('options', () => {
  it('frozen parameters are left out, and said so by their absence', () => {
    const layer = linear();
    layer.weight.frozen = true;
    expect(checkGradients(layer, draw(4, 3)).map(({ name }) => name)).toEqual(['x', 'bias']);
  });

  it('a dOut can be given, a strided one as well', () => {
    expect(wrongOnes(linear(), { dOut: draw(4, 2) })).toEqual([]);
    expect(wrongOnes(linear(), { dOut: draw(2, 4).transpose(1, 0) })).toEqual([]);
  });

  it('x can be strided', () => {
    const errors = checkGradients(linear(), draw(3, 4).transpose(1, 0));
    for (const { relativeError } of errors) expect(relativeError).toBeLessThanOrEqual(1e-7);
  });

  it.each([0, -1e-5, Number.NaN, Infinity])('h = %d is an error', (h) => {
    expect(() => checkGradients(linear(), draw(4, 3), { h })).toThrow(/h must be a small number above 0/);
    const target = zeros([2, 2], dtype);
    expect(() => checkLossGradient(new BCEWithLogitsLoss(), draw(2, 2), target, h)).toThrow(/h must be a small number/);
  });

  it('a float32 x or prediction is an error, for layers and losses alike', () => {
    expect(() => checkGradients(new Tanh(), zeros([2, 2]))).toThrow(/x is float32/);
    expect(() => checkLossGradient(new BCEWithLogitsLoss(), zeros([2, 2]), zeros([2, 2]))).toThrow(
      /prediction is float32/,
    );
  });

  it('the dOut that is drawn is not constant', () => {
    // Σ out is the same for every x here: with a constant dOut this backward, which is wrong, would pass.
    class Centred implements Layer {
      readonly parameters = [];
      readonly buffers = [];
      training = true;
      forward(x: Tensor): Tensor {
        const mean = (x.data[0] + x.data[1]) / 2;
        return tensor([x.data[0] - mean, x.data[1] - mean], dtype);
      }
      backward(): Tensor {
        return zeros([2], dtype);
      }
    }
    expect(checkGradients(new Centred(), draw(2))[0].relativeError).toBe(1);
  });

  it('entries are counted, and the largest difference is that of one entry', () => {
    const [x] = checkGradients(new Spoilt((_, dX) => void dX.data.set([dX.data[2] + 0.25], 2)), draw(4, 3));
    expect(x.entries).toBe(12);
    expect(x.largestDifference).toBeCloseTo(0.25, 7);
  });
});

describe('centredDifferences', () => {
  it('of x³ miss 3x² by h²', () => {
    const x = tensor([2, -1], dtype);
    const cubes = () => x.data[0] ** 3 + x.data[1] ** 3;
    expect(centredDifferences(cubes, x, 0.5)).toBeAllclose([12.25, 3.25]);
    expect([...x.data]).toEqual([2, -1]);
  });
});

describe('compare', () => {
  const of = (a: number[], b: number[]) => compare('x', tensor(a, dtype), tensor(b, dtype));

  it('is ‖a − b‖ / (‖a‖ + ‖b‖)', () => {
    expect(of([3, 4], [0, 0]).relativeError).toBe(1);
    expect(of([3, 4], [-3, -4]).relativeError).toBe(1);
    expect(of([6, 8], [3, 4])).toEqual({ name: 'x', relativeError: 5 / 15, largestDifference: 4, entries: 2 });
  });

  it('two tensors of nothing are equal, one of nothing is not', () => {
    expect(of([1e-9, 0], [0, -1e-9]).relativeError).toBe(0);
    expect(of([1e-7, 0], [0, 0]).relativeError).toBe(1);
    expect(of([0, 0], [1e-7, 0]).relativeError).toBe(1);
  });

  it('a NaN is never lost', () => {
    for (const a of [
      [Number.NaN, 1, 2],
      [1, Number.NaN, 2],
      [1, 2, Number.NaN],
    ]) {
      const error = of(a, [1.5, 1.5, 1.5]);
      expect(error.relativeError).toBeNaN();
      expect(error.largestDifference).toBeNaN();
    }
  });

  it('two shapes are an error', () => {
    expect(() => of([1], [1, 2])).toThrow(/shape|\[1\]/);
    expect(() => compare('x', copy(draw(2, 3)), draw(3, 2))).toThrow(/shape|\[2, 3\]/);
  });
});
