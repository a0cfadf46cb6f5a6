import { checkOptions, checkTensor } from '../tensor/checks.ts';
import { type Dtype, dtypeOf, empty, type Shape, type Tensor, zeros } from '../tensor/tensor.ts';
import { checkDOut, checkKept, checkRank } from './checks.ts';
import type { Layer } from './layer.ts';
import { type PoolGeometry, type PoolOptions, poolGeometry, poolOutputSize } from './pooling.ts';

export interface AvgPool2dOptions extends PoolOptions {
  /** Whether the padding's zeros are counted in the mean. */
  readonly countIncludePad?: boolean;
  readonly dtype?: Dtype;
}

/**
 * The mean of the values under each place of a window.
 *
 * x [N, C, H, W] → out [N, C, outH, outW]. Derivation: derivations/11-pooling.md
 */
export class AvgPool2d implements Layer {
  readonly parameters = [];
  readonly buffers = [];
  readonly geometry: PoolGeometry;
  readonly countIncludePad: boolean;
  readonly dtype: Dtype | undefined;
  training = true;

  /** Kept by forward for backward. */
  private kept: { xShape: Shape; outShape: Shape; dtype: Dtype } | undefined;

  /** dtype insists on one; without it x may be of either. */
  constructor(options: AvgPool2dOptions) {
    checkOptions('AvgPool2d', options, ['kernelSize', 'stride', 'padding', 'ceilMode', 'countIncludePad', 'dtype']);
    this.geometry = poolGeometry('AvgPool2d', options);
    this.countIncludePad = options.countIncludePad ?? true;
    this.dtype = options.dtype;
  }

  forward(x: Tensor): Tensor {
    x = checkTensor('AvgPool2d', 'x', x, this.dtype);
    checkRank('AvgPool2d', x, ['N', 'C', 'H', 'W']);
    const [N, C, H, W] = x.shape;
    const [outH, outW] = poolOutputSize('AvgPool2d', x, this.geometry);
    const out = empty([N, C, outH, outW], dtypeOf(x));
    for (let channel = 0, at = 0; channel < N * C; channel++) {
      for (let i = 0; i < outH; i++) {
        const rows = this.span(0, i, H);
        for (let j = 0; j < outW; j++, at++) {
          const columns = this.span(1, j, W);
          let sum = 0;
          for (let h = rows.first; h < rows.end; h++) {
            for (let w = columns.first; w < columns.end; w++) sum += x.data[(channel * H + h) * W + w];
          }
          // out[n, c, i, j] = 1/count · Σ h,w under the window  x[n, c, h, w]                          (avgpool.1)
          out.data[at] = sum / (rows.count * columns.count);
        }
      }
    }
    this.kept = { xShape: x.shape, outShape: out.shape, dtype: dtypeOf(x) };
    return out;
  }

  /** dOut: dL/dout [N, C, outH, outW]. Returns dL/dx, shaped like x. */
  backward(dOut: Tensor): Tensor {
    const { xShape, outShape, dtype } = checkKept('AvgPool2d', this.kept);
    dOut = checkDOut('AvgPool2d', dOut, outShape, dtype);
    this.kept = undefined;

    const [N, C, H, W] = xShape;
    const [, , outH, outW] = outShape;
    const dX = zeros(xShape, dtype);
    for (let channel = 0, at = 0; channel < N * C; channel++) {
      for (let i = 0; i < outH; i++) {
        const rows = this.span(0, i, H);
        for (let j = 0; j < outW; j++, at++) {
          const columns = this.span(1, j, W);
          // Each pixel under the window had the same part in the mean; a pixel under several gets the sum.
          // dX[n, c, h, w] += 1/count · dOut[n, c, i, j]                                            (avgpool.2)
          const share = dOut.data[at] / (rows.count * columns.count);
          for (let h = rows.first; h < rows.end; h++) {
            for (let w = columns.first; w < columns.end; w++) dX.data[(channel * H + h) * W + w] += share;
          }
        }
      }
    }
    return dX;
  }

  /** Which rows (axis 0) or columns (axis 1) of the image the window at `place` sees, and how many it counts. */
  private span(axis: 0 | 1, place: number, size: number): { first: number; end: number; count: number } {
    const { kernelSize, stride, padding } = this.geometry;
    const start = place * stride[axis] - padding[axis];
    // In ceilMode a window may reach beyond the right padding; what is there is never counted.
    const stop = Math.min(start + kernelSize[axis], size + padding[axis]);
    const [first, end] = [Math.max(start, 0), Math.min(stop, size)];
    return { first, end, count: this.countIncludePad ? stop - start : end - first };
  }
}
