import type { Parameter } from '../layers/parameter.ts';
import { checkOptions } from '../tensor/checks.ts';
import { dtypeOf, full, type Tensor, zeros } from '../tensor/tensor.ts';
import {
  checkParameters,
  checkSetting,
  type Optimizer,
  type OptimizerTensor,
  stateNamed,
  zeroGradients,
} from './optimizer.ts';

export interface AdagradOptions {
  readonly learningRate?: number;
  readonly learningRateDecay?: number;
  readonly weightDecay?: number;
  readonly initialAccumulatorValue?: number;
  readonly eps?: number;
}

/**
 * Adagrad (Duchi, Hazan and Singer, 2011): each weight's gradient is divided by the root of the sum of all its
 * squares so far, so that the steps grow smaller and smaller.
 *
 * Derivation: derivations/18-optimizers.md
 */
export class Adagrad implements Optimizer {
  readonly parameters: readonly Parameter[];
  learningRate: number;
  readonly learningRateDecay: number;
  readonly weightDecay: number;
  readonly eps: number;
  /** For each parameter, in their order: the sum of its squared gradients, and its steps so far. */
  private readonly sums: readonly Tensor[];
  private readonly steps: readonly Tensor[];

  constructor(parameters: readonly Parameter[], options: AdagradOptions = {}) {
    const names = ['learningRate', 'learningRateDecay', 'weightDecay', 'initialAccumulatorValue', 'eps'];
    checkOptions('Adagrad', options, names);
    const { learningRate = 0.01, learningRateDecay = 0, weightDecay = 0 } = options;
    const { initialAccumulatorValue = 0, eps = 1e-10 } = options;
    checkSetting('Adagrad', 'learningRate', learningRate, 0);
    checkSetting('Adagrad', 'learningRateDecay', learningRateDecay, 0);
    checkSetting('Adagrad', 'weightDecay', weightDecay, 0);
    checkSetting('Adagrad', 'initialAccumulatorValue', initialAccumulatorValue, 0);
    checkSetting('Adagrad', 'eps', eps, 0);
    this.parameters = checkParameters('Adagrad', parameters);
    this.learningRate = learningRate;
    this.learningRateDecay = learningRateDecay;
    this.weightDecay = weightDecay;
    this.eps = eps;
    this.sums = this.parameters.map(({ value }) => full(value.shape, initialAccumulatorValue, dtypeOf(value)));
    this.steps = this.parameters.map(() => zeros([], 'float64'));
  }

  get state(): readonly OptimizerTensor[] {
    return [...stateNamed('step', this.steps), ...stateNamed('sum', this.sums)];
  }

  step(): void {
    checkSetting('Adagrad', 'learningRate', this.learningRate, 0);
    const { weightDecay, eps } = this;
    for (const [index, parameter] of this.parameters.entries()) {
      if (parameter.frozen) continue;
      const theta = parameter.value.data;
      const gradient = parameter.gradient.data;
      const sum = this.sums[index].data;
      const t = ++this.steps[index].data[0];
      // rate = learningRate / (1 + (t − 1) · learningRateDecay), at step t                            (adagrad.3)
      const rate = this.learningRate / (1 + (t - 1) * this.learningRateDecay);
      for (let i = 0; i < theta.length; i++) {
        // g = dθ + weightDecay · θ                                                                    (sgd.1)
        const g = gradient[i] + weightDecay * theta[i];
        // s = s + g²                                                                                (adagrad.1)
        sum[i] += g * g;
        // θ = θ − rate · g / (√s + eps)                                                              (adagrad.2)
        theta[i] -= (rate * g) / (Math.sqrt(sum[i]) + eps);
      }
      parameter.changed();
    }
  }

  zeroGradients(): void {
    zeroGradients(this.parameters);
  }
}
