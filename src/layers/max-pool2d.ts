import type { Pair } from '../kernels/kernels.ts';
import { checkOptions, checkTensor } from '../tensor/checks.ts';
import { type Dtype, dtypeOf, empty, type Shape, type Tensor, zeros } from '../tensor/tensor.ts';
import { checkDOut, checkKept, checkRank } from './checks.ts';
import type { Layer } from './layer.ts';
import { type PoolGeometry, type PoolOptions, poolGeometry, poolOutputSize } from './pooling.ts';

export interface MaxPool2dOptions extends PoolOptions {
  readonly dilation?: number | Pair;
  readonly dtype?: Dtype;
}

/**
 * The largest value under each place of a window.
 *
 * x [N, C, H, W] → out [N, C, outH, outW]. Padding never wins. Of equal values the first wins, row by row.
 * Derivation: derivations/11-pooling.md
 */
export class MaxPool2d implements Layer {
  readonly parameters = [];
  readonly buffers = [];
  readonly geometry: PoolGeometry;
  readonly dtype: Dtype | undefined;
  training = true;

  /** Kept by forward for backward: for each entry of out, which entry of x it is; the shapes. */
  private kept: { winners: Int32Array; xShape: Shape; outShape: Shape; dtype: Dtype } | undefined;

  /** dtype insists on one; without it x may be of either. */
  constructor(options: MaxPool2dOptions) {
    checkOptions('MaxPool2d', options, ['kernelSize', 'stride', 'padding', 'dilation', 'ceilMode', 'dtype']);
    this.geometry = poolGeometry('MaxPool2d', options, options.dilation);
    this.dtype = options.dtype;
  }

  forward(x: Tensor): Tensor {
    x = checkTensor('MaxPool2d', 'x', x, this.dtype);
    checkRank('MaxPool2d', x, ['N', 'C', 'H', 'W']);
    const [N, C, H, W] = x.shape;
    const [outH, outW] = poolOutputSize('MaxPool2d', x, this.geometry);
    const out = empty([N, C, outH, outW], dtypeOf(x));
    const winners = new Int32Array(out.data.length);
    for (let channel = 0, at = 0; channel < N * C; channel++) {
      for (let i = 0; i < outH; i++) {
        for (let j = 0; j < outW; j++, at++) {
          winners[at] = this.winner(x, channel * H * W, i, j);
          // out[n, c, i, j] = max k,l  x[n, c, h, w], with h = i · stride − padding + k · dilation        (maxpool.1)
          out.data[at] = x.data[winners[at]];
        }
      }
    }
    this.kept = { winners, xShape: x.shape, outShape: out.shape, dtype: dtypeOf(x) };
    return out;
  }

  /** dOut: dL/dout [N, C, outH, outW]. Returns dL/dx, shaped like x. */
  backward(dOut: Tensor): Tensor {
    const { winners, xShape, outShape, dtype } = checkKept('MaxPool2d', this.kept);
    dOut = checkDOut('MaxPool2d', dOut, outShape, dtype);
    this.kept = undefined;

    const dX = zeros(xShape, dtype);
    for (let at = 0; at < winners.length; at++) {
      // All of the gradient goes to the value that won; one that won in several windows gets the sum.
      // dX[n, c, h*, w*] += dOut[n, c, i, j], where (h*, w*) won at (i, j)                           (maxpool.2)
      dX.data[winners[at]] += dOut.data[at];
    }
    return dX;
  }

  /** Which entry of x is the largest under the window at (i, j), in the channel that begins at `start`. */
  private winner(x: Tensor, start: number, i: number, j: number): number {
    const { kernelSize, stride, padding, dilation } = this.geometry;
    const [, , H, W] = x.shape;
    let best = -1;
    for (let k = 0; k < kernelSize[0]; k++) {
      const h = i * stride[0] - padding[0] + k * dilation[0];
      if (h < 0 || h >= H) continue;
      for (let l = 0; l < kernelSize[1]; l++) {
        const w = j * stride[1] - padding[1] + l * dilation[1];
        if (w < 0 || w >= W) continue;
        const at = start + h * W + w;
        // A NaN wins, so that it is not lost.
        if (best === -1 || x.data[at] > x.data[best] || Number.isNaN(x.data[at])) best = at;
      }
    }
    if (best === -1) {
      throw new RangeError(
        `MaxPool2d: the window at [${i}, ${j}] sees no pixel of x [${x.shape.join(', ')}]; use less padding or dilation`,
      );
    }
    return best;
  }
}
