import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import type { ConvGeometry, Kernels, Pair } from '../../src/kernels/kernels.ts';
import { loadWasm } from '../../src/kernels/wasm/wasm.ts';
import { Random } from '../../src/tensor/random.ts';
import { copy, type Dtype, type Tensor } from '../../src/tensor/tensor.ts';
import { outputOf } from './output-of.ts';

// The standard object, of which TypeScript's library knows only together with the whole DOM.
declare const WebAssembly: {
  validate(bytes: Uint8Array): boolean;
  Memory: new (limits: object) => { buffer: ArrayBuffer };
};

const dtypes: Dtype[] = ['float32', 'float64'];
const one = await loadWasm();
const several = await Promise.all([2, 3, 5].map((threads) => loadWasm({ threads })));
const random = new Random(1);

afterAll(() => {
  for (const kernels of several) kernels.stopThreads();
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe('the same bits for every number of threads', () => {
  test('there are as many threads as were asked for', () => {
    expect(several.map(({ threads }) => threads)).toEqual([2, 3, 5]);
  });

  // Each large enough to be shared: more than 500,000 multiplications.
  const sizes = [
    [128, 128, 128],
    [97, 211, 303],
    [211, 97, 303],
    [3, 700, 500],
    [700, 1, 900],
    [1, 1301, 601],
    [601, 523, 7],
  ];
  test.each(dtypes)('%s: products', (dtype) => {
    for (const [M, N, K] of sizes) {
      for (const transposeA of [false, true]) {
        for (const transposeB of [false, true]) {
          const a = random.normal(transposeA ? [K, M] : [M, K], 0, 1, dtype);
          const b = random.normal(transposeB ? [N, K] : [K, N], 0, 1, dtype);
          expectSameBits((kernels) => kernels.matmul(a, b, { transposeA, transposeB }));
          const sum = random.normal([M, N], 0, 1, dtype);
          expectSameBits((kernels) => {
            const addTo = copy(sum);
            return kernels.matmul(a, b, { transposeA, transposeB, addTo });
          });
        }
      }
    }
  });

  test.each(dtypes)('%s: convolutions', (dtype) => {
    const cases: [number, number, number, Pair, Pair, Pair, Pair, Pair][] = [
      [64, 3, 5, [14, 14], [4, 4], [2, 2], [1, 1], [1, 1]],
      [17, 8, 12, [14, 14], [4, 4], [2, 2], [1, 1], [1, 1]],
      [9, 5, 31, [11, 13], [3, 2], [1, 2], [0, 3], [2, 1]],
      [1, 16, 33, [20, 19], [3, 3], [1, 1], [1, 1], [1, 1]],
      [31, 1, 7, [28, 28], [5, 5], [1, 1], [0, 0], [1, 1]],
      [3, 40, 1, [30, 30], [3, 3], [3, 3], [2, 2], [1, 1]],
      // By minimal filtering.
      [19, 32, 36, [14, 14], [4, 4], [2, 2], [1, 1], [1, 1]],
      [150, 32, 32, [13, 16], [3, 3], [1, 1], [1, 1], [1, 1]],
    ];
    for (const [N, C, O, image, kernel, stride, padding, dilation] of cases) {
      const geometry: ConvGeometry = { stride, padding, dilation };
      const out = outputOf(image, kernel, geometry);
      const x = random.normal([N, C, ...image], 0, 1, dtype);
      const weight = random.normal([O, C, ...kernel], 0, 1, dtype);
      const dOut = random.normal([N, O, ...out], 0, 1, dtype);
      expectSameBits((kernels) => kernels.correlate(x, weight, geometry, out));
      expectSameBits((kernels) => kernels.correlateAdjoint(dOut, weight, geometry, image));
      expectSameBits((kernels) => {
        const dWeight = copy(weight);
        kernels.addWeightGradient(dWeight, x, dOut, geometry);
        return dWeight;
      });
    }
  });

  test('without fused multiply-add, too', async () => {
    vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
    const [plain, threaded] = [await loadWasm(), await loadWasm({ threads: 2 })];
    const a = random.normal([150, 333]);
    const b = random.normal([333, 222]);
    expectBits(threaded.matmul(a, b), plain.matmul(a, b));
    threaded.stopThreads();
  });

  test('call after call, while the memory grows and calls of many sizes follow one another', async () => {
    const kernels = await loadWasm({ threads: 2 });
    for (let i = 0; i < 60; i++) {
      const size = 40 + ((i * 137) % 400) + (i % 20 === 19 ? 1000 : 0);
      const a = random.normal([size, 90]);
      const b = random.normal([90, size + 3]);
      expectBits(kernels.matmul(a, b), one.matmul(a, b));
    }
    kernels.stopThreads();
  });
});

test('the others do their share', () => {
  const { load } = Atomics;
  const a = random.normal([256, 256]);
  const expected = one.matmul(a, a);
  // Of the numbers of parts done that are read while this thread waits, the last is all of them; an earlier one says
  // that some parts were in other hands.
  const seen: number[] = [];
  vi.spyOn(Atomics, 'load').mockImplementation((array, index) => {
    const value = load(array, index);
    seen.push(Number(value));
    return value;
  });
  let shared = 0;
  for (let calls = 0; calls < 20_000 && shared === 0; calls++) {
    seen.length = 0;
    const product = several[0].matmul(a, a);
    if (seen[0] < seen[seen.length - 1]) {
      shared++;
      expectBits(product, expected);
    }
  }
  expect(shared).toBe(1);
});

test('a call of two parts is waited for, too', () => {
  const load = vi.spyOn(Atomics, 'load');
  // One part for each image, and 30 channels, which minimal filtering leaves alone: one call of the module.
  const x = random.normal([2, 30, 40, 40]);
  const weight = random.normal([30, 30, 3, 3]);
  several[0].correlate(x, weight, { stride: [1, 1], padding: [1, 1], dilation: [1, 1] }, [40, 40]);
  expect(load).toHaveBeenCalled();
  expect(load).toHaveLastReturnedWith(2);
});

test('results are ordinary arrays, of no shared memory', () => {
  const { data } = several[0].matmul(random.normal([200, 200]), random.normal([200, 200]));
  expect(data.buffer).toBeInstanceOf(ArrayBuffer);
  expect(data.buffer.byteLength).toBe(200 * 200 * 4);
});

describe('where something is missing, one thread computes the same', () => {
  const a = random.normal([200, 200]);

  test('no SharedArrayBuffer, as in a page that is not cross-origin isolated', async () => {
    vi.stubGlobal('SharedArrayBuffer', undefined);
    const kernels = await loadWasm({ threads: 2 });
    expect(kernels.threads).toBe(1);
    expectBits(kernels.matmul(a, a), one.matmul(a, a));
  });

  test('no room for a memory that can be shared', async () => {
    const { Memory } = WebAssembly;
    vi.spyOn(WebAssembly, 'Memory').mockImplementation(function (this: object, limits: object) {
      if ('shared' in limits && limits.shared) throw new RangeError('could not allocate memory');
      return new Memory(limits);
    } as never);
    const kernels = await loadWasm({ threads: 2 });
    expect(kernels.threads).toBe(1);
    expectBits(kernels.matmul(a, a), one.matmul(a, a));
  });

  test('no workers', async () => {
    vi.spyOn(process, 'getBuiltinModule').mockImplementation(() => {
      throw new Error('not allowed');
    });
    const kernels = await loadWasm({ threads: 2 });
    expect(kernels.threads).toBe(1);
    expectBits(kernels.matmul(a, a), one.matmul(a, a));
  });
});

describe('threads that are gone', () => {
  test('stopped ones leave kernels that go on with one', async () => {
    const kernels = await loadWasm({ threads: 3 });
    const a = random.normal([200, 200]);
    const before = kernels.matmul(a, a);
    kernels.stopThreads();
    expectBits(kernels.matmul(a, a), before);
  });

  test('one that has died takes no part of a call, and holds nothing up', async () => {
    const terminated: Promise<unknown>[] = [];
    const postMessage = Worker.prototype.postMessage;
    let worker: Worker | undefined;
    vi.spyOn(Worker.prototype, 'postMessage').mockImplementation(function (this: Worker, message) {
      worker = this;
      postMessage.call(this, message);
    });
    const kernels = await loadWasm({ threads: 2 });
    if (worker) terminated.push(worker.terminate());
    expect(terminated).toHaveLength(1);
    await Promise.all(terminated);
    const a = random.normal([300, 300]);
    expectBits(kernels.matmul(a, a), one.matmul(a, a));
  });

  test('one that dies in the middle of a call is an error, and the next call runs on one thread', async () => {
    const kernels = await loadWasm({ threads: 2 });
    const a = random.normal([300, 300]);
    const { now } = performance;
    // As if a part were missing for ever, and every look at the clock a minute after the last.
    vi.spyOn(Atomics, 'load').mockReturnValue(1 as never);
    let minutes = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => now.call(performance) + 61_000 * minutes++);
    expect(() => kernels.matmul(a, a)).toThrow(/thread died in the middle of a call.*useKernels\('wasm'/);
    vi.restoreAllMocks();
    expect(kernels.threads).toBe(1);
    expectBits(kernels.matmul(a, a), one.matmul(a, a));
  });

  test('they keep no process from ending', () => {
    const program = `
      const { useKernels, Random } = await import('./src/index.ts');
      await useKernels('wasm', { threads: 3 });
      const { kernels: current } = await import('./src/kernels/index.ts');
      const a = new Random(1).normal([300, 300]);
      current.matmul(a, a);
      console.log(current.threads);`;
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const args = ['--import', 'ts-blank-space/register', '--input-type=module', '--eval', program];
    expect(execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8' })).toBe('3\n');
  });
});

function expectSameBits(call: (kernels: Kernels) => Tensor): void {
  const expected = call(one);
  for (const kernels of several) expectBits(call(kernels), expected);
}

function expectBits(actual: Tensor, expected: Tensor): void {
  expect(actual.shape).toEqual(expected.shape);
  expect(Buffer.compare(new Uint8Array(actual.data.buffer), new Uint8Array(expected.data.buffer))).toBe(0);
}
