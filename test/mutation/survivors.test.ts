import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { compareWithList, type MutationReport, parseList, scores, showSurvivor } from './survivors.ts';

const list = parseList(`# Survivors

\`a - b\` is no file.

## \`src/layers/a.ts\`, \`src/layers/b.ts\`

\`\`\`diff
- kept = [];
+ kept = [1];
\`\`\`
Never read before it is written.

## \`src/losses/c.ts\`

\`\`\`diff
- if (x < 0) return;
+ if (x <= 0) return;
- if (x < 0) return;
+ if (true) return;
\`\`\`
- a list item
`);

test('the list is the diffs, once for each file of the heading above', () => {
  expect(list).toEqual([
    { file: 'src/layers/a.ts', before: 'kept = [];', after: 'kept = [1];' },
    { file: 'src/layers/b.ts', before: 'kept = [];', after: 'kept = [1];' },
    { file: 'src/losses/c.ts', before: 'if (x < 0) return;', after: 'if (x <= 0) return;' },
    { file: 'src/losses/c.ts', before: 'if (x < 0) return;', after: 'if (true) return;' },
  ]);
  expect(parseList(list.map(showSurvivor).join('\n\n'))).toEqual(list);
});

const source = ['kept = [];', 'call(', '  1,', '  2);', '  kept = [];'].join('\n');
const at = (line: number, column: number, endLine: number, endColumn: number) => ({
  start: { line, column },
  end: { line: endLine, column: endColumn },
});
const report = (statuses: readonly string[]): MutationReport => ({
  files: {
    'src/layers/a.ts': {
      source,
      mutants: [
        { status: statuses[0], replacement: '[1]', location: at(1, 8, 1, 10) },
        { status: statuses[1], replacement: '()', location: at(2, 5, 4, 5) },
        { status: statuses[2], replacement: '[1]', location: at(5, 10, 5, 12) },
      ],
    },
    'src/losses/d.ts': { source: 'x', mutants: [{ status: 'Killed', replacement: 'y', location: at(1, 1, 1, 2) }] },
  },
});

test('a survivor is explained by an entry with the same code, wherever it stands', () => {
  expect(compareWithList(report(['Killed', 'Timeout', 'Survived']), list)).toEqual({ unlisted: [], outdated: [] });
});

test('one that is not listed is shown with its lines as one', () => {
  const { unlisted } = compareWithList(report(['Survived', 'NoCoverage', 'Killed']), list);
  expect(unlisted.map(showSurvivor)).toEqual(['### `src/layers/a.ts`\n\n```diff\n- call( 1, 2);\n+ call();\n```']);
});

test('one entry explains one survivor, not two in equal lines', () => {
  const { unlisted } = compareWithList(report(['Survived', 'Killed', 'Survived']), list);
  expect(unlisted.map(({ after }) => after)).toEqual(['kept = [1];']);
});

test('an entry whose change is noticed is outdated, unless the machine may only have been slow', () => {
  const [entry] = list;
  expect(compareWithList(report(['Killed', 'Killed', 'Killed']), list).outdated).toEqual([entry]);
  expect(compareWithList(report(['Killed', 'Killed', 'Timeout']), list).outdated).toEqual([]);
});

test('scores are counted for each folder, listed or not', () => {
  expect([...scores(report(['Killed', 'Timeout', 'Survived']))]).toEqual([
    ['src/layers', { noticed: 2, all: 3 }],
    ['src/losses', { noticed: 1, all: 1 }],
  ]);
});

test('the list is about the source as it stands', () => {
  const entries = parseList(readFileSync(new URL('survivors.md', import.meta.url), 'utf8'));
  expect(entries.length).toBeGreaterThan(0);
  for (const { file, before } of entries) {
    const code = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8').replaceAll(/\s+/g, ' ');
    expect(code, file).toContain(before.replace(/…$/, ''));
  }
});
