import jStat from 'jstat';
import { checkOptions, checkTensor } from '../tensor/checks.ts';
import { type Dtype, dtypeOf, emptyLike, type Tensor } from '../tensor/tensor.ts';
import { checkDOut, checkKept } from './checks.ts';
import type { Layer } from './layer.ts';

/**
 * Gaussian error linear unit, the exact one: out = x · Φ(x), where Φ(x) is the probability that a standard normal
 * number is below x.
 *
 * x, out: any shape, the same. Derivation: derivations/04-activations.md
 */
export class GELU implements Layer {
  readonly parameters = [];
  readonly buffers = [];
  readonly dtype: Dtype | undefined;
  training = true;

  /** Kept by forward for backward. */
  private x: Tensor | undefined;

  /** dtype insists on one; without it x may be of either. */
  constructor(options: { readonly dtype?: Dtype } = {}) {
    checkOptions('GELU', options, ['dtype']);
    this.dtype = options.dtype;
  }

  forward(x: Tensor): Tensor {
    x = checkTensor('GELU', 'x', x, this.dtype);
    const out = emptyLike(x);
    for (let i = 0; i < x.data.length; i++) {
      // out[i] = x[i] · Φ(x[i])                                                                        (gelu.1)
      out.data[i] = x.data[i] * normalCdf(x.data[i]);
    }
    this.x = x;
    return out;
  }

  /** dOut: dL/dout. Returns dL/dx, both shaped like x. */
  backward(dOut: Tensor): Tensor {
    const x = checkKept('GELU', this.x);
    dOut = checkDOut('GELU', dOut, x.shape, dtypeOf(x));
    this.x = undefined;

    const dX = emptyLike(x);
    for (let i = 0; i < x.data.length; i++) {
      // dX[i] = dOut[i] · (Φ(x[i]) + x[i] · φ(x[i]))                                                   (gelu.4)
      dX.data[i] = dOut.data[i] * (normalCdf(x.data[i]) + x.data[i] * normalDensity(x.data[i]));
    }
    return dX;
  }
}

/** Φ(x). */
function normalCdf(x: number): number {
  // Φ(x) = ½ · (1 + erf(x / √2))                                                                       (gelu.2)
  return 0.5 * (1 + jStat.erf(x / Math.SQRT2));
}

/** φ(x) = Φ'(x). */
function normalDensity(x: number): number {
  // φ(x) = e^(−x² / 2) / √(2π)                                                                         (gelu.3)
  return Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
}
