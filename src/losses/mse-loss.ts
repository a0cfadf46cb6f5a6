import { checkKept } from '../layers/checks.ts';
import { type Tensor, zerosLike } from '../tensor/tensor.ts';
import { checkEach, checkPrediction, checkTarget } from './checks.ts';
import type { Loss } from './loss.ts';

/**
 * Mean squared error: L = mean((ŷ − y)²).
 *
 * prediction ŷ and target y: the same shape, any finite numbers.
 * Derivation: derivations/05-squared-error.md
 */
export class MSELoss implements Loss {
  /** Kept by forward for backward. */
  private kept: { readonly prediction: Tensor; readonly target: Tensor } | undefined;

  /** Returns L. Throws where the shapes or dtypes differ, or an entry is not finite. */
  forward(prediction: Tensor, target: Tensor): number {
    prediction = checkPrediction('MSELoss', prediction);
    target = checkTarget('MSELoss', target, prediction);
    checkEach('MSELoss', 'target', target, Number.isFinite, 'a finite number');
    const N = prediction.data.length;
    let sum = 0;
    for (let i = 0; i < N; i++) {
      // L = 1/N · Σ i  (ŷ[i] − y[i])²                                                            (mse.1)
      sum += (prediction.data[i] - target.data[i]) ** 2;
    }
    this.kept = { prediction, target };
    return sum / N;
  }

  /** Returns dL/dŷ, shaped like the prediction. */
  backward(): Tensor {
    const { prediction, target } = checkKept('MSELoss', this.kept);
    this.kept = undefined;

    const N = prediction.data.length;
    const dPrediction = zerosLike(prediction);
    for (let i = 0; i < N; i++) {
      // dŷ[i] = 2/N · (ŷ[i] − y[i])                                                              (mse.2)
      dPrediction.data[i] = (2 * (prediction.data[i] - target.data[i])) / N;
    }
    return dPrediction;
  }
}
