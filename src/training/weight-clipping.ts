import type { Parameter } from '../layers/parameter.ts';

/**
 * Moves every entry of every parameter that is not frozen, biases too, into [−bound, bound], which bounds the slope of
 * a Wasserstein critic.
 *
 * Derivation: derivations/22-critics.md
 */
export function clipWeights(parameters: readonly Parameter[], bound: number): void {
  for (const parameter of parameters) {
    if (parameter.frozen) continue;
    const { data } = parameter.value;
    for (let i = 0; i < data.length; i++) {
      // θ = min(max(θ, −bound), bound)                                                          (wasserstein.3)
      data[i] = Math.min(Math.max(data[i], -bound), bound);
    }
    parameter.changed();
  }
}
