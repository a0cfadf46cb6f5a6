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

export interface SGDOptions {
  readonly learningRate: number;
  readonly momentum?: number;
  readonly nesterov?: boolean;
  readonly weightDecay?: number;
}

/**
 * Stochastic gradient descent, with momentum (Nesterov's on request) and weight decay.
 *
 * Derivation: derivations/18-optimizers.md
 */
export class SGD implements Optimizer {
  readonly parameters: readonly Parameter[];
  learningRate: number;
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly weightDecay: number;
  /** One for each parameter, in their order. */
  private readonly velocities: readonly Tensor[];

  constructor(parameters: readonly Parameter[], options: SGDOptions) {
    checkOptions('SGD', options, ['learningRate', 'momentum', 'nesterov', 'weightDecay']);
    const { learningRate, momentum = 0, nesterov = false, weightDecay = 0 } = options;
    checkSetting('SGD', 'learningRate', learningRate, 0);
    checkSetting('SGD', 'momentum', momentum, 0);
    checkSetting('SGD', 'weightDecay', weightDecay, 0);
    if (nesterov && momentum === 0) throw new RangeError("SGD: Nesterov's momentum needs a momentum above 0");
    this.parameters = checkParameters('SGD', parameters);
    this.learningRate = learningRate;
    this.momentum = momentum;
    this.nesterov = nesterov;
    this.weightDecay = weightDecay;
    this.velocities = this.parameters.map(({ value }) => zerosLike(value));
  }

  get state(): readonly OptimizerTensor[] {
    return stateNamed('momentum_buffer', this.velocities);
  }

  step(): void {
    checkSetting('SGD', 'learningRate', this.learningRate, 0);
    const { momentum, nesterov, weightDecay, learningRate } = this;
    for (const [index, parameter] of this.parameters.entries()) {
      if (parameter.frozen) continue;
      const theta = parameter.value.data;
      const gradient = parameter.gradient.data;
      const velocity = this.velocities[index].data;
      for (let i = 0; i < theta.length; i++) {
        // g = dθ + weightDecay · θ                                                                    (sgd.1)
        const g = gradient[i] + weightDecay * theta[i];
        // v = momentum · v + g                                                                        (sgd.2)
        velocity[i] = momentum * velocity[i] + g;
        // direction = g + momentum · v with Nesterov, who looks one step ahead; v without                     (sgd.3)
        const direction = nesterov ? g + momentum * velocity[i] : velocity[i];
        // θ = θ − learningRate · direction                                                               (sgd.4)
        theta[i] -= learningRate * direction;
      }
      parameter.changed();
    }
  }

  zeroGradients(): void {
    zeroGradients(this.parameters);
  }
}
