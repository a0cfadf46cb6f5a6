import { emptyLike, type Tensor } from '../tensor/tensor.ts';
import type { Parameter } from './parameter.ts';

/** Groups of values, each shifted and scaled to mean 0 and variance 1. */
export interface Standardised {
  /** x̂, shaped like x. */
  readonly xHat: Tensor;
  /** 1/√(var + eps) of each group. */
  readonly inverseDeviation: Float64Array;
}

/**
 * Standardises every M values of x that stand side by side. What layer norm and instance norm have in common: only
 * the group differs, a sample's features or a channel of one image. Sums are in double precision.
 *
 * Derivation: derivations/13-layer-norm.md
 */
export function standardise(x: Tensor, M: number, eps: number): Standardised {
  const xHat = emptyLike(x);
  const inverseDeviation = new Float64Array(x.data.length / M);
  for (let group = 0; group < inverseDeviation.length; group++) {
    const [start, end] = [group * M, (group + 1) * M];
    // mean = 1/M · Σ i  x[i]                                                                        (norm.1)
    let sum = 0;
    for (let i = start; i < end; i++) sum += x.data[i];
    const mean = sum / M;
    // var = 1/M · Σ i  (x[i] − mean)²                                                               (norm.2)
    let squares = 0;
    for (let i = start; i < end; i++) squares += (x.data[i] - mean) ** 2;
    inverseDeviation[group] = 1 / Math.sqrt(squares / M + eps);
    for (let i = start; i < end; i++) {
      // x̂[i] = (x[i] − mean) / √(var + eps)                                                         (norm.3)
      xHat.data[i] = (x.data[i] - mean) * inverseDeviation[group];
    }
  }
  return { xHat, inverseDeviation };
}

/** Its backward: dL/dx̂ in, dL/dx out, both shaped like x. */
export function standardiseBackward(dXHat: Tensor, { xHat, inverseDeviation }: Standardised): Tensor {
  const dX = emptyLike(dXHat);
  const M = dXHat.data.length / inverseDeviation.length;
  for (let group = 0; group < inverseDeviation.length; group++) {
    const [start, end] = [group * M, (group + 1) * M];
    let shift = 0;
    let scale = 0;
    for (let i = start; i < end; i++) {
      shift += dXHat.data[i];
      scale += dXHat.data[i] * xHat.data[i];
    }
    for (let i = start; i < end; i++) {
      // dX[i] = (dx̂[i] − 1/M · Σ j dx̂[j] − x̂[i] · 1/M · Σ j dx̂[j] · x̂[j]) / √(var + eps)                (norm.4)
      dX.data[i] = (dXHat.data[i] - shift / M - (xHat.data[i] * scale) / M) * inverseDeviation[group];
    }
  }
  return dX;
}

/** Adds a sum in double precision to the parameter's gradient. */
export function addUnlessFrozen({ frozen, gradient }: Parameter, sum: Float64Array): void {
  for (let i = 0; !frozen && i < sum.length; i++) gradient.data[i] += sum[i];
}
