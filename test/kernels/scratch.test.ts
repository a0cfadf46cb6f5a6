import { describe, expect, test } from 'vitest';
import { adamIn } from '../../src/kernels/wasm/adam.ts';
import { instantiate } from '../../src/kernels/wasm/module.ts';
import { winograd } from '../../src/kernels/wasm/winograd.ts';
import { empty, zeros } from '../../src/tensor/tensor.ts';

// Where nobody serves, the thread that calls takes all parts: what a call leaves behind can be looked at by itself.
async function wasmWith(threads: number) {
  const { wasm } = await instantiate({ shared: true });
  wasm.setThreads(threads);
  wasm.reset();
  return wasm;
}

// 8 images 32 × 16 × 16, 16 kernels 4 × 4, stride 2: x has 65536 entries, out 8192 and the weight 8192.
const geometry = [8, 32, 16, 16, 16, 4, 4, 8, 8, 2, 2, 1, 1, 1, 1];

describe.each([1, 2, 3])('of %i threads', (threads) => {
  test('a product gives its scratch back', async () => {
    const wasm = await wasmWith(threads);
    const at = wasm.allocate(3 * 128 ** 2 * 4);
    const top = wasm.allocate(0);
    wasm.setA(at, 128, 1);
    wasm.setB(at + 128 ** 2 * 4, 128, 1);
    expect(wasm.matmul(128, 128, 128, at + 2 * 128 ** 2 * 4, true, false) > 1).toBe(threads > 1);
    expect(wasm.allocate(0)).toBe(top);
  });

  test('a transform gives its scratch back, and is shared where it has many entries', async () => {
    const wasm = await wasmWith(threads);
    wasm.setGeometry(...geometry);
    wasm.setTiles(2, 0, 2, 0);
    const images = wasm.allocate(65536 * 4);
    const values = wasm.allocate(25 * (8 * 4 * 4 * 32 * 4 + 64));
    const top = wasm.allocate(0);
    for (const back of [false, true]) {
      expect(wasm.transform(0, images, values, back, false) > 1).toBe(threads > 1);
      expect(wasm.transform(1, images, values, back, false)).toBe(1);
      expect(wasm.transform(2, images, values, back, false)).toBe(1);
    }
    expect(wasm.allocate(0)).toBe(top);
  });
});

test('a batch is worked on in blocks: it takes no more memory for having more images', async () => {
  const instance = await instantiate({ shared: false });
  const convolve = winograd(instance, () => {});
  const bytesFor = (N: number) => {
    const tensors = { x: empty([N, 16, 14, 14]), out: empty([N, 16, 7, 7]), weight: empty([16, 16, 4, 4]) };
    const done = convolve('out', tensors, { stride: [2, 2], padding: [1, 1], dilation: [1, 1] });
    expect(done).toBe(true);
    return instance.memory.buffer.byteLength;
  };
  expect(bytesFor(1000)).toBe(bytesFor(500));
  expect(bytesFor(1000)).toBeLessThan(2 ** 25);
});

test('a call empties the memory first: a thousand take no more than one', async () => {
  const instance = await instantiate({ shared: false });
  const convolve = winograd(instance, () => {});
  const update = adamIn(instance);
  const tensors = { x: empty([9, 32, 14, 14]), out: empty([9, 28, 7, 7]), weight: empty([28, 32, 4, 4]) };
  const [theta, gradient, mean, square] = [0, 1, 2, 3].map(() => zeros([4]));
  const settings = { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0, stepSize: 0.1, rootCorrection: 1 };
  const bytesAfter = (calls: number) => {
    for (let i = 0; i < calls; i++) {
      convolve('out', tensors, { stride: [2, 2], padding: [1, 1], dilation: [1, 1] });
    }
    for (let i = 0; i < calls; i++) update({ theta, gradient, mean, square }, settings);
    return instance.memory.buffer.byteLength;
  };
  const bytes = bytesAfter(1);
  expect(bytesAfter(200)).toBe(bytes);
});

test.each([2, 3, 5])('there is scratch for each of %i threads', async (threads) => {
  const { wasm, memory } = await instantiate({ shared: true });
  wasm.setThreads(threads);
  wasm.reset();
  // 5 images 32 × 100 × 100: one with its padding is 1.3 MB, which is 20 pages.
  wasm.setGeometry(5, 32, 100, 100, 16, 4, 4, 50, 50, 2, 2, 1, 1, 1, 1);
  wasm.setTiles(12, 1, 12, 1);
  const images = wasm.allocate(5 * 32 * 100 ** 2 * 4);
  const values = wasm.allocate(25 * (5 * 13 ** 2 * 128 * 4 + 64));
  expect(wasm.transform(0, images, values, false, false)).toBeGreaterThan(1);
  // As assembly/threads.ts lays its board out.
  const [, , , , , scratch, bytes] = new Uint32Array(memory.buffer as ArrayBuffer, wasm.boardAddress(), 7);
  expect(bytes).toBeGreaterThan(32 * 102 ** 2 * 4);
  expect(memory.buffer.byteLength).toBeGreaterThanOrEqual(scratch + threads * bytes);
});
