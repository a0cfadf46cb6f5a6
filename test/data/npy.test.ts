import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'npyjs';
import { describe, expect, test } from 'vitest';
import {
  Conv2d,
  Random,
  Sequential,
  Tanh,
  type Tensor,
  tensor,
  toNested,
  toNpy,
  traceBackward,
  traceToNpy,
  zeros,
} from '../../src/index.ts';
import { findPython } from '../pytorch/python.ts';

const random = new Random(11);
const tensors: readonly [string, Tensor][] = [
  ['a number', tensor(2.5)],
  ['a row', tensor([1, -0, NaN, Infinity, -Infinity, 1e-40])],
  ['images', random.normal([3, 2, 5, 4])],
  ['float64', random.normal([2, 3], 0, 1, 'float64')],
  ['ten axes, whose header needs a second line of 64', random.normal([1, 1, 1, 2, 1, 1, 1, 1, 3, 1])],
  ['nothing', zeros([0, 3])],
  ['a strided view', random.normal([2, 3]).transpose(1, 0)],
];

describe('toNpy', () => {
  test.each(tensors)('%s: npyjs reads the same numbers', (_, t) => {
    const bytes = toNpy(t);
    const { data, shape, dtype, fortranOrder } = parse(bytes.buffer as ArrayBuffer);
    expect(shape).toEqual(t.shape);
    expect(dtype).toBe(t.dtype === 'float64' ? 'f8' : 'f4');
    expect(fortranOrder).toBe(false);
    expect([...(data as Float32Array)]).toEqual([toNested(t)].flat(20));
  });

  test('the values begin at a multiple of 64, and the header ends with a line break', () => {
    const bytes = toNpy(zeros([2, 3]));
    expect(bytes.length).toBe(128 + 24);
    expect(bytes[127]).toBe('\n'.charCodeAt(0));
  });

  test('refuses what is no tensor', () => {
    expect(() => toNpy([1, 2] as never)).toThrow('toNpy: the first argument must be a float32 or float64 tensor');
  });
});

describe('traceToNpy', () => {
  const conv = new Conv2d({ inChannels: 1, outChannels: 2, kernelSize: 3, random });
  const network = new Sequential([conv, new Tanh()]);
  network.forward(random.normal([2, 1, 4, 4]));
  const trace = traceBackward(network, random.normal([2, 2, 2, 2]));
  const files = traceToNpy(trace);

  test('a file for every array', () => {
    expect([...files.keys()]).toEqual([
      'dOut.npy',
      'dX.npy',
      '1.Tanh.dOut.npy',
      '1.Tanh.dX.npy',
      '0.Conv2d.dOut.npy',
      '0.Conv2d.dX.npy',
      '0.weight.npy',
      '0.bias.npy',
    ]);
    expect(files.get('dX.npy')).toEqual(files.get('0.Conv2d.dX.npy'));
    expect(files.get('1.Tanh.dX.npy')).toEqual(files.get('0.Conv2d.dOut.npy'));
    expect(files.get('0.weight.npy')).toEqual(toNpy(conv.weight.gradient));
  });

  const python = findPython();
  if (!python) console.warn('No Python with numpy and PyTorch found: numpy does not read our .npy files here.');

  test.skipIf(!python)('numpy reads the same numbers', () => {
    const folder = mkdtempSync(join(tmpdir(), 'handgrad-'));
    for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes);
    for (const [index, [, t]] of tensors.entries()) writeFileSync(join(folder, `${index}.npy`), toNpy(t));
    const script = `
import json, os, sys, numpy
read = {name: numpy.load(os.path.join(sys.argv[1], name), allow_pickle=False) for name in os.listdir(sys.argv[1])}
print(json.dumps({name: [a.dtype.str, list(a.shape), [repr(float(v)) for v in a.flatten()]] for name, a in read.items()}))`;
    const { stdout, stderr } = spawnSync(python ?? '', ['-c', script, folder], { encoding: 'utf8' });
    expect(stderr).toBe('');
    const read: Record<string, [string, number[], string[]]> = JSON.parse(stdout);
    for (const [index, [, t]] of tensors.entries()) {
      const [dtype, shape, values] = read[`${index}.npy`];
      expect(dtype).toBe(t.dtype === 'float64' ? '<f8' : '<f4');
      expect(shape).toEqual(t.shape);
      expect(values.map((text) => Number(text.replace('inf', 'Infinity')))).toEqual([toNested(t)].flat(20));
    }
    expect(read['0.weight.npy'][1]).toEqual([2, 1, 3, 3]);
    expect(read['0.weight.npy'][2].map(Number)).toEqual([...conv.weight.gradient.data]);
  });
});
