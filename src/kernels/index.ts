import type { Kernels } from './kernels.ts';
import { loops } from './loops/loops.ts';
import { loadWasm } from './wasm/wasm.ts';

/** `loops` are the sums of the derivations, to read and to step through; `wasm` computes the same, fast. */
export type KernelName = 'loops' | 'wasm';

export interface KernelOptions {
  /**
   * For `wasm`: how many threads share a call, this one among them. The numbers are the same, bit for bit, for any.
   * Where there are no shared memory and no workers (a page that is not cross-origin isolated), it stays at one.
   */
  readonly threads?: number;
}

const MOST_THREADS = 64;

/** On one thread, and what has been loaded to replace it. */
const single = await loadWasm();
let wasm = single;

/** The kernels in use: `wasm`, ready as soon as the library is imported, until useKernels says otherwise. */
export let kernels: Kernels = wasm;

/**
 * Switches every layer to other kernels, from its next call on: `await useKernels('loops')`, or
 * `await useKernels('wasm', { threads: 2 })`.
 *
 * Throws a RangeError for a name that is not there, or a number of threads that cannot be.
 */
export async function useKernels(name: KernelName, { threads = 1 }: KernelOptions = {}): Promise<void> {
  switch (name) {
    case 'loops':
      if (threads !== 1) {
        throw new RangeError(
          `useKernels: 'loops' run on one thread, not ${threads}; leave threads out, or choose 'wasm'`,
        );
      }
      kernels = loops;
      return;
    case 'wasm':
      kernels = await wasmWith(threads);
      return;
    default:
      throw new RangeError(`useKernels: there are no kernels '${String(name)}'; choose 'loops' or 'wasm'`);
  }
}

/** The wasm kernels with so many threads. Threads that are there already stay, others end. */
async function wasmWith(threads: number): Promise<Kernels> {
  if (!Number.isInteger(threads) || threads < 1 || threads > MOST_THREADS) {
    throw new RangeError(
      `useKernels: threads must be a whole number from 1 to ${MOST_THREADS}, not ${String(threads)}; ` +
        'the number of processor cores is a good one',
    );
  }
  if (threads === wasm.threads) return wasm;
  wasm.stopThreads();
  wasm = threads === 1 ? single : await loadWasm({ threads });
  return wasm;
}
