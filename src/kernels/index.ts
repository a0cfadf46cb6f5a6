import { checkOptions } from '../tensor/checks.ts';
import { dtypeOf, type Tensor } from '../tensor/tensor.ts';
import { type BlasKernels, loadBlas } from './blas/blas.ts';
import type { FastLoops, Kernels } from './kernels.ts';
import { loops } from './loops/loops.ts';
import { loadWasm } from './wasm/wasm.ts';

/**
 * `loops` are the sums of the derivations, to read and to step through; `wasm` computes the same up to rounding, fast;
 * `blas` leaves the products to the system's BLAS.
 */
export type KernelName = 'loops' | 'wasm' | 'blas';

export interface KernelOptions {
  /**
   * How many threads share a call, this one among them; 1 if it is left out. With `wasm` the numbers are the same, bit
   * for bit, for any, and where there are no shared memory and no workers (a page that is not cross-origin isolated)
   * it stays at one. `blas` hands the number on to the BLAS. `loops` run on one.
   */
  readonly threads?: number;
}

const MOST_THREADS = 64;

/** On one thread, and what has been loaded to replace it. */
const single = await loadWasm();
let wasm = single;
let blas: BlasKernels | undefined;

/** The kernels in use: `wasm`, ready as soon as the library is imported, until useKernels says otherwise. */
export let kernels: Kernels = wasm;

/**
 * The loops of layers and of Adam that the kernels in use have for float32, where tensors like t are that. In float64,
 * as gradients are checked, and with `loops` there are none: the loops in the layers run.
 */
export function fastLoopsFor(t: Tensor): FastLoops | undefined {
  return dtypeOf(t) === 'float32' ? kernels.fastLoops : undefined;
}

/**
 * Switches every layer to other kernels, from its next call on: `await useKernels('loops')`, or
 * `await useKernels('wasm', { threads: 2 })`. `blas` needs Node, the package koffi and a BLAS: OpenBLAS, MKL or BLIS, on
 * macOS Accelerate; the environment variable HANDGRAD_BLAS may name its file.
 *
 * Throws a RangeError for a name that is not there, or a number of threads that cannot be, a TypeError for another
 * option, and where no BLAS can be had a BlasMissingError that says what to install. The kernels in use stay then.
 */
export async function useKernels(name: KernelName, options: KernelOptions = {}): Promise<void> {
  checkOptions('useKernels', options, ['threads']);
  const { threads = 1 } = options;
  if (!['loops', 'wasm', 'blas'].includes(name)) {
    throw new RangeError(`useKernels: there are no kernels '${String(name)}'; choose 'loops', 'wasm' or 'blas'`);
  }
  if (name === 'loops' && threads !== 1) {
    throw new RangeError(
      `useKernels: 'loops' run on one thread, not ${threads}; leave threads out, or choose other kernels`,
    );
  }
  if (!Number.isInteger(threads) || threads < 1 || threads > MOST_THREADS) {
    throw new RangeError(
      `useKernels: threads must be a whole number from 1 to ${MOST_THREADS}, not ${String(threads)}; ` +
        'the number of processor cores is a good one',
    );
  }
  kernels = await load(name, threads);
}

async function load(name: KernelName, threads: number): Promise<Kernels> {
  if (name === 'loops') return loops;
  if (name === 'wasm') return wasmWith(threads);
  blas ??= await loadBlas();
  blas.setThreads(threads);
  return blas;
}

/** The wasm kernels with so many threads. Threads that are there already stay, others end. */
async function wasmWith(threads: number): Promise<Kernels> {
  if (threads === wasm.threads) return wasm;
  wasm.stopThreads();
  wasm = threads === 1 ? single : await loadWasm({ threads });
  return wasm;
}
