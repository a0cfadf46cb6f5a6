import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    // Machines differ: no test fails for being slow.
    testTimeout: 0,
    hookTimeout: 0,
    include: ['test/**/*.test.ts'],
  },
});
