import { describe, expect, it } from 'vitest';
import { useKernels } from '../../src/index.ts';
import { blasThere } from '../kernels/blas-there.ts';
import { type Case, kindOf } from './cases.ts';
import { expectSameAsPyTorch } from './compare.ts';
import { Draw } from './draw.ts';
import { hasFloat32Bounds } from './float32-bounds.ts';
import { askPyTorch, findPython } from './python.ts';
import { randomCase } from './random-cases.ts';

// HANDGRAD_SEED and HANDGRAD_CASES look elsewhere, or longer.
const seed = Number(process.env.HANDGRAD_SEED ?? 1);
const count = Number(process.env.HANDGRAD_CASES ?? 3000);

const python = findPython();
const required = process.env.CI === 'true' && process.env.HANDGRAD_REQUIRE === '1';

if (!python) console.warn('No Python with PyTorch found: the random cases are skipped. HANDGRAD_PYTHON names one.');

it.runIf(required)('Python with PyTorch is there', () => {
  expect(
    python,
    'HANDGRAD_REQUIRE is 1: install PyTorch, or set HANDGRAD_PYTHON to a Python that has it',
  ).toBeDefined();
});

describe.skipIf(!python)(
  `${count} random cases, live from PyTorch${python ? '' : ' (no Python with PyTorch found)'}`,
  () => {
    const draw = new Draw(seed);
    const cases = Array.from({ length: count }, (_, i): Case => randomCase(draw, i));
    const results = python ? askPyTorch(python, cases).results : [];

    describe.each([...new Set(cases.map(kindOf))].sort())('%s', (kind) => {
      it.each(blasThere ? (['loops', 'wasm', 'blas'] as const) : (['loops', 'wasm'] as const))(
        '%s',
        async (kernels) => {
          await useKernels(kernels);
          for (const [i, given] of cases.entries()) {
            if (kindOf(given) !== kind) continue;
            expectSameAsPyTorch(given, results[i]);
            if (hasFloat32Bounds(given)) expectSameAsPyTorch(given, results[i], 'float32');
          }
        },
      );
    });
  },
);
