import ndarray from 'ndarray';
import { describe, expect, test } from 'vitest';
import { cast, copy, dense, fromData, full, tensor, toNested, zeros } from '../../src/tensor/tensor.ts';

describe('tensor', () => {
  test('lays nested numbers out row by row', () => {
    const t = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(t.shape).toEqual([2, 3]);
    expect(t.dtype).toBe('float32');
    expect(t.data).toEqual(new Float32Array([1, 2, 3, 4, 5, 6]));
    expect(t.get(1, 0)).toBe(4);
  });

  test('takes a dtype', () => {
    expect(tensor([0.1], 'float64').data).toEqual(new Float64Array([0.1]));
    expect(tensor([0.1]).data[0]).not.toBe(0.1);
  });

  test('takes a plain number and empty lists', () => {
    expect(tensor(7).shape).toEqual([]);
    expect(toNested(tensor(7))).toBe(7);
    expect(tensor([]).shape).toEqual([0]);
    expect(tensor([[], []]).shape).toEqual([2, 0]);
  });

  test.each([
    [[[1, 2], [3]], /\[2, 2\], but found an array of length 1: \[3\]/],
    [[[1], 2], /\[2, 1\], but found 2/],
    [[1, [2]], /\[2\], but found an array of length 1/],
    [['1'], /found '1'/],
    [[undefined], /found undefined/],
  ])('refuses %j', (nested, message) => {
    expect(() => tensor(nested as number[])).toThrow(message);
  });
});

describe('zeros, full and fromData', () => {
  test('make what they say', () => {
    expect(toNested(zeros([2, 1]))).toEqual([[0], [0]]);
    expect(toNested(full([2], 3, 'float64'))).toEqual([3, 3]);
    expect(zeros([2, 3], 'float64').dtype).toBe('float64');
  });

  test.each([[[-1]], [[1.5]], [[Number.NaN]], [[2 ** 53]], [3], [undefined]])('refuse the shape %j', (shape) => {
    expect(() => zeros(shape as number[])).toThrow(/a shape is a list of whole numbers/);
  });

  test('refuse another dtype', () => {
    expect(() => zeros([1], 'int8' as 'float32')).toThrow("dtype must be 'float32' or 'float64', not 'int8'");
  });

  test('fromData uses the array as it is, and only one that fits', () => {
    const data = new Float32Array(6);
    expect(fromData(data, [2, 3]).data).toBe(data);
    expect(() => fromData(data, [2, 2])).toThrow('shape [2, 2] holds 4 entries, but data has 6');
    expect(() => fromData([1, 2] as unknown as Float32Array<ArrayBuffer>, [2])).toThrow(TypeError);
    // (−1) · (−2) is 2 entries too.
    expect(() => fromData(new Float32Array(2), [-1, -2])).toThrow(/a shape is a list of whole numbers/);
  });

  test('the shape given stays the caller’s', () => {
    const shape = [2, 3];
    const t = fromData(new Float32Array(6), shape);
    shape[0] = 7;
    expect(t.shape).toEqual([2, 3]);
  });
});

describe('toNested', () => {
  test('is as deep as the tensor, and a copy', () => {
    const t = tensor([[[1], [2]]]);
    const nested = toNested(t) as number[][][];
    expect(nested).toEqual([[[1], [2]]]);
    nested[0][0][0] = 9;
    expect(t.data[0]).toBe(1);
  });

  test('follows the strides of a view', () => {
    const t = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(toNested(t.transpose(1, 0))).toEqual([
      [1, 4],
      [2, 5],
      [3, 6],
    ]);
    expect(toNested(t.lo(1, 1))).toEqual([[5, 6]]);
  });
});

describe('dense, copy and cast', () => {
  test('a dense tensor is passed on as it is', () => {
    const t = zeros([2, 3]);
    expect(dense(t)).toBe(t);
  });

  test('a view over a longer buffer is not dense, even when its strides are', () => {
    const t = tensor([1, 2, 3, 4]);
    expect(dense(t.hi(2)).data).toEqual(new Float32Array([1, 2]));
    expect(dense(t.lo(2)).data).toEqual(new Float32Array([3, 4]));
    expect(dense(t.step(-1)).data).toEqual(new Float32Array([4, 3, 2, 1]));
  });

  test('an axis of length 1 may have any stride', () => {
    const t = ndarray(new Float32Array([1, 2]), [1, 2], [99, 1]);
    expect(dense(t)).toBe(t);
  });

  test('copy and cast follow the strides of a view', () => {
    const view = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]).transpose(1, 0);
    for (const t of [copy(view), cast(view, 'float64')]) {
      expect(t.shape).toEqual([3, 2]);
      expect([...t.data]).toEqual([1, 4, 2, 5, 3, 6]);
    }
  });

  test('copy and cast share nothing', () => {
    const t = tensor([1, 2], 'float64');
    expect(copy(t).data).not.toBe(t.data);
    expect(copy(t).data).toEqual(t.data);
    expect(cast(t, 'float32').data).toEqual(new Float32Array([1, 2]));
    expect(cast(t, 'float64').data).not.toBe(t.data);
  });
});
