import type { Pair } from '../kernels/kernels.ts';
import { checkOptions, checkTensor } from '../tensor/checks.ts';
import { type Dtype, dtypeOf, type Shape, type Tensor, zeros } from '../tensor/tensor.ts';
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
    const out = zeros(this.outShape(x.shape), dtypeOf(x));
    const [, , H, W] = x.shape;
    const [sH, sW] = this.scaleFactor;
    for (let at = 0; at < out.data.length; at++) {
      // out[n, c, i, j] = x[n, c, ⌊i / sH⌋, ⌊j / sW⌋]                                              (upsample.1)
      out.data[at] = x.data[source(at, H, W, sH, sW)];
    }
    this.x = { shape: x.shape, dtype: dtypeOf(x) };
    return out;
  }

  /** dOut: dL/dout [N, C, H · sH, W · sW]. Returns dL/dx, shaped like x. */
  backward(dOut: Tensor): Tensor {
    const { shape, dtype } = checkKept('Upsample', this.x);
    dOut = checkDOut('Upsample', dOut, this.outShape(shape), dtype);
    this.x = undefined;

    const dX = zeros(shape, dtype);
    const [, , H, W] = shape;
    const [sH, sW] = this.scaleFactor;
    for (let at = 0; at < dOut.data.length; at++) {
      // A pixel gets the sum over the block that was made of it.
      // dX[n, c, ⌊i / sH⌋, ⌊j / sW⌋] += dOut[n, c, i, j]                                          (upsample.2)
      dX.data[source(at, H, W, sH, sW)] += dOut.data[at];
    }
    return dX;
  }

  private outShape([N, C, H, W]: Shape): Shape {
    return [N, C, H * this.scaleFactor[0], W * this.scaleFactor[1]];
  }
}

/** Where in x the pixel is that entry `at` of out is copied from. */
function source(at: number, H: number, W: number, sH: number, sW: number): number {
  const j = at % (W * sW);
  const i = Math.floor(at / (W * sW)) % (H * sH);
  const channel = Math.floor(at / (W * sW * H * sH));
  return (channel * H + Math.floor(i / sH)) * W + Math.floor(j / sW);
}
