import { type Dtype, dtypeOf, sizeOf, type Tensor, type TypedArray } from '../../tensor/tensor.ts';
import type { ConvGeometry } from '../kernels.ts';
import { type Instance, reserve, viewOf } from './module.ts';
import { type Convolution, PAIRS, POINTS, planOf, tilesWith } from './tiles.ts';

/** out [M, N] = a [M, K] · b [K, N], or out += a · b, at these addresses. Transposed operands are stored the other way round. */
export type Product = (
  transposeA: boolean,
  transposeB: boolean,
  M: number,
  N: number,
  K: number,
  a: number,
  b: number,
  out: number,
  add: boolean,
  dtype: Dtype,
) => void;

/** As assembly/winograd.ts numbers the tensors. */
const NUMBER = { x: 0, out: 1, weight: 2 } as const;

/** assembly/winograd.ts leaves so many bytes between two matrices. */
const ASIDE = 64;

/** The values at the points of about so many bytes are made at a time, and multiplied while a cache still has them. */
const BLOCK_BYTES = 2 ** 23;

/**
 * Convolutions by Winograd's minimal filtering, which assembly/winograd.ts explains: from images to values at pairs of
 * points, for each pair a matrix product, and back. For 7 × 7 outputs of 4 × 4 kernels with stride 2, the products take
 * 2.4 times fewer multiplications.
 *
 * In float32 the result is up to six times less exact than the sums as they are defined: to some 2e-6 of its norm. Values
 * at the points are sums over a tile: beside a number a million times larger than its neighbours these lose their
 * digits, and an infinity, a NaN or a number near the end of the dtype's range makes NaNs of the whole tile; the loops
 * show where it came from. The plan depends on the size of the batch, and with it the last bits of each image's result.
 *
 * Products are left to `product`; `finish` waits for the other threads of the instance.
 */
export function winograd(instance: Instance, product: Product, finish: (parts: number) => void = () => {}) {
  const { wasm } = instance;

  /**
   * Computes one of the three from the other two: x and out are written, weight is added to. Returns false, and does
   * nothing, where there is no plan for it.
   */
  return function convolve(
    target: keyof Convolution<Tensor>,
    { x, out, weight }: Convolution<Tensor>,
    geometry: ConvGeometry,
  ): boolean {
    const plan = planOf({ x: x.shape, out: out.shape, weight: weight.shape }, geometry);
    if (plan === undefined) return false;
    const [N, C, H, W] = x.shape;
    const [O, , kH, kW] = weight.shape;
    const [, , outH, outW] = out.shape;
    const { stride, padding, dilation } = geometry;
    const dtype = dtypeOf(x);
    const bytes = x.data.BYTES_PER_ELEMENT;
    /** A row of the matrices of x and weight: c in each phase. */
    const taps = sizeOf(stride) * C;

    const matrixBytes = (rows: number, columns: number): number => rows * columns * bytes + ASIDE;

    const tiles = tilesWith(plan.rows, 0) * tilesWith(plan.columns, 0);
    const fitting = Math.max(1, Math.floor(BLOCK_BYTES / (PAIRS * tiles * (taps + O) * bytes)));
    // As few blocks as hold the batch, all of one size but for the last.
    const most = Math.ceil(N / Math.ceil(N / fitting));
    wasm.reset();
    const images = {
      x: reserve(instance, most * C * H * W * bytes),
      out: reserve(instance, most * O * outH * outW * bytes),
      weight: reserve(instance, weight.data.length * bytes),
    };
    const values = {
      x: reserve(instance, PAIRS * matrixBytes(most * tiles, taps)),
      out: reserve(instance, PAIRS * matrixBytes(most * tiles, O)),
      weight: reserve(instance, PAIRS * matrixBytes(O, taps)),
    };
    const transform = (name: keyof Convolution<Tensor>, back: boolean): void =>
      finish(wasm.transform(NUMBER[name], images[name], values[name], back, dtype === 'float64'));
    const copyIn = (name: keyof Convolution<Tensor>, data: TypedArray): void =>
      viewOf(instance, images[name], data.length, dtype).set(data);
    const toValues = (name: keyof Convolution<Tensor>, data: TypedArray): void => {
      copyIn(name, data);
      transform(name, false);
    };
    const fromValues = (name: keyof Convolution<Tensor>, data: TypedArray): void => {
      transform(name, true);
      data.set(viewOf(instance, images[name], data.length, dtype));
    };

    wasm.setTiles(plan.rows.large, plan.rows.small, plan.columns.large, plan.columns.small);
    for (let n = 0; n < N; n += most) {
      const count = Math.min(most, N - n);
      const block = {
        x: x.data.subarray(n * C * H * W, (n + count) * C * H * W),
        out: out.data.subarray(n * O * outH * outW, (n + count) * O * outH * outW),
      };
      wasm.setGeometry(count, C, H, W, O, kH, kW, outH, outW, ...stride, ...padding, ...dilation);
      if (target !== 'x') toValues('x', block.x);
      if (target !== 'out') toValues('out', block.out);
      if (target !== 'weight' && n === 0) toValues('weight', weight.data);

      for (let pair = 0; pair < PAIRS; pair++) {
        const rows = count * tilesWith(plan.rows, Math.floor(pair / POINTS)) * tilesWith(plan.columns, pair % POINTS);
        if (rows === 0) continue;
        const xAt = values.x + pair * matrixBytes(count * tiles, taps);
        const outAt = values.out + pair * matrixBytes(count * tiles, O);
        const weightAt = values.weight + pair * matrixBytes(O, taps);
        if (target === 'out') {
          // out = Aᵀ[(G W) ⊙ (Bᵀ x)]                                                                 (conv.10)
          product(false, true, rows, O, taps, xAt, weightAt, outAt, false, dtype);
        } else if (target === 'x') {
          // dX = B[(G W) ⊙ (A dOut)]                                                                  (conv.9)
          product(false, false, rows, taps, O, outAt, weightAt, xAt, false, dtype);
        } else {
          // dW = Gᵀ[(A dOut) ⊙ (Bᵀ x)]                                                                (conv.11)
          product(true, false, O, taps, rows, outAt, xAt, weightAt, n > 0, dtype);
        }
      }

      if (target !== 'weight') fromValues(target, block[target]);
    }
    if (target === 'weight') {
      copyIn('weight', weight.data);
      fromValues('weight', weight.data);
    }
    return true;
  };
}
