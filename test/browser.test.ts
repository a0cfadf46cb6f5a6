import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/** What a file imports, statically or when it is asked to; types are gone by the time it runs. */
function importsOf(file: URL): string[] {
  const code = readFileSync(file, 'utf8').replace(/^(import|export) type [^;]*;/gm, '');
  return [...code.matchAll(/^(?:import|export)\b[^;]*?\bfrom '([^']+)'|\bimport\('([^']+)'\)/gm)].map(
    ([, early, late]) => early ?? late,
  );
}

test('a browser page can import everything that src/index.ts reaches', () => {
  const reached = new Set([new URL('../src/index.ts', import.meta.url).href]);
  const packages = new Set<string>();
  for (const href of reached) {
    for (const specifier of importsOf(new URL(href))) {
      if (specifier.startsWith('.')) reached.add(new URL(specifier, href).href);
      else packages.add(specifier.split('/')[0]);
    }
  }
  expect([...reached].some((href) => href.endsWith('/src/kernels/blas/blas.ts'))).toBe(true);
  expect(reached.size).toBeGreaterThan(50);
  expect([...packages].sort()).toEqual(['fast-png', 'jstat', 'ndarray', 'pure-rand']);
});
