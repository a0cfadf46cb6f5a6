import type { Parameter } from '../layers/parameter.ts';

/**
 * Moves every entry of every parameter, biases too, into [−bound, bound]: what keeps a Wasserstein critic from growing without end.
 *
 * Derivation: derivations/22-critics.md
 */
export function clipWeights(parameters: readonly Parameter[], bound: number): void {
  for (const parameter of parameters) {
    const { data } = parameter.value;
    for (let i = 0; i < data.length; i++) {
      // θ = min(max(θ, −bound), bound)                                                          (wasserstein.3)
      data[i] = Math.min(Math.max(data[i], -bound), bound);
    }
    parameter.changed();
  }
}
