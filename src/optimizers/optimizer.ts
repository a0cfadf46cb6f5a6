import { Parameter } from '../layers/parameter.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Turns gradients into new parameter values. */
export interface Optimizer {
  readonly parameters: readonly Parameter[];
  /** May be changed between steps. */
  learningRate: number;
  /**
   * What it remembers from one step to the next, named as in PyTorch: '0.exp_avg' is the first parameter's. The
   * tensors are those that it works with: who writes them changes what its next step does.
   */
  readonly state: readonly OptimizerTensor[];
  /** Moves every parameter that is not frozen against its gradient. */
  step(): void;
  /** Sets every gradient to zero, for backward to add to. */
  zeroGradients(): void;
}

export interface OptimizerTensor {
  readonly name: string;
  readonly value: Tensor;
}

/** One kind of memory as part of an optimizer's state: a tensor for each parameter, in their order. */
export function stateNamed(name: string, tensors: readonly Tensor[]): OptimizerTensor[] {
  return tensors.map((value, index) => ({ name: `${index}.${name}`, value }));
}

export function zeroGradients(parameters: readonly Parameter[]): void {
  for (const { gradient } of parameters) gradient.data.fill(0);
}

/** Throws unless `value` is a number from `least` (and below `below`). */
export function checkSetting(optimizer: string, name: string, value: number, least: number, below = Infinity): void {
  if (typeof value !== 'number' || !(value >= least && value < below)) {
    const range = below === Infinity ? `a number from ${least}` : `from ${least} and below ${below}`;
    throw new RangeError(`${optimizer}: ${name} must be ${range}, not ${value}`);
  }
}

/** Throws where there is nothing to train, or where a parameter is given twice and would be moved twice. */
export function checkParameters(optimizer: string, parameters: readonly Parameter[]): readonly Parameter[] {
  if (!Array.isArray(parameters) || !parameters.every((parameter) => parameter instanceof Parameter)) {
    throw new TypeError(`${optimizer}: the first argument must be a list of parameters; pass layer.parameters`);
  }
  if (parameters.length === 0) {
    throw new RangeError(`${optimizer}: there are no parameters to train; pass layer.parameters`);
  }
  if (new Set(parameters).size !== parameters.length) {
    throw new RangeError(`${optimizer}: a parameter is listed twice`);
  }
  return [...parameters];
}
