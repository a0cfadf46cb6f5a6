import type { Pair } from '../kernels/kernels.ts';
import { checkOptions, checkTensor } from '../tensor/checks.ts';
import { type Dtype, dtypeOf, empty, type Shape, type Tensor, zeros } from '../tensor/tensor.ts';
import { checkDOut, checkKept, checkRank } from './checks.ts';
import { pair } from './geometry.ts';
import type { Layer } from './layer.ts';

export interface UpsampleOptions {
  /** How many times as high and as wide: a whole number for both, or [h, w]. */
  readonly scaleFactor: number | Pair;
  readonly dtype?: Dtype;
}

/**
 * Nearest-neighbour upsampling: every pixel becomes a block of scaleFactor × scaleFactor equal ones.
 *
 * x [N, C, H, W] → out [N, C, H · sH, W · sW]. Derivation: derivations/11-pooling.md
 */
export class Upsample implements Layer {
  readonly parameters = [];
  readonly buffers = [];
  readonly scaleFactor: Pair;
  readonly dtype: Dtype | undefined;
  training = true;

  /** Kept by forward for backward. */
  private x: { readonly shape: Shape; readonly dtype: Dtype } | undefined;

  /** dtype insists on one; without it x may be of either. */
  constructor(options: UpsampleOptions) {
    checkOptions('Upsample', options, ['scaleFactor', 'dtype']);
    this.scaleFactor = pair('Upsample', 'scaleFactor', options.scaleFactor, 1);
    this.dtype = options.dtype;
  }

  forward(x: Tensor): Tensor {
    x = checkTensor('Upsample', 'x', x, this.dtype);
    checkRank('Upsample', x, ['N', 'C', 'H', 'W']);
    const [N, C, H, W] = x.shape;
    const [, , outH, outW] = this.outShape(x.shape);
    const [sH, sW] = this.scaleFactor;
    const out = empty([N, C, outH, outW], dtypeOf(x));
    for (let channel = 0, at = 0; channel < N * C; channel++) {
      for (let i = 0; i < outH; i++) {
        const row = (channel * H + Math.floor(i / sH)) * W;
        for (let j = 0; j < outW; j++, at++) {
          // out[n, c, i, j] = x[n, c, ⌊i / sH⌋, ⌊j / sW⌋]                                          (upsample.1)
          out.data[at] = x.data[row + Math.floor(j / sW)];
        }
      }
    }
    this.x = { shape: x.shape, dtype: dtypeOf(x) };
    return out;
  }

  /** dOut: dL/dout [N, C, H · sH, W · sW]. Returns dL/dx, shaped like x. */
  backward(dOut: Tensor): Tensor {
    const { shape, dtype } = checkKept('Upsample', this.x);
    dOut = checkDOut('Upsample', dOut, this.outShape(shape), dtype);
    this.x = undefined;

    const [N, C, H, W] = shape;
    const [, , outH, outW] = dOut.shape;
    const [sH, sW] = this.scaleFactor;
    const dX = zeros(shape, dtype);
    for (let channel = 0, at = 0; channel < N * C; channel++) {
      for (let i = 0; i < outH; i++) {
        const row = (channel * H + Math.floor(i / sH)) * W;
        for (let j = 0; j < outW; j++, at++) {
          // A pixel gets the sum over the block that was made of it.
          // dX[n, c, ⌊i / sH⌋, ⌊j / sW⌋] += dOut[n, c, i, j]                                      (upsample.2)
          dX.data[row + Math.floor(j / sW)] += dOut.data[at];
        }
      }
    }
    return dX;
  }

  private outShape([N, C, H, W]: Shape): Shape {
    return [N, C, H * this.scaleFactor[0], W * this.scaleFactor[1]];
  }
}
