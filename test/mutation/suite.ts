import { readdirSync } from 'node:fs';
import { beforeEach, describe, it } from 'vitest';
import { expectSameAsPyTorch } from '../pytorch/compare.ts';
import { fixtureKinds, readFixture } from '../pytorch/fixtures.ts';
import { hasFloat32Bounds } from '../pytorch/float32-bounds.ts';

/** The tests that mutants are run against, the quick and sharp ones first: the first that fails ends a run. */
const SUITE = [
  'layers/messages.test.ts',
  'layers/refusals.test.ts',
  'losses',
  'optimizers',
  'kernels/fast-loops.test.ts',
  'nonsense.test.ts',
  'layers',
  'published.test.ts',
  'training',
];

/** What takes long when every line of the source counts its calls, and sees nothing that the other tests do not. */
const SLOW = [
  'one step, then 10,000',
  'whole networks',
  "dL/d(G's parameters), by hand through D, agrees with centred differences of the whole",
];

// Stryker ends an endless loop by counting, but begins to count with the first test. Some tests call the source while
// they are collected.
const { __stryker__: stryker } = globalThis as { __stryker__?: { hitCount?: number } };
if (stryker) stryker.hitCount = 0;

const root = new URL('../', import.meta.url);

beforeEach(({ task, skip }) => skip(SLOW.includes(task.name)));

// One file with all of them, since most of the time that a mutant takes is that of loading the source.
for (const file of new Set(SUITE.flatMap(testFiles))) {
  describe(file, async () => {
    await import(new URL(file, root).href);
  });
}

// test/pytorch/fixtures.test.ts makes the grid of cases first, to see whether all are recorded: with the layers, and so
// before any test. A mutant that is needed before the tests has to be run against all of them.
describe("PyTorch's numbers", () => {
  it.each(fixtureKinds())('%s', (kind) => {
    for (const { case: given, result } of readFixture(kind).recorded) {
      expectSameAsPyTorch(given, result);
      if (hasFloat32Bounds(given)) expectSameAsPyTorch(given, result, 'float32');
    }
  });
});

function testFiles(path: string): string[] {
  if (path.endsWith('.ts')) return [path];
  const files = readdirSync(new URL(path, root), { recursive: true, encoding: 'utf8' });
  return files.filter((file) => file.endsWith('.test.ts')).map((file) => `${path}/${file}`);
}
