// node scripts/bench/memory.ts MODEL KERNELS THREADS STEPS: trains in a process of its own, and prints the most
// memory that it took, in bytes.

import { type KernelName, useKernels } from '../../src/kernels/index.ts';
import { workloads } from './workloads.ts';

const [model, kernels, threads, steps] = process.argv.slice(2);
await useKernels(kernels as KernelName, { threads: Number(threads) });
const training = workloads.find(({ name }) => name === model)?.create();
for (let i = 0; i < Number(steps); i++) training?.step();
console.log(process.resourceUsage().maxRSS * 1024);
