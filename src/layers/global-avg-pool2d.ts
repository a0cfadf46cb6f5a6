import { checkOptions, checkTensor } from '../tensor/checks.ts';
import { type Dtype, dtypeOf, empty, type Shape, type Tensor } from '../tensor/tensor.ts';
import { checkDOut, checkKept, checkRank } from './checks.ts';
import type { Layer } from './layer.ts';
import { checkPixels } from './pooling.ts';

/**
 * Each channel's mean over all its places, as PyTorch's AdaptiveAvgPool2d(1).
 *
 * x [N, C, H, W] → out [N, C, 1, 1]; a Flatten makes [N, C] of it. Derivation: derivations/11-pooling.md
 */
export class GlobalAvgPool2d implements Layer {
  readonly parameters = [];
  readonly buffers = [];
  readonly dtype: Dtype | undefined;
  training = true;

  /** Kept by forward for backward. */
  private x: { readonly shape: Shape; readonly dtype: Dtype } | undefined;

  /** dtype insists on one; without it x may be of either. */
  constructor(options: { readonly dtype?: Dtype } = {}) {
    checkOptions('GlobalAvgPool2d', options, ['dtype']);
    this.dtype = options.dtype;
  }

  forward(x: Tensor): Tensor {
    x = checkTensor('GlobalAvgPool2d', 'x', x, this.dtype);
    checkRank('GlobalAvgPool2d', x, ['N', 'C', 'H', 'W']);
    const [N, C, H, W] = x.shape;
    checkPixels('GlobalAvgPool2d', x);
    const out = empty([N, C, 1, 1], dtypeOf(x));
    for (let channel = 0; channel < N * C; channel++) {
      let sum = 0;
      for (let i = channel * H * W; i < (channel + 1) * H * W; i++) sum += x.data[i];
      // out[n, c] = 1/(H · W) · Σ h,w  x[n, c, h, w]                                              (globalpool.1)
      out.data[channel] = sum / (H * W);
    }
    this.x = { shape: x.shape, dtype: dtypeOf(x) };
    return out;
  }

  /** dOut: dL/dout [N, C, 1, 1]. Returns dL/dx, shaped like x. */
  backward(dOut: Tensor): Tensor {
    const { shape, dtype } = checkKept('GlobalAvgPool2d', this.x);
    const [N, C, H, W] = shape;
    dOut = checkDOut('GlobalAvgPool2d', dOut, [N, C, 1, 1], dtype);
    this.x = undefined;

    const dX = empty(shape, dtype);
    for (let channel = 0; channel < N * C; channel++) {
      // dX[n, c, h, w] = dOut[n, c] / (H · W): every place had the same part in the mean.             (globalpool.2)
      dX.data.fill(dOut.data[channel] / (H * W), channel * H * W, (channel + 1) * H * W);
    }
    return dX;
  }
}
