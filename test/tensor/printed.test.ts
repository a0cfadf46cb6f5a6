import { inspect } from 'node:util';
import ndarray from 'ndarray';
import { describe, expect, test } from 'vitest';
import { Conv2d, Linear, tensor, zeros } from '../../src/index.ts';

const counted = (shape: number[]) => {
  const t = zeros(shape);
  for (let i = 0; i < t.data.length; i++) t.data[i] = i;
  return t;
};

describe('console.log', () => {
  test('a matrix: its dtype, its shape, its rows', () => {
    expect(
      inspect(
        tensor(
          [
            [1, 2.5],
            [-3, 0],
          ],
          'float64',
        ),
      ),
    ).toBe('Tensor float64 [2, 2]\n   1.000   2.500\n  -3.000       0');
  });

  test.each([
    [tensor(3), 'Tensor float32 []\n  3'],
    [tensor([0.5]), 'Tensor float32 [1]\n  0.5000'],
    [zeros([0, 3]), 'Tensor float32 [0, 3]'],
    [tensor([3, 12, -1]), 'Tensor float32 [3]\n  3  12  -1'],
    [tensor([1e-5, 0, -2.5e-7]), 'Tensor float32 [3]\n  1.000e-5  0  -2.500e-7'],
    [tensor([0.0125, 0.00001]), 'Tensor float32 [2]\n  0.01250  0.00001'],
    [tensor([1e9, Number.NaN, -Infinity]), 'Tensor float32 [3]\n  1.000e+9  NaN  -Infinity'],
  ])('%#: whole numbers, four digits of the largest, 0 for what is exactly zero', (t, expected) => {
    expect(inspect(t).replace(/ {2,}/g, '  ')).toBe(expected);
  });

  test('images: each matrix under its index', () => {
    expect(inspect(counted([2, 1, 2, 2]))).toBe(
      'Tensor float32 [2, 1, 2, 2]\n  [0, 0]\n  0  1\n  2  3\n  [1, 0]\n  4  5\n  6  7',
    );
  });

  test('what is too much is cut in the middle, and it says how much', () => {
    const lines = inspect(counted([5, 100, 1000])).split('\n');
    expect(lines.length).toBeLessThan(35);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(lines[1]).toBe('  [0]');
    expect(lines[2]).toMatch(/^ {6}0 {6}1 {6}2 .* … .* 998 {4}999$/);
    expect(lines.filter((line) => line.includes('more'))).toEqual(['  … 73 more rows', '  … 4 more of [100, 1000]']);
    expect(lines.at(-2)).toMatch(/ 98999? .* 99999$|99000 .* 99999$/);
  });

  test('a row of a million entries', () => {
    expect(inspect(counted([1_000_000]))).toMatch(/^Tensor float32 \[1000000\]\n {7}0 .* … .* 999999$/);
  });

  test('inside something else a few rows, and deeper down the title alone', () => {
    const t = counted([8, 2]);
    const inside = inspect({ t });
    expect(inside).toContain('… 3 more rows');
    expect(inside.split('\n').every((line) => /^ {4}|^[{}]|^ {2}t/.test(line))).toBe(true);
    expect(inspect({ a: { b: { c: { t } } } })).toContain('c: [Object]');
    expect(inspect({ a: { b: { t } } }, { depth: 1 })).toContain('b: [Object]');
    expect(inspect([[t]], { depth: 0 })).toBe('[ [Array] ]');
    expect(inspect([t], { depth: -1 })).toBe('[Array]');
    expect(inspect([t], { depth: 0 })).toBe('[ [Tensor float32 [8, 2]] ]');
  });

  test('a layer: its weight and what it has kept, in rows', () => {
    const conv = new Conv2d({ inChannels: 1, outChannels: 1, kernelSize: 2 });
    conv.forward(
      tensor([
        [
          [
            [1, 2],
            [3, 4],
          ],
        ],
      ]),
    );
    const text = inspect(conv);
    expect(text).toContain('x: Tensor float32 [1, 1, 2, 2]\n    [0, 0]\n    1  2\n    3  4');
    expect(text).toContain('gradient: Tensor float32 [1, 1, 2, 2]\n      [0, 0]\n      0  0\n      0  0');
  });
});

describe('in a debugger', () => {
  const t = tensor([
    [1, 2],
    [3, 4],
  ]);

  test('the list of variables has the title, which VS Code asks for under this symbol', () => {
    expect(Reflect.get(t, Symbol.for('debug.description')).call(t)).toBe('Tensor float32 [2, 2]');
  });

  test('rows are plain arrays, as the numbers are at that moment', () => {
    const { gradient } = new Linear({ inFeatures: 2, outFeatures: 1 }).weight;
    expect(Reflect.get(gradient, 'rows')).toEqual([[0, 0]]);
    gradient.data[1] = 5;
    expect(Reflect.get(gradient, 'rows')).toEqual([[0, 5]]);
  });

  test('nothing of it is among the keys, nor on the ndarrays of others', () => {
    expect(Object.keys(t)).toEqual(['data', 'shape', 'stride', 'offset']);
    const theirs = ndarray(new Float32Array(4), [2, 2]);
    expect(Object.getPrototypeOf(t)).toBe(Object.getPrototypeOf(theirs));
    expect(inspect(theirs)).toMatch(/^View2dfloat32 \{/);
    expect('rows' in theirs).toBe(false);
  });
});
