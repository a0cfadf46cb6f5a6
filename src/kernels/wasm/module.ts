import type { Dtype, TypedArray } from '../../tensor/tensor.ts';
import { fused, plain } from './binary.ts';

// The standard object, of which TypeScript's library knows only together with the whole DOM.
declare const WebAssembly: {
  validate(bytes: Uint8Array): boolean;
  compile(bytes: Uint8Array): Promise<object>;
  instantiate(module: object, imports: object): Promise<{ exports: unknown }>;
  Memory: new (limits: { initial: number; maximum: number; shared: boolean }) => Memory;
};

export interface Memory {
  readonly buffer: ArrayBuffer | SharedArrayBuffer;
}

/** What assembly/index.ts exports. Addresses are bytes into the memory. */
export interface Exports {
  reset(): void;
  allocate(bytes: number): number;
  setA(address: number, rowStride: number, columnStride: number): void;
  setB(address: number, rowStride: number, columnStride: number): void;
  matmul(M: number, N: number, K: number, out: number, fresh: boolean, double: boolean): number;
  setGeometry(...sizes: number[]): void;
  convolve(sum: number, x: number, weight: number, out: number, double: boolean): number;
  setAdam(
    beta1: number,
    beta2: number,
    eps: number,
    weightDecay: number,
    stepSize: number,
    rootCorrection: number,
  ): void;
  adam(count: number, theta: number, gradient: number, mean: number, square: number): void;
  relu(count: number, x: number, d: number, out: number): void;
  leakyRelu(count: number, x: number, d: number, out: number, negativeSlope: number): void;
  tanh(count: number, x: number, out: number): void;
  setChannels(channels: number, rowSize: number): void;
  addPerChannel(channel: number, count: number, out: number, b: number): void;
  channelSums(channel: number, count: number, x: number, sums: number): void;
  channelProducts(channel: number, count: number, a: number, b: number, mean: number, sums: number): void;
  batchNorm(channel: number, count: number, x: number, perChannel: number, xHat: number, out: number): void;
  batchNormBackward(channel: number, count: number, dOut: number, xHat: number, perChannel: number, dX: number): void;
  im2col32(x: number, cols: number): void;
  im2col64(x: number, cols: number): void;
  col2im32(cols: number, dX: number): void;
  col2im64(cols: number, dX: number): void;
  setTiles(largeH: number, smallH: number, largeW: number, smallW: number): void;
  transform(tensor: number, images: number, values: number, back: boolean, double: boolean): number;
  setThreads(count: number): void;
  boardAddress(): number;
  serve(thread: number): void;
}

export interface Instance {
  /** The compiled module, of which other threads make instances of their own. */
  readonly module: object;
  readonly memory: Memory;
  readonly wasm: Exports;
}

/**
 * The module, with a memory of its own, which threads can share or not: with fused multiply-add where the engine
 * has relaxed SIMD (Node from 22 on), which it tells by taking that build for valid.
 */
export async function instantiate({ shared }: { shared: boolean }): Promise<Instance> {
  const bytes = WebAssembly.validate(decode(fused)) ? decode(fused) : decode(plain);
  if (shared) askForSharedMemory(bytes);
  const module = await WebAssembly.compile(bytes);
  // In pages of 64 KiB: it begins with one, and grows to 4 GiB at most.
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared });
  const { exports } = await WebAssembly.instantiate(module, { env: { memory }, arena: { outOfMemory } });
  return { module, memory, wasm: exports as Exports };
}

/** Room for so many bytes, and its address. The memory may grow for it, and every view of it is then lost. */
export function reserve({ wasm }: Instance, bytes: number): number {
  // Addresses beyond 2 GiB come out of WebAssembly as negative numbers.
  return wasm.allocate(bytes) >>> 0;
}

/** The numbers at an address, as they are until the memory grows. */
export function viewOf({ memory }: Instance, address: number, length: number, dtype: Dtype): TypedArray {
  // Our own callers copy out of it, and hand none of it on: to them, shared memory is like any other.
  const buffer = memory.buffer as ArrayBuffer;
  return dtype === 'float64' ? new Float64Array(buffer, address, length) : new Float32Array(buffer, address, length);
}

function decode(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** A module says of the memory that it imports whether that is shared. It is one bit, and all that differs. */
function askForSharedMemory(bytes: Uint8Array): void {
  // The import's two names with their lengths, 2 for a memory, and the flags: 1, there is a maximum; 2, shared.
  const memoryImport = Array.from('\x03env\x06memory\x02\x01', (character) => character.charCodeAt(0));
  const at = bytes.findIndex((_, start) => memoryImport.every((byte, i) => bytes[start + i] === byte));
  bytes[at + memoryImport.length - 1] |= 2;
}

function outOfMemory(bytes: number): never {
  const GiB = (bytes / 2 ** 30).toFixed(1);
  throw new RangeError(
    `wasm kernels: this call needs ${GiB} GiB for its operands, its result and working space, and WebAssembly ` +
      'addresses 4 GiB at most (less where the machine is short of memory). Use a smaller batch, or other kernels.',
  );
}
