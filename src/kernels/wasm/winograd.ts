import { type Dtype, dtypeOf, type Shape, sizeOf, type Tensor, type TypedArray } from '../../tensor/tensor.ts';
import type { ConvGeometry } from '../kernels.ts';
import type { Instance } from './module.ts';

/** x [N, C, H, W], weight [O, C, kH, kW] and out [N, O, outH, outW] of a convolution, or their gradients. */
export interface Convolution<Part> {
  readonly x: Part;
  readonly out: Part;
  readonly weight: Part;
}

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

/** The most points along an axis, of which large tiles alone have the last. */
const POINTS = 5;
/** Pairs of points: as many matrices are made of a tensor. */
const PAIRS = POINTS ** 2;

/** assembly/winograd.ts leaves so many bytes between two matrices. */
const ASIDE = 64;

/** To transform an entry takes as long as so many multiplications in a product. */
const ENTRY = 16;

/** The values at the points of about so many bytes are made at a time, and multiplied while a cache still has them. */
const BLOCK_BYTES = 2 ** 23;

/** Where more would be needed, for a single image or for the weight, the convolution is computed as it is defined. */
const MOST_BYTES = 2 ** 28;

/** How many of the tiles of one axis have 5 points, and how many 4. */
export interface Tiles {
  readonly large: number;
  readonly small: number;
}

/** The tiles of both axes. */
export interface Plan {
  readonly rows: Tiles;
  readonly columns: Tiles;
}

/**
 * How to cut a convolution into tiles; undefined where it is better computed as it is defined: where the kernel has a
 * dilation, or not 2 or 3 taps in each phase, or where it has so few channels or images that the transforms cost more
 * than they save.
 */
export function planOf(
  { x: [N, C], weight: [O, , ...kernelSize], out: [, , ...outputSize] }: Convolution<Shape>,
  { stride, dilation }: ConvGeometry,
): Plan | undefined {
  // Vectors hold 4 channels.
  if (C % 4 !== 0 || O % 4 !== 0) return undefined;
  const [rows, columns] = [0, 1].map((axis) => {
    const taps = Math.ceil(kernelSize[axis] / stride[axis]);
    return dilation[axis] === 1 && (taps === 2 || taps === 3) ? tilesOf(outputSize[axis], taps) : undefined;
  });
  if (!rows || !columns) return undefined;

  const phases = sizeOf(stride);
  const pairs = pointsOf(rows) * pointsOf(columns);
  if (Math.max(pairs * phases * C, pairs * O, PAIRS * O * phases * C) * 8 > MOST_BYTES) return undefined;
  const saved = N * O * C * (sizeOf(outputSize) * sizeOf(kernelSize) - pairs * phases);
  const entries = N * pairs * (phases * C + O) + PAIRS * O * phases * C;
  return saved > ENTRY * entries ? { rows, columns } : undefined;
}

/** The tiles with the fewest points that cover so many outputs. A tile has taps − 1 outputs fewer than points. */
function tilesOf(length: number, taps: number): Tiles {
  const outputs = POINTS + 1 - taps;
  const choices = Array.from({ length: Math.ceil(length / outputs) + 1 }, (_, large) => ({
    large,
    small: Math.max(0, Math.ceil((length - large * outputs) / (outputs - 1))),
  }));
  return choices.reduce((best, tiles) => (pointsOf(tiles) < pointsOf(best) ? tiles : best));
}

function pointsOf({ large, small }: Tiles): number {
  return POINTS * large + (POINTS - 1) * small;
}

/** How many tiles of an axis have this point. */
function tilesWith({ large, small }: Tiles, point: number): number {
  return point < POINTS - 1 ? large + small : large;
}

/**
 * Convolutions by Winograd's minimal filtering, which assembly/winograd.ts explains: from images to values at pairs of
 * points, for each pair a matrix product, for which 4 × 4 kernels of stride 2 take 2.4 times fewer multiplications, and
 * back. In float32 the result is a few times less exact than the sums as they are defined: to some 1e-6 of its norm.
 *
 * Products are left to `product`; `finish` waits for the other threads of the instance.
 */
export function winograd({ wasm, memory }: Instance, product: Product, finish: (parts: number) => void = () => {}) {
  const reserve = (bytes: number): number => wasm.allocate(bytes) >>> 0;

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

    const view = (address: number, length: number): TypedArray =>
      dtype === 'float64'
        ? new Float64Array(memory.buffer as ArrayBuffer, address, length)
        : new Float32Array(memory.buffer as ArrayBuffer, address, length);
    const matrixBytes = (rows: number, columns: number): number => rows * columns * bytes + ASIDE;

    const tiles = tilesWith(plan.rows, 0) * tilesWith(plan.columns, 0);
    const most = Math.min(N, Math.max(1, Math.floor(BLOCK_BYTES / (PAIRS * tiles * taps * bytes))));
    wasm.reset();
    const images = {
      x: reserve(most * C * H * W * bytes),
      out: reserve(most * O * outH * outW * bytes),
      weight: reserve(weight.data.length * bytes),
    };
    const values = {
      x: reserve(PAIRS * matrixBytes(most * tiles, taps)),
      out: reserve(PAIRS * matrixBytes(most * tiles, O)),
      weight: reserve(PAIRS * matrixBytes(O, taps)),
    };
    const transform = (name: keyof Convolution<Tensor>, back: boolean): void =>
      finish(wasm.transform(NUMBER[name], images[name], values[name], back, dtype === 'float64'));
    const toValues = (name: keyof Convolution<Tensor>, data: TypedArray): void => {
      view(images[name], data.length).set(data);
      transform(name, false);
    };
    const fromValues = (name: keyof Convolution<Tensor>, data: TypedArray): void => {
      transform(name, true);
      data.set(view(images[name], data.length));
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
      view(images.weight, weight.data.length).set(weight.data);
      fromValues('weight', weight.data);
    }
    return true;
  };
}
