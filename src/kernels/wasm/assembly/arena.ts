// One arena for a whole call: operands, results, tables and packed panels lie one behind the other, and the
// next call starts again at the bottom. Nothing is freed and nothing outlives a call.

/** Given by wasm.ts, and throws there: WebAssembly can address 4 GiB, and the machine may have less to give. */
declare function outOfMemory(bytes: f64): void;

const PAGE: f64 = 65536;

let top: usize = __heap_base;

export function reset(): void {
  top = __heap_base;
}

export function position(): usize {
  return top;
}

/** Gives back what has been allocated since top stood there. */
export function release(position: usize): void {
  top = position;
}

/**
 * Room for this many bytes, aligned to a vector; what is in it is whatever the last call left there.
 * Bytes are counted in f64, where a product of dimensions beyond 32 bits is still the right number.
 */
export function allocate(bytes: f64): usize {
  const start = (top + 15) & ~15;
  const end = f64(start) + bytes;
  const missing = Math.ceil(end / PAGE) - f64(memory.size());
  if (missing > 0 && (end >= 65535 * PAGE || memory.grow(i32(missing)) < 0)) outOfMemory(end);
  top = usize(end);
  return start;
}
