import { checkOptions, checkTensor } from '../tensor/checks.ts';
import { type Dtype, dtypeOf, emptyLike, type Tensor } from '../tensor/tensor.ts';
import { checkDOut, checkKept } from './checks.ts';
import type { Layer } from './layer.ts';
import { sigmoid } from './sigmoid.ts';

/**
 * Softplus, a smooth rectifier: out = log(1 + e^(beta · x)) / beta.
 *
 * x, out: any shape, the same. Where beta · x is above threshold, out = x: the difference is below e^−threshold / beta.
 * Derivation: derivations/04-activations.md
 */
export class Softplus implements Layer {
  readonly parameters = [];
  readonly buffers = [];
  readonly beta: number;
  readonly threshold: number;
  readonly dtype: Dtype | undefined;
  training = true;

  /** Kept by forward for backward. */
  private x: Tensor | undefined;

  /** dtype insists on one; without it x may be of either. */
  constructor(options: { readonly beta?: number; readonly threshold?: number; readonly dtype?: Dtype } = {}) {
    checkOptions('Softplus', options, ['beta', 'threshold', 'dtype']);
    const { beta = 1, threshold = 20, dtype } = options;
    if (!(beta > 0 && beta < Infinity)) throw new RangeError(`Softplus: beta must be a number above 0, not ${beta}`);
    if (typeof threshold !== 'number' || Number.isNaN(threshold)) {
      throw new RangeError(`Softplus: threshold must be a number such as 20, not ${threshold}`);
    }
    this.beta = beta;
    this.threshold = threshold;
    this.dtype = dtype;
  }

  forward(x: Tensor): Tensor {
    x = checkTensor('Softplus', 'x', x, this.dtype);
    const out = emptyLike(x);
    const { beta, threshold } = this;
    for (let i = 0; i < x.data.length; i++) {
      const z = beta * x.data[i];
      // out[i] = log(1 + e^(beta · x[i])) / beta, or x[i] where that is as good as the same            (softplus.1)
      out.data[i] = z > threshold ? x.data[i] : Math.log1p(Math.exp(z)) / beta;
    }
    this.x = x;
    return out;
  }

  /** dOut: dL/dout. Returns dL/dx, both shaped like x. */
  backward(dOut: Tensor): Tensor {
    const x = checkKept('Softplus', this.x);
    dOut = checkDOut('Softplus', dOut, x.shape, dtypeOf(x));
    this.x = undefined;

    const dX = emptyLike(x);
    const { beta, threshold } = this;
    for (let i = 0; i < x.data.length; i++) {
      const z = beta * x.data[i];
      // dX[i] = dOut[i] · σ(beta · x[i]), and the slope is 1 where forward was x[i]                       (softplus.2)
      dX.data[i] = z > threshold ? dOut.data[i] : dOut.data[i] * sigmoid(z);
    }
    return dX;
  }
}
