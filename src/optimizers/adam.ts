import { fastLoopsFor } from '../kernels/index.ts';
import type { AdamSettings, AdamWeights } from '../kernels/kernels.ts';
import type { Parameter } from '../layers/parameter.ts';
import { checkOptions } from '../tensor/checks.ts';
import { type Tensor, zeros, zerosLike } from '../tensor/tensor.ts';
import {
  checkParameters,
  checkSetting,
  type Optimizer,
  type OptimizerTensor,
  stateNamed,
  zeroGradients,
} from './optimizer.ts';

export interface AdamOptions {
  readonly learningRate?: number;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly eps?: number;
  readonly weightDecay?: number;
}

/**
 * Adam (Kingma and Ba, 2015): each weight's step is its mean gradient over the root of its mean squared gradient.
 *
 * Derivation: derivations/18-optimizers.md
 */
export class Adam implements Optimizer {
  readonly parameters: readonly Parameter[];
  learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weightDecay: number;
  /** For each parameter, in their order: the running mean of its gradients, of their squares, and its steps so far. */
  private readonly means: readonly Tensor[];
  private readonly squares: readonly Tensor[];
  private readonly steps: readonly Tensor[];

  constructor(parameters: readonly Parameter[], options: AdamOptions = {}) {
    checkOptions('Adam', options, ['learningRate', 'beta1', 'beta2', 'eps', 'weightDecay']);
    const { learningRate = 0.001, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weightDecay = 0 } = options;
    checkSetting('Adam', 'learningRate', learningRate, 0);
    checkSetting('Adam', 'beta1', beta1, 0, 1);
    checkSetting('Adam', 'beta2', beta2, 0, 1);
    checkSetting('Adam', 'eps', eps, 0);
    checkSetting('Adam', 'weightDecay', weightDecay, 0);
    this.parameters = checkParameters('Adam', parameters);
    this.learningRate = learningRate;
    this.beta1 = beta1;
    this.beta2 = beta2;
    this.eps = eps;
    this.weightDecay = weightDecay;
    this.means = this.parameters.map(({ value }) => zerosLike(value));
    this.squares = this.parameters.map(({ value }) => zerosLike(value));
    this.steps = this.parameters.map(() => zeros([], 'float64'));
  }

  get state(): readonly OptimizerTensor[] {
    return [
      ...stateNamed('step', this.steps),
      ...stateNamed('exp_avg', this.means),
      ...stateNamed('exp_avg_sq', this.squares),
    ];
  }

  step(): void {
    checkSetting('Adam', 'learningRate', this.learningRate, 0);
    const { beta1, beta2, eps, weightDecay } = this;
    for (const [index, parameter] of this.parameters.entries()) {
      if (parameter.frozen) continue;
      const { value: theta, gradient } = parameter;
      const weights = { theta, gradient, mean: this.means[index], square: this.squares[index] };
      const t = ++this.steps[index].data[0];
      // m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ): both started at 0, and this makes up for it.                  (adam.3)
      const stepSize = this.learningRate / (1 - beta1 ** t);
      const rootCorrection = 1 / Math.sqrt(1 - beta2 ** t);
      // In float32 the fast kernels have this loop too. Below it runs in float64, and with useKernels('loops').
      const update = fastLoopsFor(theta)?.adam ?? updateEach;
      update(weights, { beta1, beta2, eps, weightDecay, stepSize, rootCorrection });
      parameter.changed();
    }
  }

  zeroGradients(): void {
    zeroGradients(this.parameters);
  }
}

/** One step of Adam, weight by weight. */
function updateEach(weights: AdamWeights, settings: AdamSettings): void {
  const { beta1, beta2, eps, weightDecay, stepSize, rootCorrection } = settings;
  const [theta, gradient] = [weights.theta.data, weights.gradient.data];
  const [mean, square] = [weights.mean.data, weights.square.data];
  for (let i = 0; i < theta.length; i++) {
    // g = dθ + weightDecay · θ                                                                        (sgd.1)
    const g = gradient[i] + weightDecay * theta[i];
    // m = β₁ · m + (1 − β₁) · g                                                                        (adam.1)
    const m = beta1 * mean[i] + (1 - beta1) * g;
    mean[i] = m;
    // v = β₂ · v + (1 − β₂) · g²                                                                       (adam.2)
    const v = beta2 * square[i] + (1 - beta2) * g * g;
    square[i] = v;
    // θ = θ − learningRate · m̂ / (√v̂ + eps)                                                           (adam.4)
    theta[i] -= (stepSize * m) / (Math.sqrt(v) * rootCorrection + eps);
  }
}
