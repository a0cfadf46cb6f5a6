import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { measure } from '../../scripts/book/measure.ts';
import { measureApart } from '../../scripts/book/measure-apart.ts';
import type { GradientError } from '../../src/gradient-check/check-gradients.ts';
import type { Subject } from '../../src/gradient-check/subjects/subject.ts';

const chapter = (code: string) => ({ file: '01-a.md', text: `# A\n\n\`\`\`ts\n${code}\n\`\`\`\n` });

/** A layer whose check finds these relative errors, by the names of the tensors. */
function subject(errors: Record<string, number>, kind: Subject['kind'] = 'layer'): Subject {
  const found = Object.entries(errors).map(
    ([name, relativeError]): GradientError => ({ name, relativeError, largestDifference: 0, entries: 3, size: 3 }),
  );
  return { name: 'Tilt', kind, configurations: [{ description: 'x 2×3', check: () => found }] };
}

test('a number that the code computes stands, one that it does not is a mistake', async () => {
  const { examples, mistakes } = await measure([chapter('1 + 1; // → 2\n[0.12345]; // → [0.1234]\n2 + 2; // → 5')], []);
  expect(examples['01-a.md'].map(({ actual }) => actual)).toEqual(['2', '[0.12345]', '4']);
  expect(mistakes).toEqual(['01-a.md: 2 + 2 is 4 and not 5']);
});

test('an example that does not run is a mistake', async () => {
  const { mistakes } = await measure([chapter('nowhere(1); // → 1')], []);
  expect(mistakes).toEqual(['01-a.md: its example does not run: nowhere is not defined']);
});

test('of what was checked the largest error is kept, and how much was compared', async () => {
  const { checks, mistakes } = await measure([], [subject({ x: 1e-9, weight: 3e-9 }), subject({ x: 1 }, 'model')]);
  expect(checks).toEqual([{ name: 'Tilt', kind: 'layer', configurations: 1, entries: 6, largestError: 3e-9 }]);
  expect(mistakes).toEqual([]);
});

test.each([
  [{ x: 1e-9, weight: 0.25, bias: 0.1 }, 'the relative error of weight is 0.25'],
  [{ x: 0.5, weight: Number.NaN }, 'the relative error of weight is NaN'],
  [{}, 'it compares nothing'],
])('a check that fails is a mistake: %o', async (errors, reason) => {
  const { mistakes } = await measure([], [subject(errors)]);
  expect(mistakes).toEqual([`Tilt (x 2×3) fails its gradient check: ${reason}`]);
});

test('source that does not run is a mistake, told without a stack', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'measure-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const script = pathToFileURL(join(folder, 'wrong.ts'));
  writeFileSync(script, "throw new RangeError('no layer');\n");
  const error = await measureApart(script).catch((reason: unknown) => reason);
  expect(String(error)).toContain('the source does not run:\n');
  expect(String(error)).toContain('wrong.ts:1');
  expect(String(error)).toMatch(/RangeError: no layer$/);
});
