import { spawnSync } from 'node:child_process';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { openBlas } from '../../src/kernels/blas/library.ts';
import { betterCore, processorFlags } from '../../src/kernels/blas/openblas-core.ts';
import { blasThere } from './blas-there.ts';

const avx2 = ['sse2', 'avx', 'avx2', 'fma'];
const avx512 = [...avx2, 'avx512f', 'avx512dq', 'avx512bw', 'avx512vl', 'avx512cd'];

test.each([
  // A processor that is newer than the library: the library falls back to SSE3.
  ['Prescott', avx512, 'SkylakeX'],
  ['Prescott', avx2, 'Haswell'],
  // The same from AMD.
  ['Barcelona', avx512, 'SkylakeX'],
  ['Barcelona', avx2, 'Haswell'],
  ['Sandybridge', avx2, 'Haswell'],
  // Knights Landing has no AVX-512 on bytes and words.
  ['Prescott', [...avx2, 'avx512f', 'avx512cd'], 'Haswell'],
  // Old processors, and one whose flags are not known.
  ['Sandybridge', ['sse2', 'avx'], undefined],
  ['Piledriver', ['sse2', 'avx', 'fma'], undefined],
  ['Prescott', [], undefined],
  // What the library chose knowing the processor stays, as does a core of which nothing is known here.
  ['Haswell', avx512, undefined],
  ['Zen', avx512, undefined],
  ['Cooperlake', avx512, undefined],
  ['neoversen1', [], undefined],
  [undefined, avx512, undefined],
])('%s on a processor with %j: %s', (core, flags, better) => {
  expect(betterCore(core, new Set(flags))).toBe(better);
});

test.each(
  (
    'Unknown Katmai Coppermine Northwood Prescott Banias Atom Core2 Penryn Dunnington Nehalem Athlon Opteron ' +
    'Opteron_SSE3 Barcelona Nano Sandybridge Bobcat Bulldozer Piledriver Steamroller'
  ).split(' '),
)('%s is older than AVX2', (core) => {
  expect(betterCore(core, new Set(avx2))).toBe('Haswell');
});

test.each(avx512.slice(2))('a processor without %s', (missing) => {
  const flags = new Set(avx512.filter((flag) => flag !== missing));
  expect(betterCore('Prescott', flags)).toBe(avx2.includes(missing) ? undefined : 'Haswell');
});

test('the flags of this processor', () => {
  // Every x86-64 has SSE2.
  expect(processorFlags().has('sse2')).toBe(process.platform === 'linux' && process.arch === 'x64');
});

// musl, the C library of Alpine, never unloads a library.
const unloads = JSON.stringify(process.report?.getReport() ?? '').includes('glibcVersionRuntime');
const isOpenBlas = blasThere && openBlas().name.startsWith('OpenBLAS');

describe.skipIf(!isOpenBlas || !unloads)("the core of the system's OpenBLAS", () => {
  test('is no older than the processor: as if the user had named it', () => {
    const { core, coreType, variable } = opened();
    const own = loaded();
    const better = betterCore(own, processorFlags());
    expect(core).toBe(better ? loaded({ OPENBLAS_CORETYPE: better }) : own);
    expect(coreType).toBe(core === own ? undefined : better);
    // The environment is as it was.
    expect(variable).toBeUndefined();
  });

  test('is the one that OPENBLAS_CORETYPE names', () => {
    const given = { OPENBLAS_CORETYPE: 'Prescott' };
    expect(opened(given)).toEqual({ core: loaded(given), variable: 'Prescott' });
  });

  test('in a worker, whose environment the library does not see, is what it is', () => {
    const worker = `new (require('node:worker_threads').Worker)(${JSON.stringify(OPEN)}, { eval: true })`;
    expect(run(worker)).toEqual({ core: loaded() });
  });
});

test.runIf(blasThere)('a library is opened once', () => {
  expect(openBlas()).toBe(openBlas());
});

afterEach(() => {
  vi.unstubAllEnvs();
});

test.runIf(blasThere)('HANDGRAD_BLAS counts when a library is open already, too', () => {
  const before = openBlas();
  vi.stubEnv('HANDGRAD_BLAS', '/nowhere/libnone.so');
  expect(openBlas).toThrow(RangeError);
  vi.unstubAllEnvs();
  expect(openBlas()).toBe(before);
});

test.runIf(blasThere && unloads)('a library stays loaded, however often it is closed', () => {
  const program = `(async () => {
    await import('ts-blank-space/register');
    const { openBlas } = await import(${JSON.stringify(new URL('../../src/kernels/blas/library.ts', import.meta.url))});
    const { file } = openBlas();
    const c = require('koffi').load(null);
    const handle = c.func('dlopen', 'void *', ['str', 'int'])(file, 2);
    const close = c.func('dlclose', 'int', ['void *']);
    for (let i = 0; i < 8; i++) close(handle);
    const maps = require('node:fs').readFileSync('/proc/self/maps', 'utf8');
    require('node:fs').writeSync(1, String(maps.includes(file.split('/').pop().split('.so')[0])));
    // Without koffi's own closing at the end of the process.
    process.kill(process.pid, 'SIGKILL');
  })()`;
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' });
  expect(stdout, stderr).toBe('true');
});

const OPEN = `(async () => {
  await import('ts-blank-space/register');
  const { openBlas } = await import(${JSON.stringify(new URL('../../src/kernels/blas/library.ts', import.meta.url))});
  const { name, coreType } = openBlas();
  console.log(JSON.stringify({ core: name.split(' for ')[1], coreType, variable: process.env.OPENBLAS_CORETYPE }));
})()`;

/** What openBlas opens in a new process. */
function opened(environment = {}) {
  return run(OPEN, environment);
}

/** The core that the same library takes by itself in a new process. */
function loaded(environment = {}): string {
  const file = JSON.stringify(openBlas().file);
  const core = `require('koffi').load(${file}).func('openblas_get_corename', 'str', [])()`;
  return run(`console.log(JSON.stringify({ core: ${core} }))`, environment).core;
}

function run(program: string, environment = {}) {
  const { OPENBLAS_CORETYPE, ...env } = process.env;
  const options = { encoding: 'utf8', env: { ...env, ...environment } } as const;
  const { stdout, stderr, status } = spawnSync(process.execPath, ['-e', program], options);
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout);
}
