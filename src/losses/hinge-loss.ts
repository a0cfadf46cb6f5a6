import { checkKept } from '../layers/checks.ts';
import { type Tensor, zerosLike } from '../tensor/tensor.ts';
import { checkEach, checkPrediction, checkTarget, isSign } from './checks.ts';
import type { Loss } from './loss.ts';

/**
 * Hinge loss for critics (Lim and Ye, 2017): L = mean(max(0, 1 − y · s)), on raw scores s. A score that is on its
 * side by more than 1 costs nothing.
 *
 * prediction s: any shape, any finite number; target y: the same shape, 1 for real and −1 for generated.
 * Derivation: derivations/22-critics.md
 */
export class HingeLoss implements Loss {
  /** Kept by forward for backward. */
  private kept: { readonly prediction: Tensor; readonly target: Tensor } | undefined;

  /** Returns L. Throws where the shapes or dtypes differ, s is not finite or y is neither 1 nor −1. */
  forward(prediction: Tensor, target: Tensor): number {
    prediction = checkPrediction('HingeLoss', prediction);
    target = checkTarget('HingeLoss', target, prediction);
    checkEach('HingeLoss', 'target', target, isSign, '1 for real or −1 for generated');
    const N = prediction.data.length;
    let sum = 0;
    for (let i = 0; i < N; i++) {
      // L = 1/N · Σ i  max(0, 1 − y[i] · s[i])                                                 (hinge.1)
      sum += Math.max(0, 1 - target.data[i] * prediction.data[i]);
    }
    this.kept = { prediction, target };
    return sum / N;
  }

  /** Returns dL/ds, shaped like the prediction. */
  backward(): Tensor {
    const { prediction, target } = checkKept('HingeLoss', this.kept);
    this.kept = undefined;

    const N = prediction.data.length;
    const dPrediction = zerosLike(prediction);
    for (let i = 0; i < N; i++) {
      // ds[i] = 1/N · (y[i] · s[i] < 1 ? −y[i] : 0)                                            (hinge.3)
      dPrediction.data[i] = target.data[i] * prediction.data[i] < 1 ? -target.data[i] / N : 0;
    }
    return dPrediction;
  }
}
