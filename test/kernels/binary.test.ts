import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fused, plain } from '../../src/kernels/wasm/binary.ts';

declare const WebAssembly: {
  validate(bytes: Uint8Array): boolean;
  Module: {
    new (bytes: Uint8Array): object;
    exports(module: object): { name: string; kind: string }[];
    imports(module: object): { module: string; name: string; kind: string }[];
  };
};

const file = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const builds = [
  { build: 'plain', base64: plain },
  { build: 'fused', base64: fused },
];

test('the embedded modules have the sizes and the compiler that their file names', () => {
  const text = file('src/kernels/wasm/binary.ts');
  const compiler = /const COMPILER = '([^']+)'/.exec(file('scripts/build-kernels.ts'))?.[1];
  expect(compiler).toMatch(/^assemblyscript@\d+\.\d+\.\d+$/);
  expect(text).toContain(`what ${compiler} made of`);
  for (const { base64 } of builds) {
    const { length } = Buffer.from(base64, 'base64');
    expect(text).toContain(`: ${length} bytes. */`);
    expect(length).toBeLessThan(24 * 1024);
  }
});

test('the embedded modules export what is called, and nothing else', () => {
  const callers = ['wasm', 'activations', 'adam', 'channels', 'columns', 'module', 'threads', 'winograd']
    .map((name) => file(`src/kernels/wasm/${name}.ts`))
    .join();
  const called = new Set(callers.match(/(?<=\b(wasm|exports)\.)\w+/g)).add('memory');
  for (const { base64 } of builds) {
    const bytes = Buffer.from(base64, 'base64');
    // Node 20 has no relaxed SIMD; there the plain build is the one that runs.
    if (!WebAssembly.validate(bytes)) continue;
    const module = new WebAssembly.Module(bytes);
    const names = WebAssembly.Module.exports(module).map(({ name }) => name);
    expect(names.sort()).toEqual([...called].sort());
    expect(WebAssembly.Module.imports(module)).toEqual([
      { module: 'arena', name: 'outOfMemory', kind: 'function' },
      { module: 'env', name: 'memory', kind: 'memory' },
    ]);
  }
});
