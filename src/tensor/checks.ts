import type { Random } from './random.ts';
import { type Dtype, dense, dtypeOf, show, type Tensor } from './tensor.ts';

/**
 * `x` dense, after making sure that it is a tensor, and of the layer's dtype where one is given. `who` is the layer
 * or function that is asking. Every public forward starts with this.
 */
export function checkTensor(who: string, name: string, x: Tensor, dtype?: Dtype): Tensor {
  if (!(x?.data instanceof Float32Array || x?.data instanceof Float64Array)) {
    throw new TypeError(
      `${who}: ${name} must be a float32 or float64 tensor; make one with tensor([...]) or zeros([...])`,
    );
  }
  if (!fitsItsData(x)) {
    throw new RangeError(`${who}: ${name} is ${show(x.shape)}, but its data has only ${x.data.length} entries`);
  }
  if (dtype !== undefined && dtypeOf(x) !== dtype) {
    throw new TypeError(`${who}: ${name} is ${dtypeOf(x)}, but the layer is ${dtype}; make both the same dtype`);
  }
  return dense(x);
}

/** The first entry that is a NaN or an infinity, or −1: findIndex with a loop's speed, for the images of every step. */
export function firstNotFinite({ data }: Tensor): number {
  for (let i = 0; i < data.length; i++) {
    if (!Number.isFinite(data[i])) return i;
  }
  return -1;
}

/** ndarray does not look whether the data is long enough for the shape. */
function fitsItsData({ data, shape, stride, offset }: Tensor): boolean {
  if (shape.includes(0)) return true;
  let [first, last] = [offset, offset];
  for (const [axis, size] of shape.entries()) {
    if (stride[axis] > 0) last += (size - 1) * stride[axis];
    else first += (size - 1) * stride[axis];
  }
  return first >= 0 && last < data.length;
}

/**
 * Throws unless `options` is an object that has no other keys than `names`: a misspelt option would be left out in
 * silence. dtype and random may always be there, so that one object of defaults can serve every layer.
 */
export function checkOptions(who: string, options: object, names: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`${who}: options are missing; give them as an object, { ${names[0]}: … }`);
  }
  const unknown = Object.keys(options).find((name) => ![...names, 'dtype', 'random'].includes(name));
  if (unknown !== undefined) {
    throw new TypeError(`${who}: there is no option '${unknown}'; the options are ${names.join(', ')}`);
  }
}

/** Throws unless `random` can be drawn from. */
export function checkRandom(who: string, random: Random): void {
  if (typeof random?.normal !== 'function' || typeof random.uniform !== 'function') {
    throw new TypeError(`${who}: random must be a generator, such as new Random(1)`);
  }
}

/** Throws unless `value` is a whole number of at least `least`. */
export function checkCount(who: string, name: string, value: number, least = 1): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new RangeError(`${who}: ${name} must be a whole number from ${least}, not ${value}`);
  }
}
