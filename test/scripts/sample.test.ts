import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { decode } from 'fast-png';
import { parse } from 'npyjs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { interpolate } from '../../scripts/sample/interpolate.ts';
import { openTrained } from '../../scripts/train/trained.ts';
import { loadMnist } from '../../src/data/mnist.ts';
import { full, Random, tensor, toNested } from '../../src/index.ts';
import { toIdx } from '../data/idx.ts';

const folder = mkdtempSync(join(tmpdir(), 'handgrad-'));
const run = join(folder, 'run');
afterAll(() => rmSync(folder, { recursive: true }));

function script(name: string, ...args: string[]) {
  const command = ['--import', 'ts-blank-space/register', `scripts/${name}.ts`, ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' });
  return { status, stdout, stderr };
}

beforeAll(() => {
  script('train', 'conditional', '--images', '130', '--epochs', '1', '--out', run);
});

test('the digit asked for, from the noise of the seed', async () => {
  const out = join(folder, 'three.npy');
  expect(script('sample', run, '--digit', '3', '--count', '7', '--seed', '5', '--out', out)).toMatchObject({
    status: 0,
  });
  const { buffer, byteOffset, length } = readFileSync(out);
  const { data, shape } = parse(buffer.slice(byteOffset, byteOffset + length) as ArrayBuffer);
  expect(shape).toEqual([7, 1, 28, 28]);
  const trained = await openTrained(run);
  if (trained.kind !== 'gan') throw new Error('conditional is a GAN');
  const noise = new Random(5).normal([7, trained.latentSize]);
  const images = trained.generator.forward(noise, full([7], 3));
  expect([...(data as Float32Array)]).toEqual([...images.data]);
  expect([...trained.generator.forward(noise, full([7], 4)).data]).not.toEqual([...images.data]);
});

test('a picture beside the others of the run, none of them overwritten', () => {
  for (const number of [1, 2]) {
    expect(script('sample', run, '--interpolate', '--count', '6', '--columns', '3')).toMatchObject({ status: 0 });
    const { width, height } = decode(readFileSync(join(run, `samples-${number}.png`)));
    expect([width, height]).toEqual([3 * 58 + 2, 2 * 58 + 2]);
  }
  const out = join(run, 'samples-1.png');
  expect(script('sample', run, '--out', out)).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('is there already'),
  });
});

test('the way from one noise to another is an arc', () => {
  const half = Math.SQRT1_2;
  const way = toNested<number[][]>(
    interpolate(
      tensor([
        [1, 0],
        [0, 1],
        [2, 2],
        [2, 2],
      ]),
      3,
    ),
  );
  const expected = [
    [1, 0],
    [half, half],
    [0, 1],
    [2, 2],
    [2, 2],
    [2, 2],
  ];
  for (const [row, values] of expected.entries()) {
    for (const [i, value] of values.entries()) expect(way[row][i]).toBeCloseTo(value, 6);
  }
});

test('what cannot be sampled is refused', async () => {
  const mlp = join(folder, 'mlp');
  script('train', 'perceptron', '--images', '130', '--epochs', '1', '--out', mlp);
  const refusals: [string[], string][] = [
    [[mlp], 'is a run of perceptron, which makes no images'],
    [[], 'the folder of a run comes first'],
    [[run, '--out', 'a.jpg'], "--out must be the name of a file, .png or .npy, not 'a.jpg'"],
  ];
  for (const [args, message] of refusals) {
    const { status, stderr } = script('sample', ...args);
    expect(stderr).toContain(message);
    expect(status).not.toBe(0);
    expect(stderr).not.toContain('    at ');
  }
  const none = join(folder, 'none');
  await expect(openTrained(none)).rejects.toThrow('name the folder of a run, or a checkpoint');
  await expect(openTrained(folder)).rejects.toThrow('has no checkpoints: it is not the folder of a run');
  await expect(openTrained(join(run, 'config.json'))).rejects.toThrow('config.json: ');
});

test('the digits of the package mnist, read from IDX files with --data, give the same weights', () => {
  const data = join(folder, 'data');
  mkdirSync(data);
  for (const [name, { images, labels }] of Object.entries({ train: loadMnist().train, t10k: loadMnist().test })) {
    const N = labels.shape[0];
    const bytes = images.data.map((value) => Math.round((value + 1) * 127.5));
    writeFileSync(join(data, `${name}-images-idx3-ubyte.gz`), gzipSync(toIdx([N, 28, 28], bytes), { level: 1 }));
    writeFileSync(join(data, `${name}-labels-idx1-ubyte`), toIdx([N], labels.data));
  }
  const weights = (...args: string[]) => {
    const { stdout } = script('train', 'perceptron', '--epochs', '1', ...args);
    return stdout.match(/^weights (\w{16}) /m)?.[1];
  };
  const expected = weights('--out', join(folder, 'a'));
  expect(expected).toBeDefined();
  expect(weights('--out', join(folder, 'b'), '--data', data)).toBe(expected);

  writeFileSync(join(data, 'train-labels-idx1-ubyte'), toIdx([9000], loadMnist().train.labels.data.with(0, 1)));
  const resumed = script('train', '--resume', join(folder, 'b'));
  expect(resumed).toMatchObject({ status: 1, stderr: expect.stringContaining('no longer holds what') });
  const { status, stderr } = script('train', 'perceptron', '--images', '1916', '--data', data);
  expect([status, stderr]).toEqual([1, "\ntrain: --images must be a whole number from 2 to 1915, not '1916'\n"]);
});
