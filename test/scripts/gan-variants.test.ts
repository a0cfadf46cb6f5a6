import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode } from 'fast-png';
import { expect, test } from 'vitest';
import { parseFlags } from '../../scripts/flags.ts';
import { conditional, hinge, lsgan, wgan } from '../../scripts/train/gan-variants.ts';
import { SpectralNorm } from '../../src/layers/spectral-norm.ts';
import { Random } from '../../src/tensor/random.ts';
import { tensor } from '../../src/tensor/tensor.ts';

/** One of the recipes with its defaults, and a batch for it. */
function create(recipe: typeof wgan) {
  const defaults = parseFlags(recipe.flags, []);
  if (defaults instanceof Error) throw defaults;
  const random = new Random(1);
  return { ...recipe.create(defaults, random), images: random.uniform([3, 1, 28, 28], -1, 1) };
}

test("wgan: the critic's weights are within their bound after each of its steps, and it takes two for one of G", () => {
  const { trainer, discriminatorSteps, images } = create(wgan);
  expect(discriminatorSteps).toBe(2);
  const largest = () => {
    const values = trainer.discriminator.parameters.flatMap(({ value }) => [...value.data]);
    return Math.max(...values.map(Math.abs));
  };
  trainer.discriminatorStep(images);
  expect(largest()).toBeCloseTo(0.05, 6);
  trainer.step(images);
  expect(largest()).toBeCloseTo(0.05, 6);
});

test('hinge: every weight of the critic has a spectral norm of 1', () => {
  const { trainer, images } = create(hinge);
  for (let i = 0; i < 20; i++) trainer.discriminatorStep(images);
  const wrapped = (trainer.discriminator.layers ?? []).filter((layer) => layer instanceof SpectralNorm);
  expect(wrapped).toHaveLength(3);
  for (const { layer } of wrapped) {
    const { value } = layer.weight;
    const [rows, columns] = [value.shape[0], value.data.length / value.shape[0]];
    expect(spectralNorm(value.data, rows, columns)).toBeCloseTo(1, 1);
  }
});

test.each([
  ['lsgan', lsgan, undefined],
  ['conditional', conditional, tensor([4, 9, 4])],
] as const)('%s: two steps with the defaults give finite numbers', (_, recipe, labels) => {
  const { trainer, images } = create(recipe);
  trainer.step(images, labels);
  const { discriminatorLoss, generatorLoss, imageGradient } = trainer.step(images, labels);
  expect([discriminatorLoss, generatorLoss, ...imageGradient.flat(3)].every(Number.isFinite)).toBe(true);
});

test('conditional: without labels it says what is missing', () => {
  const { trainer, images } = create(conditional);
  expect(() => trainer.step(images)).toThrow('ConcatLabels: labels are missing');
});

test('conditional: the picture has a column for each digit', () => {
  const out = mkdtempSync(join(tmpdir(), 'handgrad-'));
  const { status, stderr } = spawnSync(
    process.execPath,
    [
      ...['--import', 'ts-blank-space/register', 'scripts/train.ts', 'conditional'],
      ...['--images', '130', '--epochs', '1', '--out', out],
    ],
    { encoding: 'utf8' },
  );
  expect(stderr).toBe('');
  expect(status).toBe(0);
  const { width, height } = decode(readFileSync(join(out, 'epoch-01.png')));
  expect([width, height]).toEqual([2 * (10 * 58 + 2) + 12, 8 * 58 + 2]);
});

/** The most that a matrix lengthens a vector, by many rounds of power iteration from a vector of its own. */
function spectralNorm(W: ArrayLike<number>, rows: number, columns: number): number {
  let v = Array.from(new Random(3).normal([columns]).data);
  let sigma = 0;
  for (let round = 0; round < 100; round++) {
    const length = Math.hypot(...v);
    v = v.map((value) => value / length);
    const u = Array.from({ length: rows }, (_, r) => v.reduce((sum, value, c) => sum + W[r * columns + c] * value, 0));
    sigma = Math.hypot(...u);
    v = v.map((_, c) => u.reduce((sum, value, r) => sum + W[r * columns + c] * value, 0));
  }
  return sigma;
}
