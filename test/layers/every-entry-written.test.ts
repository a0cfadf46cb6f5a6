import { afterAll, describe, expect, it, vi } from 'vitest';
import {
  type Dtype,
  full,
  type KernelName,
  Random,
  type Shape,
  type Tensor,
  useKernels,
  zeros,
} from '../../src/index.ts';
import { kernels as current } from '../../src/kernels/index.ts';
import { blasThere } from '../kernels/blas-there.ts';
import { allLayers, drawLayer, drawX, wrappers } from './all-layers.ts';

// Whatever is left of an `empty` tensor is a NaN here.
vi.mock('../../src/tensor/tensor.ts', async (original) => {
  const tensors = await original<typeof import('../../src/tensor/tensor.ts')>();
  const empty = (shape: Shape, dtype?: Dtype) => tensors.full(shape, Number.NaN, dtype);
  return { ...tensors, empty, emptyLike: (t: Tensor) => empty(t.shape, tensors.dtypeOf(t)) };
});

const before = current.name as KernelName;
afterAll(() => useKernels(before));

const names: KernelName[] = ['loops', 'wasm', ...(blasThere ? (['blas'] as const) : [])];

describe.each(names)('with %s every entry is written', (kernels) => {
  it.each([...allLayers, ...wrappers])('$name', async (kind) => {
    await useKernels(kernels);
    for (const training of [true, false]) {
      const layer = drawLayer(kind);
      layer.training = training;
      const out = layer.forward(drawX(kind), kind.labels);
      const dX = layer.backward(new Random(2).normal(out.shape, 0, 1, 'float64'));
      for (const t of [out, dX, ...layer.parameters.map(({ gradient }) => gradient)]) {
        expect(t.data.every(Number.isFinite)).toBe(true);
      }
    }
  });

  it('a sum without terms is 0: no channels in, none out, no positions', async () => {
    await useKernels(kernels);
    const geometry = { stride: [1, 1], padding: [0, 0], dilation: [1, 1] } as const;
    for (const sums of [
      current.correlate(zeros([1, 0, 4, 4]), zeros([3, 0, 3, 3]), geometry, [2, 2]),
      current.correlateAdjoint(zeros([1, 0, 2, 2]), zeros([0, 2, 3, 3]), geometry, [4, 4]),
      current.correlateAdjoint(zeros([1, 2, 0, 1]), full([2, 3, 4, 4], 1), geometry, [3, 4]),
    ]) {
      expect(new Set(sums.data)).toEqual(new Set([0]));
    }
  });
});
