import { checkKept } from '../layers/checks.ts';
import { sigmoid } from '../layers/sigmoid.ts';
import { type Tensor, zerosLike } from '../tensor/tensor.ts';
import { checkEach, checkPrediction, checkTarget, isProbability } from './checks.ts';
import type { Loss } from './loss.ts';

/**
 * Binary cross-entropy of logits: a sigmoid and BCELoss in one, without a log of 0 and without a division by
 * ŷ(1 − ŷ).
 *
 * prediction z: any shape, any finite number; target y: the same shape, between 0 and 1.
 * Derivation: derivations/07-binary-cross-entropy.md
 */
export class BCEWithLogitsLoss implements Loss {
  /** Kept by forward for backward. */
  private kept: { readonly prediction: Tensor; readonly target: Tensor } | undefined;

  /** Returns L. Throws where the shapes or dtypes differ, z is not finite or y is no probability. */
  forward(prediction: Tensor, target: Tensor): number {
    prediction = checkPrediction('BCEWithLogitsLoss', prediction);
    target = checkTarget('BCEWithLogitsLoss', target, prediction);
    checkEach('BCEWithLogitsLoss', 'target', target, isProbability, 'a probability from 0 to 1');
    const N = prediction.data.length;
    let sum = 0;
    for (let i = 0; i < N; i++) {
      const y = target.data[i];
      const z = prediction.data[i];
      // L = 1/N · Σ i  (max(z[i], 0) − z[i] · y[i] + log(1 + e^−|z[i]|))                              (logits.1)
      sum += Math.max(z, 0) - z * y + Math.log1p(Math.exp(-Math.abs(z)));
    }
    this.kept = { prediction, target };
    return sum / N;
  }

  /** Returns dL/dz, shaped like the prediction. */
  backward(): Tensor {
    const { prediction, target } = checkKept('BCEWithLogitsLoss', this.kept);
    this.kept = undefined;

    const N = prediction.data.length;
    const dPrediction = zerosLike(prediction);
    for (let i = 0; i < N; i++) {
      // dz[i] = 1/N · (σ(z[i]) − y[i])                                                              (logits.2)
      dPrediction.data[i] = (sigmoid(prediction.data[i]) - target.data[i]) / N;
    }
    return dPrediction;
  }
}
