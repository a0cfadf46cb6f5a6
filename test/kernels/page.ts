// What the test's pages run: products and convolutions on one thread and on three, in a bundle of the library.

import { useKernels } from '../../src/index.ts';
import * as current from '../../src/kernels/index.ts';
import { loadWasm } from '../../src/kernels/wasm/wasm.ts';
import { Random } from '../../src/tensor/random.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';

/** What became of it, for the test to read. */
export interface Report {
  readonly isolated: boolean;
  readonly threads: number;
  /** The numbers of each result, first on one thread, then on those that there were. */
  readonly results: [number[], number[]][];
}

declare const crossOriginIsolated: boolean;
declare global {
  var report: Report | undefined;
}

await useKernels('wasm', { threads: 3 });
const { kernels } = current;
const one = await loadWasm();

const random = new Random(3);
const a = random.normal([130, 170]);
const b = random.normal([170, 90], 0, 1);
const x = random.normal([20, 3, 14, 14]);
const weight = random.normal([8, 3, 4, 4]);
const dOut = random.normal([20, 8, 7, 7]);
const geometry = { stride: [2, 2], padding: [1, 1], dilation: [1, 1] } as const;
const results: [Tensor, Tensor][] = [
  [one.matmul(a, b), kernels.matmul(a, b)],
  [one.correlate(x, weight, geometry, [7, 7]), kernels.correlate(x, weight, geometry, [7, 7])],
  [one.correlateAdjoint(dOut, weight, geometry, [14, 14]), kernels.correlateAdjoint(dOut, weight, geometry, [14, 14])],
];

globalThis.report = {
  isolated: crossOriginIsolated,
  threads: 'threads' in kernels ? Number(kernels.threads) : 1,
  results: results.map(([first, second]) => [[...first.data], [...second.data]]),
};
