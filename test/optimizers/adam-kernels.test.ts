import { afterEach, describe, expect, test } from 'vitest';
import { Adam, Parameter, Random, useKernels } from '../../src/index.ts';
import type { KernelName } from '../../src/kernels/index.ts';
import { type Dtype, type Tensor, toNested } from '../../src/tensor/tensor.ts';
import { blasThere } from '../kernels/blas-there.ts';
import '../matchers.ts';

const fast: KernelName[] = blasThere ? ['wasm', 'blas'] : ['wasm'];
const options = { learningRate: 0.03, beta1: 0.6, beta2: 0.8, eps: 1e-3, weightDecay: 0.2 };

// Vectors of 2 or 4 weights, and 2048 at a time.
const sizes = [1, 2, 3, 4, 5, 2047, 2048, 2049, 5003];

afterEach(() => useKernels('wasm'));

describe.each(fast)("%s: Adam's update is that of the loop", (name) => {
  test.each<[Dtype, number]>([
    ['float64', 1e-13],
    ['float32', 2e-6],
  ])('%s', async (dtype, rtol) => {
    for (const size of sizes) {
      const expected = await walk('loops', size, dtype);
      const actual = await walk(name, size, dtype);
      for (const [key, value] of Object.entries(expected)) {
        expect(actual[key], `${key} of ${size}`).toBeAllclose(value, { rtol, atol: rtol });
      }
    }
  });
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
async function walk(name: KernelName, size: number, dtype: Dtype): Promise<Record<string, Tensor>> {
  await useKernels(name);
  const random = new Random(4);
  const parameter = new Parameter('weight', random.normal([size], 0, 1, dtype));
  const optimizer = new Adam([parameter], options);
  for (let step = 0; step < 3; step++) {
    parameter.gradient.data.set(random.normal([size], 0, 1, dtype).data);
    optimizer.step();
  }
  return Object.fromEntries([['weight', parameter.value], ...optimizer.state.map(({ name, value }) => [name, value])]);
}
