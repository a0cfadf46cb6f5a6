import { expect, test } from 'vitest';
import { mistakesInSigns } from '../../scripts/book/signs.ts';

const mistakes = (tex: string, comment: string) =>
  mistakesInSigns(new Map([['a.1', { tag: 'a.1', file: '01-a.md', tex }]]), [
    { file: 'src/a.ts', text: `f();\n// ${comment}   (a.1)\ng();\n` },
  ]);

test('an equation and the comment that cites it have the same signs', () => {
  expect(mistakes('dX[i] = a - b', 'dX[i] = a + b')).toEqual([
    "01-a.md: (a.1) has the signs '−', but the line that cites it has '+': src/a.ts:2",
  ]);
  expect(mistakes('dX[i] = a - b', 'dX[i] = a − b')).toEqual([]);
});

test.each([
  ['a factor in front or behind', '\\frac{1}{c + d} (a - b)', '(a − b) / (c + d)'],
  ['letters of another name', '\\theta - \\eta g', 'θ − learningRate · g'],
  ['an exponent', 'e^{-x}', 'e⁻ˣ'],
  ['a power of ten', 'a + 10^{-6}', 'a + 1e-6'],
  ['two cases', '\\begin{cases} a & x > 0 \\\\ b - 1 & \\text{otherwise} \\end{cases}', 'x > 0 ? a : b − 1'],
  ['words after it', 'a - b', 'a − b, which is + of the other'],
  ['more words', 'a - b', 'a − b: not a + b'],
  ['something beside it', 'a - b, \\qquad i = h + p', 'a − b'],
  ['a step further', 'a - b = c + d + e', 'c + d + e'],
])('%s does not matter', (_, tex, formula) => {
  expect(mistakes(`out[i] = ${tex}`, `out[i] = ${formula}`)).toEqual([]);
});

test('what is not about the same thing is not compared', () => {
  expect(mistakes('out = a - b', 'sum = a + b')).toEqual([]);
  expect(mistakes('out = a - b', 'The two are added.')).toEqual([]);
});

test.each([
  ['m \\leftarrow a - b', 'm = a + b'],
  ['dW[o] = \\sum_n a', 'dW[o] += −Σ n  a'],
  ['\\frac{\\partial L}{\\partial x} = -a', 'dx = a'],
  ['L_G = -\\log D', 'L = log D'],
])('%s and %s contradict each other', (tex, comment) => {
  expect(mistakes(tex, comment)).toHaveLength(1);
});
