import { type Dtype, dtypeOf, empty, type Shape, type Tensor, zeros } from '../../tensor/tensor.ts';
import { checkConvolution, productSizes } from '../fitting.ts';
import type { ConvGeometry, Kernels, MatmulOptions, Pair } from '../kernels.ts';
import { columnsIn } from '../wasm/columns.ts';
import { fastLoopsIn } from '../wasm/fast-loops.ts';
import { instantiate } from '../wasm/module.ts';
import { winograd } from '../wasm/winograd.ts';
import { blocksOf } from './blocks.ts';
import { openBlas } from './library.ts';

export interface BlasKernels extends Kernels {
  /** How many threads the BLAS may use, as far as it lets itself be told. */
  setThreads(threads: number): void;
}

/**
 * The kernels that leave the products to the system's BLAS. A convolution is a product of two of
 *
 *   W       [O, taps]   the weight, a row of taps (c, k, l) for each output channel
 *   patches [q, taps]   what lies under each tap when the kernel stands at position q = (n, i, j): colsᵀ
 *   out     [O, q]      or dOut
 *
 * where im2col makes patches of the images, and col2im images of patches, in WebAssembly memory, which the BLAS reads and
 * writes as well. A block of the batch is one image, or several where images have few positions. Where that takes fewer
 * multiplications, a convolution is many smaller products: wasm/winograd.ts.
 *
 * Throws where no BLAS can be had, and says what to install.
 */
export async function loadBlas(): Promise<BlasKernels> {
  const blas = openBlas();
  const instance = await instantiate({ shared: false });
  const columns = columnsIn(instance);

  const gemmOf = (dtype: Dtype) => (dtype === 'float64' ? blas.dgemm : blas.sgemm);
  const gemmFor = (t: Tensor) => gemmOf(dtypeOf(t));

  const byWinograd = winograd(instance, (transposeA, transposeB, M, N, K, a, b, out, add, dtype) => {
    const view = (address: number, rows: number, columnCount: number) =>
      columns.view(address, rows * columnCount, dtype);
    const [lda, ldb] = [transposeA ? M : K, transposeB ? K : N];
    const beta = add ? 1 : 0;
    gemmOf(dtype)(transposeA, transposeB, M, N, K, view(a, M, K), lda, view(b, K, N), ldb, beta, view(out, M, N), N);
  });

  return {
    name: 'blas',
    setThreads: (threads) => blas.setThreads(threads),
    fastLoops: fastLoopsIn(instance),

    matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
      const [M, K, N] = productSizes(a, b, options);
      const { transposeA = false, transposeB = false, addTo } = options;
      const out = addTo ?? outOf([M, N], a, K);
      // A BLAS takes no rows of length 0.
      if (M * N * K === 0) return out;
      const gemm = gemmFor(a);
      gemm(transposeA, transposeB, M, N, K, a.data, a.shape[1], b.data, b.shape[1], addTo ? 1 : 0, out.data, N);
      return out;
    },

    correlate(x: Tensor, weight: Tensor, geometry: ConvGeometry, outputSize: Pair): Tensor {
      checkConvolution({ x, weight });
      const [gemm, O, taps] = [gemmFor(x), weight.shape[0], rowLength(weight)];
      const out = outOf([x.shape[0], O, ...outputSize], x, taps);
      if (byWinograd('out', { x, weight, out }, geometry)) return out;
      for (const block of blocksOf(columns, x.shape, weight.shape, out.shape, geometry, dtypeOf(x))) {
        const { q } = block;
        block.im2col(x.data);
        block.fillRows(out.data, (rows) => {
          // out = W · patchesᵀ                                                                       (conv.6)
          gemm(false, true, O, q, taps, weight.data, taps, block.patches(), taps, 0, rows, q);
        });
      }
      return out;
    },

    correlateAdjoint(dOut: Tensor, weight: Tensor, geometry: ConvGeometry, imageSize: Pair): Tensor {
      checkConvolution({ weight, out: dOut });
      const [, O, outH, outW] = dOut.shape;
      const [gemm, taps] = [gemmFor(dOut), rowLength(weight)];
      const dX = outOf([dOut.shape[0], weight.shape[1], ...imageSize], dOut, O * outH * outW);
      if (byWinograd('x', { x: dX, weight, out: dOut }, geometry)) return dX;
      for (const block of blocksOf(columns, dX.shape, weight.shape, dOut.shape, geometry, dtypeOf(dOut))) {
        const { q } = block;
        // patches = dOutᵀ · W                                                                        (conv.8)
        gemm(true, false, q, taps, O, block.rowsOf(dOut.data), q, weight.data, taps, 0, block.patches(), taps);
        block.col2im(dX.data);
      }
      return dX;
    },

    addWeightGradient(dWeight: Tensor, x: Tensor, dOut: Tensor, geometry: ConvGeometry): void {
      checkConvolution({ x, weight: dWeight, out: dOut });
      if (byWinograd('weight', { x, weight: dWeight, out: dOut }, geometry)) return;
      const [gemm, O, taps] = [gemmFor(x), dWeight.shape[0], rowLength(dWeight)];
      for (const block of blocksOf(columns, x.shape, dWeight.shape, dOut.shape, geometry, dtypeOf(x))) {
        const { q } = block;
        block.im2col(x.data);
        // dW += dOut · patches                                                                       (conv.7)
        gemm(false, false, O, taps, q, block.rowsOf(dOut.data), q, block.patches(), taps, 1, dWeight.data, taps);
      }
    },
  };
}

/** How many taps (c, k, l) each output channel has. */
function rowLength({ shape: [, C, kH, kW] }: Tensor): number {
  return C * kH * kW;
}

/** What sums of so many terms are written to: where there are none, nobody writes, and they are 0. */
function outOf(shape: Shape, operand: Tensor, terms: number): Tensor {
  return terms === 0 ? zeros(shape, dtypeOf(operand)) : empty(shape, dtypeOf(operand));
}
