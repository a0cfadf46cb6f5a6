// One arena for a whole call of the kernels: operands, results, tables and packed panels lie one behind the other,
// and the next call starts again at the bottom. Nothing is freed and nothing outlives a call. What a thread needs for
// itself (tables, padded images, panels) is its scratch: as many bytes for each thread, one thread's behind
// the other's, on top of operands and results.

/** Given by module.ts, and throws there: WebAssembly can address 4 GiB, and the machine may have less to give. */
declare function outOfMemory(bytes: f64): void;

const PAGE: f64 = 65536;

let top: usize = __heap_base;
let highest: usize = top;

export function reset(): void {
  top = __heap_base;
}

export function position(): usize {
  return top;
}

/** Gives back what has been allocated since top stood there; or goes to where a thread's scratch begins. */
export function moveTo(position: usize): void {
  top = position;
}

/** How far allocate has come since begin, whatever has been given back. */
export function peak(): usize {
  return highest;
}

/** Begins a scratch here. */
export function begin(position: usize): void {
  top = position;
  highest = position;
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
  highest = max(highest, top);
  return start;
}
