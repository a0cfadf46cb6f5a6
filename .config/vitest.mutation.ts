import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import type { Reporter, Vitest } from 'vitest/node';

/**
 * Stryker counts the tests that fail, and where a mutant keeps the suite from being collected there are none: this
 * adds one.
 */
class FailedCollection implements Reporter {
  private vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.vitest = vitest;
  }

  onTestRunEnd(): void {
    for (const file of this.vitest?.state.getFiles() ?? []) {
      if (file.result?.state !== 'fail' || !file.result.errors?.length) continue;
      const name = 'the suite can be collected';
      const { result } = file;
      file.tasks.push({ type: 'test', id: `${file.id}_collected`, name, file, result, mode: 'run' } as never);
    }
  }
}

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('..', import.meta.url)),
    testTimeout: 0,
    hookTimeout: 0,
    include: ['test/mutation/suite.ts'],
    reporters: [new FailedCollection()],
  },
});
