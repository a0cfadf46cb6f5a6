import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { Random, useKernels, zeros } from '../../src/index.ts';
import { loadBlas } from '../../src/kernels/blas/blas.ts';
import { openBlas } from '../../src/kernels/blas/library.ts';
import { kernels } from '../../src/kernels/index.ts';
import { loadWasm } from '../../src/kernels/wasm/wasm.ts';
import { blasThere } from './blas-there.ts';
import { difference } from './difference.ts';

const required = process.env.CI === 'true' && process.env.HANDGRAD_REQUIRE === '1';

test.runIf(required)('a BLAS is there', () => {
  expect(openBlas, 'HANDGRAD_REQUIRE is 1').not.toThrow();
});

describe.skipIf(!blasThere)(`the system's BLAS${blasThere ? '' : ' (none found)'}`, () => {
  test('says what it is', () => {
    expect(openBlas().name).toMatch(/\w{3}/);
    expect(openBlas().file).toMatch(/blas|blis|mkl|Accelerate/);
  });

  // With 14 · 14 positions an image is a block. With 5 · 5 its columns are 64 · 4 · 4 · 5 · 5 entries: in float32 there
  // are 20 images to a block of 2 MiB, in float64 10.
  test.each([
    { dtype: 'float32', C: 8, outH: 14 },
    { dtype: 'float64', C: 8, outH: 14 },
    { dtype: 'float32', C: 64, outH: 5 },
    { dtype: 'float64', C: 64, outH: 5 },
  ] as const)(
    '$dtype, $outH rows of positions: a batch in one block, in several, and in part of one',
    async ({ dtype, C, outH }) => {
      const [blas, wasm] = [await loadBlas(), await loadWasm()];
      const random = new Random(1);
      const geometry = { stride: [2, 2], padding: [1, 1], dilation: [1, 1] } as const;
      for (const N of [9, 10, 11, 20, 21, 41]) {
        const [H, outW] = [2 * outH, outH];
        const x = random.normal([N, C, H, H], 0, 1, dtype);
        const weight = random.normal([3, C, 4, 4], 0, 1, dtype);
        const dOut = random.normal([N, 3, outH, outW], 0, 1, dtype);
        const [dW, expected] = [zeros(weight.shape, dtype), zeros(weight.shape, dtype)];
        blas.addWeightGradient(dW, x, dOut, geometry);
        wasm.addWeightGradient(expected, x, dOut, geometry);
        for (const [actual, other] of [
          [dW, expected],
          [blas.correlate(x, weight, geometry, [outH, outW]), wasm.correlate(x, weight, geometry, [outH, outW])],
          [
            blas.correlateAdjoint(dOut, weight, geometry, [H, H]),
            wasm.correlateAdjoint(dOut, weight, geometry, [H, H]),
          ],
        ]) {
          // A sum of K products, added one after the other as some BLAS do, is off by up to about √K roundings; here
          // K is at most 41 · 14 · 14.
          expect(difference(actual, other), `${N} images`).toBeLessThan(dtype === 'float32' ? 1e-6 : 1e-14);
        }
      }
    },
  );

  test('the same input gives the same bits', async () => {
    for (const threads of [1, 2]) {
      const blas = await loadBlas();
      blas.setThreads(threads);
      const random = new Random(2);
      const [a, b] = [random.normal([150, 70]), random.normal([70, 90])];
      const first = blas.matmul(a, b);
      for (let i = 0; i < 50; i++) expect(blas.matmul(a, b).data).toEqual(first.data);
    }
  });

  test('two threads compute what one does', async () => {
    const random = new Random(3);
    const [a, b] = [random.normal([256, 300], 0, 1, 'float64'), random.normal([300, 200], 0, 1, 'float64')];
    const blas = await loadBlas();
    blas.setThreads(1);
    const one = blas.matmul(a, b);
    blas.setThreads(2);
    expect(difference(blas.matmul(a, b), one)).toBeLessThan(1e-15);
  });

  test('a process that has computed on two threads ends in peace, also where they are those of OpenMP', () => {
    const program = `
      import { Random, useKernels } from './src/index.ts';
      import { kernels } from './src/kernels/index.ts';
      await useKernels('blas', { threads: 2 });
      const a = new Random(4).normal([512, 512]);
      for (let i = 0; i < 10; i++) kernels.matmul(a, a);`;
    const flags = ['--import', 'ts-blank-space/register', '--input-type=module', '-e', program];
    // OpenMP's threads do not sleep while they wait: so one that waits where nothing is left is sure to crash.
    const env = { ...process.env, OMP_WAIT_POLICY: 'active' };
    expect(spawnSync(process.execPath, flags, { encoding: 'utf8', env })).toMatchObject({ status: 0, stderr: '' });
  });

  test('useKernels switches to it, and back', async () => {
    await useKernels('blas', { threads: 2 });
    expect(kernels.name).toBe('blas');
    await useKernels('wasm');
    expect(kernels.name).toBe('wasm');
  });

  test('the environment variable HANDGRAD_BLAS is believed: a file that is no BLAS is an error that names it', () => {
    const { stderr, status } = ask({ HANDGRAD_BLAS: '/nowhere/libblas.so' });
    expect(stderr).toMatch(
      /^RangeError: blas kernels: HANDGRAD_BLAS names \/nowhere\/libblas\.so, which is no BLAS.*\(.+\)/m,
    );
    expect(status).toBe(1);
  });
});

test('where no BLAS is installed, the error says what to install, and the kernels in use stay', () => {
  // A platform of which no library is known stands for a machine that has none.
  const { stdout, status } = ask({}, "Object.defineProperty(process, 'platform', { value: 'aix' });");
  expect(stdout).toMatch(
    /^wasm BlasMissingError: blas kernels: (no BLAS was found .*Install OpenBLAS; or name its file in the environment variable HANDGRAD_BLAS|the package koffi.*npm install koffi)$/m,
  );
  expect(status).toBe(0);
});

test('in a browser, which has no process, the error names other kernels', () => {
  const { stdout } = ask({}, 'globalThis.process = undefined;');
  expect(stdout).toMatch(/^wasm BlasMissingError: blas kernels: they need Node.*useKernels\('wasm'\)$/m);
});

/** Asks a new process for the kernels, where `first` has been run. */
function ask(environment: Record<string, string>, first?: string) {
  const caught = `try { await useKernels('blas'); } catch (error) { console.log(current.kernels.name, String(error)); }`;
  const program = `
    import { useKernels } from './src/index.ts';
    import * as current from './src/kernels/index.ts';
    ${first === undefined ? "await useKernels('blas');" : first + caught}`;
  return spawnSync(process.execPath, ['--import', 'ts-blank-space/register', '--input-type=module', '-e', program], {
    encoding: 'utf8',
    env: { ...process.env, HANDGRAD_BLAS: '', ...environment },
  });
}
