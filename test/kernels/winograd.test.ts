import { describe, expect, test } from 'vitest';
import { loadBlas } from '../../src/kernels/blas/blas.ts';
import type { ConvGeometry, Kernels, Pair } from '../../src/kernels/kernels.ts';
import { loops } from '../../src/kernels/loops/loops.ts';
import { instantiate } from '../../src/kernels/wasm/module.ts';
import { planOf } from '../../src/kernels/wasm/tiles.ts';
import { loadWasm } from '../../src/kernels/wasm/wasm.ts';
import { winograd } from '../../src/kernels/wasm/winograd.ts';
import { Random } from '../../src/tensor/random.ts';
import { cast, copy, type Dtype, full, type Tensor, zeros } from '../../src/tensor/tensor.ts';
import { blasThere } from './blas-there.ts';
import { difference } from './difference.ts';
import { outputOf } from './output-of.ts';

const random = new Random(5);
const fast: Kernels[] = [await loadWasm(), ...(blasThere ? [await loadBlas()] : [])];

interface Case {
  readonly N: number;
  readonly C: number;
  readonly O: number;
  readonly image: Pair;
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly padding: Pair;
}

// Each is worth it. 7 outputs of 2 taps are a large tile and a small one; other axes have large ones alone (8
// outputs) or small ones alone (6 and 3), or tiles that reach beyond the last output (5). 3 × 2 and 5 × 5 kernels do not
// fill all taps of their phases.
const cases: Case[] = [
  { N: 9, C: 32, O: 28, image: [14, 14], kernel: [4, 4], stride: [2, 2], padding: [1, 1] },
  { N: 8, C: 24, O: 32, image: [16, 12], kernel: [4, 4], stride: [2, 2], padding: [1, 1] },
  { N: 16, C: 48, O: 48, image: [12, 17], kernel: [4, 4], stride: [2, 2], padding: [1, 0] },
  { N: 9, C: 28, O: 32, image: [9, 8], kernel: [3, 3], stride: [1, 1], padding: [1, 1] },
  { N: 9, C: 40, O: 36, image: [8, 11], kernel: [3, 2], stride: [1, 1], padding: [0, 2] },
  { N: 4, C: 32, O: 48, image: [20, 21], kernel: [6, 6], stride: [2, 3], padding: [2, 3] },
  { N: 9, C: 48, O: 48, image: [26, 25], kernel: [6, 6], stride: [3, 3], padding: [0, 1] },
  { N: 32, C: 64, O: 64, image: [6, 10], kernel: [4, 4], stride: [2, 2], padding: [1, 1] },
  { N: 9, C: 32, O: 32, image: [22, 27], kernel: [5, 5], stride: [2, 2], padding: [2, 2] },
  // Rows that are narrower than a vector.
  { N: 9, C: 48, O: 48, image: [20, 3], kernel: [3, 3], stride: [1, 1], padding: [1, 1] },
  { N: 9, C: 48, O: 48, image: [20, 1], kernel: [3, 3], stride: [1, 1], padding: [1, 2] },
  // Many more kernels than channels, and the other way round, in several blocks.
  { N: 25, C: 16, O: 128, image: [9, 11], kernel: [3, 3], stride: [1, 1], padding: [1, 1] },
  { N: 25, C: 128, O: 16, image: [11, 9], kernel: [3, 3], stride: [1, 1], padding: [1, 1] },
  // The kernel does not reach the last rows and columns, whose gradient is 0.
  { N: 10, C: 32, O: 32, image: [17, 19], kernel: [4, 4], stride: [2, 2], padding: [0, 0] },
  // One image, and as many tiles as two of them would have.
  { N: 1, C: 64, O: 64, image: [31, 29], kernel: [3, 3], stride: [1, 1], padding: [1, 1] },
];
const named = cases.map((each) => {
  const { N, C, O, image, kernel, stride } = each;
  return [
    `${N} images ${C} × ${image.join(' × ')}, ${O} kernels ${kernel.join(' × ')}, stride ${stride}`,
    each,
  ] as const;
});

describe('the sums as they are defined', () => {
  test.each(named)('float64: %s', (_, each) => {
    expect(planOf(...shapesOf(each)), 'is worth it').toBeDefined();
    checkAgainstLoops(each, 'float64', 1e-14);
  });

  test.each(named)('float32: %s', (_, each) => {
    checkAgainstLoops(each, 'float32', 4e-6);
  });

  test('a batch of several blocks, the last of them smaller', () => {
    const each: Case = { ...cases[0], N: 200, C: 16, O: 16 };
    expect(planOf(...shapesOf(each))).toBeDefined();
    checkAgainstLoops(each, 'float64', 1e-14);
  });
});

// Of an infinity the sums as they are defined make infinities. Minimal filtering takes differences, and makes NaNs.
test('all three sums go this way where it is worth it', () => {
  const holdsNaN = ({ data }: Tensor) => data.some(Number.isNaN);
  for (const kernels of fast) {
    // Vectors hold 4 channels, which 30 do not fill.
    for (const C of [32, 30]) {
      const [{ x: shape, weight, out }, geometry] = shapesOf({ ...cases[0], C });
      const [x, w, dOut, dWeight] = [random.normal(shape), random.normal(weight), random.normal(out), zeros(weight)];
      x.data[5 * 14 + 6] = Infinity;
      kernels.addWeightGradient(dWeight, x, dOut, geometry);
      dOut.data[3 * 7 + 2] = Infinity;
      const sums = [
        kernels.correlate(x, w, geometry, [7, 7]),
        kernels.correlateAdjoint(dOut, w, geometry, [14, 14]),
        dWeight,
      ];
      expect(sums.map(holdsNaN), `${kernels.name}, ${C} channels`).toEqual(Array(3).fill(C === 32));
    }
  }
});

test('images without rows or columns, of which only the padding is left', () => {
  for (const image of [
    [0, 5],
    [5, 0],
    [0, 0],
  ] as const) {
    const each: Case = { N: 64, C: 32, O: 32, image, kernel: [4, 4], stride: [2, 2], padding: [8, 8] };
    const [{ x, weight, out }, geometry] = shapesOf(each);
    expect(planOf({ x, weight, out }, geometry)).toBeDefined();
    for (const kernels of fast) {
      const result = kernels.correlate(zeros(x), full(weight, 1), geometry, [out[2], out[3]]);
      expect(result.data).toEqual(zeros(out).data);
      expect(kernels.correlateAdjoint(full(out, 1), full(weight, 1), geometry, image).shape).toEqual(x);
      const dWeight = full(weight, 3);
      kernels.addWeightGradient(dWeight, zeros(x), full(out, 1), geometry);
      expect(dWeight.data).toEqual(full(weight, 3).data);
    }
  }
});

test('a batch takes memory for some images at a time, whatever has more channels', async () => {
  for (const [C, O] of [
    [12, 1024],
    [1024, 12],
  ]) {
    const { wasm, memory } = await instantiate({ shared: false });
    const convolve = winograd({ module: {}, wasm, memory }, () => {});
    const each: Case = { N: 64, C, O, image: [28, 28], kernel: [3, 3], stride: [1, 1], padding: [1, 1] };
    const [{ x, weight, out }, geometry] = shapesOf(each);
    expect(convolve('out', { x: zeros(x), weight: zeros(weight), out: zeros(out) }, geometry)).toBe(true);
    // All images at once would take over 300.
    expect(memory.buffer.byteLength / 2 ** 20).toBeLessThan(50);
  }
});

describe('the plan', () => {
  const worthIt: Case = { ...cases[0], N: 64, C: 32, O: 64 };

  test('has the fewest points that cover all outputs', () => {
    // Of 2 taps, a tile of 5 points has 4 outputs and one of 4 points has 3; of 3 taps, 3 and 2.
    const tiles = (outputs: number, taps: number) => {
      const image: Pair = [outputs + taps - 1, outputs + taps - 1];
      const plan = planOf(...shapesOf({ ...worthIt, image, kernel: [taps, taps], stride: [1, 1], padding: [0, 0] }));
      expect(plan?.columns).toEqual(plan?.rows);
      return plan && [plan.rows.large, plan.rows.small];
    };
    expect([7, 8, 9, 10, 11].map((outputs) => tiles(outputs, 2))).toEqual([
      [1, 1],
      [2, 0],
      [0, 3],
      [1, 2],
      [2, 1],
    ]);
    expect([5, 6, 7, 8].map((outputs) => tiles(outputs, 3))).toEqual([
      [1, 1],
      [2, 0],
      [1, 2],
      [2, 1],
    ]);
  });

  test('is there for the convolutions of the GANs in the middle of their networks', () => {
    expect(planOf(...shapesOf(worthIt))).toEqual({ rows: { large: 1, small: 1 }, columns: { large: 1, small: 1 } });
  });

  test.each<[string, Partial<Case>, Partial<ConvGeometry>?]>([
    ['an image with one channel', { C: 1 }],
    ['channels that do not fill vectors', { C: 30 }],
    ['kernels that do not fill vectors', { O: 63 }],
    ['few channels', { C: 4, O: 4 }],
    ['one image of few pixels', { N: 1, C: 16, O: 16 }],
    ['no images', { N: 0 }],
    ['one tap in each phase', { kernel: [2, 2] }],
    ['five taps in each phase', { kernel: [5, 5], stride: [1, 1] }],
    ['one tap along one axis', { kernel: [4, 2] }],
    ['a dilation', {}, { dilation: [1, 2] }],
    ['a dilation of rows', {}, { dilation: [2, 1] }],
    ['values at the points that would take more memory than there may be', { N: 1, image: [2000, 2000] }],
    ['so many channels that the weight would', { C: 2048, O: 2048 }],
    ['so many kernels that what they give would', { N: 1, O: 4096, image: [190, 190] }],
  ])('is not there for %s', (_, changes, geometry) => {
    const [shapes, defaults] = shapesOf({ ...worthIt, ...changes });
    expect(planOf(shapes, { ...defaults, ...geometry })).toBeUndefined();
  });
});

function shapesOf({ N, C, O, image, kernel, stride, padding }: Case) {
  const geometry: ConvGeometry = { stride, padding, dilation: [1, 1] };
  const out = [N, O, ...outputOf(image, kernel, geometry)] as const;
  return [{ x: [N, C, ...image], weight: [O, C, ...kernel], out }, geometry] as const;
}

/** The three sums by each of the fast kernels, in this dtype, against the loops in float64. */
function checkAgainstLoops(each: Case, dtype: Dtype, tolerance: number): void {
  const [shapes, geometry] = shapesOf(each);
  const [x, weight, dOut, before] = [shapes.x, shapes.weight, shapes.out, shapes.weight].map((shape) =>
    random.normal(shape, 0, 1, dtype),
  );
  const [exactX, exactWeight, exactDOut, exactDWeight] = [x, weight, dOut, before].map((t) => cast(t, 'float64'));
  const [outputSize, imageSize] = [shapes.out.slice(2), shapes.x.slice(2)] as unknown as [Pair, Pair];
  const exactOut = loops.correlate(exactX, exactWeight, geometry, outputSize);
  const exactDX = loops.correlateAdjoint(exactDOut, exactWeight, geometry, imageSize);
  loops.addWeightGradient(exactDWeight, exactX, exactDOut, geometry);

  for (const kernels of fast) {
    // What the memory still holds of another call must not matter.
    kernels.matmul(full([300, 500], Number.NaN, dtype), zeros([500, 300], dtype));
    expect(difference(kernels.correlate(x, weight, geometry, outputSize), exactOut), kernels.name).toBeLessThan(
      tolerance,
    );
    const dX = kernels.correlateAdjoint(dOut, weight, geometry, imageSize);
    expect(difference(dX, exactDX), kernels.name).toBeLessThan(tolerance);
    const dWeight = copy(before);
    kernels.addWeightGradient(dWeight, x, dOut, geometry);
    expect(difference(dWeight, exactDWeight), kernels.name).toBeLessThan(tolerance);
  }
}
