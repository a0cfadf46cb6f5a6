import { checkKept } from '../layers/checks.ts';
import { type Tensor, zerosLike } from '../tensor/tensor.ts';
import { checkEach, checkPrediction, checkTarget } from './checks.ts';
import type { Loss } from './loss.ts';

/**
 * Least squares for discriminators (Mao and others, 2017): L = ½ · mean((s − y)²), on raw scores s.
 *
 * prediction s: any shape, any finite number; target y: the same shape, 1 for real and 0 for generated.
 * Derivation: derivations/22-critics.md
 */
export class LeastSquaresLoss implements Loss {
  /** Kept by forward for backward. */
  private kept: { readonly prediction: Tensor; readonly target: Tensor } | undefined;

  /** Returns L. Throws where the shapes or dtypes differ, or an entry is not finite. */
  forward(prediction: Tensor, target: Tensor): number {
    prediction = checkPrediction('LeastSquaresLoss', prediction);
    target = checkTarget('LeastSquaresLoss', target, prediction);
    checkEach('LeastSquaresLoss', 'target', target, Number.isFinite, 'a finite number');
    const N = prediction.data.length;
    let sum = 0;
    for (let i = 0; i < N; i++) {
      // L = 1/N · Σ i  ½ · (s[i] − y[i])²                                                         (ls.1)
      sum += 0.5 * (prediction.data[i] - target.data[i]) ** 2;
    }
    this.kept = { prediction, target };
    return sum / N;
  }

  /** Returns dL/ds, shaped like the prediction. */
  backward(): Tensor {
    const { prediction, target } = checkKept('LeastSquaresLoss', this.kept);
    this.kept = undefined;

    const N = prediction.data.length;
    const dPrediction = zerosLike(prediction);
    for (let i = 0; i < N; i++) {
      // ds[i] = 1/N · (s[i] − y[i])                                                               (ls.2)
      dPrediction.data[i] = (prediction.data[i] - target.data[i]) / N;
    }
    return dPrediction;
  }
}
