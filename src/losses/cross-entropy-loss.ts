import { checkKept } from '../layers/checks.ts';
import { checkTensor } from '../tensor/checks.ts';
import { sameShape, show, type Tensor, zerosLike } from '../tensor/tensor.ts';
import { checkEach, checkPrediction } from './checks.ts';
import type { Loss } from './loss.ts';

/**
 * Softmax and cross-entropy in one: L = −mean(log p[target]), p = softmax(logits).
 *
 * prediction: logits [N, classes]; target: class indices [N], whole numbers from 0, in either dtype.
 * Derivation: derivations/08-softmax-cross-entropy.md
 */
export class CrossEntropyLoss implements Loss {
  /** Kept by forward for backward: the probabilities [N, classes] and the class indices [N]. */
  private probabilities: Tensor | undefined;
  private target: Tensor | undefined;

  /** Returns L. Throws where the logits are not finite, or target does not hold one class index for each row. */
  forward(prediction: Tensor, target: Tensor): number {
    const logits = checkLogits(prediction);
    const [N, classes] = logits.shape;
    target = checkIndices(target, N, classes);
    const probabilities = softmaxRows(logits);
    let sum = 0;
    for (let n = 0; n < N; n++) {
      // L = −1/N · Σ n  log p[n, target[n]]                                                          (ce.1)
      sum -= logProbability(logits, n, target.data[n]);
    }
    this.probabilities = probabilities;
    this.target = target;
    return sum / N;
  }

  /** Returns dL/dlogits [N, classes]. */
  backward(): Tensor {
    const probabilities = checkKept('CrossEntropyLoss', this.probabilities);
    const target = checkKept('CrossEntropyLoss', this.target);
    this.probabilities = undefined;
    this.target = undefined;

    const [N, classes] = probabilities.shape;
    const dLogits = zerosLike(probabilities);
    for (let n = 0; n < N; n++) {
      for (let c = 0; c < classes; c++) {
        // dLogits[n, c] = 1/N · (p[n, c] − [c = target[n]])                                           (ce.2)
        dLogits.data[n * classes + c] = (probabilities.data[n * classes + c] - (c === target.data[n] ? 1 : 0)) / N;
      }
    }
    return dLogits;
  }
}

/** The softmax of every row of logits [N, classes]: positive, and summing to 1. */
export function softmaxRows(logits: Tensor): Tensor {
  const [N, classes] = logits.shape;
  const p = zerosLike(logits);
  for (let n = 0; n < N; n++) {
    const logSum = logSumExp(logits, n);
    for (let c = 0; c < classes; c++) {
      // p[n, c] = e^z[n, c] / Σ c'  e^z[n, c']                                                      (softmax.1)
      p.data[n * classes + c] = Math.exp(logits.data[n * classes + c] - logSum);
    }
  }
  return p;
}

function logProbability(logits: Tensor, n: number, c: number): number {
  return logits.data[n * logits.shape[1] + c] - logSumExp(logits, n);
}

/** log Σ c e^z[n, c]. The largest logit is taken out first, so that no exponential overflows. */
function logSumExp(logits: Tensor, n: number): number {
  const classes = logits.shape[1];
  let largest = -Infinity;
  for (let c = 0; c < classes; c++) largest = Math.max(largest, logits.data[n * classes + c]);
  let sum = 0;
  for (let c = 0; c < classes; c++) sum += Math.exp(logits.data[n * classes + c] - largest);
  // log Σ c  e^z[n, c] = m + log Σ c  e^(z[n, c] − m), with m = max c z[n, c]                             (softmax.2)
  return largest + Math.log(sum);
}

function checkLogits(prediction: Tensor): Tensor {
  const logits = checkPrediction('CrossEntropyLoss', prediction);
  if (logits.shape.length !== 2) {
    throw new RangeError(`CrossEntropyLoss: prediction must be logits [N, classes], but it is ${show(logits.shape)}`);
  }
  return logits;
}

function checkIndices(target: Tensor, N: number, classes: number): Tensor {
  const indices = checkTensor('CrossEntropyLoss', 'target', target);
  if (!sameShape(indices.shape, [N])) {
    throw new RangeError(
      `CrossEntropyLoss: target must be class indices ${show([N])}, one for each row, but it is ${show(indices.shape)}`,
    );
  }
  const isIndex = (value: number) => Number.isInteger(value) && value >= 0 && value < classes;
  checkEach('CrossEntropyLoss', 'target', indices, isIndex, `a class index from 0 to ${classes - 1}`);
  return indices;
}
