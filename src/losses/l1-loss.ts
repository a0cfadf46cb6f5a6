import { checkKept } from '../layers/checks.ts';
import { type Tensor, zerosLike } from '../tensor/tensor.ts';
import { checkEach, checkPrediction, checkTarget } from './checks.ts';
import type { Loss } from './loss.ts';

/**
 * Mean absolute error: L = mean(|ŷ − y|).
 *
 * prediction ŷ and target y: the same shape, any finite numbers. Where both are equal |ŷ − y| has a corner, and
 * its slope there is taken to be 0, as in PyTorch. Derivation: derivations/05-squared-error.md
 */
export class L1Loss implements Loss {
  /** Kept by forward for backward. */
  private kept: { readonly prediction: Tensor; readonly target: Tensor } | undefined;

  /** Returns L. Throws where the shapes or dtypes differ, or an entry is not finite. */
  forward(prediction: Tensor, target: Tensor): number {
    prediction = checkPrediction('L1Loss', prediction);
    target = checkTarget('L1Loss', target, prediction);
    checkEach('L1Loss', 'target', target, Number.isFinite, 'a finite number');
    const N = prediction.data.length;
    let sum = 0;
    for (let i = 0; i < N; i++) {
      // L = 1/N · Σ i  |ŷ[i] − y[i]|                                                             (mae.1)
      sum += Math.abs(prediction.data[i] - target.data[i]);
    }
    this.kept = { prediction, target };
    return sum / N;
  }

  /** Returns dL/dŷ, shaped like the prediction. */
  backward(): Tensor {
    const { prediction, target } = checkKept('L1Loss', this.kept);
    this.kept = undefined;

    const N = prediction.data.length;
    const dPrediction = zerosLike(prediction);
    for (let i = 0; i < N; i++) {
      // dŷ[i] = 1/N · sign(ŷ[i] − y[i])                                                          (mae.2)
      dPrediction.data[i] = Math.sign(prediction.data[i] - target.data[i]) / N;
    }
    return dPrediction;
  }
}
