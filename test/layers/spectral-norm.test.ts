import { describe, expect, it } from 'vitest';
import {
  Conv2d,
  Flatten,
  Linear,
  MovingAverage,
  Random,
  Sequential,
  SpectralNorm,
  type Tensor,
  tensor,
  zeros,
} from '../../src/index.ts';
import '../matchers.ts';
import { stateOf } from './all-layers.ts';

const dtype = 'float64';

/** Of a Linear without bias whose weight has these rows. */
function ofMatrix(rows: number[][], options = {}) {
  const linear = new Linear({ inFeatures: rows[0].length, outFeatures: rows.length, bias: false, dtype });
  linear.weight.value = tensor(rows, dtype);
  return new SpectralNorm(linear, { random: new Random(1), ...options });
}

const length = (t: Tensor): number => Math.hypot(...t.data);

describe('by hand', () => {
  // W = u · 5 · vᵀ with u = (.6, .8), v = (1, 0): one round of power iteration is enough for a matrix of rank 1.
  const rows = [
    [3, 0],
    [4, 0],
  ];

  it('forward: W/σ', () => {
    const layer = ofMatrix(rows);
    expect(layer.forward(tensor([[2, 7]], dtype))).toBeAllclose([[1.2, 1.6]]);
    const sign = Math.sign(layer.weightV.data[0]);
    expect(layer.weightU).toBeAllclose([0.6 * sign, 0.8 * sign]);
    expect(layer.weightV).toBeAllclose([sign, 0]);
  });

  it('backward: (dW̄ − ⟨dW̄, W̄⟩ · u · vᵀ) / σ, with the signs of u and v together', () => {
    for (const seed of [1, 2, 3, 4]) {
      const layer = ofMatrix(rows, { random: new Random(seed) });
      layer.forward(tensor([[2, 7]], dtype));
      // dW̄ = [[2, 7], [0, 0]], ⟨dW̄, W̄⟩ = 1.2
      expect(layer.backward(tensor([[1, 0]], dtype))).toBeAllclose([[0.6, 0]]);
      expect(layer.weightOrig.gradient).toBeAllclose([
        [(2 - 1.2 * 0.6) / 5, 7 / 5],
        [(-1.2 * 0.8) / 5, 0],
      ]);
    }
  });

  it('the singular value is found in some rounds: 3 for [[2, 1], [1, 2]]', () => {
    const layer = ofMatrix([
      [2, 1],
      [1, 2],
    ]);
    for (let i = 0; i < 30; i++) layer.forward(zeros([1, 2], dtype));
    expect(layer.layer.weight.value).toBeAllclose([
      [2 / 3, 1 / 3],
      [1 / 3, 2 / 3],
    ]);
    expect([length(layer.weightU), length(layer.weightV)]).toBeAllclose([1, 1]);
  });

  it('eps is the least length that u and v are divided by', () => {
    const layer = ofMatrix([[0.5]], { eps: 1 });
    const [u] = layer.weightU.data;
    layer.forward(zeros([1, 1], dtype));
    // v = ½ · u / 1, and u = ½ · v / 1
    expect([layer.weightV.data[0], layer.weightU.data[0]]).toBeAllclose([u / 2, u / 4]);
  });

  it('nPowerIterations rounds in one forward are as many forwards', () => {
    const rows = [
      [1, 2, -1],
      [0, 3, 1],
    ];
    const [one, three] = [ofMatrix(rows), ofMatrix(rows, { nPowerIterations: 3 })];
    for (let i = 0; i < 3; i++) one.forward(zeros([1, 3], dtype));
    three.forward(zeros([1, 3], dtype));
    expect(three.weightU).toBeAllclose(one.weightU);
    expect(three.weightV).toBeAllclose(one.weightV);
  });

  it('the kernel of a convolution is a matrix with a row for each output channel', () => {
    const conv = new Conv2d({ inChannels: 1, outChannels: 2, kernelSize: [1, 2], bias: false, dtype });
    conv.weight.value = tensor([[[[3, 0]]], [[[4, 0]]]], dtype);
    const layer = new SpectralNorm(conv, { random: new Random(1) });
    expect(layer.forward(tensor([[[[2, 7]]]], dtype))).toBeAllclose([[[[1.2]], [[1.6]]]]);
    expect([layer.weightU.shape, layer.weightV.shape]).toEqual([[2], [2]]);
  });
});

const rows = [
  [1, 2, -1],
  [0, 3, 1],
];

describe('u and v', () => {
  const x = tensor([[1, 2, 3]], dtype);

  it('start at random, one long, and no two layers alike', () => {
    const random = new Random(5);
    const [a, b] = [ofMatrix(rows, { random }), ofMatrix(rows, { random })];
    expect([length(a.weightU), length(a.weightV)]).toBeAllclose([1, 1]);
    expect([...a.weightU.data]).not.toEqual([...b.weightU.data]);
  });

  it('move in training mode, and stay in evaluation mode', () => {
    const layer = ofMatrix(rows);
    const start = stateOf(layer).buffers;
    layer.training = false;
    const out = [...layer.forward(x).data];
    expect([...layer.forward(x).data]).toEqual(out);
    expect(stateOf(layer).buffers).toEqual(start);
    layer.training = true;
    expect([...layer.forward(x).data]).not.toEqual(out);
    expect(stateOf(layer).buffers).not.toEqual(start);
  });

  it('stay where x does not fit, and so does all else', () => {
    const layer = ofMatrix(rows);
    const before = stateOf(layer);
    for (const wrong of [zeros([1, 4], dtype), zeros([1, 3]), [[1, 2, 3]] as never, undefined as never]) {
      expect(() => layer.forward(wrong)).toThrow(/^Linear: x /);
      expect(stateOf(layer)).toEqual(before);
    }
  });

  it('are those of the forward that ran, whatever moves between it and backward', () => {
    const [layer, same] = [ofMatrix(rows), ofMatrix(rows)];
    const dOut = tensor([[1, -2]], dtype);
    for (const each of [layer, same]) each.forward(x);
    layer.weightU.data.fill(9);
    layer.weightV.data.fill(9);
    expect([...layer.backward(dOut).data]).toEqual([...same.backward(dOut).data]);
    expect([...layer.weightOrig.gradient.data]).toEqual([...same.weightOrig.gradient.data]);
  });
});

it('is trained by what it was given: a copy of the weight, and the bias itself', () => {
  const linear = new Linear({ inFeatures: 3, outFeatures: 2, dtype });
  const before = [...linear.weight.value.data];
  const network = new Sequential([new Flatten(), new SpectralNorm(linear, { random: new Random(1) })]);
  expect(network.parameters.map(({ name }) => name)).toEqual(['1.weight_orig', '1.bias']);
  expect(network.buffers.map(({ name }) => name)).toEqual(['1.weight_u', '1.weight_v']);
  expect([...network.parameters[0].value.data]).toEqual(before);
  expect(network.parameters[1]).toBe(linear.bias);
  network.forward(zeros([1, 3], dtype));
  expect([...network.parameters[0].value.data]).toEqual(before);
});

it('a frozen weight passes the gradient on, and has none itself; thawed it has one again', () => {
  const [layer, free] = [0, 1].map(() => ofMatrix([[1, 2, -1]]));
  const [x, dOut] = [tensor([[1, 2, 3]], dtype), tensor([[2]], dtype)];
  for (const frozen of [true, false]) {
    for (const each of [layer, free]) each.forward(x);
    layer.weightOrig.frozen = frozen;
    free.weightOrig.gradient.data.fill(0);
    expect([...layer.backward(dOut).data]).toEqual([...free.backward(dOut).data]);
    const expected = frozen ? [0, 0, 0] : [...free.weightOrig.gradient.data];
    expect([...layer.weightOrig.gradient.data]).toEqual(expected);
  }
});

it('a dOut that does not fit leaves the gradients, and the right one still works', () => {
  const layer = ofMatrix([[1, 2, -1]]);
  layer.forward(tensor([[1, 2, 3]], dtype));
  const before = stateOf(layer);
  expect(() => layer.backward(zeros([1, 3], dtype))).toThrow('Linear: dOut must be [1, 1]');
  expect(stateOf(layer)).toEqual(before);
  layer.backward(tensor([[1]], dtype));
});

it('an average of it has its u and v as they are: a mean of directions would be too short', () => {
  // W is 2 × 3, so that neither u nor v is ever just ±1.
  const [source, average] = [1, 2].map((seed) => ofMatrix(rows, { random: new Random(seed) }));
  const movingAverage = new MovingAverage(source, average, { decay: 0.5 });
  expect(stateOf(average).buffers).toEqual(stateOf(source).buffers);
  source.forward(zeros([1, 3], dtype));
  source.weightOrig.value.data[0] = 3;
  movingAverage.update();
  expect(stateOf(average).buffers).toEqual(stateOf(source).buffers);
  // The first update has a decay of 1/10.
  expect(average.weightOrig.value).toBeAllclose([
    [2.8, 2, -1],
    [0, 3, 1],
  ]);
});

it("defaults are PyTorch's", () => {
  const { nPowerIterations, eps } = ofMatrix([[1]]);
  expect([nPowerIterations, eps]).toEqual([1, 1e-12]);
});

it('a weight of zeros has no σ to divide by', () => {
  const layer = ofMatrix([[0, 0]]);
  expect(() => layer.forward(zeros([1, 2], dtype))).toThrow(
    new RangeError('SpectralNorm: σ is 0, as of a weight of zeros or with a NaN; give it another weight'),
  );
});

it('a weight with a NaN is named, and u and v stay good', () => {
  const layer = ofMatrix([[3, 0, 1]]);
  const [u, v] = [[...layer.weightU.data], [...layer.weightV.data]];
  layer.weightOrig.value.data[1] = Number.NaN;
  expect(() => layer.forward(tensor([[1, 2, 3]], dtype))).toThrow('SpectralNorm: σ is NaN');
  expect([[...layer.weightU.data], [...layer.weightV.data]]).toEqual([u, v]);
  layer.weightOrig.value.data[1] = 0;
  expect(layer.forward(tensor([[1, 2, 3]], dtype)).data.every(Number.isFinite)).toBe(true);
});
