import { checkOptions, checkTensor } from '../tensor/checks.ts';
import { type Dtype, dtypeOf, emptyLike, show, type Tensor } from '../tensor/tensor.ts';
import { checkDOut, checkKept } from './checks.ts';
import type { Layer } from './layer.ts';

/**
 * Softmax along the last axis: what comes out is positive and sums to 1. To train a classifier leave it out, and
 * give the logits to CrossEntropyLoss, which has it inside.
 *
 * x, out: any shape […, classes], the same. Derivation: derivations/08-softmax-cross-entropy.md
 */
export class Softmax implements Layer {
  readonly parameters = [];
  readonly buffers = [];
  readonly dtype: Dtype | undefined;
  training = true;

  /** Kept by forward for backward: the probabilities. */
  private p: Tensor | undefined;

  /** dtype insists on one; without it x may be of either. */
  constructor(options: { readonly dtype?: Dtype } = {}) {
    checkOptions('Softmax', options, ['dtype']);
    this.dtype = options.dtype;
  }

  forward(x: Tensor): Tensor {
    x = checkTensor('Softmax', 'x', x, this.dtype);
    if (x.shape.length === 0 || x.shape.at(-1) === 0) {
      throw new RangeError(`Softmax: x must have at least one entry along its last axis, but x is ${show(x.shape)}`);
    }
    const p = softmaxRows(x);
    this.p = p;
    return p;
  }

  /** dOut: dL/dout. Returns dL/dx, both shaped like x. */
  backward(dOut: Tensor): Tensor {
    const p = checkKept('Softmax', this.p);
    dOut = checkDOut('Softmax', dOut, p.shape, dtypeOf(p));
    this.p = undefined;

    const classes = p.shape[p.shape.length - 1];
    const dX = emptyLike(p);
    for (let start = 0; start < p.data.length; start += classes) {
      // The row's mean of dOut, each class counted by its probability: a wish that all should rise alike does nothing.
      let mean = 0;
      for (let i = start; i < start + classes; i++) mean += p.data[i] * dOut.data[i];
      for (let i = start; i < start + classes; i++) {
        // dX[n, c] = p[n, c] · (dOut[n, c] − Σ c'  p[n, c'] · dOut[n, c'])                           (softmax.3)
        dX.data[i] = p.data[i] * (dOut.data[i] - mean);
      }
    }
    return dX;
  }
}

/** The softmax of every row of logits […, classes]: positive, and summing to 1. */
export function softmaxRows(logits: Tensor): Tensor {
  const classes = logits.shape[logits.shape.length - 1];
  const p = emptyLike(logits);
  for (let start = 0; start < p.data.length; start += classes) {
    const logSum = logSumExp(logits, start);
    for (let i = start; i < start + classes; i++) {
      // p[n, c] = e^z[n, c] / Σ c'  e^z[n, c']                                                      (softmax.1)
      p.data[i] = Math.exp(logits.data[i] - logSum);
    }
  }
  return p;
}

/**
 * log Σ c e^z[n, c] of the row that begins at `start`. The largest logit is taken out first, so that no exponential
 * overflows.
 */
export function logSumExp(logits: Tensor, start: number): number {
  const row = logits.data.subarray(start, start + logits.shape[logits.shape.length - 1]);
  let largest = -Infinity;
  for (let c = 0; c < row.length; c++) largest = Math.max(largest, row[c]);
  let sum = 0;
  for (let c = 0; c < row.length; c++) sum += Math.exp(row[c] - largest);
  // log Σ c  e^z[n, c] = m + log Σ c  e^(z[n, c] − m), with m = max c z[n, c]                             (softmax.2)
  return largest + Math.log(sum);
}
