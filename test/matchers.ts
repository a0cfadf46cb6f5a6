import { expect } from 'vitest';
import { type Nested, show, sizeOf, type Tensor, tensor, toNested } from '../src/tensor/tensor.ts';

/** Anything that holds numbers in a shape: a tensor, nested arrays, or a tensor in JSON. */
export type Numbers = Tensor | Nested | { readonly shape: readonly number[]; readonly data: readonly number[] };

export interface Tolerance {
  /** Allowed beside each expected entry e: atol + rtol · |e|. One atol for all entries, or one for each. */
  readonly rtol?: number;
  readonly atol?: number | ArrayLike<number>;
}

declare module 'vitest' {
  interface Matchers<T> {
    /** The same shape, and every entry within atol + rtol · |expected entry| (by default 1e-9 and 1e-11). */
    toBeAllclose(expected: Numbers, tolerance?: Tolerance): T;
  }
}

expect.extend({
  toBeAllclose(actual: Numbers, expected: Numbers, { rtol = 1e-9, atol = 1e-11 }: Tolerance = {}) {
    const [a, e] = [flatten(actual), flatten(expected)];
    if (show(a.shape) !== show(e.shape)) {
      return { pass: false, message: () => `expected shape ${show(e.shape)}, but it is ${show(a.shape)}` };
    }
    const limit = (i: number) => (typeof atol === 'number' ? atol : atol[i]) + rtol * Math.abs(e.data[i]);
    const wrong = [...e.data.keys()].filter(
      (i) => !(a.data[i] === e.data[i] || Math.abs(a.data[i] - e.data[i]) <= limit(i)),
    );
    return {
      pass: wrong.length === 0,
      message: () =>
        wrong.length === 0
          ? 'expected some entry to differ, but all agree'
          : `${wrong.length} of ${e.data.length} entries differ; entry ${wrong[0]} is ${a.data[wrong[0]]}, ` +
            `expected ${e.data[wrong[0]]} ± ${limit(wrong[0])}`,
    };
  },
});

function flatten(numbers: Numbers): { shape: readonly number[]; data: readonly number[] } {
  if (typeof numbers === 'number' || Array.isArray(numbers)) return flatten(tensor(numbers as Nested, 'float64'));
  if (Array.isArray((numbers as { data: unknown }).data)) {
    const { shape, data } = numbers as { shape: readonly number[]; data: readonly number[] };
    if (data.length !== sizeOf(shape))
      throw new RangeError(`shape ${show(shape)} does not hold ${data.length} entries`);
    return { shape, data };
  }
  const t = numbers as Tensor;
  return { shape: t.shape, data: [toNested(t) as unknown].flat(16) as number[] };
}
