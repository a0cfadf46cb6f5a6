import { checkOptions, checkTensor } from '../tensor/checks.ts';
import { type Dtype, dtypeOf, emptyLike, type Tensor } from '../tensor/tensor.ts';
import { checkDOut, checkKept } from './checks.ts';
import type { Layer } from './layer.ts';

/**
 * Exponential linear unit: out = x where x > 0, alpha · (eˣ − 1) elsewhere.
 *
 * x, out: any shape, the same. Derivation: derivations/04-activations.md
 */
export class ELU implements Layer {
  readonly parameters = [];
  readonly buffers = [];
  readonly alpha: number;
  readonly dtype: Dtype | undefined;
  training = true;

  /** Kept by forward for backward. */
  private x: Tensor | undefined;

  /** dtype insists on one; without it x may be of either. */
  constructor(options: { readonly alpha?: number; readonly dtype?: Dtype } = {}) {
    checkOptions('ELU', options, ['alpha', 'dtype']);
    const { alpha = 1, dtype } = options;
    if (!Number.isFinite(alpha)) throw new RangeError(`ELU: alpha must be a number such as 1, not ${alpha}`);
    this.alpha = alpha;
    this.dtype = dtype;
  }

  forward(x: Tensor): Tensor {
    x = checkTensor('ELU', 'x', x, this.dtype);
    const out = emptyLike(x);
    for (let i = 0; i < x.data.length; i++) {
      // out[i] = x[i] > 0 ? x[i] : alpha · (e^x[i] − 1)                                                (elu.1)
      out.data[i] = x.data[i] > 0 ? x.data[i] : this.alpha * Math.expm1(x.data[i]);
    }
    this.x = x;
    return out;
  }

  /** dOut: dL/dout. Returns dL/dx, both shaped like x. */
  backward(dOut: Tensor): Tensor {
    const x = checkKept('ELU', this.x);
    dOut = checkDOut('ELU', dOut, x.shape, dtypeOf(x));
    this.x = undefined;

    const dX = emptyLike(x);
    for (let i = 0; i < x.data.length; i++) {
      // dX[i] = dOut[i] · (x[i] > 0 ? 1 : alpha · e^x[i])                                              (elu.2)
      dX.data[i] = dOut.data[i] * (x.data[i] > 0 ? 1 : this.alpha * Math.exp(x.data[i]));
    }
    return dX;
  }
}
