import type { Parameter } from '../layers/parameter.ts';
import { checkOptions } from '../tensor/checks.ts';
import { type Tensor, zerosLike } from '../tensor/tensor.ts';
import {
  checkParameters,
  checkSetting,
  type Optimizer,
  type OptimizerTensor,
  stateNamed,
  zeroGradients,
} from './optimizer.ts';

export interface RMSpropOptions {
  readonly learningRate?: number;
  /** How much of the mean square stays from one step to the next. */
  readonly alpha?: number;
  readonly eps?: number;
  readonly weightDecay?: number;
  readonly momentum?: number;
  /** Divides by the standard deviation of the gradient, and not by the root of its mean square. */
  readonly centered?: boolean;
}

/**
 * RMSprop (Hinton, 2012): each weight's gradient is divided by the root of its running mean square.
 *
 * Derivation: derivations/18-optimizers.md
 */
export class RMSprop implements Optimizer {
  readonly parameters: readonly Parameter[];
  learningRate: number;
  readonly alpha: number;
  readonly eps: number;
  readonly weightDecay: number;
  readonly momentum: number;
  readonly centered: boolean;
  /** For each parameter, in their order: the running means of its squared gradients and of its gradients, its velocity. */
  private readonly squares: readonly Tensor[];
  private readonly means: readonly Tensor[];
  private readonly velocities: readonly Tensor[];

  constructor(parameters: readonly Parameter[], options: RMSpropOptions = {}) {
    checkOptions('RMSprop', options, ['learningRate', 'alpha', 'eps', 'weightDecay', 'momentum', 'centered']);
    const { learningRate = 0.01, alpha = 0.99, eps = 1e-8, weightDecay = 0 } = options;
    const { momentum = 0, centered = false } = options;
    checkSetting('RMSprop', 'learningRate', learningRate, 0);
    checkSetting('RMSprop', 'alpha', alpha, 0, 1);
    checkSetting('RMSprop', 'eps', eps, 0);
    checkSetting('RMSprop', 'weightDecay', weightDecay, 0);
    checkSetting('RMSprop', 'momentum', momentum, 0);
    this.parameters = checkParameters('RMSprop', parameters);
    this.learningRate = learningRate;
    this.alpha = alpha;
    this.eps = eps;
    this.weightDecay = weightDecay;
    this.momentum = momentum;
    this.centered = centered;
    this.squares = this.parameters.map(({ value }) => zerosLike(value));
    this.means = this.parameters.map(({ value }) => zerosLike(value));
    this.velocities = this.parameters.map(({ value }) => zerosLike(value));
  }

  get state(): readonly OptimizerTensor[] {
    return [
      ...stateNamed('square_avg', this.squares),
      ...stateNamed('grad_avg', this.means),
      ...stateNamed('momentum_buffer', this.velocities),
    ];
  }

  step(): void {
    checkSetting('RMSprop', 'learningRate', this.learningRate, 0);
    const { alpha, eps, weightDecay, momentum, centered, learningRate } = this;
    for (const [index, parameter] of this.parameters.entries()) {
      if (parameter.frozen) continue;
      const theta = parameter.value.data;
      const gradient = parameter.gradient.data;
      const square = this.squares[index].data;
      const mean = this.means[index].data;
      const velocity = this.velocities[index].data;
      for (let i = 0; i < theta.length; i++) {
        // g = dθ + weightDecay · θ                                                                    (sgd.1)
        const g = gradient[i] + weightDecay * theta[i];
        // s = α · s + (1 − α) · g²                                                                   (rmsprop.1)
        square[i] = alpha * square[i] + (1 - alpha) * g * g;
        // m = α · m + (1 − α) · g                                                                    (rmsprop.2)
        mean[i] = alpha * mean[i] + (1 - alpha) * g;
        // spread = s − m² if centered, else s; rounding may leave s − m² a little below 0                   (rmsprop.3)
        const spread = centered ? Math.max(square[i] - mean[i] * mean[i], 0) : square[i];
        // v = momentum · v + g / (√spread + eps)                                                      (rmsprop.4)
        velocity[i] = momentum * velocity[i] + g / (Math.sqrt(spread) + eps);
        // θ = θ − learningRate · v                                                                   (rmsprop.5)
        theta[i] -= learningRate * velocity[i];
      }
      parameter.changed();
    }
  }

  zeroGradients(): void {
    zeroGradients(this.parameters);
  }
}
