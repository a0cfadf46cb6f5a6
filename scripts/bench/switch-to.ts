import { type KernelName, useKernels } from '../../src/kernels/index.ts';

/** useKernels, for all kernels alike: the loops, which run on one thread, are told nothing of threads. */
export function switchTo(name: KernelName, threads: number): Promise<void> {
  return useKernels(name, name === 'loops' ? {} : { threads });
}
