import { checkOptions, checkTensor } from '../tensor/checks.ts';
import { type Dtype, dtypeOf, emptyLike, type Tensor } from '../tensor/tensor.ts';
import { checkDOut, checkKept } from './checks.ts';
import type { Layer } from './layer.ts';

/**
 * Leaky rectifier: out = x where x > 0, negativeSlope · x elsewhere.
 *
 * x, out: any shape, the same. Derivation: derivations/04-activations.md
 */
export class LeakyReLU implements Layer {
  readonly parameters = [];
  readonly buffers = [];
  readonly negativeSlope: number;
  readonly dtype: Dtype | undefined;
  training = true;

  /** Kept by forward for backward. */
  private x: Tensor | undefined;

  /** dtype insists on one; without it x may be of either. */
  constructor(options: { readonly negativeSlope?: number; readonly dtype?: Dtype } = {}) {
    checkOptions('LeakyReLU', options, ['negativeSlope', 'dtype']);
    const { negativeSlope = 0.01, dtype } = options;
    if (!Number.isFinite(negativeSlope)) {
      throw new RangeError(`LeakyReLU: negativeSlope must be a number such as 0.2, not ${negativeSlope}`);
    }
    this.negativeSlope = negativeSlope;
    this.dtype = dtype;
  }

  forward(x: Tensor): Tensor {
    x = checkTensor('LeakyReLU', 'x', x, this.dtype);
    const out = emptyLike(x);
    // Looked up and not branched on: no processor can guess the signs of x.
    const slope = [this.negativeSlope, 1];
    const [xData, outData] = [x.data, out.data];
    for (let i = 0; i < xData.length; i++) {
      // out[i] = x[i] · (x[i] > 0 ? 1 : negativeSlope)                                              (leaky.1)
      outData[i] = xData[i] * slope[Number(xData[i] > 0)];
    }
    this.x = x;
    return out;
  }

  /** dOut: dL/dout. Returns dL/dx, both shaped like x. */
  backward(dOut: Tensor): Tensor {
    const x = checkKept('LeakyReLU', this.x);
    dOut = checkDOut('LeakyReLU', dOut, x.shape, dtypeOf(x));
    this.x = undefined;

    const dX = emptyLike(x);
    const slope = [this.negativeSlope, 1];
    const [xData, dOutData, dXData] = [x.data, dOut.data, dX.data];
    for (let i = 0; i < xData.length; i++) {
      // Where the input was positive the gradient passes; elsewhere it is scaled.
      // dX[i] = dOut[i] · (x[i] > 0 ? 1 : negativeSlope)                                            (leaky.2)
      dXData[i] = dOutData[i] * slope[Number(xData[i] > 0)];
    }
    return dX;
  }
}
