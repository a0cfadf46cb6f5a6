import { checkOptions, checkTensor } from '../tensor/checks.ts';
import { type Dtype, dtypeOf, emptyLike, type Tensor } from '../tensor/tensor.ts';
import { checkDOut, checkKept } from './checks.ts';
import type { Layer } from './layer.ts';

/**
 * Sigmoid: out = σ(x) = 1 / (1 + e⁻ˣ), between 0 and 1.
 *
 * x, out: any shape, the same. Derivation: derivations/04-activations.md
 */
export class Sigmoid implements Layer {
  readonly parameters = [];
  readonly buffers = [];
  readonly dtype: Dtype | undefined;
  training = true;

  /** Kept by forward for backward: the derivative of σ is written in σ itself. */
  private out: Tensor | undefined;

  /** dtype insists on one; without it x may be of either. */
  constructor(options: { readonly dtype?: Dtype } = {}) {
    checkOptions('Sigmoid', options, ['dtype']);
    this.dtype = options.dtype;
  }

  forward(x: Tensor): Tensor {
    x = checkTensor('Sigmoid', 'x', x, this.dtype);
    const out = emptyLike(x);
    const [xData, outData] = [x.data, out.data];
    for (let i = 0; i < xData.length; i++) outData[i] = sigmoid(xData[i]);
    this.out = out;
    return out;
  }

  /** dOut: dL/dout. Returns dL/dx, both shaped like x. */
  backward(dOut: Tensor): Tensor {
    const out = checkKept('Sigmoid', this.out);
    dOut = checkDOut('Sigmoid', dOut, out.shape, dtypeOf(out));
    this.out = undefined;

    const dX = emptyLike(out);
    const [outData, dOutData, dXData] = [out.data, dOut.data, dX.data];
    for (let i = 0; i < outData.length; i++) {
      // dX[i] = dOut[i] · out[i] · (1 − out[i])                                                    (sigmoid.2)
      dXData[i] = dOutData[i] * outData[i] * (1 - outData[i]);
    }
    return dX;
  }
}

/** σ(x) of one number. For very negative x, e⁻ˣ is infinite and the quotient 0, as it should be. */
export function sigmoid(x: number): number {
  // σ(x) = 1 / (1 + e⁻ˣ)                                                                          (sigmoid.1)
  return 1 / (1 + Math.exp(-x));
}
