import { fastLoopsFor } from '../kernels/index.ts';
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
    this.x = x;

    const { negativeSlope } = this;
    // In float32 the fast kernels have this loop too. Here it runs in float64, and with useKernels('loops').
    const fast = fastLoopsFor(x);
    if (fast) return fast.leakyRelu(x, x, negativeSlope);

    const out = emptyLike(x);
    const [xData, outData] = [x.data, out.data];
    for (let i = 0; i < xData.length; i++) {
      // out[i] = x[i] > 0 ? x[i] : negativeSlope · x[i]                                             (leaky.1)
      outData[i] = xData[i] > 0 ? xData[i] : negativeSlope * xData[i];
    }
    return out;
  }

  /** dOut: dL/dout. Returns dL/dx, both shaped like x. */
  backward(dOut: Tensor): Tensor {
    const x = checkKept('LeakyReLU', this.x);
    dOut = checkDOut('LeakyReLU', dOut, x.shape, dtypeOf(x));
    this.x = undefined;

    const { negativeSlope } = this;
    const fast = fastLoopsFor(x);
    if (fast) return fast.leakyRelu(x, dOut, negativeSlope);

    const dX = emptyLike(x);
    const [xData, dOutData, dXData] = [x.data, dOut.data, dX.data];
    for (let i = 0; i < xData.length; i++) {
      // Where the input was positive the gradient passes; elsewhere it is scaled.
      // dX[i] = x[i] > 0 ? dOut[i] : negativeSlope · dOut[i]                                        (leaky.2)
      dXData[i] = xData[i] > 0 ? dOutData[i] : negativeSlope * dOutData[i];
    }
    return dX;
  }
}
