import ndarray, { type NdArray } from 'ndarray';
import { type InspectOptions, printed, titleOf } from './printed.ts';

/**
 * An n-dimensional array of numbers: the `ndarray` package's NdArray over a typed array.
 *
 * Every tensor of this library is dense and row-major and starts at offset 0, so that
 * `t.data[(n * C + c) * W + w]` is element [n, c, w]. `t.shape`, `t.dtype` and `t.get(n, c, w)`
 * come from ndarray, which checks no index: past the end of a row, `get` reads the next one.
 */
export type Tensor = NdArray<TypedArray>;

export type TypedArray = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

/** float32 for training, float64 for gradient checks and worked examples. */
export type Dtype = 'float32' | 'float64';

export type Shape = readonly number[];

/** From so many entries on, filling a tensor with zeros takes time that shows. */
const LARGE = 2 ** 14;

/** Numbers nested to any depth, as in `[[1, 2], [3, 4]]`; a plain number is a tensor of rank 0. */
export type Nested = number | readonly Nested[];

/**
 * A tensor from plain nested arrays: `tensor([[1, 2, 3], [4, 5, 6]])` has shape [2, 3].
 *
 * Throws a TypeError where the rows differ in length or an entry is not a number.
 */
export function tensor(nested: Nested, dtype: Dtype = 'float32'): Tensor {
  const shape = shapeOf(nested);
  const out = zeros(shape, dtype);
  let next = 0;
  const copy = (part: Nested, axis: number): void => {
    if (axis === shape.length) {
      if (typeof part !== 'number') throw ragged(part, shape);
      out.data[next++] = part;
      return;
    }
    if (!isList(part) || part.length !== shape[axis]) throw ragged(part, shape);
    for (const child of part) copy(child, axis + 1);
  };
  copy(nested, 0);
  return out;
}

/** A tensor of zeros. Shape [] is a single number. */
export function zeros(shape: Shape, dtype: Dtype = 'float32'): Tensor {
  checkShape(shape);
  checkDtype(dtype);
  return fromData(allocate(sizeOf(shape), dtype), shape);
}

/** A tensor of zeros with the shape and dtype of `t`. */
export function zerosLike(t: Tensor): Tensor {
  return zeros(t.shape, dtypeOf(t));
}

/**
 * A tensor for who writes every entry of it before reading any: in Node a large one is not filled with zeros first,
 * and holds whatever the memory held.
 */
export function empty(shape: Shape, dtype: Dtype = 'float32'): Tensor {
  checkShape(shape);
  checkDtype(dtype);
  return fromData(allocateUnfilled(sizeOf(shape), dtype), shape);
}

/** An `empty` tensor with the shape and dtype of `t`. */
export function emptyLike(t: Tensor): Tensor {
  return empty(t.shape, dtypeOf(t));
}

/** A tensor with every entry the same. */
export function full(shape: Shape, value: number, dtype: Dtype = 'float32'): Tensor {
  if (typeof value !== 'number') throw new TypeError(`full: value must be a number, not ${describe(value)}`);
  const out = zeros(shape, dtype);
  out.data.fill(value);
  return out;
}

/**
 * A tensor over `data`, which is used as it is and not copied.
 *
 * Throws a RangeError where the shape does not hold exactly `data.length` entries.
 */
export function fromData(data: TypedArray, shape: Shape): Tensor {
  checkShape(shape);
  if (!(data instanceof Float32Array || data instanceof Float64Array)) {
    throw new TypeError(`fromData: data must be a Float32Array or a Float64Array, not ${describe(data)}`);
  }
  if (data.length !== sizeOf(shape)) {
    throw new RangeError(`fromData: shape ${show(shape)} holds ${sizeOf(shape)} entries, but data has ${data.length}`);
  }
  return Object.defineProperties(ndarray<TypedArray>(data, [...shape]), shownAs);
}

/**
 * How our tensors show themselves, as properties of each, since ndarray's own prototype belongs to everybody: in
 * console.log, in the list of variables of a debugger, and in any inspector as plain arrays, `t.rows`.
 */
const shownAs: PropertyDescriptorMap = {
  [Symbol.for('nodejs.util.inspect.custom')]: {
    value(this: Tensor, depth?: number | null, options?: InspectOptions): string {
      return printed(this, depth, options);
    },
  },
  [Symbol.for('debug.description')]: {
    value(this: Tensor): string {
      return titleOf(this);
    },
  },
  rows: {
    get(this: Tensor): Nested {
      return toNested(this);
    },
  },
};

/**
 * Plain nested arrays, as deep as the tensor has dimensions; a number for rank 0. A copy: it can be kept and
 * changed. In TypeScript, toNested<number[][]>(t) says how deep.
 */
export function toNested<N extends Nested = Nested>(t: Tensor): N {
  if (!ArrayBuffer.isView(t?.data)) throw new TypeError(`toNested: expected a tensor, not ${describe(t)}`);
  const { data, shape } = dense(t);
  if (shape.length === 0) return data[0] as N;
  let next = 0;
  const build = (axis: number): Nested => {
    const length = shape[axis];
    if (axis < shape.length - 1) return Array.from({ length }, () => build(axis + 1));
    const row: number[] = [];
    for (const end = next + length; next < end; next++) row.push(data[next]);
    return row;
  };
  return build(0) as N;
}

/** `t` itself when it is dense and row-major from offset 0; a dense copy of it when it is a strided view. */
export function dense(t: Tensor): Tensor {
  if (isDense(t)) return t;
  const out = zerosLike(t);
  const index = t.shape.map(() => 0);
  for (let i = 0; i < out.data.length; i++) {
    out.data[i] = t.get(...index);
    for (let axis = index.length - 1; axis >= 0 && ++index[axis] === t.shape[axis]; axis--) index[axis] = 0;
  }
  return out;
}

function isDense(t: Tensor): boolean {
  if (t.offset !== 0 || t.data.length !== sizeOf(t.shape)) return false;
  let expected = 1;
  for (let axis = t.shape.length - 1; axis >= 0; axis--) {
    if (t.shape[axis] !== 1 && t.stride[axis] !== expected) return false;
    expected *= t.shape[axis];
  }
  return true;
}

/** A copy that shares nothing with `t`. */
export function copy(t: Tensor): Tensor {
  const source = dense(t);
  return fromData(source.data.slice(), source.shape);
}

/** The same entries in another dtype, always a copy. */
export function cast(t: Tensor, dtype: Dtype): Tensor {
  const out = zeros(t.shape, dtype);
  out.data.set(dense(t).data);
  return out;
}

export function sizeOf(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

export function dtypeOf(t: Tensor): Dtype {
  return t.data instanceof Float64Array ? 'float64' : 'float32';
}

/** Whether two shapes are the same, axis by axis. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** A shape as people write it: [64, 1, 28, 28]. */
export function show(shape: readonly (number | string)[]): string {
  return `[${shape.join(', ')}]`;
}

function allocate(size: number, dtype: Dtype): TypedArray {
  return inRoom(size, dtype, () => (dtype === 'float64' ? new Float64Array(size) : new Float32Array(size)));
}

function allocateUnfilled(size: number, dtype: Dtype): TypedArray {
  // In a browser there is no memory that is not filled with zeros.
  if (size < LARGE || typeof Buffer === 'undefined') return allocate(size, dtype);
  return inRoom(size, dtype, () => {
    const { buffer } = Buffer.allocUnsafeSlow(size * (dtype === 'float64' ? 8 : 4));
    return dtype === 'float64' ? new Float64Array(buffer) : new Float32Array(buffer);
  });
}

function inRoom(size: number, dtype: Dtype, make: () => TypedArray): TypedArray {
  try {
    return make();
  } catch {
    throw new RangeError(`there is no room for a ${dtype} tensor of ${size} entries; use a smaller shape`);
  }
}

function checkShape(shape: Shape): void {
  if (!Array.isArray(shape) || !shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    throw new RangeError(`a shape is a list of whole numbers from 0, such as [64, 1, 28, 28], not ${describe(shape)}`);
  }
}

function checkDtype(dtype: Dtype): void {
  if (dtype !== 'float32' && dtype !== 'float64') {
    throw new TypeError(`dtype must be 'float32' or 'float64', not ${describe(dtype)}`);
  }
}

function shapeOf(nested: Nested): number[] {
  const shape: number[] = [];
  for (let part = nested; isList(part); part = part[0]) {
    shape.push(part.length);
    if (part.length === 0) break;
  }
  return shape;
}

function isList(part: Nested): part is readonly Nested[] {
  return Array.isArray(part);
}

function ragged(part: unknown, shape: Shape): TypeError {
  return new TypeError(`tensor: expected numbers nested to shape ${show(shape)}, but found ${describe(part)}`);
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return `an array of length ${value.length}: ${JSON.stringify(value).slice(0, 60)}`;
  if (typeof value === 'object' && value !== null) return `a ${value.constructor?.name ?? 'object'}`;
  return typeof value === 'string' ? `'${value}'` : String(value);
}
