import type * as Koffi from 'koffi';
import type { TypedArray } from '../../tensor/tensor.ts';
import { betterCore, processorFlags } from './openblas-core.ts';

/** out [M, N] = a [M, K] · b [K, N] + beta · out, all row-major; lda, ldb and ldc are the lengths of stored rows. */
export type Gemm = (
  transposeA: boolean,
  transposeB: boolean,
  M: number,
  N: number,
  K: number,
  a: TypedArray,
  lda: number,
  b: TypedArray,
  ldb: number,
  beta: 0 | 1,
  out: TypedArray,
  ldc: number,
) => void;

/** The system's BLAS (Basic Linear Algebra Subprograms), and of it what is used here. */
export interface Blas {
  /** What the library calls itself. */
  readonly name: string;
  /** The file that it was loaded from, as the system's loader knows it. */
  readonly file: string;
  /** The OPENBLAS_CORETYPE under which it was loaded again; undefined where it knew the processor. */
  readonly coreType?: string | undefined;
  readonly sgemm: Gemm;
  readonly dgemm: Gemm;
  /** Does nothing where the library cannot be told. */
  setThreads(threads: number): void;
}

/**
 * Names under which the system's loader may know a BLAS with C functions and 32-bit sizes, the first that is there
 * being taken. libblas.so is not among them: where no other is installed it is the reference implementation, which
 * is slower than the `wasm` kernels.
 */
const names: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  linux: [
    'libopenblas.so.0',
    'libopenblas.so',
    'libopenblasp.so.0',
    'libopenblaso.so.0',
    'libmkl_rt.so.2',
    'libmkl_rt.so',
    'libblis.so.4',
    'libblis.so.3',
    'libblis.so',
  ],
  darwin: ['/System/Library/Frameworks/Accelerate.framework/Accelerate'],
  win32: ['libopenblas.dll', 'openblas.dll', 'mkl_rt.2.dll'],
};

const howToInstall: Partial<Record<NodeJS.Platform, string>> = {
  linux: 'Install OpenBLAS: apt-get install libopenblas0, dnf install openblas, pacman -S openblas',
  win32: 'Get OpenBLAS from github.com/OpenMathLib/OpenBLAS/releases and put the folder of libopenblas.dll in PATH',
};

/** Where no BLAS can be had: koffi, the library or Node itself is missing. The message says what to install. */
export class BlasMissingError extends Error {
  override readonly name = 'BlasMissingError';
  readonly code = 'ERR_BLAS_MISSING';
}

/** What has been opened, by what HANDGRAD_BLAS said. */
const opened = new Map<string | undefined, Blas>();

/**
 * Opens the BLAS that the environment variable HANDGRAD_BLAS names (a file, or a name that the system's loader
 * knows), or else the first that is installed.
 *
 * Throws a BlasMissingError where there is none, and a RangeError where the file that is named is none.
 */
export function openBlas(): Blas {
  const koffi = loadKoffi();
  const given = process.env.HANDGRAD_BLAS || undefined;
  let blas = opened.get(given);
  if (!blas) {
    blas = find(koffi, given);
    keepLoaded(koffi, blas.file);
    opened.set(given, blas);
  }
  return blas;
}

function find(koffi: typeof Koffi, given: string | undefined): Blas {
  if (given !== undefined) {
    try {
      return load(koffi, given);
    } catch (error) {
      throw new RangeError(
        `blas kernels: HANDGRAD_BLAS names ${given}, which is no BLAS with cblas_sgemm and cblas_dgemm (${reason(error)})`,
      );
    }
  }
  const candidates = names[process.platform] ?? [];
  for (const name of candidates) {
    try {
      return load(koffi, name);
    } catch {
      // Not there, or without the C functions: on to the next.
    }
  }
  throw new BlasMissingError(
    `blas kernels: no BLAS was found (looked for ${candidates.join(', ') || 'none on this platform'}). ` +
      `${howToInstall[process.platform] ?? 'Install OpenBLAS'}; or name its file in the environment variable HANDGRAD_BLAS`,
  );
}

/**
 * koffi calls C from JavaScript. It is loaded this way, and not by `import`, so that who bundles this library for a
 * browser needs neither koffi nor Node's own modules.
 */
function loadKoffi(): typeof Koffi {
  if (typeof process === 'undefined' || typeof process.getBuiltinModule !== 'function') {
    throw new BlasMissingError("blas kernels: they need Node, whose programs may call C; here use useKernels('wasm')");
  }
  try {
    return process.getBuiltinModule('node:module').createRequire(import.meta.url)('koffi');
  } catch (error) {
    throw new BlasMissingError(
      `blas kernels: the package koffi, through which they call the BLAS, cannot be loaded (${reason(error)}). ` +
        'Install it: npm install koffi',
    );
  }
}

/**
 * Loads a library. An OpenBLAS that is older than the processor takes the kernels of the oldest processors, a quarter
 * as fast, unless OPENBLAS_CORETYPE names others while it is loaded. So such a one is loaded a second time. Where the
 * user has set the variable, it stays.
 */
function load(koffi: typeof Koffi, file: string): Blas {
  const library = koffi.load(file);
  const core = betterCore(coreOf(library), processorFlags());
  if (core === undefined || process.env.OPENBLAS_CORETYPE !== undefined) return bind(library, file);

  // In a worker the variable does not reach the library, and one that somebody else has open too stays loaded. Then it
  // computes as it would have.
  process.env.OPENBLAS_CORETYPE = core;
  try {
    library.unload();
    const again = koffi.load(file);
    return { ...bind(again, file), coreType: coreOf(again) === core ? core : undefined };
  } finally {
    // Programs that this one starts choose for themselves.
    delete process.env.OPENBLAS_CORETYPE;
  }
}

// The numbers that Linux has for them.
const RTLD_NOW = 0x2;
const RTLD_NODELETE = 0x1000;

/**
 * At the end koffi unloads what it has loaded, and the threads that OpenMP has started, of which OpenBLAS does not
 * know, crash the process, for they are still in there. What is opened with RTLD_NODELETE stays.
 */
function keepLoaded(koffi: typeof Koffi, file: string): void {
  if (process.platform !== 'linux') return;
  ifThere(koffi.load(null), 'dlopen', 'void *', ['str', 'int'])?.(file, RTLD_NOW | RTLD_NODELETE);
}

// The numbers of the C interface's enumerations.
const ROW_MAJOR = 101;
const NO_TRANS = 111;
const TRANS = 112;
const MKL_SEQUENTIAL = 1;
const BLAS_THREADING = { multi: 0, single: 1 };

function bind(library: Koffi.LibraryHandle, file: string): Blas {
  const gemm = (name: string, scalar: 'float' | 'double'): Gemm => {
    const int = Array.from({ length: 6 }, () => 'int');
    const call = library.func(name, 'void', [
      ...int,
      scalar,
      ...['void *', 'int', 'void *', 'int'],
      scalar,
      ...['void *', 'int'],
    ]);
    return (transposeA, transposeB, M, N, K, a, lda, b, ldb, beta, out, ldc) => {
      const [opA, opB] = [transposeA ? TRANS : NO_TRANS, transposeB ? TRANS : NO_TRANS];
      call(ROW_MAJOR, opA, opB, M, N, K, 1, a, lda, b, ldb, beta, out, ldc);
    };
  };
  const optional = (name: string, result: string, parameters: string[]) => ifThere(library, name, result, parameters);
  const sgemm = gemm('cblas_sgemm', 'float');
  const dgemm = gemm('cblas_dgemm', 'double');

  // Each library has its own way to be told how many threads to use.
  const openblas = optional('openblas_set_num_threads', 'void', ['int']);
  const mkl = optional('MKL_Set_Num_Threads', 'void', ['int']);
  const mklLayer = optional('MKL_Set_Threading_Layer', 'int', ['int']);
  const blis = optional('bli_thread_set_num_threads', 'void', ['int64_t']);
  const accelerate = optional('BLASSetThreading', 'int', ['int']);

  const openblasConfig: string | undefined = optional('openblas_get_config', 'str', [])?.();
  const blisVersion: string | undefined = optional('bli_info_get_version_str', 'str', [])?.();
  // The whole configuration begins with 'OpenBLAS 0.3.21'.
  const openblasName = openblasConfig && `${openblasConfig.split(' ', 2).join(' ')} for ${coreOf(library)}`;

  return {
    name: openblasName ?? (blisVersion ? `BLIS ${blisVersion}` : file),
    file,
    sgemm,
    dgemm,
    setThreads(threads: number): void {
      if (openblas) openblas(threads);
      else if (mkl) {
        // Its threads need another library, OpenMP, without which it would end the process.
        if (threads === 1) mklLayer?.(MKL_SEQUENTIAL);
        mkl(threads);
      } else if (blis) blis(threads);
      // Accelerate takes one or as many as it likes.
      else if (accelerate) accelerate(threads === 1 ? BLAS_THREADING.single : BLAS_THREADING.multi);
    },
  };
}

/** The kind of processor that an OpenBLAS computes for; undefined for other libraries. */
function coreOf(library: Koffi.LibraryHandle): string | undefined {
  return ifThere(library, 'openblas_get_corename', 'str', [])?.();
}

function ifThere(library: Koffi.LibraryHandle, name: string, result: string, parameters: string[]) {
  try {
    return library.func(name, result, parameters);
  } catch {
    return undefined;
  }
}

function reason(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0];
}
