import { checkKept } from '../layers/checks.ts';
import { logSumExp, softmaxRows } from '../layers/softmax.ts';
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
  private kept: { readonly probabilities: Tensor; readonly target: Tensor } | undefined;

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
    this.kept = { probabilities, target };
    return sum / N;
  }

  /** Returns dL/dlogits [N, classes]. */
  backward(): Tensor {
    const { probabilities, target } = checkKept('CrossEntropyLoss', this.kept);
    this.kept = undefined;

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

function logProbability(logits: Tensor, n: number, c: number): number {
  const start = n * logits.shape[1];
  return logits.data[start + c] - logSumExp(logits, start);
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
