// Records what PyTorch makes of the grid of cases, one file a kind, for the tests to compare with where there is
// no Python. From the repository's root: node --import ts-blank-space/register test/pytorch/record.ts

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { kindOf } from './cases.ts';
import { fixtureFolder } from './fixtures.ts';
import { gridCases } from './grid.ts';
import { askPyTorch, findPython } from './python.ts';

const python = findPython();
if (!python) throw new Error('no Python with PyTorch found; set HANDGRAD_PYTHON to one');

const cases = gridCases();
const { results, ...versions } = askPyTorch(python, cases);
const kinds = [...new Set(cases.map(kindOf))];
rmSync(fixtureFolder, { recursive: true, force: true });
mkdirSync(fixtureFolder, { recursive: true });
for (const kind of kinds) {
  const entries = cases
    .map((given, i) => ({ case: given, result: results[i] }))
    .filter((entry) => kindOf(entry.case) === kind);
  const lines = entries.map((entry) => JSON.stringify(entry)).join(',\n');
  const head = JSON.stringify({ ...versions, recorded: [] }).slice(0, -2);
  writeFileSync(new URL(`${kind}.json`, fixtureFolder), `${head}\n${lines}\n]}\n`);
  console.log(`${kind}: ${entries.length} cases`);
}
console.log(`recorded with Python ${versions.python} and PyTorch ${versions.torch}`);
