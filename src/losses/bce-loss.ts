import { checkKept } from '../layers/checks.ts';
import { type Tensor, zerosLike } from '../tensor/tensor.ts';
import { checkEach, checkPrediction, checkTarget, isProbability } from './checks.ts';
import type { Loss } from './loss.ts';

/**
 * Binary cross-entropy of probabilities: L = −mean(y · log ŷ + (1 − y) · log(1 − ŷ)).
 *
 * prediction ŷ and target y: the same shape, entries between 0 and 1. At ŷ = 0 and 1, where the logarithm and
 * the gradient have no bounds, both are held as PyTorch holds them.
 * Derivation: derivations/07-binary-cross-entropy.md
 */
export class BCELoss implements Loss {
  /** Kept by forward for backward. */
  private kept: { readonly prediction: Tensor; readonly target: Tensor } | undefined;

  /** Returns L. Throws where the shapes or dtypes differ, or an entry of either is no probability. */
  forward(prediction: Tensor, target: Tensor): number {
    prediction = checkPrediction('BCELoss', prediction);
    target = checkTarget('BCELoss', target, prediction);
    checkEach(
      'BCELoss',
      'prediction',
      prediction,
      isProbability,
      'a probability from 0 to 1 (end in a Sigmoid, or use BCEWithLogitsLoss)',
    );
    checkEach('BCELoss', 'target', target, isProbability, 'a probability from 0 to 1');
    const N = prediction.data.length;
    let sum = 0;
    for (let i = 0; i < N; i++) {
      const y = target.data[i];
      const yHat = prediction.data[i];
      // L = −1/N · Σ i  (y[i] · log ŷ[i] + (1 − y[i]) · log(1 − ŷ[i]))                                 (bce.1)
      sum -= y * boundedLog(yHat) + (1 - y) * boundedLog(1 - yHat);
    }
    this.kept = { prediction, target };
    return sum / N;
  }

  /** Returns dL/dŷ, shaped like the prediction. */
  backward(): Tensor {
    const { prediction, target } = checkKept('BCELoss', this.kept);
    this.kept = undefined;

    const N = prediction.data.length;
    const dPrediction = zerosLike(prediction);
    for (let i = 0; i < N; i++) {
      const y = target.data[i];
      const yHat = prediction.data[i];
      // dŷ[i] = 1/N · (ŷ[i] − y[i]) / (ŷ[i] · (1 − ŷ[i]))                                             (bce.2)
      dPrediction.data[i] = (yHat - y) / Math.max(yHat * (1 - yHat), LEAST_DENOMINATOR) / N;
    }
    return dPrediction;
  }
}

/** PyTorch's bound, which is a float32 there even where all else is float64. */
const LEAST_DENOMINATOR = Math.fround(1e-12);

/** log x, but no less than −100: log 0 would make the loss infinite. */
function boundedLog(x: number): number {
  return Math.max(Math.log(x), -100);
}
