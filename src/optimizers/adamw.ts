import type { Parameter } from '../layers/parameter.ts';
import { checkOptions } from '../tensor/checks.ts';
import { Adam, type AdamOptions } from './adam.ts';
import { checkParameters, checkSetting, type Optimizer, type OptimizerTensor } from './optimizer.ts';

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter, 2019): the weights shrink by themselves, and not by way
 * of the gradient, where Adam would divide their decay away again.
 *
 * Derivation: derivations/18-optimizers.md
 */
export class AdamW implements Optimizer {
  readonly parameters: readonly Parameter[];
  readonly weightDecay: number;
  private readonly adam: Adam;

  constructor(parameters: readonly Parameter[], options: AdamOptions = {}) {
    checkOptions('AdamW', options, ['learningRate', 'beta1', 'beta2', 'eps', 'weightDecay']);
    const { weightDecay = 0.01 } = options;
    const { learningRate = 0.001, beta1 = 0.9, beta2 = 0.999, eps = 1e-8 } = options;
    checkSetting('AdamW', 'learningRate', learningRate, 0);
    checkSetting('AdamW', 'beta1', beta1, 0, 1);
    checkSetting('AdamW', 'beta2', beta2, 0, 1);
    checkSetting('AdamW', 'eps', eps, 0);
    checkSetting('AdamW', 'weightDecay', weightDecay, 0);
    this.parameters = checkParameters('AdamW', parameters);
    this.adam = new Adam(this.parameters, { learningRate, beta1, beta2, eps });
    this.weightDecay = weightDecay;
  }

  get learningRate(): number {
    return this.adam.learningRate;
  }

  set learningRate(learningRate: number) {
    this.adam.learningRate = learningRate;
  }

  get state(): readonly OptimizerTensor[] {
    return this.adam.state;
  }

  step(): void {
    checkSetting('AdamW', 'learningRate', this.learningRate, 0);
    const kept = 1 - this.learningRate * this.weightDecay;
    for (const { value, frozen } of this.parameters) {
      if (frozen) continue;
      const theta = value.data;
      for (let i = 0; i < theta.length; i++) {
        // θ = θ − learningRate · weightDecay · θ, and then Adam's step without any weight decay of its own  (adamw.1)
        theta[i] *= kept;
      }
    }
    this.adam.step();
  }

  zeroGradients(): void {
    this.adam.zeroGradients();
  }
}
