import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decode } from 'fast-png';
import { parse } from 'npyjs';
import { describe, expect, test } from 'vitest';
import { parseFlags } from '../../scripts/flags.ts';
import { gan } from '../../scripts/train/gans.ts';
import { models } from '../../scripts/train/models.ts';
import { blasThere } from '../kernels/blas-there.ts';
import { emptyFolder, train } from './train-process.ts';

/** What every run leaves in its folder, besides its pictures. */
const ALWAYS = ['checkpoints', 'config.json', 'curves.svg', 'film.gif', 'metrics.jsonl', 'report.html'];

const small = ['--images', '130', '--epochs', '2'];

describe('flags', () => {
  test.each([
    [['--epoch', '3'], "Unknown option '--epoch'"],
    [['--epochs', '0'], "--epochs must be a whole number from 1 to 1000000, not '0'"],
    [['--epochs', '1e2'], "--epochs must be a whole number from 1 to 1000000, not '1e2'"],
    [['--epochs'], "Option '--epochs <value>' argument missing"],
    [['--batch-size', '1'], "--batch-size must be a whole number from 2 to 9000, not '1'"],
    [['--kernels', 'fast'], "--kernels must be one of auto, loops, wasm, blas, not 'fast'"],
    [['--threads', '0'], "--threads must be a whole number from 1 to 64, not '0'"],
    [['--loss', 'mse'], "--loss must be one of bce, bce-logits, not 'mse'"],
    [['--generator-rate', '0'], "--generator-rate must be a number above 0, such as 0.001, not '0'"],
    [['--generator-rate=-1'], "--generator-rate must be a number above 0, such as 0.001, not '-1'"],
    [['--seed', '-1'], '--seed needs a value; write one that begins with a dash as --seed=-1'],
    [['--epochs', '1000001'], "--epochs must be a whole number from 1 to 1000000, not '1000001'"],
    [['digits'], "Unexpected argument 'digits'"],
  ])('%j: %s', (flags, message) => {
    expect(parseFlags(gan.flags, flags)).toEqual(new Error(message));
  });

  test.each([
    ['mlp', ['cnn'], "Unexpected argument 'cnn'"],
    ['gan-mlp', ['--learning-rate', '1'], "Unknown option '--learning-rate'"],
    ['gan-two-output', ['--loss', 'bce'], "Unknown option '--loss'"],
    ['mlp', ['--learning-rate', '0'], "--learning-rate must be a number above 0, such as 0.001, not '0'"],
    ['mlp', ['--batch-size', '1'], "--batch-size must be a whole number from 2 to 9000, not '1'"],
    ['mlp', ['--shift', '28'], "--shift must be a whole number from 0 to 27, not '28'"],
    ['gan-mlp', ['--images', '1'], "--images must be a whole number from 2, not '1'"],
  ])('%s %j: %s', (model, flags, message) => {
    expect(parseFlags(models.find(({ name }) => name === model)?.flags ?? {}, flags)).toEqual(new Error(message));
  });

  test.each(models.map((model) => [model.name, model] as const))(
    '%s: every flag has a default that it takes itself, and a name for its folders',
    (name, { flags }) => {
      expect(parseFlags(flags, [])).toMatchObject({
        seed: 1,
        kernels: 'auto',
        threads: 1,
        checks: false,
        out: undefined,
      });
      expect(flags.out.help).toContain(`runs/${name}-1`);
    },
  );

  test('one that stands alone is true where it is there, and takes no value', () => {
    expect(parseFlags(gan.flags, ['--checks', '--save-every', '3'])).toMatchObject({ checks: true, 'save-every': 3 });
    expect(parseFlags(gan.flags, ['--checks=3'])).toEqual(new Error("Option '--checks' does not take an argument"));
  });

  test('those left out have the values that the help gives', () => {
    expect(parseFlags(gan.flags, [])).toMatchObject({
      kernels: 'auto',
      threads: 1,
      loss: 'bce',
      seed: 1,
      samples: undefined,
    });
    expect(parseFlags(gan.flags, ['--seed', '7', '--loss=bce-logits'])).toMatchObject({ seed: 7, loss: 'bce-logits' });
  });
});

describe('npm run train', () => {
  test('writes a picture an epoch and the samples asked for', () => {
    const out = join(emptyFolder(), 'deep', 'run');
    const { status, stdout, stderr } = train(...small, '--out', out, '--samples', '103');
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(readdirSync(out).sort()).toEqual([...ALWAYS, 'epoch-01.png', 'epoch-02.png', 'samples.npy'].sort());
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

  test('auto takes blas where there is one, and else wasm, says which, and wants the same of HANDGRAD_BLAS', () => {
    const flags = ['perceptron', '--images', '20', '--epochs', '1'];
    const said = (...more: string[]) => train(...flags, ...more, '--out', emptyFolder()).stdout.split('\n')[0];
    expect(said()).toMatch(blasThere ? /^Kernels: blas \(.*\w{3}.*\), 1 thread\.$/ : /^Kernels: wasm, 1 thread\.$/);
    expect(said('--kernels', 'wasm')).toBe('Kernels: wasm, 1 thread.');
    expect(said('--kernels', 'loops')).toBe('Kernels: loops, 1 thread.');
    expect(said('--threads', '2')).toMatch(/, 2 threads\.$/);
    if (!blasThere) return;
    process.env.HANDGRAD_BLAS = '/nowhere.so';
    try {
      const { status, stdout, stderr } = train(...flags, '--out', emptyFolder());
      expect(stderr).toMatch(/^\ntrain: blas kernels: HANDGRAD_BLAS names \/nowhere\.so, which is no BLAS .*\n$/);
      expect([status, stdout]).toEqual([1, '']);
    } finally {
      delete process.env.HANDGRAD_BLAS;
    }
  });

  test.each([
    ['gan', '--loss', 'bce-logits', '--generator-loss', 'minimax'],
    ['--batch-size', '129', '--generator-rate', '0.01'],
    ...models.filter(({ kind }) => kind === 'gan').map(({ name }) => [name]),
  ])('a GAN runs with %s %s %s %s %s', (...flags) => {
    const out = emptyFolder();
    const { status, stdout, stderr } = train(
      ...flags.filter(Boolean),
      '--images',
      '130',
      '--epochs',
      '1',
      '--out',
      out,
    );
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^weights \w{16} /m);
    expect(readdirSync(out).sort()).toEqual([...ALWAYS, 'epoch-01.png'].sort());
    expect(status).toBe(0);
  });

  test('without a name it is the gan', () => {
    const weights = (...flags: string[]) =>
      train(...flags, ...small, '--out', emptyFolder()).stdout.match(/^weights .*/m)?.[0];
    expect(weights('gan')).toEqual(weights());
  });

  test.each([
    ['perceptron', 213, 80],
    ['mlp', 1000, 30],
    ['cnn', 1000, 30],
  ])(
    '%s: a picture of the hardest held-out digits an epoch, and at the end how many of %d are right',
    (name, count, beginning) => {
      const out = emptyFolder();
      const { status, stdout, stderr } = train(name, ...small, '--batch-size', '10', '--out', out);
      expect(stderr).toBe('');
      expect(status).toBe(0);
      expect(readdirSync(out).sort()).toEqual([...ALWAYS, 'epoch-01.png', 'epoch-02.png'].sort());
      const png = decode(readFileSync(join(out, 'epoch-02.png')));
      expect([png.width, png.height]).toEqual([2 * (8 * 58 + 2) + 12, 8 * 58 + 2]);

      expect(stdout).toMatch(
        /^█{10} epoch 2\/2 {2}loss \d\.\d{3} {2}accuracy \d+\.\d % {2}\d+\.\d steps\/s {2}0:00 left$/m,
      );
      expect(stdout).toMatch(/^epoch 1: held-out loss \d\.\d{3}, accuracy \d+\.\d %: .*epoch-01\.png$/m);
      const [, right, all, share] = stdout.match(/^(\S+) of (\S+) held-out digits right \((\S+) %\)$/m) ?? [];
      expect(all).toBe(count.toLocaleString('en'));
      expect(Number(share)).toBeCloseTo((100 * Number(right.replace(',', ''))) / count, 1);
      // 130 digits seen twice are a beginning.
      expect(Number(share)).toBeGreaterThan(beginning);
      expect(stdout).toMatch(/^weights \w{16} \(the same seed, kernels, threads and Node give the same\)$/m);
    },
  );

  test('a classifier too gives the same bits for the same seed', () => {
    const weights = (seed: string) =>
      train('mlp', ...small, '--seed', seed, '--out', emptyFolder()).stdout.match(/^weights (\w{16}) /m)?.[1];
    const first = weights('5');
    expect(first).toBeDefined();
    expect(weights('5')).toBe(first);
    expect(weights('6')).not.toBe(first);
  });

  test('a last batch of one image is left out for classifiers too', () => {
    const { status, stdout } = train(
      'cnn',
      '--images',
      '5',
      '--batch-size',
      '2',
      '--epochs',
      '1',
      '--out',
      emptyFolder(),
    );
    expect(stdout).toMatch(/^█{10} epoch 1\/1/m);
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

  test.each([[['mpl']], [['GAN', '--epochs', '1']], [['']], [['toString']]])(
    'a model that there is not: %j',
    (flags) => {
      const { status, stdout, stderr } = train(...flags);
      expect(stderr).toBe(
        `train: there is no model '${flags[0]}'; the models are ${models.map(({ name }) => name).join(', ')}\n` +
          'npm run train -- --list says what they are.\n',
      );
      expect(stdout).toBe('');
      expect(status).toBe(2);
    },
  );

  test('a model behind its flags: that it comes first', () => {
    expect(train('--epochs', '1', 'mlp')).toEqual({
      status: 2,
      stdout: '',
      stderr:
        'train: the model comes first: npm run train -- mlp [flags]\nnpm run train -- --help lists what there is.\n',
    });
  });

  test('a wrong flag of a model: where its help is', () => {
    expect(train('mlp', '--generator-rate', '1')).toEqual({
      status: 2,
      stdout: '',
      stderr: "train mlp: Unknown option '--generator-rate'\nnpm run train -- mlp --help lists what there is.\n",
    });
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
      stderr: expect.stringContaining('train gan: --out /proc/handgrad cannot be made'),
    });
    expect(train(...small, '--out', 'package.json').stderr).toContain('--out package.json is a file; name a folder');
  });

  test('a last batch of one image is left out, and the bar still fills', () => {
    const { status, stdout } = train('--images', '65', '--epochs', '1', '--out', emptyFolder());
    expect(stdout).toMatch(/^█{10} epoch 1\/1/m);
    expect(status).toBe(0);
  });

  test.each([[['--list']], [['mlp', '--list']]])('%j: one line on each model, from one neuron up', (flags) => {
    const { status, stdout } = train(...flags);
    expect(status).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => line.split(' ')[0])).toEqual(models.map(({ name }) => name));
    expect(lines[0]).toMatch(/^perceptron {2,}\w+/);
    for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(80);
  });

  test('MODEL --help explains every flag of the model', () => {
    const { status, stdout } = train('mlp', '--help');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^npm run train -- mlp \[flags\]\n/);
    for (const flag of [
      'epochs',
      'batch-size',
      'images',
      'seed',
      'kernels',
      'threads',
      'learning-rate',
      'shift',
      'out',
      'help',
    ]) {
      expect(stdout).toMatch(new RegExp(`^ {2}--${flag} .*\\n?.*\\w{3}`, 'm'));
    }
  });

  test('--help without a model names the models, and explains every flag of the gan', () => {
    const { status, stdout } = train('--help');
    expect(status).toBe(0);
    const flags = [
      'epochs',
      'batch-size',
      'seed',
      'kernels',
      'threads',
      'checks',
      'out',
      'loss',
      'generator-loss',
      'samples',
    ];
    for (const flag of [...flags, 'generator-rate', 'discriminator-rate']) {
      expect(stdout).toMatch(new RegExp(`^ {2}--${flag} .*\\n?.*\\w{3}`, 'm'));
    }
    for (const { name, about } of models) expect(stdout).toMatch(new RegExp(`^${name} +${about.slice(0, 20)}`, 'm'));
  });
});
