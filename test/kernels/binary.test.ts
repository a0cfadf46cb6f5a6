import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { binary } from '../../src/kernels/wasm/binary.ts';

declare const WebAssembly: {
  Module: {
    new (bytes: Uint8Array): object;
    exports(module: object): { name: string; kind: string }[];
    imports(module: object): { module: string; name: string; kind: string }[];
  };
};

const file = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const bytes = Buffer.from(binary, 'base64');

test('the embedded module has the size and the compiler that its header names', () => {
  const header = file('src/kernels/wasm/binary.ts').split('\n')[0];
  const compiler = /const COMPILER = '([^']+)'/.exec(file('scripts/build-kernels.ts'))?.[1];
  expect(compiler).toMatch(/^assemblyscript@\d+\.\d+\.\d+$/);
  expect(header).toContain(`${bytes.length} bytes that ${compiler} made`);
  expect(bytes.length).toBeLessThan(16 * 1024);
});

test('the embedded module exports what wasm.ts and columns.ts call, and nothing else', () => {
  const module = new WebAssembly.Module(bytes);
  const callers = file('src/kernels/wasm/wasm.ts') + file('src/kernels/wasm/columns.ts');
  const called = new Set(callers.match(/(?<=\bwasm\.)\w+/g));
  const names = WebAssembly.Module.exports(module).map(({ name }) => name);
  expect(names.sort()).toEqual([...called].sort());
  expect(WebAssembly.Module.imports(module)).toEqual([{ module: 'arena', name: 'outOfMemory', kind: 'function' }]);
});
