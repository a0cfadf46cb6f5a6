import { fastLoopsFor } from '../kernels/index.ts';
import { checkOptions, checkTensor } from '../tensor/checks.ts';
import { type Dtype, dtypeOf, emptyLike, type Tensor } from '../tensor/tensor.ts';
import { checkDOut, checkKept } from './checks.ts';
import type { Layer } from './layer.ts';

/**
 * Hyperbolic tangent: out = tanh(x), between −1 and 1, as the pixels of an image are.
 *
 * x, out: any shape, the same. Derivation: derivations/04-activations.md
 */
export class Tanh implements Layer {
  readonly parameters = [];
  readonly buffers = [];
  readonly dtype: Dtype | undefined;
  training = true;

  /** Kept by forward for backward: the derivative of tanh is written in tanh itself. */
  private out: Tensor | undefined;

  /** dtype insists on one; without it x may be of either. */
  constructor(options: { readonly dtype?: Dtype } = {}) {
    checkOptions('Tanh', options, ['dtype']);
    this.dtype = options.dtype;
  }

  forward(x: Tensor): Tensor {
    x = checkTensor('Tanh', 'x', x, this.dtype);
    // In float32 the fast kernels have the loop of tanh too. Below it runs in float64, and with useKernels('loops').
    const out = fastLoopsFor(x)?.tanh(x) ?? tanh(x);
    this.out = out;
    return out;
  }

  /** dOut: dL/dout. Returns dL/dx, both shaped like x. */
  backward(dOut: Tensor): Tensor {
    const out = checkKept('Tanh', this.out);
    dOut = checkDOut('Tanh', dOut, out.shape, dtypeOf(out));
    this.out = undefined;

    const dX = emptyLike(out);
    const [outData, dOutData, dXData] = [out.data, dOut.data, dX.data];
    for (let i = 0; i < outData.length; i++) {
      // dX[i] = dOut[i] · (1 − out[i]²)                                                            (tanh.2)
      dXData[i] = dOutData[i] * (1 - outData[i] * outData[i]);
    }
    return dX;
  }
}

function tanh(x: Tensor): Tensor {
  const out = emptyLike(x);
  for (let i = 0; i < x.data.length; i++) {
    // out[i] = tanh(x[i])                                                                             (tanh.1)
    out.data[i] = Math.tanh(x.data[i]);
  }
  return out;
}
