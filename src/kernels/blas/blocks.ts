import { type Dtype, type Shape, sizeOf, type TypedArray } from '../../tensor/tensor.ts';
import type { ConvGeometry, Pair } from '../kernels.ts';
import type { Columns } from '../wasm/columns.ts';

/** The patches of images of about so many bytes are made at a time, and multiplied while they are still in a cache. */
const BLOCK_BYTES = 2 ** 21;

/** From so many positions on an image is enough for a product. It is multiplied alone, where it lies in out or dOut. */
const ENOUGH = 36;

/** Some of the batch's images, with room in WebAssembly memory for what belongs to them. */
export interface Block {
  /** How many positions (n, i, j) the kernel has on these images: the rows of patches [q, taps], the columns of [O, q]. */
  readonly q: number;
  /** patches as they are now. The memory may move when im2col or col2im grows it: view them afterwards. */
  patches(): TypedArray;
  /** Fills patches from these images of x [N, C, H, W]. */
  im2col(x: TypedArray): void;
  /** Writes these images of dX [N, C, H, W] from patches. */
  col2im(dX: TypedArray): void;
  /** These images of dOut [N, O, outH, outW] as [O, q]. Good until im2col or col2im. */
  rowsOf(dOut: TypedArray): TypedArray;
  /** Has [O, q] filled, which then are these images of out [N, O, outH, outW]. */
  fillRows(out: TypedArray, fill: (rows: TypedArray) => void): void;
}

/**
 * The batch of a convolution of x [N, C, H, W] with weight [O, C, kH, kW] to out [N, O, outH, outW], in blocks, one
 * after the other in the same memory; none where there is nothing to compute.
 */
export function* blocksOf(
  columns: Columns,
  x: Shape,
  weight: Shape,
  out: Shape,
  geometry: ConvGeometry,
  dtype: Dtype,
): Generator<Block> {
  const [N, C, H, W] = x;
  const [O, , kH, kW] = weight;
  const outputSize: Pair = [out[2], out[3]];
  const positions = sizeOf(outputSize);
  const taps = C * kH * kW;
  if (O * positions * taps === 0) return;

  const patchBytes = taps * positions * (dtype === 'float64' ? 8 : 4);
  const most = positions >= ENOUGH ? 1 : Math.min(N, Math.max(1, Math.floor(BLOCK_BYTES / patchBytes)));
  const [imageSize, outSize] = [C * H * W, O * positions];
  columns.reset();
  const images = columns.reserve(most * imageSize, dtype);
  const patches = columns.reserve(most * taps * positions, dtype);
  const rows = columns.reserve(most * outSize, dtype);

  for (let n = 0; n < N; n += most) {
    const count = Math.min(most, N - n);
    const q = count * positions;
    const of = { x: [count, C, H, W], kernelSize: [kH, kW], outputSize, geometry } as const;
    const imagesOf = (out: TypedArray) => out.subarray(n * outSize, (n + count) * outSize);
    const gathered = () => columns.view(rows, O * q, dtype);
    yield {
      q,
      patches: () => columns.view(patches, taps * q, dtype),
      im2col(x) {
        const from = x.subarray(n * imageSize, (n + count) * imageSize);
        columns.view(images, from.length, dtype).set(from);
        columns.im2col(images, patches, of, dtype);
      },
      col2im(dX) {
        columns.col2im(patches, images, of, dtype);
        dX.set(columns.view(images, count * imageSize, dtype), n * imageSize);
      },
      rowsOf(dOut) {
        if (count === 1) return imagesOf(dOut);
        exchange(imagesOf(dOut), gathered(), count, O, positions);
        return gathered();
      },
      fillRows(out, fill) {
        if (count === 1) {
          fill(imagesOf(out));
        } else {
          fill(gathered());
          exchange(gathered(), imagesOf(out), O, count, positions);
        }
      },
    };
  }
}

/** from [A, B, P] → to [B, A, P] */
function exchange(from: TypedArray, to: TypedArray, A: number, B: number, P: number): void {
  for (let a = 0; a < A; a++) {
    for (let b = 0; b < B; b++) {
      const source = (a * B + b) * P;
      const target = (b * A + a) * P;
      // The call takes as long as copying a dozen numbers.
      if (P > 12) to.set(from.subarray(source, source + P), target);
      else for (let p = 0; p < P; p++) to[target + p] = from[source + p];
    }
  }
}
