import { describe, expect, it } from 'vitest';
import { useKernels } from '../../src/index.ts';
import { blasThere } from '../kernels/blas-there.ts';
import { kindOf } from './cases.ts';
import { expectSameAsPyTorch } from './compare.ts';
import { fixtureKinds, readFixture } from './fixtures.ts';
import { hasFloat32Bounds } from './float32-bounds.ts';
import { gridCases } from './grid.ts';

const grid = gridCases();

it('the fixtures are those that record.ts makes, all of them', () => {
  expect(fixtureKinds()).toEqual([...new Set(grid.map(kindOf))].sort());
});

describe.each(fixtureKinds())('%s', (kind) => {
  const { python, torch, recorded } = readFixture(kind);

  it('has every case of the grid, and says what recorded it', () => {
    expect(recorded.map((entry) => entry.case)).toEqual(
      JSON.parse(JSON.stringify(grid.filter((c) => kindOf(c) === kind))),
    );
    expect(python).toMatch(/^\d+\.\d+\.\d+/);
    expect(torch).toMatch(/^\d+\.\d+\.\d+/);
  });

  it.each(blasThere ? (['loops', 'wasm', 'blas'] as const) : (['loops', 'wasm'] as const))(
    "gives PyTorch's numbers with the kernels %s",
    async (kernels) => {
      await useKernels(kernels);
      for (const { case: given, result } of recorded) {
        expectSameAsPyTorch(given, result);
        if (hasFloat32Bounds(given)) expectSameAsPyTorch(given, result, 'float32');
      }
    },
  );
});
