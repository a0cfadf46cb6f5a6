import { afterEach, expect, test, vi } from 'vitest';
import { full, Linear, Random, useKernels } from '../../src/index.ts';
import * as current from '../../src/kernels/index.ts';

afterEach(() => useKernels('wasm'));

test('wasm is there as soon as the library is imported', async () => {
  vi.resetModules();
  const fresh = await import('../../src/kernels/index.ts');
  expect(fresh.kernels.name).toBe('wasm');
});

test('useKernels switches every layer, those that are there already too', async () => {
  const layer = new Linear({ inFeatures: 3, outFeatures: 2, random: new Random(1) });
  for (const name of ['loops', 'wasm'] as const) {
    await useKernels(name);
    expect(current.kernels.name).toBe(name);
    const matmul = vi.spyOn(current.kernels, 'matmul');
    layer.forward(full([4, 3], 1));
    expect(matmul).toHaveBeenCalledTimes(1);
    matmul.mockRestore();
  }
});

test.each(['Wasm', 'fast', '', undefined])(
  'the name %j is an error that says which there are, and switches nothing',
  async (name) => {
    await useKernels('loops');
    await expect(useKernels(name as never)).rejects.toThrow(
      `useKernels: there are no kernels '${name}'; choose 'loops', 'wasm' or 'blas'`,
    );
    expect(current.kernels.name).toBe('loops');
  },
);

test('threads are started, kept while their number stays, and ended', async () => {
  await useKernels('wasm', { threads: 2 });
  const two = current.kernels;
  expect(two).toMatchObject({ name: 'wasm', threads: 2 });
  await useKernels('loops');
  await useKernels('wasm', { threads: 2 });
  expect(current.kernels).toBe(two);
  await useKernels('wasm');
  expect(current.kernels).toMatchObject({ name: 'wasm', threads: 1 });
});

test('a misspelt option is an error, and switches nothing', async () => {
  await useKernels('wasm');
  await expect(useKernels('loops', { thread: 1 } as never)).rejects.toThrow(
    new TypeError("useKernels: there is no option 'thread'; the options are threads"),
  );
  expect(current.kernels.name).toBe('wasm');
});

test.each([0, -1, 1.5, 65, Number.NaN, '2', null])('%j threads are an error, and switch nothing', async (threads) => {
  await useKernels('loops');
  for (const name of ['wasm', 'blas'] as const) {
    await expect(useKernels(name, { threads: threads as never })).rejects.toThrow(
      new RangeError(
        `useKernels: threads must be a whole number from 1 to 64, not ${threads}; the number of processor cores is a good one`,
      ),
    );
  }
  expect(current.kernels.name).toBe('loops');
});

test('loops run on one thread, and say so', async () => {
  await useKernels('loops', { threads: 1 });
  await expect(useKernels('loops', { threads: 2 })).rejects.toThrow(
    new RangeError("useKernels: 'loops' run on one thread, not 2; leave threads out, or choose other kernels"),
  );
});
