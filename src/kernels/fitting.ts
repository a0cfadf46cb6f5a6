import { dtypeOf, sameShape, show, type Tensor } from '../tensor/tensor.ts';
import type { MatmulOptions } from './kernels.ts';

/**
 * The sizes [M, K, N] of a product. Throws where the operands do not fit: a BLAS would write over memory that is not
 * its own, and end the process without a word.
 */
export function productSizes(
  a: Tensor,
  b: Tensor,
  { transposeA = false, transposeB = false, addTo }: MatmulOptions,
): readonly [number, number, number] {
  const [M, K] = transposeA ? [a.shape[1], a.shape[0]] : a.shape;
  const [rows, N] = transposeB ? [b.shape[1], b.shape[0]] : b.shape;
  const product = `${show(a.shape)}${transposeA ? 'ᵀ' : ''} · ${show(b.shape)}${transposeB ? 'ᵀ' : ''}`;
  if (K !== rows) {
    throw new RangeError(`matmul: in ${product} ${K} columns meet ${rows} rows; transpose one, or exchange them`);
  }
  if (addTo && !sameShape(addTo.shape, [M, N])) {
    throw new RangeError(`matmul: ${product} is ${show([M, N])} and cannot be added to ${show(addTo.shape)}`);
  }
  checkOneDtype('matmul', addTo ? [a, b, addTo] : [a, b]);
  return [M, K, N];
}

/** Throws where x [N, C, …], weight [O, C, …] and out [N, O, …] do not fit; only two of the three may be there yet. */
export function checkConvolution(parts: { readonly x?: Tensor; readonly weight: Tensor; readonly out?: Tensor }): void {
  const { x, weight, out } = parts;
  const [O, C] = weight.shape;
  if ((x && x.shape[1] !== C) || (out && out.shape[1] !== O) || (x && out && x.shape[0] !== out.shape[0])) {
    const shapes = Object.entries(parts).map(([name, { shape }]) => `${name} ${show(shape)}`);
    throw new RangeError(
      `convolution: x [N, C, …], weight [O, C, …] and out [N, O, …] do not fit: ${shapes.join(', ')}`,
    );
  }
  checkOneDtype('convolution', Object.values(parts));
}

/** Throws where tensors that are gone through together, entry by entry, are not all float32 and of one shape. */
export function checkAlike(tensors: readonly Tensor[]): void {
  const [first, ...others] = tensors;
  for (const { shape } of others) {
    if (!sameShape(shape, first.shape)) {
      throw new RangeError(
        `entry by entry: ${show(shape)} does not fit ${show(first.shape)}; make both the same shape`,
      );
    }
  }
  const dtypes = tensors.map(dtypeOf);
  if (dtypes.includes('float64')) {
    throw new TypeError(`entry by entry: the tensors are ${dtypes.join(', ')}, not float32`);
  }
}

/** Throws where x has no channels, or an array does not hold one number for each of them. */
export function checkChannels(x: Tensor, perChannel: readonly ArrayLike<number>[]): void {
  if (x.shape.length < 2) throw new RangeError(`channel by channel: x must be [N, C, …], not ${show(x.shape)}`);
  for (const { length } of perChannel) {
    if (length !== x.shape[1]) {
      throw new RangeError(`channel by channel: x is ${show(x.shape)}, with one number for each of ${length} channels`);
    }
  }
}

function checkOneDtype(who: string, tensors: readonly Tensor[]): void {
  const dtypes = tensors.map(dtypeOf);
  if (new Set(dtypes).size > 1) throw new TypeError(`${who}: the tensors are ${dtypes.join(', ')}; make all one dtype`);
}
