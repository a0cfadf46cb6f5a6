import { type KernelName, useKernels } from '../src/index.ts';

// HANDGRAD_KERNELS=loops npm test: the same tests with other kernels, for stepping through them.
await useKernels(process.env.HANDGRAD_KERNELS as KernelName);
