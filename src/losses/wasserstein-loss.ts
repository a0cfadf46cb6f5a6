import { checkKept } from '../layers/checks.ts';
import { type Tensor, zerosLike } from '../tensor/tensor.ts';
import { checkEach, checkPrediction, checkTarget, isSign } from './checks.ts';
import type { Loss } from './loss.ts';

/**
 * The Wasserstein critic's loss (Arjovsky, Chintala and Bottou, 2017): L = −mean(y · s), on raw scores s. Real
 * images are to score high and generated ones low, and by as much as the critic can.
 *
 * prediction s: any shape, any finite number; target y: the same shape, 1 for real and −1 for generated.
 * Derivation: derivations/22-critics.md
 */
export class WassersteinLoss implements Loss {
  /** Kept by forward for backward. */
  private target: Tensor | undefined;

  /** Returns L. Throws where the shapes or dtypes differ, s is not finite or y is neither 1 nor −1. */
  forward(prediction: Tensor, target: Tensor): number {
    prediction = checkPrediction('WassersteinLoss', prediction);
    target = checkTarget('WassersteinLoss', target, prediction);
    checkEach('WassersteinLoss', 'target', target, isSign, '1 for real or −1 for generated');
    const N = prediction.data.length;
    let sum = 0;
    for (let i = 0; i < N; i++) {
      // L = −1/N · Σ i  y[i] · s[i]                                                      (wasserstein.1)
      sum -= target.data[i] * prediction.data[i];
    }
    this.target = target;
    return sum / N;
  }

  /** Returns dL/ds, shaped like the prediction. */
  backward(): Tensor {
    const target = checkKept('WassersteinLoss', this.target);
    this.target = undefined;

    const N = target.data.length;
    const dPrediction = zerosLike(target);
    for (let i = 0; i < N; i++) {
      // ds[i] = −1/N · y[i]                                                              (wasserstein.2)
      dPrediction.data[i] = -target.data[i] / N;
    }
    return dPrediction;
  }
}
