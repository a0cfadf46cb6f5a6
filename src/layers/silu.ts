import { checkOptions, checkTensor } from '../tensor/checks.ts';
import { type Dtype, dtypeOf, emptyLike, type Tensor } from '../tensor/tensor.ts';
import { checkDOut, checkKept } from './checks.ts';
import type { Layer } from './layer.ts';
import { sigmoid } from './sigmoid.ts';

/**
 * Sigmoid linear unit, also called swish: out = x · σ(x).
 *
 * x, out: any shape, the same. Derivation: derivations/04-activations.md
 */
export class SiLU implements Layer {
  readonly parameters = [];
  readonly buffers = [];
  readonly dtype: Dtype | undefined;
  training = true;

  /** Kept by forward for backward. */
  private x: Tensor | undefined;

  /** dtype insists on one; without it x may be of either. */
  constructor(options: { readonly dtype?: Dtype } = {}) {
    checkOptions('SiLU', options, ['dtype']);
    this.dtype = options.dtype;
  }

  forward(x: Tensor): Tensor {
    x = checkTensor('SiLU', 'x', x, this.dtype);
    const out = emptyLike(x);
    for (let i = 0; i < x.data.length; i++) {
      // out[i] = x[i] · σ(x[i])                                                                        (silu.1)
      out.data[i] = x.data[i] * sigmoid(x.data[i]);
    }
    this.x = x;
    return out;
  }

  /** dOut: dL/dout. Returns dL/dx, both shaped like x. */
  backward(dOut: Tensor): Tensor {
    const x = checkKept('SiLU', this.x);
    dOut = checkDOut('SiLU', dOut, x.shape, dtypeOf(x));
    this.x = undefined;

    const dX = emptyLike(x);
    for (let i = 0; i < x.data.length; i++) {
      const s = sigmoid(x.data[i]);
      // dX[i] = dOut[i] · σ(x[i]) · (1 + x[i] · (1 − σ(x[i])))                                         (silu.2)
      dX.data[i] = dOut.data[i] * s * (1 + x.data[i] * (1 - s));
    }
    return dX;
  }
}
