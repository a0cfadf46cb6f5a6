import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { models } from '../../scripts/train/models.ts';
import { openTrained } from '../../scripts/train/trained.ts';
import { type Layer, Random, tensor, toNested } from '../../src/index.ts';
import { findPython } from '../pytorch/python.ts';

const python = findPython();
const required = process.env.CI === 'true' && process.env.HANDGRAD_REQUIRE === '1';
if (!python) console.warn('No Python with PyTorch found: the exported weights are not loaded there.');

test.runIf(required)('Python with PyTorch is there', () => {
  expect(python, 'HANDGRAD_REQUIRE is 1: install PyTorch, or set HANDGRAD_PYTHON').toBeDefined();
});

const folder = mkdtempSync(join(tmpdir(), 'handgrad-'));
afterAll(() => rmSync(folder, { recursive: true }));

function script(name: string, ...args: string[]) {
  const command = ['--import', 'ts-blank-space/register', `scripts/${name}.ts`, ...args];
  const { status, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
}

const program = `
import json, sys
sys.path.insert(0, 'scripts/export')
from pytorch import load, torch
given = json.load(sys.stdin)
labels = [torch.tensor(given.get('labels'))] if given.get('labels') else []
with torch.no_grad():
    print(json.dumps(load(given['file'])(torch.tensor(given['x']), *labels).tolist()))
`;

const random = new Random(3);

describe.skipIf(!python)(
  `torch.nn loads what npm run export writes${python ? '' : ' (no Python with PyTorch found)'}`,
  () => {
    test.each(models.map(({ name }) => name))('%s', async (name) => {
      const run = join(folder, name);
      script('train', name, '--images', '130', '--epochs', '1', '--out', run);
      script('export', run);
      const trained = await openTrained(run);
      const labels = name === 'conditional' ? [3, 0, 9] : undefined;
      const image = [1, 28, 28];
      const networks: [string, Layer, number[]][] =
        trained.kind === 'classifier'
          ? [['network', trained.network, image]]
          : [
              ['generator', trained.generator, [trained.latentSize]],
              ['discriminator', trained.discriminator, image],
            ];
      for (const [network, layer, sample] of networks) {
        const x = random.normal([3, ...sample]);
        const file = join(run, 'export', `${network}.safetensors`);
        const input = JSON.stringify({ file, x: toNested(x), labels });
        const { stdout, stderr } = spawnSync(python ?? '', ['-c', program], { input, encoding: 'utf8' });
        expect(stderr).toBe('');
        const theirs = tensor(JSON.parse(stdout));
        const ours = layer.forward(x, labels && tensor(labels));
        expect(theirs.shape).toEqual(ours.shape);
        const largest = Math.max(1, ...ours.data.map(Math.abs));
        for (const [i, value] of ours.data.entries()) {
          expect(Math.abs(theirs.data[i] - value) / largest).toBeLessThan(1e-5);
        }
      }
    });
  },
);
