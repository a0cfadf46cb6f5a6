import type { Kernels } from './kernels.ts';
import { loops } from './loops/loops.ts';
import { loadWasm } from './wasm/wasm.ts';

/** `loops` are the sums of the derivations, to read and to step through; `wasm` computes the same, fast. */
export type KernelName = 'loops' | 'wasm';

const wasm = await loadWasm();

/** The kernels in use: `wasm`, ready as soon as the library is imported, until useKernels says otherwise. */
export let kernels: Kernels = wasm;

/**
 * Switches every layer to other kernels, from its next call on: `await useKernels('loops')`.
 *
 * Throws a RangeError for a name that is not there.
 */
export async function useKernels(name: KernelName): Promise<void> {
  switch (name) {
    case 'loops':
      kernels = loops;
      return;
    case 'wasm':
      kernels = wasm;
      return;
    default:
      throw new RangeError(`useKernels: there are no kernels '${String(name)}'; choose 'loops' or 'wasm'`);
  }
}
