import { afterAll, expect, test } from 'vitest';
import { Adam, Parameter, Random, useKernels } from '../../src/index.ts';
import { type KernelName, kernels } from '../../src/kernels/index.ts';
import { type Tensor, toNested } from '../../src/tensor/tensor.ts';
import { blasThere } from '../kernels/blas-there.ts';
import '../matchers.ts';

const fast: KernelName[] = blasThere ? ['wasm', 'blas'] : ['wasm'];
const options = { learningRate: 0.03, beta1: 0.6, beta2: 0.8, eps: 1e-3, weightDecay: 0.2 };

// Vectors of 4 weights, and 4096 at a time.
const sizes = [1, 2, 3, 4, 5, 4095, 4096, 4097, 9001];

const before = kernels.name as KernelName;
afterAll(() => useKernels(before));

test.each(fast)("%s: Adam's update is that of the loop", async (name) => {
  for (const size of sizes) {
    const expected = await walk('loops', size);
    const actual = await walk(name, size);
    for (const [key, value] of Object.entries(expected)) {
      expect(actual[key], `${key} of ${size}`).toBeAllclose(value, { rtol: 2e-6, atol: 2e-6 });
    }
  }
});

test('a gradient of 0 from the start leaves the weight where it is, but for eps of 0', async () => {
  for (const name of ['loops', ...fast] as const) {
    await useKernels(name);
    const parameter = new Parameter('weight', new Random(1).normal([5]));
    const before = toNested(parameter.value);
    new Adam([parameter]).step();
    expect(toNested(parameter.value)).toEqual(before);
    new Adam([parameter], { eps: 0 }).step();
    expect(toNested(parameter.value)).toEqual(Array(5).fill(Number.NaN));
  }
});

/** Weights and running means after three steps. */
async function walk(name: KernelName, size: number): Promise<Record<string, Tensor>> {
  await useKernels(name);
  const random = new Random(4);
  const parameter = new Parameter('weight', random.normal([size]));
  const optimizer = new Adam([parameter], options);
  for (let step = 0; step < 3; step++) {
    parameter.gradient.data.set(random.normal([size]).data);
    optimizer.step();
  }
  return Object.fromEntries([['weight', parameter.value], ...optimizer.state.map(({ name, value }) => [name, value])]);
}
