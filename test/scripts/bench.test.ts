import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { alternate, median, middleHalf, ratio } from '../../scripts/bench/measure.ts';
import { profile } from '../../scripts/bench/profile.ts';
import { threeDigits, wrap } from '../../scripts/bench/table.ts';
import { torchLayers } from '../../scripts/bench/torch-layers.ts';
import { workloads } from '../../scripts/bench/workloads.ts';
import { Sequential, SpectralNorm } from '../../src/index.ts';
import { openBlas } from '../../src/kernels/blas/library.ts';
import { kernels } from '../../src/kernels/index.ts';
import { Linear } from '../../src/layers/linear.ts';
import { blasThere } from '../kernels/blas-there.ts';

function bench(...flags: string[]) {
  return spawnSync(process.execPath, ['--import', 'ts-blank-space/register', 'scripts/bench.ts', ...flags], {
    encoding: 'utf8',
  });
}

describe('npm run bench', () => {
  test('--quick: tables that fit 80 columns, and the same as JSON', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'handgrad-')), 'bench.json');
    const { status, stdout, stderr } = bench('--quick', '--json', file);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
    expect(stdout).toContain(`Node ${process.version}`);

    const { machine, products, convolutions, peak, steps } = JSON.parse(readFileSync(file, 'utf8'));
    expect(machine).toMatchObject({ node: process.version, threads: 1 });
    for (const { gflops } of [...products, ...convolutions]) {
      const rates = Object.values<number>(gflops);
      expect(gflops).toHaveProperty('wasm');
      for (const rate of rates) expect(rate).toBeGreaterThan(0);
    }
    expect(peak).toBe(Math.max(...products.flatMap(({ gflops }: { gflops: object }) => Object.values(gflops))));
    expect(steps.rows.map(({ name }: { name: string }) => name)).toEqual(['mlp', 'gan-mlp']);
    // PyTorch's process is told what our OpenBLAS had to be told, and the reader as well.
    expect(steps.pytorchCoreType).toBe(steps.pytorch && blasThere ? openBlas().coreType : undefined);
    expect(stdout.includes('OPENBLAS_CORETYPE')).toBe(steps.pytorchCoreType !== undefined);
    for (const { stepsPerSecond, timeOverPytorchs, peakMebibytes } of steps.rows) {
      expect(stepsPerSecond.wasm).toBeGreaterThan(0);
      // Node alone takes 40.
      expect(peakMebibytes).toBeGreaterThan(40);
      expect(Object.keys(timeOverPytorchs).length > 0).toBe(steps.pytorch !== undefined);
    }
  });

  test('--profile: every layer of the model, with its share of the step', () => {
    const { status, stdout } = bench('--quick', '--profile', '--model', 'gan-mlp', '--kernels', 'wasm');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^generator\.0 Linear +[\d.]+ +[\d.]+ +\d+ %$/m);
    expect(stdout).toMatch(/^discriminator\.6 Sigmoid +[\d.]+ +[\d.]+ +\d+ %$/m);
    expect(stdout).toMatch(/^Products and convolutions take \d+ % of the step\.$/m);
    for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
  });

  test.each([
    [['--fast'], "bench: Unknown option '--fast'\n"],
    [['--threads', '0'], "bench: --threads must be a whole number from 1 to 64, not '0'\n"],
    [['--model', 'resnet'], /^bench: --model must be one of perceptron, mlp,.* not 'resnet'\n/],
    [['--kernels', 'auto'], "bench: --kernels must be one of blas, wasm, loops, not 'auto'\n"],
    [['--quick=yes'], /^bench: Option '--quick' does not take an argument\n/],
  ])('%j is refused', (flags, message) => {
    const { status, stdout, stderr } = bench(...flags);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/npm run bench -- --help lists what there is\.\n$/);
    expect([status, stdout]).toEqual([2, '']);
  });

  test('--help explains every flag', () => {
    const { status, stdout } = bench('--help');
    expect(status).toBe(0);
    for (const flag of ['kernels', 'threads', 'model', 'profile', 'compare', 'quick', 'json', 'help']) {
      expect(stdout).toMatch(new RegExp(`^ {2}--${flag}.*\\n?.*\\w{3}`, 'm'));
    }
  });
});

test('contestants work in turn, and one that takes too long works once', async () => {
  const order: string[] = [];
  const contestant = (name: 'a' | 'b' | 'slow', seconds: number) => ({
    name,
    run(count: number) {
      order.push(name);
      return seconds * count;
    },
  });
  const rounds = await alternate([contestant('a', 0.02), contestant('b', 0.03), contestant('slow', 9)], 0.001);
  expect(order.slice(0, 5)).toEqual(['a', 'a', 'b', 'b', 'slow']);
  expect(order.slice(5, 11)).toEqual(['a', 'b', 'a', 'b', 'a', 'b']);
  expect(rounds.slow).toEqual([9]);
  expect(ratio(rounds.b ?? [], rounds.a ?? [])).toBeCloseTo(1.5, 12);
  expect(ratio(rounds.slow ?? [], rounds.b ?? [])).toBeCloseTo(300, 9);
});

test('the median, and the median of ratios pair by pair', () => {
  expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5]);
  expect(ratio([2, 9, 4], [1, 3, 4])).toBe(2);
});

test('the middle half leaves out as many of the quickest as of the slowest', () => {
  const rounds = [8, 1, 7, 2, 6, 3].map((time) => ({ time }));
  expect(middleHalf(rounds, ({ time }) => time).map(({ time }) => time)).toEqual([2, 3, 6, 7]);
  expect(middleHalf(rounds.slice(0, 1), ({ time }) => time)).toEqual([{ time: 8 }]);
});

test('numbers have three digits that count, and lines end before column 80', () => {
  expect([0.0625, 1.234, 12.34, 123.4, 12345].map(threeDigits)).toEqual(['0.063', '1.23', '12.3', '123', '12,345']);
  expect(
    wrap('word '.repeat(40).trim())
      .split('\n')
      .map((line) => line.length),
  ).toEqual([79, 79, 39]);
});

test('a profile takes its clocks off the kernels, and its parts make up the step', () => {
  const { matmul } = kernels;
  const { layers, optimizers, rest, step, kernels: products } = profile(workloads[1].create(), 5);
  expect(kernels.matmul).toBe(matmul);
  const inLayers = layers.reduce((sum, { forward, backward }) => sum + forward + backward, 0);
  expect(products).toBeGreaterThan(0);
  expect(products).toBeLessThan(step);
  expect((inLayers + optimizers + rest) / step).toBeCloseTo(1, 9);
});

test("networks in PyTorch's terms; undefined where a layer is not there", () => {
  const linear = new Linear({ inFeatures: 3, outFeatures: 2, bias: false });
  expect(torchLayers(new Sequential([linear]))).toEqual([
    { kind: 'Linear', options: { in_features: 3, out_features: 2, bias: false } },
  ]);
  expect(torchLayers(new Sequential([new SpectralNorm(linear)]))).toBeUndefined();
  const compared = workloads.filter(({ create }) => create().pytorch).map(({ name }) => name);
  expect(compared).toEqual(['mlp', 'cnn', 'gan-mlp', 'gan', 'gan-mlp-512', 'gan-128']);
});
