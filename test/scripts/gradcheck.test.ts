import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { details, heading, row, summary, wrap } from '../../scripts/gradcheck/table.ts';
import { type Outcome, type Subject, subjects } from '../../src/gradient-check/subjects/index.ts';

/** A check, as it is typed; with Softmax's backward wrong in one entry where it is to be found out. */
function gradcheck(flags: readonly string[], broken = false) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      '--import',
      'ts-blank-space/register',
      ...(broken ? ['--import', breakSoftmax] : []),
      'scripts/gradcheck.ts',
      ...flags,
    ],
    { encoding: 'utf8' },
  );
  return { status, stdout, stderr, lines: stdout.split('\n') };
}

const breakSoftmax = `data:text/javascript,
  import { Softmax } from '${pathToFileURL(resolve('src/layers/softmax.ts'))}';
  const { backward } = Softmax.prototype;
  Softmax.prototype.backward = function (dOut) {
    const dX = backward.call(this, dOut);
    dX.data[1] *= -1;
    return dX;
  };`;

describe('npm run gradcheck', () => {
  test('checks everything, and ends with 1 where one backward is wrong', () => {
    const { status, lines, stdout, stderr } = gradcheck([], true);
    expect(stderr).toBe('');
    for (const { name, configurations } of subjects) {
      const [line, ...more] = lines.filter((line) => line.startsWith(`${name} `));
      expect(more, name).toEqual([]);
      const verdict = name === 'Softmax' ? 'FAIL' : 'pass';
      expect(line, name).toMatch(
        new RegExp(`^${name} +${configurations.length}( .*\\de-\\d.*|  .*) \\d[\\d,]*  ${verdict}$`),
      );
    }
    expect(lines.filter((line) => line.endsWith('FAIL'))).toHaveLength(1);
    const softmax = lines.findIndex((line) => line.startsWith('Softmax'));
    expect(lines[softmax + 1]).toMatch(/^ {2}x 5×4: x \d\.\de-\d$/);
    expect(lines.at(-2)).toBe(`${subjects.length} checked, ${subjects.length - 1} passed, 1 failed`);
    expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThanOrEqual(80);
    expect(stdout).not.toContain('\x1b');
    expect(status).toBe(1);
  });

  test('--layer lists every configuration, and ends with 0 where all is right', () => {
    const { status, lines, stderr } = gradcheck(['--layer', 'softmax', '--seed', '5']);
    expect(stderr).toBe('');
    expect(lines.filter((line) => / {2}pass {2}x \d[×\d]*$/.test(line))).toHaveLength(2);
    expect(lines.at(-2)).toBe('2 checked, 2 passed');
    expect(status).toBe(0);
  });

  test('--layer ends with 1 where that backward is wrong', () => {
    const { status, lines } = gradcheck(['--layer', 'Softmax'], true);
    expect(lines.filter((line) => line.includes('  FAIL  '))).toHaveLength(2);
    expect(lines.at(-2)).toBe('2 checked, 0 passed, 2 failed');
    expect(status).toBe(1);
  });

  test('an unknown name is refused with the names that there are', () => {
    const { status, stdout, stderr } = gradcheck(['--layer', 'Conv3d']);
    expect(stderr).toMatch(/^gradcheck: there is no 'Conv3d'; there are\n {2}Linear, /);
    for (const { name } of subjects) expect(stderr).toMatch(new RegExp(`\\b${name}\\b`));
    expect(Math.max(...stderr.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });

  test('a name without its flag: how it is written', () => {
    expect(gradcheck(['Conv2d'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('gradcheck: for Conv2d alone, write --layer Conv2d'),
    });
  });

  test('a wrong flag is named', () => {
    expect(gradcheck(['--layers', 'Conv2d'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("gradcheck: Unknown option '--layers'"),
    });
  });
});

describe('the table', () => {
  const error = (name: string, relativeError: number, entries = 4, size = entries) => ({
    name,
    relativeError,
    largestDifference: 0,
    entries,
    size,
  });
  const outcome = (description: string, ...errors: Outcome['errors'][number][]): Outcome => ({
    description,
    errors,
    passed: errors.every(({ relativeError }) => relativeError <= 1e-7),
  });
  const layer = (name: string, base?: string): Subject => ({
    name,
    kind: 'layer',
    configurations: [],
    ...(base === undefined ? {} : { base }),
  });

  test('every tensor that is checked has a column', () => {
    const network = [error('x', 1e-9), error('0.embedding.weight', 2e-9), error('1.weight_orig', 3e-9)];
    expect(row(layer('Net'), [outcome('', ...network, error('1.bias', 4e-9))])).toBe(
      'Net                        1   1.0e-9   3.0e-9   4.0e-9                 16  pass',
    );
    expect(row({ ...layer('Loss'), kind: 'loss' }, [outcome('', error('prediction', 0))])).toBe(
      'Loss                       1        0                                    4  pass',
    );
    const step = [error('images', 1e-9), error('generator.0.weight', 2e-9), error('discriminator.0.bias', 3e-9)];
    expect(row({ ...layer('bce'), kind: 'GAN step' }, [outcome('', ...step)])).toBe(
      'bce                        1   1.0e-9   2.0e-9   3.0e-9                 12  pass',
    );
    expect(heading('layer')).toBe('Layers               configs       dX   weight     bias            entries');
  });

  test('a row has the largest error of all configurations, and says which failed', () => {
    const outcomes = [
      outcome('stride 1', error('x', 1e-9), error('weight', 2e-9, 1000, 5000)),
      outcome('stride 2', error('x', 0.5), error('weight', Number.NaN, 4)),
      { ...outcome('stride 3'), passed: false, failure: 'Conv2d: dOut must be [2]' },
    ];
    expect(row(layer('Conv2d'), outcomes).split('\n')).toEqual([
      'Conv2d                     3   5.0e-1      NaN              1,012 of 5,012  FAIL',
      '  stride 2: x 5.0e-1, weight NaN',
      '  stride 3: Conv2d: dOut must be [2]',
    ]);
  });

  test('details have a line for each configuration, wrapped below itself', () => {
    const outcomes = [
      outcome('kernelSize 3×2, stride 2, x 5×4', error('x', 1e-9)),
      { ...outcome('bias false'), passed: false, failure: 'Conv2d: no' },
    ];
    expect(details(layer('Conv2d', 'kernelSize 3'), outcomes, 72).split('\n')).toEqual([
      'Conv2d (layer): kernelSize 3 where nothing else is said',
      '',
      '       dX   weight     bias  entries',
      '   1.0e-9                          4  pass  kernelSize 3×2, stride 2,',
      '                                            x 5×4',
      '                                   0  FAIL  bias false',
      '  Conv2d: no',
    ]);
  });

  test('details of a network list its tensors', () => {
    const all = [error('x', 1e-9), error('0.weight', 2e-9, 40, 1200), error('0.bias', 0), error('2.weight', 1e-8)];
    expect(details({ ...layer('net'), kind: 'model' }, [outcome('x 5×4', ...all)], 100).split('\n')).toEqual([
      'net (model)',
      '',
      '       dX   weight     bias      entries',
      '   1.0e-9   1.0e-8        0  52 of 1,212  pass  x 5×4',
      '    dX                                 4  1.0e-9',
      '    0.weight                 40 of 1,200  2.0e-9',
      '    0.bias                             4  0',
      '    2.weight                           4  1.0e-8',
    ]);
  });

  test('the last line counts', () => {
    expect(summary(3, 0)).toBe('3 checked, 3 passed');
    expect(summary(3, 2)).toBe('3 checked, 1 passed, 2 failed');
  });

  test.each([
    ['a, bb, ccc', 5, ['a,', 'bb,', 'ccc']],
    ['a, bb, ccc', 6, ['a, bb,', 'ccc']],
    ['a, bb, ccc', 100, ['a, bb, ccc']],
    ['longer than that', 5, ['longer than that']],
  ])('%j in %i columns', (text, width, lines) => {
    expect(wrap(text, width)).toEqual(lines);
  });
});
