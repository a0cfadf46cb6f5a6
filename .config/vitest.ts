import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('..', import.meta.url)),
    // Machines differ: no test fails for being slow.
    testTimeout: 0,
    hookTimeout: 0,
    // By default one core is left idle, which of two is half.
    maxWorkers: '100%',
    include: ['test/**/*.test.ts'],
    setupFiles: process.env.HANDGRAD_KERNELS ? ['test/kernels-from-environment.ts'] : [],
  },
});
