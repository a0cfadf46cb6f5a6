import { fastLoopsFor } from '../kernels/index.ts';
import { checkOptions, checkTensor } from '../tensor/checks.ts';
import { type Dtype, dtypeOf, emptyLike, type Tensor } from '../tensor/tensor.ts';
import { checkDOut, checkKept } from './checks.ts';
import type { Layer } from './layer.ts';

/**
 * Rectifier: out = x where x > 0, 0 elsewhere.
 *
 * x, out: any shape, the same. Derivation: derivations/04-activations.md
 */
export class ReLU implements Layer {
  readonly parameters = [];
  readonly buffers = [];
  readonly dtype: Dtype | undefined;
  training = true;

  /** Kept by forward for backward. */
  private x: Tensor | undefined;

  /** dtype insists on one; without it x may be of either. */
  constructor(options: { readonly dtype?: Dtype } = {}) {
    checkOptions('ReLU', options, ['dtype']);
    this.dtype = options.dtype;
  }

  forward(x: Tensor): Tensor {
    x = checkTensor('ReLU', 'x', x, this.dtype);
    this.x = x;

    // In float32 the fast kernels have this loop too. Here it runs in float64, and with useKernels('loops').
    const fast = fastLoopsFor(x);
    if (fast) return fast.relu(x, x);

    const out = emptyLike(x);
    const [xData, outData] = [x.data, out.data];
    for (let i = 0; i < xData.length; i++) {
      // out[i] = max(x[i], 0)                                                                       (relu.1)
      outData[i] = Math.max(xData[i], 0);
    }
    return out;
  }

  /** dOut: dL/dout. Returns dL/dx, both shaped like x. */
  backward(dOut: Tensor): Tensor {
    const x = checkKept('ReLU', this.x);
    dOut = checkDOut('ReLU', dOut, x.shape, dtypeOf(x));
    this.x = undefined;

    const fast = fastLoopsFor(x);
    if (fast) return fast.relu(x, dOut);

    const dX = emptyLike(x);
    const [xData, dOutData, dXData] = [x.data, dOut.data, dX.data];
    for (let i = 0; i < xData.length; i++) {
      // Where the input was positive the gradient passes; elsewhere it stops. Asked as ≤ 0, so that a NaN in x
      // does not turn into a 0 here.
      // dX[i] = x[i] > 0 ? dOut[i] : 0                                                              (relu.2)
      dXData[i] = xData[i] <= 0 ? 0 : dOutData[i];
    }
    return dX;
  }
}
