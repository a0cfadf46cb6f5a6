import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Random } from '../../src/index.ts';
import { readCheckpoint } from '../../src/node.ts';
import { emptyFolder, train, trainUntil } from './train-process.ts';

// The last batch is of one image, and left out: five steps an epoch.
const small = ['--images', '41', '--batch-size', '8', '--epochs', '3', '--save-every', '2'];

/** Everything that a run has left: report.html but for the folder that it names, and no halves of files. */
function contents(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name !== 'checkpoints' && !name.endsWith('.part'))
    .sort();
  const read = (name: string) => {
    const bytes = readFileSync(join(folder, name));
    return name === 'report.html' ? bytes.toString().replaceAll(folder, 'FOLDER') : bytes.toString('base64');
  };
  return Object.fromEntries(names.map((name) => [name, read(name)]));
}

function lines(folder: string): number {
  const file = join(folder, 'metrics.jsonl');
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0;
}

const checkpoints = (folder: string) => readdirSync(join(folder, 'checkpoints')).sort();
const weights = (stdout: string) => stdout.match(/^weights (\w{16}) /m)?.[1];

// A schedule; clipped weights and two steps of D for one of G; spectral norm.
test.each(['cnn', 'wgan', 'hinge'])(
  '%s: killed three times at random moments, a resumed run leaves the same bits',
  async (model) => {
    const [whole, killed] = [join(emptyFolder(), 'run'), join(emptyFolder(), 'run')];
    const flags = model === 'cnn' ? [model, ...small] : [model, ...small, '--samples', '3'];
    const reference = train(...flags, '--out', whole);
    expect(reference.stderr).toBe('');
    expect(checkpoints(whole)).toEqual([12, 14, 15].map((step) => `step-000000${step}.safetensors`));

    const random = new Random(model.length);
    let command = [...flags, '--out', killed];
    for (const steps of [2, 6, 11]) {
      const wait = random.next() * 60;
      let since: number | undefined;
      const { killedBy } = await trainUntil(
        command,
        () => {
          if (lines(killed) >= steps) since ??= performance.now();
          return since !== undefined && performance.now() - since > wait;
        },
        'SIGKILL',
      );
      expect(killedBy).toBe('SIGKILL');
      command = ['--resume', killed];
    }
    const { status, stdout, stderr } = train('--resume', killed);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(weights(stdout)).toBe(weights(reference.stdout));
    expect(contents(killed)).toEqual(contents(whole));

    // A run that is over has nothing left to do, and says the same again.
    expect(weights(train('--resume', killed).stdout)).toBe(weights(reference.stdout));
    expect(contents(killed)).toEqual(contents(whole));
  },
);

describe('Ctrl-C', () => {
  test('finishes the step, saves, says how to go on, and exits 130; --checks changes no bit', async () => {
    const [whole, stopped] = [join(emptyFolder(), 'run'), join(emptyFolder(), 'run')];
    const reference = train('gan-mlp', ...small.slice(0, 6), '--out', whole, '--checks');
    const flags = ['gan-mlp', ...small.slice(0, 6), '--out', stopped];
    const { status, stdout, stderr } = await trainUntil(flags, () => lines(stopped) >= 2, 'SIGINT');
    expect(stderr).toBe('');
    expect(status).toBe(130);
    const [, step] = stdout.match(/^Stopped after step (\d+)\. To go on: npm run train -- --resume (.*)$/m) ?? [];
    expect(stdout).toContain(`--resume ${stopped}\n`);
    expect(Number(step)).toBeGreaterThanOrEqual(2);
    expect(lines(stopped)).toBe(Number(step));
    expect(checkpoints(stopped).at(-1)).toBe(`step-${step.padStart(8, '0')}.safetensors`);
    expect(existsSync(join(stopped, 'report.html'))).toBe(true);

    const resumed = train('--resume', stopped);
    expect(weights(resumed.stdout)).toBe(weights(reference.stdout));
    expect(readFileSync(join(stopped, 'metrics.jsonl'), 'utf8')).toBe(
      readFileSync(join(whole, 'metrics.jsonl'), 'utf8'),
    );
  });

  test('so does the polite signal to end, with 143', async () => {
    const folder = join(emptyFolder(), 'run');
    const flags = ['perceptron', ...small.slice(0, 4), '--epochs', '100000', '--out', folder];
    const { status, stdout } = await trainUntil(flags, () => lines(folder) >= 1, 'SIGTERM');
    expect(status).toBe(143);
    expect(stdout).toMatch(/^Stopped after step \d+\./m);
  });
});

describe('--resume refuses', () => {
  const run = join(emptyFolder(), 'run');
  train('perceptron', ...small, '--out', run);
  /** A copy of the run, changed. */
  const changed = (change: (folder: string) => void): string => {
    const folder = join(emptyFolder(), 'run');
    cpSync(run, folder, { recursive: true });
    change(folder);
    return folder;
  };
  const config = (folder: string, change: (config: { flags: object }) => object) => {
    const file = join(folder, 'config.json');
    writeFileSync(file, JSON.stringify(change(JSON.parse(readFileSync(file, 'utf8')))));
  };

  test.each<[string, (folder: string) => void, RegExp]>([
    [
      'a folder without a run',
      (f) => rmSync(join(f, 'config.json')),
      /run has no config\.json: it is not the folder of a run/,
    ],
    ['a config that is not JSON', (f) => writeFileSync(join(f, 'config.json'), '{'), /config\.json is not JSON \(/],
    [
      'a config of something else',
      (f) => writeFileSync(join(f, 'config.json'), 'null'),
      /config\.json is not the config\.json of a run/,
    ],
    [
      'another model',
      (f) => config(f, (c) => ({ ...c, model: 'mpl' })),
      /is a run of 'mpl', and there is no such model/,
    ],
    [
      'a flag that cannot be',
      (f) => config(f, (c) => ({ ...c, flags: { ...c.flags, epochs: 0 } })),
      /config\.json of .*: --epochs must be a whole number/,
    ],
    [
      'a flag that there is not',
      (f) => config(f, (c) => ({ ...c, flags: { momentum: 1 } })),
      /config\.json of .*: Unknown option '--momentum'/,
    ],
    [
      'settings that the checkpoint was not made with',
      (f) => config(f, (c) => ({ ...c, flags: { ...c.flags, seed: 2 } })),
      /step-00000015\.safetensors: it is of another run than config\.json says:\n.*"seed":1/,
    ],
    [
      'other kernels',
      (f) => config(f, (c) => ({ ...c, kernels: 'mkl' })),
      /was trained with the kernels 'mkl', which cannot be had here; '.*, 1 thread' round differently/,
    ],
    [
      'checkpoints that are all damaged',
      (f) => {
        for (const name of checkpoints(f)) truncateSync(join(f, 'checkpoints', name), 5000);
      },
      /step-00000012\.safetensors: not a safetensors .*\nThere is no other checkpoint; remove what is damaged/,
    ],
    [
      'metrics that it cannot write',
      (f) => {
        rmSync(join(f, 'metrics.jsonl'));
        mkdirSync(join(f, 'metrics.jsonl'));
      },
      /EISDIR/,
    ],
  ])('%s, and writes nothing', (_, change, message) => {
    const folder = changed(change);
    const isFile = statSync(join(folder, 'metrics.jsonl')).isFile();
    const before = isFile ? contents(folder) : undefined;
    const { status, stderr } = train('--resume', folder);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(status).toBeGreaterThan(0);
    if (before) expect(contents(folder)).toEqual(before);
  });

  test('more epochs for a classifier, whose schedule ends with the last', () => {
    expect(train('--resume', run, '--epochs', '4')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('a longer one has other steps from the beginning'),
    });
  });

  test('other flags beside it', () => {
    expect(train('--resume', run, '--seed', '2')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("Unknown option '--seed'"),
    });
    expect(train('--resume').stderr).toContain("'--resume <value>' argument missing");
  });

  test('and where there is no checkpoint yet, it begins at the beginning', () => {
    const folder = changed((f) => rmSync(join(f, 'checkpoints'), { recursive: true }));
    expect(train('--resume', folder).status).toBe(0);
    expect(contents(folder)).toEqual(contents(run));
  });
});

describe('a damaged checkpoint is kept under another name, and the run goes on from the one before', () => {
  const run = join(emptyFolder(), 'run');
  const { stdout } = train('perceptron', ...small, '--out', run);
  const reference = contents(run);

  test.each<[string, (bytes: Buffer) => Buffer, string]>([
    [
      'one bit is another',
      (bytes) => Buffer.from(bytes.map((byte, i) => (i === 3000 ? byte ^ 4 : byte))),
      'it is damaged',
    ],
    ['it was cut off', (bytes) => bytes.subarray(0, 5000), 'not a safetensors file that can be read: '],
  ])('%s', (_, damage, message) => {
    const folder = join(emptyFolder(), 'run');
    cpSync(run, folder, { recursive: true });
    const file = join(folder, 'checkpoints', 'step-00000015.safetensors');
    const bytes = damage(readFileSync(file));
    writeFileSync(file, bytes);
    const resumed = train('--resume', folder);
    expect(resumed.stderr).toContain(`${file}: `);
    expect(resumed.stderr).toContain(message);
    expect(resumed.stderr).toContain('It is kept as step-00000015.safetensors.damaged.\n');
    expect(resumed.stderr).toContain(`goes on from the checkpoint before, ${file.replace('15', '14')}.`);
    expect(weights(resumed.stdout)).toBe(weights(stdout));
    expect(readFileSync(`${file}.damaged`)).toEqual(bytes);
    rmSync(`${file}.damaged`);
    expect(contents(folder)).toEqual(reference);
  });
});

test('a GAN that is over can be made longer, and has the same bits as if it had been so from the beginning', () => {
  const [short, long] = [join(emptyFolder(), 'run'), join(emptyFolder(), 'run')];
  const flags = ['gan-mlp', ...small.slice(0, 4), '--samples', '3'];
  train(...flags, '--epochs', '1', '--out', short);
  const reference = train(...flags, '--epochs', '3', '--out', long);
  const { status, stdout, stderr } = train('--resume', short, '--epochs', '3');
  expect([status, stderr]).toEqual([0, '']);
  expect(weights(stdout)).toBe(weights(reference.stdout));
  // The checkpoint of the first epoch notes that there was to be one; all later files are the same.
  const first = 'checkpoints/step-00000005.safetensors';
  const [{ [first]: _, ...ours }, { [first]: __, ...theirs }] = [contents(short), contents(long)];
  expect(ours).toEqual(theirs);
});

test('a second process at the same run is refused, and one that was killed leaves nothing in the way', async () => {
  const folder = join(emptyFolder(), 'run');
  const flags = ['perceptron', ...small.slice(0, 4), '--epochs', '100000', '--out', folder];
  let refused: ReturnType<typeof train> | undefined;
  await trainUntil(
    flags,
    () => {
      if (lines(folder) < 7 || checkpoints(folder).length === 0) return false;
      refused = train('--resume', folder);
      return true;
    },
    'SIGKILL',
  );
  expect(refused).toMatchObject({ status: 1, stderr: expect.stringMatching(/process \d+ is at work on the run in /) });
  const left = readdirSync(folder).filter((name) => name.startsWith('running-'));
  expect(left).toHaveLength(1);
  // Another process with the number of the one that was killed, as after a reboot.
  const [, , start] = left[0].split('-');
  if (start !== '0') writeFileSync(join(folder, `running-${process.pid}-${start}`), '');
  const done = lines(folder);
  const { status } = await trainUntil(['--resume', folder], () => lines(folder) > done, 'SIGINT');
  expect(status).toBe(130);
  expect(readdirSync(folder).filter((name) => name.startsWith('running-'))).toEqual([]);
});

describe('numbers that are no longer finite', () => {
  test.each([[[]], [['--checks']]])('stop the run, with the layer, the direction and the step; flags %j', (flags) => {
    const folder = join(emptyFolder(), 'run');
    const { status, stderr } = train('gan', ...small, '--generator-rate', '1e30', ...flags, '--out', folder);
    // The first update makes weights of 1e30, and the second layer's sums of their products are no floats.
    expect(stderr).toMatch(
      /^\ntrain: step 2: generator\.\d \(\w+\), forward: out \[8, [\d, ]+\] holds (NaN|-?Infinity), first at \[[\d, ]+\]\nIf training has diverged, use a lower learning rate; no state had been saved yet\.\n$/,
    );
    expect(status).toBe(1);
    expect(checkpoints(folder)).toEqual([]);
    expect(lines(folder)).toBe(1);
  });

  test('leave the last good state', () => {
    const folder = join(emptyFolder(), 'run');
    const flags = [...small, '--save-every', '1', '--generator-rate', '1e30', '--out', folder];
    const { stderr } = train('gan', ...flags);
    expect(stderr).toMatch(/^train: step 2: /m);
    const last = join(folder, 'checkpoints', 'step-00000001.safetensors');
    expect(stderr).toContain(`the last good state is ${last}.\n`);
    const { tensors } = readCheckpoint(last);
    expect(tensors.get('generator.0.weight')?.data.every(Number.isFinite)).toBe(true);
  });
});

test('a file that cannot be written ends the run with its name', () => {
  const folder = join(emptyFolder(), 'run');
  // No file larger than 600 KiB, as on a disk that is full: the checkpoint is.
  const command = `ulimit -f 600; exec "$0" --import ts-blank-space/register scripts/train.ts mlp ${small.join(' ')} --out ${folder}`;
  const { status, stderr } = spawnSync('bash', ['-c', command, process.execPath], { encoding: 'utf8' });
  expect(stderr).toMatch(
    /^\ntrain: step-00000002\.safetensors cannot be written to .*checkpoints: EFBIG: file too large, write\n$/,
  );
  expect(status).toBe(1);
  expect(checkpoints(folder)).toEqual([]);
});
