import { describe, expect, it } from 'vitest';
import { centredDifferences, compare } from '../../src/gradient-check/check-gradients.ts';
import {
  BatchNorm1d,
  BCEWithLogitsLoss,
  ConcatLabels,
  checkGradients,
  checkLossGradient,
  Dropout,
  Embedding,
  type Layer,
  Linear,
  type Loss,
  Random,
  Sequential,
  SpectralNorm,
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

  it('that assigns the gradient of its weight where it is to add to it', () => {
    let before = zeros([2, 3], dtype);
    const assigning = new Spoilt(({ weight }) => {
      for (let i = 0; i < before.data.length; i++) weight.gradient.data[i] -= before.data[i];
      before = copy(weight.gradient);
    });
    const errors = checkGradients(assigning, draw(4, 3));
    // Half the gradient: (1 − ½) / (1 + ½).
    expect(errors.find(({ name }) => name === 'weight')?.relativeError).toBeCloseTo(1 / 3, 6);
    expect(wrongOnes(assigning)).toEqual(['weight']);
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

describe('layers whose forward draws or remembers are one function while they are checked', () => {
  const worst = (layer: Layer, x = draw(4, 3)) =>
    Math.max(...checkGradients(layer, x).map(({ relativeError }) => relativeError));

  it('Dropout has the same mask in every forward', () => {
    expect(worst(new Dropout({ random: new Random(4), dtype }))).toBeLessThanOrEqual(1e-7);
  });

  it('two that share a generator have the two masks that they would have', () => {
    const random = new Random(4);
    const network = new Sequential([linear(), new Dropout({ random }), new Sequential([new Dropout({ random })])]);
    expect(worst(network)).toBeLessThanOrEqual(1e-7);
    const error = checkGradients(network, draw(4, 3)).find(({ name }) => name === '0.weight');
    expect(error?.entries).toBe(6);
  });

  it('its generator stands where it stood, also when something throws', () => {
    const random = new Random(4);
    const layer = new Sequential([new Dropout({ random }), linear()]);
    const { state } = random;
    checkGradients(layer, draw(4, 3));
    expect(random.state).toEqual(state);
    expect(() => checkGradients(layer, draw(4, 5))).toThrow(/x has 5 features/);
    expect(random.state).toEqual(state);
    expect(() => checkGradients(layer, draw(4, 3), { dOut: draw(4, 1) })).toThrow(/dOut must be/);
    expect(random.state).toEqual(state);
  });

  it('a buffer that every forward moves starts every forward where it stood', () => {
    /** out = (1 + 2 + … + as many forwards as there were) · x */
    class Counting implements Layer {
      readonly parameters = [];
      readonly count = zeros([1], dtype);
      readonly buffers = [{ name: 'count', value: this.count }];
      training = true;
      forward(x: Tensor): Tensor {
        this.count.data[0]++;
        const out = copy(x);
        scale(out, this.count.data[0]);
        return out;
      }
      backward(dOut: Tensor): Tensor {
        const dX = copy(dOut);
        scale(dX, this.count.data[0]);
        return dX;
      }
    }
    const layer = new Counting();
    layer.count.data[0] = 2;
    expect(worst(layer)).toBeLessThanOrEqual(1e-7);
    expect(layer.count.data[0]).toBe(2);
  });

  it("SpectralNorm's vectors are put back, and its gradient is right once they have settled", () => {
    const layer = new SpectralNorm(linear(), { nPowerIterations: 200, random: new Random(6) });
    layer.forward(draw(4, 3));
    const before = stateOf(layer);
    expect(worst(layer)).toBeLessThanOrEqual(1e-7);
    expect(stateOf(layer)).toEqual(before);
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

  it('input: false leaves x out, which may then be class indices of any dtype', () => {
    const layer = new Embedding({ numEmbeddings: 4, embeddingDim: 3, dtype });
    for (const indices of [tensor([2, 0, 2], dtype), tensor([2, 0, 2])]) {
      const errors = checkGradients(layer, indices, { input: false });
      expect(errors.map(({ name }) => name)).toEqual(['weight']);
      expect(errors[0].relativeError).toBeLessThanOrEqual(1e-7);
    }
  });

  it('labels go beside x, through a Sequential too', () => {
    const conditional = new ConcatLabels({ numClasses: 5, shape: [2], dtype, random: new Random(3) });
    const network = new Sequential([
      conditional,
      randomise(new Linear({ inFeatures: 5, outFeatures: 2, dtype }), new Random(1)),
    ]);
    const errors = checkGradients(network, draw(4, 3), { labels: tensor([4, 0, 0, 2]) });
    expect(errors.map(({ name }) => name)).toEqual(['x', '0.embedding.weight', '1.weight', '1.bias']);
    for (const { name, relativeError } of errors) expect(relativeError, name).toBeLessThanOrEqual(1e-7);
    expect(() => checkGradients(network, draw(4, 3))).toThrow(/labels are missing/);
  });

  it('entries: so many of each tensor are compared, and fewer where it has fewer', () => {
    const errors = checkGradients(linear(), draw(4, 3), { entries: 5 });
    expect(errors.map(({ entries, size }) => [entries, size])).toEqual([
      [5, 12],
      [5, 6],
      [2, 2],
    ]);
    for (const { relativeError } of errors) expect(relativeError).toBeLessThanOrEqual(1e-7);
  });

  it('entries are drawn from all of the tensor, others from another random', () => {
    /** Wrong in one entry of dX alone. */
    const found = (seed: number) => {
      const layer = new Spoilt((_, dX) => void dX.data.set([dX.data[7] + 1], 7));
      return checkGradients(layer, draw(4, 3), { entries: 4, random: new Random(seed) })[0].relativeError > 1e-7;
    };
    const times = Array.from({ length: 60 }, (_, seed) => found(seed)).filter(Boolean).length;
    // 4 entries of 12 hold the wrong one in a third of all draws: 20 of 60, give or take three deviations of 3.7.
    expect(times).toBeGreaterThan(8);
    expect(times).toBeLessThan(32);
  });

  it.each([0, -1, 2.5, Number.NaN])('entries = %d is an error', (entries) => {
    expect(() => checkGradients(linear(), draw(4, 3), { entries })).toThrow(
      /checkGradients: entries must be a whole number from 1/,
    );
  });

  it('another random draws another dOut', () => {
    const largest = (seed: number) =>
      checkGradients(new Spoilt((_, dX) => scale(dX, 2)), draw(4, 3), { random: new Random(seed) })[0]
        .largestDifference;
    expect(largest(1)).toBe(largest(1));
    expect(largest(2)).not.toBe(largest(1));
  });

  it('one that is misspelt is an error', () => {
    expect(() => checkGradients(linear(), draw(4, 3), { entry: 3 } as never)).toThrow(
      /checkGradients: there is no option 'entry'/,
    );
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

describe('some entries alone', () => {
  it('centredDifferences leaves the others 0', () => {
    const x = tensor([2, -1, 3], dtype);
    const squares = () => x.data[0] ** 2 + x.data[1] ** 2 + x.data[2] ** 2;
    expect(centredDifferences(squares, x, 0.5, [2, 0])).toBeAllclose([4, 0, 6]);
  });

  it('compare looks at no others', () => {
    const [a, b] = [tensor([6, 1, 8], dtype), tensor([3, Number.NaN, 4], dtype)];
    expect(compare('x', a, b, [0, 2])).toEqual({
      name: 'x',
      relativeError: 5 / 15,
      largestDifference: 4,
      entries: 2,
      size: 3,
    });
  });
});

describe('compare', () => {
  const of = (a: number[], b: number[]) => compare('x', tensor(a, dtype), tensor(b, dtype));

  it('is ‖a − b‖ / (‖a‖ + ‖b‖)', () => {
    expect(of([3, 4], [0, 0]).relativeError).toBe(1);
    expect(of([3, 4], [-3, -4]).relativeError).toBe(1);
    expect(of([6, 8], [3, 4])).toEqual({ name: 'x', relativeError: 5 / 15, largestDifference: 4, entries: 2, size: 2 });
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
