import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  Adam,
  BatchNorm2d,
  Conv2d,
  fromData,
  type Layer,
  LeakyReLU,
  Linear,
  Parameter,
  Random,
  ReLU,
  Tanh,
  useKernels,
} from '../../src/index.ts';
import { fastLoopsFor, type KernelName, kernels } from '../../src/kernels/index.ts';
import type { FastLoops } from '../../src/kernels/kernels.ts';
import { fastLoopsIn } from '../../src/kernels/wasm/fast-loops.ts';
import { instantiate, reserve } from '../../src/kernels/wasm/module.ts';
import { loadWasm } from '../../src/kernels/wasm/wasm.ts';
import { addPerChannel, channelProducts, channelSquares, channelSums } from '../../src/layers/channels.ts';
import { full, type Shape, sizeOf, type Tensor, zeros } from '../../src/tensor/tensor.ts';
import { blasThere } from './blas-there.ts';
import '../matchers.ts';

const fast: KernelName[] = blasThere ? ['wasm', 'blas'] : ['wasm'];

/** Of a vector and of 4096 entries at a time: less, as many, and more. */
const sizes = [0, 1, 2, 3, 4, 5, 4095, 4096, 4097, 9001];
/** What no multiple of a vector is; entries side by side; rows that end within 4096 entries, and rows that are longer. */
const batches: Shape[] = [
  [3, 2],
  [2, 1],
  [5, 4099],
  [2, 3, 1],
  [3, 5, 7],
  [701, 3, 2],
  [3, 2, 4101],
  [2, 3, 7, 9],
  [4, 3, 8, 8],
  [2, 1, 1, 3],
  [67, 3, 9, 7],
  [2, 2, 65, 65],
];
const images = batches.filter(({ length }) => length === 4);
const special = [0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e-30, -1e-30, 1e30, -1e30];

const before = kernels.name as KernelName;
afterAll(() => useKernels(before));
afterEach(() => vi.restoreAllMocks());

/** What is computed in the layers' loops, and with other kernels. */
async function both<Result>(name: KernelName, compute: () => Result): Promise<[loops: Result, fast: Result]> {
  await useKernels('loops');
  const loops = compute();
  await useKernels(name);
  return [loops, compute()];
}

function through(layer: Layer, x: Tensor, dOut: Tensor): [out: Tensor, dX: Tensor] {
  return [layer.forward(x), layer.backward(dOut)];
}

function vector(values: readonly number[]): Tensor {
  return fromData(Float32Array.from(values), [values.length]);
}

test('in float64, and with loops, there are none', async () => {
  await useKernels('wasm');
  expect(fastLoopsFor(zeros([1]))).toBe(kernels.fastLoops);
  expect(fastLoopsFor(zeros([1], 'float64'))).toBeUndefined();
  await useKernels('loops');
  expect(fastLoopsFor(zeros([1]))).toBeUndefined();
});

describe.each(fast)('the fast loops of %s compute what the loops of the layers do', (name) => {
  test.each(sizes)('ReLU and LeakyReLU of %i entries', async (size) => {
    const [x, dOut] = [new Random(1).normal([size]), new Random(2).normal([size])];
    // Halves and quarters do not round: to the bit.
    for (const layer of [new ReLU(), new LeakyReLU({ negativeSlope: 0.25 }), new LeakyReLU({ negativeSlope: -0.5 })]) {
      const [expected, actual] = await both(name, () => through(layer, x, dOut));
      for (const [i, t] of expected.entries()) expect([...actual[i].data]).toEqual([...t.data]);
    }
  });

  test('every special number as x, with every one as dOut: to the bit, and 0 is not −0', async () => {
    const pairs = special.flatMap((x) => special.map((d) => [x, d]));
    const [x, dOut] = [0, 1].map((i) => vector(pairs.map((pair) => pair[i])));
    for (const layer of [new ReLU(), new LeakyReLU({ negativeSlope: 0.25 })]) {
      const [expected, actual] = await both(name, () => through(layer, x, dOut));
      for (const [i, t] of expected.entries()) expect([...actual[i].data]).toEqual([...t.data]);
    }
  });

  test('a slope that is rounded', async () => {
    const [x, dOut] = [new Random(3).normal([1000]), new Random(4).normal([1000])];
    const [expected, actual] = await both(name, () => through(new LeakyReLU({ negativeSlope: 0.1 }), x, dOut));
    for (const [i, t] of expected.entries()) expect(actual[i]).toBeAllclose(t, { rtol: 2 ** -23, atol: 0 });
  });

  test.each(sizes)('Tanh of %i entries', async (size) => {
    const random = new Random(5);
    // From 1e-12 to 30, of both signs.
    const x = vector(Array.from({ length: size }, () => (random.next() - 0.5) * 60 * 10 ** (-12 * random.next() ** 4)));
    const [expected, actual] = await both(name, () => new Tanh().forward(x));
    // Rounded once, as the loop rounds it, but where it lies halfway between two numbers.
    expect(actual).toBeAllclose(expected, { rtol: 2 ** -23, atol: 0 });
    const different = actual.data.filter((value, i) => value !== expected.data[i]);
    expect(different.length).toBeLessThanOrEqual(size / 1000);
  });

  test('Tanh of what is special', async () => {
    const x = vector([...special, 8.9, 9.1, 9.999, 10.001, -710, 1e-45]);
    const [expected, actual] = await both(name, () => new Tanh().forward(x));
    expect([...actual.data]).toEqual([...expected.data]);
  });

  test.each(batches.map((shape) => ({ shape })))('sums and biases of the channels of $shape', async ({ shape }) => {
    const random = new Random(6);
    const C = shape[1];
    const [x, y, b] = [random.normal(shape, 3, 2), random.normal(shape), random.normal([C])];
    const mean = Float64Array.from({ length: C }, () => 3 + random.next());
    const [expected, actual] = await both(name, () => {
      const biased = fromData(x.data.slice(), shape);
      addPerChannel(biased, b);
      return { biased, sums: channelSums(x), squares: channelSquares(x, mean), products: channelProducts(x, y) };
    });
    // One addition each is rounded as the loop rounds it.
    expect([...actual.biased.data]).toEqual([...expected.biased.data]);
    // The sums go in another order, all of them in double precision.
    for (const key of ['sums', 'squares', 'products'] as const) {
      expect(actual[key]).toHaveLength(C);
      for (const [c, sum] of expected[key].entries()) {
        expect(Math.abs(actual[key][c] - sum), `${key}[${c}]`).toBeLessThanOrEqual(sizeOf(shape) * 1e-14);
      }
    }
  });

  test.each(images.map((shape) => ({ shape })))('BatchNorm2d of $shape, in both modes', async ({ shape }) => {
    const random = new Random(7);
    const C = shape[1];
    const [x, dOut] = [random.normal(shape, 3, 2), random.normal(shape, 1, 1)];
    for (const training of [true, false]) {
      const [expected, actual] = await both(name, () => {
        const layer = new BatchNorm2d({ numFeatures: C });
        for (const [i, { value }] of layer.parameters.entries()) {
          value.data.set(new Random(8 + i).normal([C], 1, 0.5).data);
        }
        layer.training = training;
        const tensors = through(layer, x, dOut);
        return [...tensors, ...layer.parameters.map(({ gradient }) => gradient), layer.runningMean, layer.runningVar];
      });
      // All in double precision, and rounded once.
      for (const [i, t] of expected.entries()) expect(actual[i]).toBeAllclose(t, { rtol: 2 ** -23, atol: 1e-12 });
    }
  });

  test('a NaN in a channel stays there', async () => {
    const x = full([3, 3, 5], 1);
    for (let i = 0; i < 5; i++) x.data[5 + i] = Number.NaN;
    await useKernels(name);
    expect([...channelSums(x)]).toEqual([15, Number.NaN, 15]);
    expect([...channelProducts(x, x)]).toEqual([15, Number.NaN, 15]);
    const layer = new BatchNorm2d({ numFeatures: 3 });
    const [out, dX] = through(layer, fromData(x.data, [3, 3, 5, 1]), full([3, 3, 5, 1], 1));
    for (const t of [out, dX]) {
      for (const [i, value] of t.data.entries()) expect(Number.isNaN(value)).toBe(Math.floor(i / 5) % 3 === 1);
    }
  });

  test('a sum does not take in what an earlier call has left behind its row', async () => {
    await useKernels(name);
    new ReLU().forward(full([5000], Number.NaN));
    const row = full([1, 1, 3], 2);
    expect([...channelSums(row)]).toEqual([6]);
    expect([...channelSquares(row, [1])]).toEqual([3]);
    expect([...channelProducts(row, row)]).toEqual([12]);
  });

  test('nothing is written but what is to be', async () => {
    await useKernels(name);
    const { relu, channelProducts: products, batchNormBackward } = kernels.fastLoops as FastLoops;
    const [x, d] = [new Random(9).normal([2, 3, 5]), new Random(10).normal([2, 3, 5])];
    const copies = [[...x.data], [...d.data]];
    const shares = { scale: [1, 2, 3], shiftShare: [4, 5, 6], scaleShare: [7, 8, 9] };
    const results = [relu(x, d), batchNormBackward(x, d, shares)];
    products(x, d);
    expect([[...x.data], [...d.data]]).toEqual(copies);
    expect(results.map(({ shape }) => shape)).toEqual([x.shape, x.shape]);
  });

  test('the layers and Adam call them', async () => {
    await useKernels(name);
    const loops = kernels.fastLoops as FastLoops;
    const names = [
      'relu',
      'leakyRelu',
      'tanh',
      'addPerChannel',
      'channelSums',
      'channelProducts',
      'batchNorm',
      'batchNormBackward',
      'adam',
    ] as const;
    const spies = names.map((each) => vi.spyOn(loops, each));
    const calls = () => spies.map((spy) => spy.mock.calls.length);
    const x = new Random(9).normal([2, 3, 4, 4]);
    through(new ReLU(), x, x);
    through(new LeakyReLU(), x, x);
    new Tanh().forward(x);
    expect(calls()).toEqual([2, 2, 1, 0, 0, 0, 0, 0, 0]);
    const convolution = new Conv2d({ inChannels: 3, outChannels: 3, kernelSize: 3, padding: 1 });
    through(convolution, x, x);
    expect(calls()).toEqual([2, 2, 1, 1, 1, 0, 0, 0, 0]);
    through(new Linear({ inFeatures: 3, outFeatures: 3 }), new Random(9).normal([2, 3]), zeros([2, 3]));
    expect(calls()).toEqual([2, 2, 1, 1, 2, 0, 0, 0, 0]);
    through(new BatchNorm2d({ numFeatures: 3 }), x, x);
    expect(calls()).toEqual([2, 2, 1, 1, 4, 2, 1, 1, 0]);
    new Adam([new Parameter('weight', zeros([3])), new Parameter('bias', zeros([3]))]).step();
    expect(calls()).toEqual([2, 2, 1, 1, 4, 2, 1, 1, 2]);
  });

  test('what does not fit is refused', async () => {
    await useKernels(name);
    const { relu, channelProducts: products, channelSums: sums, addPerChannel: add } = kernels.fastLoops as FastLoops;
    expect(() => relu(zeros([2, 3]), zeros([7]))).toThrow(
      new RangeError('entry by entry: [7] does not fit [2, 3]; make both the same shape'),
    );
    expect(() => products(zeros([2, 3]), zeros([3, 2]))).toThrow(
      new RangeError('entry by entry: [3, 2] does not fit [2, 3]; make both the same shape'),
    );
    expect(() => products(zeros([2, 3]), zeros([2, 3], 'float64'))).toThrow(
      new TypeError('entry by entry: the tensors are float32, float64, not float32'),
    );
    expect(() => sums(zeros([2]))).toThrow(new RangeError('channel by channel: x must be [N, C, …], not [2]'));
    expect(() => add(zeros([2, 3]), zeros([2]))).toThrow(
      new RangeError('channel by channel: x is [2, 3], with one number for each of 2 channels'),
    );
  });
});

describe('the memory of an instance', () => {
  test('every call begins at its bottom again, so that it does not grow', async () => {
    const instance = await instantiate({ shared: false });
    const {
      relu,
      tanh,
      addPerChannel: add,
      channelSums: sums,
      channelProducts: products,
      ...rest
    } = fastLoopsIn(instance);
    const [x, b] = [full([2, 3, 40, 40], 1), full([3], 1)];
    const norms = { mean: b.data, inverseDeviation: b.data, gamma: b.data, beta: b.data };
    const shares = { scale: b.data, shiftShare: b.data, scaleShare: b.data };
    const [theta, gradient, mean, square] = Array.from({ length: 4 }, () => zeros([9000]));
    const settings = { beta1: 0.9, beta2: 0.9, eps: 1, weightDecay: 0, stepSize: 1, rootCorrection: 1 };
    for (const call of [
      () => relu(x, x),
      () => rest.leakyRelu(x, x, 0.1),
      () => tanh(x),
      () => add(x, b),
      () => sums(x),
      () => products(x, x),
      () => rest.batchNorm(x, norms),
      () => rest.batchNormBackward(x, x, shares),
      () => rest.adam({ theta, gradient, mean, square }, settings),
    ]) {
      call();
      const { byteLength } = instance.memory.buffer;
      for (let i = 0; i < 20; i++) call();
      expect(instance.memory.buffer.byteLength).toBe(byteLength);
    }
  });

  test('the last entry of a row may be the last of it', async () => {
    const pages = 2 * 65536;
    for (let C = 1; C <= 8; C++) {
      const instance = await instantiate({ shared: false });
      instance.wasm.reset();
      const start = reserve(instance, 0) + Math.ceil((8 * C) / 16) * 16;
      const x = full([1, C, (pages - start) / 4], 1);
      expect(fastLoopsIn(instance).channelSums(x)[0]).toBe(x.shape[2]);
    }
  });
});

describe('wasm in memory that threads share', () => {
  let shared: Awaited<ReturnType<typeof loadWasm>>;
  beforeAll(async () => {
    shared = await loadWasm({ threads: 2 });
  });
  afterAll(() => shared.stopThreads());

  test('gives the same bits', async () => {
    const single = await loadWasm();
    const x = new Random(10).normal([5, 3, 41, 37]);
    const norms = { mean: [1, 2, 3], inverseDeviation: [2, 3, 4], gamma: [1, -1, 0.5], beta: [0.1, 0.2, 0.3] };
    const results = [single, shared].map(({ fastLoops }) => {
      const { relu, tanh, channelSums: sums, batchNorm } = fastLoops as FastLoops;
      return [relu(x, x), tanh(x), ...batchNorm(x, norms)].map(({ data }) => [...data]).concat([[...sums(x)]]);
    });
    expect(shared.threads).toBe(2);
    expect(results[1]).toEqual(results[0]);
  });
});
