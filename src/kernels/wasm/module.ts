import { fused, plain } from './binary.ts';

// The standard object, of which TypeScript's library knows only together with the whole DOM.
declare const WebAssembly: {
  validate(bytes: Uint8Array): boolean;
  instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: unknown } }>;
};

/** What assembly/index.ts exports. Addresses are bytes into `memory`. */
export interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  reset(): void;
  allocate(bytes: number): number;
  setA(address: number, rowStride: number, columnStride: number): void;
  setB(address: number, rowStride: number, columnStride: number): void;
  matmul32(M: number, N: number, K: number, out: number): void;
  matmul64(M: number, N: number, K: number, out: number): void;
  setGeometry(...sizes: number[]): void;
  convolve32(sum: number, x: number, weight: number, out: number): void;
  convolve64(sum: number, x: number, weight: number, out: number): void;
  im2col32(x: number, cols: number): void;
  im2col64(x: number, cols: number): void;
  col2im32(cols: number, dX: number): void;
  col2im64(cols: number, dX: number): void;
}

/**
 * The module, with a memory of its own: with fused multiply-add where the engine has relaxed SIMD (Node from 22
 * on), which it tells by taking that build for valid.
 */
export async function instantiate(): Promise<Exports> {
  const bytes = WebAssembly.validate(decode(fused)) ? decode(fused) : decode(plain);
  const { instance } = await WebAssembly.instantiate(bytes, { arena: { outOfMemory } });
  return instance.exports as Exports;
}

function outOfMemory(bytes: number): never {
  const GiB = (bytes / 2 ** 30).toFixed(1);
  throw new RangeError(
    `wasm kernels: this call needs ${GiB} GiB for its operands, its result and working space, and WebAssembly ` +
      'addresses 4 GiB at most (less where the machine is short of memory). Use a smaller batch, or other kernels.',
  );
}

function decode(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
