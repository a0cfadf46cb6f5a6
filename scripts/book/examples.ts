import blankSpace from 'ts-blank-space';
import * as handgrad from '../../src/index.ts';

/** One `expression; // → expected` of an example, after it has run. */
export interface Claim {
  readonly line: string;
  /** Where it stands: the number of its line in the example, from 0. */
  readonly at: number;
  readonly expected: string;
  readonly actual: unknown;
}

/**
 * Runs TypeScript as a reader would paste it, and returns what each `// →` claims and what came out.
 *
 * A claim follows a statement on the same line: `expression; // → value`, `console.log(expression); // → value` or
 * `const name = expression; // → value`.
 */
export async function runExample(source: string): Promise<Claim[]> {
  const claims: Claim[] = [];
  const program = blankSpace(source)
    .replace(/^import (\{[^}]*\}) from 'handgrad';$/gm, 'const $1 = handgrad;')
    .split('\n')
    .map((line, at) => {
      const [, statement, expected] = line.match(/^\s*(\S.*);\s*\/\/ → (.*)$/) ?? [];
      if (statement === undefined) return line;
      const [, declared] = statement.match(/^const (\w+) = /) ?? [];
      const value = declared ?? statement.replace(/^console\.log\((.*)\)$/, '$1');
      const note = `claim(${JSON.stringify(statement)}, ${at}, ${JSON.stringify(expected)}, ${value});`;
      return declared ? `${statement}; ${note}` : note;
    })
    .join('\n');
  const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor;
  const claim = (line: string, at: number, expected: string, actual: unknown) => {
    claims.push({ line, at, expected, actual: structuredClone(actual) });
  };
  await new AsyncFunction('handgrad', 'claim', program)(handgrad, claim);
  return claims;
}

/**
 * Whether `actual` is what `expected` says. Numbers agree when they are equal to as many decimals as are
 * written; everything else must be written out in full.
 */
export function agrees(actual: unknown, expected: string): boolean {
  const decimals = [...expected.matchAll(/-?\d+(?:\.(\d+))?(?:e(-?\d+))?/g)].map(
    ([, fraction = '', exponent = '0']) => fraction.length - Number(exponent),
  );
  const numbers = numbersIn(actual);
  const stated = JSON.parse(expected.replaceAll("'", '"'));
  return (
    skeleton(actual) === skeleton(stated) &&
    numbersIn(stated).every((value, i) => Math.abs(numbers[i] - value) <= 0.5000001 * 10 ** -decimals[i] + 1e-12)
  );
}

/** All numbers in a nested value, in order. */
export function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  if (Array.isArray(value)) return value.flatMap(numbersIn);
  if (ArrayBuffer.isView(value)) return [...(value as Float64Array)];
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(numbersIn);
  return [];
}

/** The value as JSON, with every finite number replaced by 0. */
function skeleton(value: unknown): string {
  return JSON.stringify(value, (_, part) => (Number.isFinite(part) ? 0 : part));
}
