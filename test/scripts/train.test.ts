import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode } from 'fast-png';
import { parse } from 'npyjs';
import { describe, expect, test } from 'vitest';
import { parseFlags } from '../../scripts/flags.ts';
import { trainFlags } from '../../scripts/train-flags.ts';

/** A small training run, as it is typed. */
function train(...flags: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'ts-blank-space/register', 'scripts/train.ts', ...flags],
    { encoding: 'utf8' },
  );
  return { status, stdout, stderr };
}

function emptyFolder(): string {
  return mkdtempSync(join(tmpdir(), 'handgrad-'));
}

const small = ['--images', '130', '--epochs', '2'];

describe('flags', () => {
  test.each([
    [['--epoch', '3'], "Unknown option '--epoch'"],
    [['--epochs', '0'], "--epochs must be a whole number from 1 to 1000000, not '0'"],
    [['--epochs', '1e2'], "--epochs must be a whole number from 1 to 1000000, not '1e2'"],
    [['--epochs'], "Option '--epochs <value>' argument missing"],
    [['--batch-size', '1'], "--batch-size must be a whole number from 2 to 9000, not '1'"],
    [['--kernels', 'fast'], "--kernels must be one of wasm, loops, not 'fast'"],
    [['--loss', 'mse'], "--loss must be one of bce, bce-logits, two-output, not 'mse'"],
    [['--generator-rate', '0'], "--generator-rate must be a number above 0, such as 0.001, not '0'"],
    [['--generator-rate=-1'], "--generator-rate must be a number above 0, such as 0.001, not '-1'"],
    [['--seed', '-1'], '--seed needs a value; write one that begins with a dash as --seed=-1'],
    [['--epochs', '1000001'], "--epochs must be a whole number from 1 to 1000000, not '1000001'"],
    [['digits'], "Unexpected argument 'digits'"],
  ])('%j: %s', (flags, message) => {
    expect(parseFlags(trainFlags, flags)).toEqual(new Error(message));
  });

  test('those left out have the values that the help gives', () => {
    expect(parseFlags(trainFlags, [])).toMatchObject({ kernels: 'wasm', loss: 'bce', seed: 1, samples: undefined });
    expect(parseFlags(trainFlags, ['--seed', '7', '--loss=two-output'])).toMatchObject({ seed: 7, loss: 'two-output' });
  });
});

describe('npm run train', () => {
  test('writes a picture an epoch and the samples asked for', () => {
    const out = join(emptyFolder(), 'deep', 'run');
    const { status, stdout, stderr } = train(...small, '--out', out, '--samples', '103');
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(readdirSync(out).sort()).toEqual(['epoch-01.png', 'epoch-02.png', 'samples.npy']);
    const png = decode(readFileSync(join(out, 'epoch-02.png')));
    expect([png.width, png.height]).toEqual([2 * (8 * 58 + 2) + 12, 8 * 58 + 2]);

    const bytes = readFileSync(join(out, 'samples.npy'));
    const samples = parse(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer);
    expect(samples.shape).toEqual([103, 1, 28, 28]);
    expect(samples.dtype).toBe('f4');
    const values = samples.data as Float32Array;
    expect(values.every((value) => Math.abs(value) <= 1)).toBe(true);
    expect(new Set(values.subarray(102 * 784)).size).toBeGreaterThan(100);

    expect(stdout).toMatch(/epoch 2\/2 {2}loss D \d+\.\d\d G \d+\.\d\d {2}D\(real\) [01]\.\d\d D\(fake\) [01]\.\d\d/);
    expect(stdout).toMatch(/‖dL\/dimage‖ \d+\.\d{4} {2}\d+\.\d steps\/s {2}0:00 left/);
    expect(stdout).not.toContain('\x1b');
  });

  test('the same seed gives the same bits, another seed others', () => {
    const weights = (seed: string) => {
      const { stdout } = train(...small, '--seed', seed, '--out', emptyFolder());
      return stdout.match(/^weights (\w{16}) /m)?.[1];
    };
    const first = weights('5');
    expect(first).toBeDefined();
    expect(weights('5')).toBe(first);
    expect(weights('6')).not.toBe(first);
  });

  test.each([
    ['--loss', 'bce-logits', '--generator-loss', 'minimax'],
    ['--loss', 'two-output'],
    ['--batch-size', '129', '--generator-rate', '0.01'],
  ])('runs with %s %s %s %s', (...flags) => {
    const { status, stderr } = train(
      '--images',
      '130',
      '--epochs',
      '1',
      ...flags.filter(Boolean),
      '--out',
      emptyFolder(),
    );
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });

  test('names a wrong flag and exits 2', () => {
    const { status, stdout, stderr } = train('--epochs', '0');
    expect(stderr).toBe(
      "train: --epochs must be a whole number from 1 to 1000000, not '0'\nnpm run train -- --help lists what there is.\n",
    );
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });

  test('does not write into a folder that has something in it', () => {
    const { status, stderr } = train(...small, '--out', 'src');
    expect(stderr).toContain('--out src is not empty');
    expect(status).toBe(2);
    expect(existsSync('src/epoch-01.png')).toBe(false);
  });

  test('a folder that cannot be made is named, and a file is not taken for one', () => {
    expect(train(...small, '--out', '/proc/handgrad')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('train: --out /proc/handgrad cannot be made'),
    });
    expect(train(...small, '--out', 'package.json').stderr).toContain('--out package.json is a file; name a folder');
  });

  test('a training that diverges says so in one line', () => {
    const { status, stderr } = train(...small, '--generator-rate', '1e30', '--out', emptyFolder());
    expect(stderr).toMatch(/^\ntrain: .*if training has diverged, use a lower learning rate.*\n$/);
    expect(status).toBe(1);
  });

  test('a last batch of one image is left out, and the bar still fills', () => {
    const { status, stdout } = train('--images', '65', '--epochs', '1', '--out', emptyFolder());
    expect(stdout).toMatch(/^█{10} epoch 1\/1/m);
    expect(status).toBe(0);
  });

  test('--help explains every flag', () => {
    const { status, stdout } = train('--help');
    expect(status).toBe(0);
    const flags = ['epochs', 'batch-size', 'seed', 'kernels', 'out', 'loss', 'generator-loss', 'samples'];
    for (const flag of [...flags, 'generator-rate', 'discriminator-rate']) {
      expect(stdout).toMatch(new RegExp(`^ {2}--${flag} .*\\n?.*\\w{3}`, 'm'));
    }
  });
});
