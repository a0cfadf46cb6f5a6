import { describe, expect, test } from 'vitest';
import { agrees, numbersIn, runExample } from '../../scripts/book/examples.ts';
import { fencedBlocks, readChapters } from '../../scripts/book/manuscript.ts';

describe.each(readChapters())('$file', ({ text }) => {
  const code = fencedBlocks(text, 'ts').join('\n');

  test('the example prints what it says', async () => {
    const claims = await runExample(code);
    expect(claims.length).toBeGreaterThan(0);
    expect(claims.filter(({ actual, expected }) => !agrees(actual, expected))).toEqual([]);
  });

  test('the numbers worked out in the text are those of the code', async () => {
    const computed = (await runExample(code)).flatMap(({ actual }) => numbersIn(actual));
    const literals = [...code.matchAll(/\d*\.?\d+(?:e-?\d+)?/g)].map(([number]) => Number(number));
    const known = [...computed, ...literals].map(Math.abs);
    const prose = sections(text, 'Worked example')
      .replace(/^```ts\n[\s\S]*?^```$/gm, '')
      .replace(/\([a-z]+\.\d+\)/g, '');
    const numbers = [...prose.matchAll(/\d*\.(\d+)/g)].map(([number, { length }]) => ({ number, decimals: length }));
    expect(numbers.length).toBeGreaterThan(0);
    const stray = numbers.filter(
      ({ number, decimals }) => !known.some((k) => Math.abs(k - Number(number)) <= 0.5000001 * 10 ** -decimals),
    );
    expect(stray).toEqual([]);
  });
});

describe('the check itself', () => {
  test('sees a wrong digit, a wrong sign, a wrong shape and a NaN', () => {
    expect(agrees([1, -0.25], '[1, -0.25]')).toBe(true);
    expect(agrees([1, -0.2549], '[1, -0.25]')).toBe(true);
    expect(agrees([1, -0.26], '[1, -0.25]')).toBe(false);
    expect(agrees([1, 0.25], '[1, -0.25]')).toBe(false);
    expect(agrees([[1], [-0.25]], '[1, -0.25]')).toBe(false);
    expect(agrees([1, Number.NaN], '[1, -0.25]')).toBe(false);
    expect(agrees(1.24e-7, '1.2e-7')).toBe(true);
    expect(agrees(1.3e-7, '1.2e-7')).toBe(false);
    expect(agrees('real', "'real'")).toBe(true);
  });
});

/** The text of all sections whose heading starts with `heading`. */
function sections(text: string, heading: string): string {
  return text
    .split(/^## /m)
    .filter((section) => section.startsWith(heading))
    .join('\n');
}
