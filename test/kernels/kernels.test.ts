import { describe, expect, test, vi } from 'vitest';
import { loadBlas } from '../../src/kernels/blas/blas.ts';
import type { ConvGeometry, Kernels, Pair } from '../../src/kernels/kernels.ts';
import { loops } from '../../src/kernels/loops/loops.ts';
import { loadWasm } from '../../src/kernels/wasm/wasm.ts';
import { cast, copy, type Dtype, fromData, type Shape, type Tensor, tensor, zeros } from '../../src/tensor/tensor.ts';
import { blasThere } from './blas-there.ts';
import { outputOf } from './output-of.ts';

// The standard object, of which TypeScript's library knows only together with the whole DOM.
declare const WebAssembly: {
  validate(bytes: Uint8Array): boolean;
  Memory: new (limits: object) => { buffer: ArrayBuffer };
};

const wasm = await loadWasm();

/** The kernels that this engine gets, those of an engine that has no fused multiply-add, and those of a BLAS. */
const fast: Kernels[] = [wasm, await withoutRelaxedSimd(loadWasm), ...(blasThere ? [await loadBlas()] : [])];
const dtypes: Dtype[] = ['float32', 'float64'];

describe('matmul', () => {
  test('of numbers worked out by hand', () => {
    const a = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const b = tensor([
      [7, 8],
      [9, 10],
      [11, 12],
    ]);
    for (const kernels of [loops, ...fast]) {
      expect([...kernels.matmul(a, b).data]).toEqual([58, 64, 139, 154]);
      const ata = kernels.matmul(a, a, { transposeA: true });
      expect([...ata.data]).toEqual([17, 22, 27, 22, 29, 36, 27, 36, 45]);
      const aat = kernels.matmul(a, a, { transposeB: true });
      expect([...aat.data]).toEqual([14, 32, 32, 77]);
      const sum = tensor([
        [1000, 2000],
        [3000, 4000],
      ]);
      expect(kernels.matmul(a, b, { addTo: sum })).toBe(sum);
      expect([...sum.data]).toEqual([1058, 2064, 3139, 4154]);
    }
  });

  // The edges of the tiles (4 or 6 rows, 8 or 4 columns) and of the blocks: 60 rows, 512 columns, 512 of depth.
  test.each(dtypes)('%s: at the edges of tiles and blocks', (dtype) => {
    const random = numbers(1);
    for (const M of [1, 3, 4, 5, 7, 60, 61]) {
      for (const N of [1, 3, 4, 5, 7, 8, 9]) {
        for (const K of [1, 2, 70]) checkMatmul(random, dtype, M, N, K);
      }
    }
    for (const [M, N, K] of [
      [59, 9, 511],
      [60, 8, 512],
      [61, 5, 513],
      [6, 511, 7],
      [6, 512, 7],
      [6, 513, 7],
      [66, 520, 521],
      [130, 1, 1025],
      [1, 1030, 515],
      [1, 1, 2000],
    ]) {
      checkMatmul(random, dtype, M, N, K);
    }
  });

  test.each(dtypes)('%s: shapes drawn at random', (dtype) => {
    const random = numbers(2);
    const upTo = (most: number) => 1 + Math.floor((random() * 0.5 + 0.5) * most);
    for (let i = 0; i < 20; i++) checkMatmul(random, dtype, upTo(140), upTo(90), upTo(300));
  });

  test.each(dtypes)('%s: without rows, columns or terms', (dtype) => {
    const random = numbers(3);
    for (const [M, N, K] of [
      [0, 3, 4],
      [3, 0, 4],
      [3, 4, 0],
      [0, 0, 0],
    ]) {
      checkMatmul(random, dtype, M, N, K);
    }
  });
});

describe('what does not fit is refused', () => {
  const all = [loops, ...fast].map((kernels) => [kernels.name, kernels] as const);
  const a = zeros([2, 3]);

  test.each(all)('%s: a product', (_, kernels) => {
    const b = zeros([2, 4]);
    expect(() => kernels.matmul(a, b)).toThrow(
      'matmul: in [2, 3] · [2, 4] 3 columns meet 2 rows; transpose one, or exchange them',
    );
    expect(() => kernels.matmul(a, b, { transposeA: true, transposeB: true })).toThrow(
      'matmul: in [2, 3]ᵀ · [2, 4]ᵀ 2 columns meet 4 rows',
    );
    expect(() => kernels.matmul(a, b, { transposeA: true, addTo: zeros([4, 3]) })).toThrow(
      'matmul: [2, 3]ᵀ · [2, 4] is [3, 4] and cannot be added to [4, 3]',
    );
    expect(kernels.matmul(a, b, { transposeA: true, addTo: zeros([3, 4]) }).shape).toEqual([3, 4]);
  });

  test.each(all)('%s: a convolution', (_, kernels) => {
    const [x, weight, out] = [zeros([2, 3, 5, 5]), zeros([4, 3, 3, 3]), zeros([2, 4, 3, 3])];
    const geometry = { stride: [1, 1], padding: [0, 0], dilation: [1, 1] } as const;
    const doNotFit = 'convolution: x [N, C, …], weight [O, C, …] and out [N, O, …] do not fit: ';
    expect(() => kernels.correlate(out, weight, geometry, [1, 1])).toThrow(
      `${doNotFit}x [2, 4, 3, 3], weight [4, 3, 3, 3]`,
    );
    expect(() => kernels.correlateAdjoint(x, weight, geometry, [5, 5])).toThrow(
      `${doNotFit}weight [4, 3, 3, 3], out [2, 3, 5, 5]`,
    );
    expect(() => kernels.addWeightGradient(weight, x, zeros([1, 4, 3, 3]), geometry)).toThrow(
      `${doNotFit}x [2, 3, 5, 5], weight [4, 3, 3, 3], out [1, 4, 3, 3]`,
    );
    expect(() => kernels.addWeightGradient(weight, x, zeros([2, 3, 3, 3]), geometry)).toThrow(doNotFit);
    expect(() => kernels.addWeightGradient(weight, zeros([2, 4, 5, 5]), out, geometry)).toThrow(doNotFit);
    kernels.addWeightGradient(weight, x, out, geometry);
  });

  test.each(all)('%s: two dtypes', (_, kernels) => {
    const mixed = 'the tensors are float32, float64; make all one dtype';
    expect(() => kernels.matmul(a, zeros([3, 2], 'float64'))).toThrow(`matmul: ${mixed}`);
    expect(() =>
      kernels.correlate(
        zeros([2, 3, 5, 5]),
        zeros([4, 3, 3, 3], 'float64'),
        { stride: [1, 1], padding: [0, 0], dilation: [1, 1] },
        [3, 3],
      ),
    ).toThrow(`convolution: ${mixed}`);
  });
});

describe('convolutions', () => {
  test('CS231n, assignment 2: the forward of a convolution', () => {
    const x = linspace([2, 3, 4, 4], -0.1, 0.5);
    const w = linspace([3, 3, 4, 4], -0.2, 0.3);
    const b = [-0.1, 0.05, 0.2]; // linspace(−0.1, 0.2)
    const published = [
      [-0.08759809, -0.10987781, -0.18387192, -0.2109216],
      [0.21027089, 0.21661097, 0.22847626, 0.23004637],
      [0.50813986, 0.54309974, 0.64082444, 0.67101435],
      [-0.98053589, -1.03143541, -1.19128892, -1.24695841],
      [0.69108355, 0.66880383, 0.59480972, 0.56776003],
      [2.36270298, 2.36904306, 2.38090835, 2.38247847],
    ];
    for (const kernels of [loops, ...fast]) {
      const out = kernels.correlate(x, w, { stride: [2, 2], padding: [1, 1], dilation: [1, 1] }, [2, 2]);
      published.flat().forEach((value, i) => {
        expect(out.data[i] + b[Math.floor(i / 4) % 3]).toBeCloseTo(value, 7);
      });
    }
  });

  test('d2l: a transposed convolution of 2 × 2 with 2 × 2', () => {
    const x = tensor([[[[0, 1], [2, 3]]]]); // biome-ignore format: a picture
    const geometry: ConvGeometry = { stride: [1, 1], padding: [0, 0], dilation: [1, 1] };
    for (const kernels of [loops, ...fast]) {
      expect([...kernels.correlateAdjoint(x, x, geometry, [3, 3]).data]).toEqual([0, 0, 1, 0, 4, 6, 4, 12, 9]);
    }
  });

  test('the weight gradient of a kernel that stands in two places, by hand', () => {
    // The kernel's two taps see 1, 2 and then 4, 8; dOut is 10 and 100.
    const x = tensor([[[[1, 2, 4, 8]]]]);
    const dOut = tensor([[[[10, 100]]]]);
    for (const kernels of [loops, ...fast]) {
      const dW = tensor([[[[5, 7]]]]);
      kernels.addWeightGradient(dW, x, dOut, { stride: [1, 2], padding: [0, 0], dilation: [1, 1] });
      expect([...dW.data]).toEqual([5 + 1 * 10 + 4 * 100, 7 + 2 * 10 + 8 * 100]);
    }
  });

  test.each(dtypes)('%s: strides, paddings, dilations, kernels and images', (dtype) => {
    const random = numbers(4);
    let count = 0;
    for (const stride of pairs([1, 1], [2, 2], [3, 3], [2, 1])) {
      for (const padding of pairs([0, 0], [1, 1], [2, 0], [5, 4])) {
        for (const dilation of pairs([1, 1], [2, 2], [1, 3])) {
          for (const kernel of pairs([1, 1], [3, 3], [4, 4], [2, 3], [5, 1], [7, 8])) {
            for (const image of pairs([8, 8], [7, 10], [5, 4])) {
              const geometry = { stride, padding, dilation };
              const out = outputOf(image, kernel, geometry);
              if (out[0] < 1 || out[1] < 1) continue;
              // Channels take turns: one and several, in and out.
              const C = [1, 3, 2][count % 3];
              const O = [5, 1, 4, 9][count % 4];
              checkConvolution(random, dtype, 2, C, O, image, kernel, geometry, out);
              count++;
            }
          }
        }
      }
    }
    expect(count).toBeGreaterThan(500);
  });

  // A batch makes 8 blocks, or more where a block would be larger than 1 MiB: in float64, 16 channels · 90 · 90
  // entries are one image. An image of 520 × 600 is larger than a block.
  test.each(dtypes)('%s: batches that do not divide into blocks', (dtype) => {
    const random = numbers(5);
    const geometry: ConvGeometry = { stride: [2, 2], padding: [1, 1], dilation: [1, 1] };
    for (const N of [1, 7, 8, 9, 15, 16, 17, 65]) {
      checkConvolution(random, dtype, N, 8, 3, [14, 14], [4, 4], geometry, [7, 7]);
    }
    checkConvolution(random, dtype, 3, 16, 1, [88, 88], [4, 4], geometry, [44, 44]);
    const wide: ConvGeometry = { stride: [3, 2], padding: [2, 1], dilation: [1, 1] };
    checkConvolution(random, dtype, 3, 1, 2, [520, 600], [3, 3], wide, outputOf([520, 600], [3, 3], wide));
  });

  test.each(dtypes)('%s: more channels and positions than fit a block of the product', (dtype) => {
    const random = numbers(6);
    const geometry: ConvGeometry = { stride: [1, 1], padding: [1, 1], dilation: [1, 1] };
    checkConvolution(random, dtype, 3, 40, 70, [9, 9], [3, 3], geometry, [9, 9]);
  });

  // A transposed convolution with an output padding asks for fewer positions than there is room for, and an
  // image may also be smaller than the kernel's reach.
  test.each(dtypes)('%s: fewer and more output positions than the image gives', (dtype) => {
    const random = numbers(7);
    const geometry: ConvGeometry = { stride: [2, 2], padding: [1, 1], dilation: [3, 3] };
    checkConvolution(random, dtype, 2, 2, 3, [13, 14], [3, 3], geometry, [3, 3]);
    checkConvolution(random, dtype, 2, 2, 3, [7, 6], [3, 3], geometry, [4, 5]);
  });

  test.each(dtypes)('%s: without images, channels or positions', (dtype) => {
    const random = numbers(8);
    const geometry: ConvGeometry = { stride: [1, 1], padding: [1, 1], dilation: [1, 1] };
    checkConvolution(random, dtype, 0, 2, 3, [4, 4], [3, 3], geometry, [4, 4]);
    checkConvolution(random, dtype, 2, 0, 3, [4, 4], [3, 3], geometry, [4, 4]);
    checkConvolution(random, dtype, 2, 2, 0, [4, 4], [3, 3], geometry, [4, 4]);
    checkConvolution(random, dtype, 2, 2, 3, [4, 4], [3, 3], geometry, [0, 4]);
  });

  test('pixels that no tap reaches get exactly 0', () => {
    const random = numbers(9);
    const geometry: ConvGeometry = { stride: [4, 3], padding: [0, 0], dilation: [1, 1] };
    const dOut = draw(random, [2, 3, 3, 4], 'float32');
    const weight = draw(random, [3, 2, 2, 1], 'float32');
    const large = draw(random, [64, 64], 'float32');
    wasm.matmul(large, large); // leaves numbers in the memory that the next call uses
    const dX = wasm.correlateAdjoint(dOut, weight, geometry, [11, 12]);
    for (let at = 0; at < dX.data.length; at++) {
      const w = at % 12;
      const h = Math.floor(at / 12) % 11;
      const reached = h % 4 < 2 && w % 3 === 0;
      if (reached) expect(dX.data[at]).not.toBe(0);
      else expect(dX.data[at]).toBe(0);
    }
  });

  test.each([loops, wasm])(
    '$name: ⟨correlate(x, W), y⟩ = ⟨x, adjoint(y, W)⟩ = ⟨W, weight gradient(x, y)⟩',
    (kernels) => {
      const random = numbers(10);
      for (const [stride, padding, dilation, kernel, image] of [
        [
          [2, 2],
          [1, 1],
          [1, 1],
          [4, 4],
          [14, 14],
        ],
        [
          [1, 1],
          [0, 0],
          [1, 1],
          [3, 3],
          [9, 7],
        ],
        [
          [3, 2],
          [4, 1],
          [2, 1],
          [3, 2],
          [11, 8],
        ],
        [
          [2, 3],
          [0, 6],
          [1, 2],
          [1, 5],
          [6, 5],
        ],
      ] as Pair[][]) {
        const geometry = { stride, padding, dilation };
        const out = outputOf(image, kernel, geometry);
        const x = draw(random, [3, 2, ...image], 'float64');
        const weight = draw(random, [5, 2, ...kernel], 'float64');
        const y = draw(random, [3, 5, ...out], 'float64');
        const dWeight = zeros(weight.shape, 'float64');
        kernels.addWeightGradient(dWeight, x, y, geometry);
        const product = dot(kernels.correlate(x, weight, geometry, out), y);
        expect(Math.abs(product)).toBeGreaterThan(1e-3);
        expect(Math.abs(dot(x, kernels.correlateAdjoint(y, weight, geometry, image)) / product - 1)).toBeLessThan(
          1e-12,
        );
        expect(Math.abs(dot(weight, dWeight) / product - 1)).toBeLessThan(1e-12);
      }
    },
  );
});

describe('wasm and its memory', () => {
  const geometry: ConvGeometry = { stride: [2, 2], padding: [1, 1], dilation: [1, 1] };

  test('the same input gives the same bits, now and later', () => {
    const random = numbers(11);
    const x = draw(random, [9, 3, 14, 14], 'float32');
    const weight = draw(random, [6, 3, 4, 4], 'float32');
    const first = wasm.correlate(x, weight, geometry, [7, 7]);
    const adjoint = wasm.correlateAdjoint(first, weight, geometry, [14, 14]);
    // Often enough that the engine recompiles the code on the way.
    for (let i = 0; i < 300; i++) {
      expectSame(wasm.correlate(x, weight, geometry, [7, 7]), first);
      expectSame(wasm.correlateAdjoint(first, weight, geometry, [14, 14]), adjoint);
    }
  });

  test('results share nothing, and stay when the memory grows', async () => {
    const random = numbers(12);
    const kernels = await loadWasm();
    const a = draw(random, [5, 6], 'float32');
    const b = draw(random, [6, 7], 'float32');
    const first = kernels.matmul(a, b);
    const kept = copy(first);
    const image = draw(random, [2, 2, 14, 14], 'float32');
    const weight = draw(random, [3, 2, 4, 4], 'float32');
    const out = kernels.correlate(image, weight, geometry, [7, 7]);
    const outKept = copy(out);
    // Twelve megabytes: the memory grows during this call.
    const tall = draw(random, [3000, 1000], 'float32');
    const thin = draw(random, [1000, 2], 'float32');
    checkClose(
      kernels.matmul(tall, thin),
      loops.matmul(cast(tall, 'float64'), cast(thin, 'float64')),
      loops.matmul(magnitudes(tall), magnitudes(thin)),
      'float32',
    );
    expectSame(kernels.matmul(a, b), kept);
    expect(kernels.matmul(b, a, { transposeA: true, transposeB: true }).shape).toEqual([7, 5]);
    expectSame(first, kept);
    expectSame(out, outKept);
    expect(first.data.buffer.byteLength).toBe(5 * 7 * 4);
  });

  test('every call starts at the bottom of the memory: calls alike do not make it grow', async () => {
    const { Memory } = WebAssembly;
    const memories: { buffer: ArrayBuffer }[] = [];
    WebAssembly.Memory = class extends Memory {
      constructor(limits: object) {
        super(limits);
        memories.push(this);
      }
    };
    const kernels = await loadWasm().finally(() => {
      WebAssembly.Memory = Memory;
    });
    const [memory] = memories;
    const x = draw(numbers(14), [40, 3, 14, 14], 'float32');
    const weight = draw(numbers(15), [6, 3, 4, 4], 'float32');
    const y = draw(numbers(16), [40, 6, 7, 7], 'float32');
    const [wide, tall] = [fromData(x.data, [120, 196]), fromData(x.data, [196, 120])];
    for (const call of [
      () => kernels.matmul(wide, tall),
      () => kernels.correlate(x, weight, geometry, [7, 7]),
      () => kernels.correlateAdjoint(y, weight, geometry, [14, 14]),
      () => kernels.addWeightGradient(weight, x, y, geometry),
    ]) {
      call();
      const size = memory.buffer.byteLength;
      expect(size).toBeGreaterThan(x.data.byteLength);
      for (let i = 0; i < 20; i++) call();
      expect(memory.buffer.byteLength).toBe(size);
    }
  });

  test('more than 4 GiB is an error that says so, and the next call works', () => {
    const x = draw(numbers(13), [1, 1, 2, 2], 'float32');
    const weight = tensor([[[[1]]]]);
    const far: ConvGeometry = { stride: [40_000, 40_000], padding: [40_000, 40_000], dilation: [1, 1] };
    expect(() => wasm.correlate(x, weight, far, [3, 3])).toThrow(/needs 23\.8 GiB.*4 GiB at most.*smaller batch/);
    expect([...wasm.matmul(tensor([[2]]), tensor([[3]])).data]).toEqual([6]);
  });
});

/** All four ways to store the operands, fresh and added to a tensor, against the loops in float64. */
function checkMatmul(random: () => number, dtype: Dtype, M: number, N: number, K: number): void {
  for (const transposeA of [false, true]) {
    for (const transposeB of [false, true]) {
      const options = { transposeA, transposeB };
      const a = draw(random, transposeA ? [K, M] : [M, K], dtype);
      const b = draw(random, transposeB ? [N, K] : [K, N], dtype);
      const addTo = draw(random, [M, N], dtype);
      const [aBefore, bBefore] = [copy(a), copy(b)];

      const reference = loops.matmul(cast(a, 'float64'), cast(b, 'float64'), options);
      const magnitude = loops.matmul(magnitudes(a), magnitudes(b), options);
      for (const kernels of fast) {
        checkClose(kernels.matmul(a, b, options), reference, magnitude, dtype);
        const sum = copy(addTo);
        expect(kernels.matmul(a, b, { ...options, addTo: sum })).toBe(sum);
        checkClose(sum, add(reference, addTo), add(magnitude, magnitudes(addTo)), dtype);
      }
      expectSame(a, aBefore);
      expectSame(b, bBefore);
    }
  }
}

/** The three functions of a convolution, against the loops in float64. */
function checkConvolution(
  random: () => number,
  dtype: Dtype,
  N: number,
  C: number,
  O: number,
  image: Pair,
  kernel: Pair,
  geometry: ConvGeometry,
  out: Pair,
): void {
  const x = draw(random, [N, C, ...image], dtype);
  const weight = draw(random, [O, C, ...kernel], dtype);
  const dOut = draw(random, [N, O, ...out], dtype);
  const dWeight = draw(random, [O, C, ...kernel], dtype);
  const before = [x, weight, dOut].map(copy);

  const both = (call: (kernels: Kernels, of: (t: Tensor) => Tensor) => Tensor): void => {
    const reference = call(loops, (t) => cast(t, 'float64'));
    const magnitude = call(loops, magnitudes);
    for (const kernels of fast) checkClose(call(kernels, copy), reference, magnitude, dtype);
  };
  both((kernels, of) => kernels.correlate(of(x), of(weight), geometry, out));
  both((kernels, of) => kernels.correlateAdjoint(of(dOut), of(weight), geometry, image));
  both((kernels, of) => {
    const sum = of(dWeight);
    kernels.addWeightGradient(sum, of(x), of(dOut), geometry);
    return sum;
  });

  wasm.correlate(x, weight, geometry, out);
  wasm.correlateAdjoint(dOut, weight, geometry, image);
  wasm.addWeightGradient(dWeight, x, dOut, geometry);
  [x, weight, dOut].forEach((t, i) => {
    expectSame(t, before[i]);
  });
}

/**
 * ‖actual − reference‖ against ‖magnitude‖, where magnitude is the same sum over absolute values: rounding is
 * relative to the terms, and terms may cancel. A sum in float32 rounds by 6e-8 of its largest partial sum.
 */
function checkClose(actual: Tensor, reference: Tensor, magnitude: Tensor, dtype: Dtype): void {
  expect(actual.shape).toEqual(reference.shape);
  expect(actual.dtype).toBe(dtype);
  const error = norm(reference.data.map((value, i) => value - actual.data[i]));
  expect(error).toBeLessThanOrEqual((dtype === 'float32' ? 1e-6 : 1e-15) * norm(magnitude.data));
}

async function withoutRelaxedSimd<T>(load: () => Promise<T>): Promise<T> {
  const validate = vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
  return load().finally(() => validate.mockRestore());
}

/** The same bits. (toEqual takes its time over large arrays.) */
function expectSame(actual: Tensor, expected: Tensor): void {
  expect(actual.shape).toEqual(expected.shape);
  expect(Buffer.compare(new Uint8Array(actual.data.buffer), new Uint8Array(expected.data.buffer))).toBe(0);
}

/** Numbers from a seed (mulberry32), uniform in −1..1. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}

function draw(random: () => number, shape: Shape, dtype: Dtype): Tensor {
  const t = zeros(shape, dtype);
  for (let i = 0; i < t.data.length; i++) t.data[i] = random();
  return t;
}

function linspace(shape: Shape, from: number, to: number): Tensor {
  const t = zeros(shape, 'float64');
  for (let i = 0; i < t.data.length; i++) t.data[i] = from + ((to - from) * i) / (t.data.length - 1);
  return t;
}

function magnitudes(t: Tensor): Tensor {
  const out = cast(t, 'float64');
  for (let i = 0; i < out.data.length; i++) out.data[i] = Math.abs(out.data[i]);
  return out;
}

function add(a: Tensor, b: Tensor): Tensor {
  return fromData(
    a.data.map((value, i) => value + b.data[i]),
    a.shape,
  );
}

function dot(a: Tensor, b: Tensor): number {
  let sum = 0;
  for (let i = 0; i < a.data.length; i++) sum += a.data[i] * b.data[i];
  return sum;
}

function norm(data: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i] ** 2;
  return Math.sqrt(sum);
}

function pairs(...list: Pair[]): Pair[] {
  return list;
}
