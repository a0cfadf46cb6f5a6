import { type Blas, BlasMissingError, openBlas } from '../src/kernels/blas/library.ts';
import { type KernelName, useKernels } from '../src/kernels/index.ts';
import { choice, type Values, wholeNumber } from './flags.ts';

/** The flags of every command that computes much. */
export const kernelFlags = {
  kernels: choice('auto', 'auto: blas if one is installed, else wasm; loops are to be stepped through', [
    'auto',
    'loops',
    'wasm',
    'blas',
  ]),
  threads: wholeNumber('1', 'how many threads the kernels compute on', 1, 64),
};

/** Switches to the kernels that the flags ask for. Returns what they are, in words: other kernels round differently. */
export async function chooseKernels({ kernels, threads }: Values<typeof kernelFlags>): Promise<string> {
  if (kernels !== 'auto') return switchTo(kernels, threads);
  try {
    return await switchTo('blas', threads);
  } catch (error) {
    if (!(error instanceof BlasMissingError)) throw error;
    return switchTo('wasm', threads);
  }
}

async function switchTo(kernels: KernelName, threads: number): Promise<string> {
  await useKernels(kernels, { threads });
  return `${describeKernels(kernels)}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
}

/** The system's BLAS; undefined where there is none. */
export function installedBlas(): Blas | undefined {
  try {
    return openBlas();
  } catch (error) {
    if (!(error instanceof BlasMissingError)) throw error;
    return undefined;
  }
}

/** The name of the kernels, and which BLAS it is. */
export function describeKernels(kernels: KernelName): string {
  return kernels === 'blas' ? `blas (${openBlas().name})` : kernels;
}
