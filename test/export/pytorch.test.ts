import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { writeNetwork } from '../../scripts/export/write-network.ts';
import { openTrained } from '../../scripts/train/trained.ts';
import { Random, type Tensor, tensor, toNested } from '../../src/index.ts';
import { findPython } from '../pytorch/python.ts';
import { trainedNetworks } from './trained-networks.ts';

const python = findPython();
const required = process.env.CI === 'true' && process.env.HANDGRAD_REQUIRE === '1';
if (!python) console.warn('No Python with PyTorch found: the exported weights are not loaded there.');

test.runIf(required)('Python with PyTorch is there', () => {
  expect(python, 'HANDGRAD_REQUIRE is 1: install PyTorch, or set HANDGRAD_PYTHON').toBeDefined();
});

const folder = mkdtempSync(join(tmpdir(), 'handgrad-'));
afterAll(() => rmSync(folder, { recursive: true }));

const random = new Random(3);
const labels = tensor([3, 0, 9]);

/** What scripts/export/pytorch.py's modules compute, of each file with its x, the conditional ones with the labels. */
function computedByTorch(files: readonly (readonly [file: string, x: Tensor])[]): Tensor[] {
  const program = `
import json, sys
sys.path.insert(0, 'scripts/export')
from pytorch import Conditional, load, torch
given = json.load(sys.stdin)
labels = torch.tensor(given['labels'])
def compute(file, x):
    module = load(file)
    return module(torch.tensor(x), *([labels] if isinstance(module, Conditional) else [])).tolist()
with torch.no_grad():
    print(json.dumps([compute(*each) for each in given['files']]))
`;
  const input = JSON.stringify({ labels: toNested(labels), files: files.map(([file, x]) => [file, toNested(x)]) });
  const options = { input, encoding: 'utf8', maxBuffer: 2 ** 28 } as const;
  const { stdout, stderr } = spawnSync(python ?? '', ['-c', program], options);
  expect(stderr).toBe('');
  return JSON.parse(stdout).map((out: number[][]) => tensor(out));
}

function expectTheSame(theirs: Tensor, ours: Tensor): void {
  expect(theirs.shape).toEqual(ours.shape);
  const largest = Math.max(1, ...ours.data.map(Math.abs));
  for (const [i, value] of ours.data.entries()) {
    expect(Math.abs(theirs.data[i] - value) / largest).toBeLessThan(1e-5);
  }
}

describe.skipIf(!python)(`torch.nn loads what is exported${python ? '' : ' (no Python with PyTorch found)'}`, () => {
  test('every network that npm run train trains', () => {
    const networks = trainedNetworks(random, labels).map((each) => {
      const into = join(folder, each.model);
      mkdirSync(into, { recursive: true });
      writeNetwork(into, each);
      const x = random.normal([3, ...each.sample]);
      return { ...each, x, file: join(into, `${each.name}.safetensors`) };
    });
    const theirs = computedByTorch(networks.map(({ file, x }) => [file, x]));
    expect(theirs).toHaveLength(17);
    for (const [n, { network, x }] of networks.entries()) expectTheSame(theirs[n], network.forward(x, labels));
  });

  test('by npm run export', async () => {
    const script = (name: string, ...args: string[]) => {
      const command = ['--import', 'ts-blank-space/register', `scripts/${name}.ts`, ...args];
      const { status, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' });
      expect([status, stderr]).toEqual([0, '']);
    };
    const run = join(folder, 'run');
    script('train', 'conditional', '--images', '130', '--epochs', '1', '--out', run);
    script('export', run);
    const trained = await openTrained(run);
    if (trained.kind !== 'gan') throw new Error('conditional is a GAN');
    const x = random.normal([3, trained.latentSize]);
    const [theirs] = computedByTorch([[join(run, 'export', 'generator.safetensors'), x]]);
    expectTheSame(theirs, trained.generator.forward(x, labels));
  });
});
