import { describe, expect, it, vi } from 'vitest';
import { type Dtype, type KernelName, Random, type Shape, type Tensor, useKernels } from '../../src/index.ts';
import { blasThere } from '../kernels/blas-there.ts';
import { allLayers, drawLayer, drawX, wrappers } from './all-layers.ts';

// Whatever is left of an `empty` tensor is a NaN here.
vi.mock('../../src/tensor/tensor.ts', async (original) => {
  const tensors = await original<typeof import('../../src/tensor/tensor.ts')>();
  const empty = (shape: Shape, dtype?: Dtype) => tensors.full(shape, Number.NaN, dtype);
  return { ...tensors, empty, emptyLike: (t: Tensor) => empty(t.shape, tensors.dtypeOf(t)) };
});

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
});
