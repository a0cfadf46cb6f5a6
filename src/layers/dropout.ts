import { checkOptions, checkRandom, checkTensor } from '../tensor/checks.ts';
import { type Random, sharedRandom } from '../tensor/random.ts';
import { type Dtype, dtypeOf, emptyLike, full, type Tensor } from '../tensor/tensor.ts';
import { checkDOut, checkKept } from './checks.ts';
import type { Layer } from './layer.ts';

export interface DropoutOptions {
  /** The probability that an entry is dropped. */
  readonly p?: number;
  readonly dtype?: Dtype;
  readonly random?: Random;
}

/**
 * Dropout (Srivastava and others, 2014): in training mode each entry is set to 0 with probability p, and those that
 * are left are scaled by 1/(1 − p), so that the expected value stays the same. In evaluation mode nothing is changed.
 *
 * x, out: any shape, the same. Derivation: derivations/14-dropout.md
 */
export class Dropout implements Layer {
  readonly parameters = [];
  readonly buffers = [];
  readonly p: number;
  readonly random: Random;
  readonly dtype: Dtype | undefined;
  training = true;

  /** Kept by forward for backward: 0 for each entry that was dropped, 1/(1 − p) for the others; all 1 in evaluation. */
  private mask: Tensor | undefined;

  /** dtype insists on one; without it x may be of either. */
  constructor(options: DropoutOptions = {}) {
    checkOptions('Dropout', options, ['p', 'dtype', 'random']);
    const { p = 0.5, dtype, random = sharedRandom } = options;
    checkRandom('Dropout', random);
    if (!(p >= 0 && p <= 1)) throw new RangeError(`Dropout: p must be a probability from 0 to 1, not ${p}`);
    this.p = p;
    this.random = random;
    this.dtype = dtype;
  }

  forward(x: Tensor): Tensor {
    x = checkTensor('Dropout', 'x', x, this.dtype);
    const mask = this.training ? this.drawMask(x) : full(x.shape, 1, dtypeOf(x));
    const out = emptyLike(x);
    for (let i = 0; i < x.data.length; i++) {
      // out[i] = x[i] · mask[i]                                                                    (dropout.2)
      out.data[i] = x.data[i] * mask.data[i];
    }
    this.mask = mask;
    return out;
  }

  /** dOut: dL/dout. Returns dL/dx, both shaped like x. */
  backward(dOut: Tensor): Tensor {
    const mask = checkKept('Dropout', this.mask);
    dOut = checkDOut('Dropout', dOut, mask.shape, dtypeOf(mask));
    this.mask = undefined;

    const dX = emptyLike(mask);
    for (let i = 0; i < mask.data.length; i++) {
      // dX[i] = dOut[i] · mask[i], with the mask of forward: what was dropped had no part in the loss.    (dropout.3)
      dX.data[i] = dOut.data[i] * mask.data[i];
    }
    return dX;
  }

  private drawMask(x: Tensor): Tensor {
    const mask = emptyLike(x);
    for (let i = 0; i < mask.data.length; i++) {
      // mask[i] = 0 with probability p, 1 / (1 − p) with probability 1 − p                         (dropout.1)
      mask.data[i] = this.random.next() < this.p ? 0 : 1 / (1 - this.p);
    }
    return mask;
  }
}
