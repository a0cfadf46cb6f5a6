import type { Random } from '../tensor/random.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Parameter } from './parameter.ts';

/** One step of a network: a function forward, and by hand its gradient backward. */
export interface Layer {
  /** What is trained, named as in PyTorch: 'weight', and '0.weight' inside a Sequential. */
  readonly parameters: readonly Parameter[];
  /** What is saved and averaged but never trained: running statistics. */
  readonly buffers: readonly LayerBuffer[];
  /** The layers inside this one, for those that have any. */
  readonly layers?: readonly Layer[];
  /** What forward draws from, for the layers whose forward draws random numbers. */
  readonly random?: Random;
  /** Whether the next forward runs in training or in evaluation mode. */
  training: boolean;

  /**
   * Keeps x, not a copy of it: do not write to x before backward. What it returns may share x's data.
   *
   * labels [N] are the samples' class indices, for a conditional network. The other layers do not look at them.
   */
  forward(x: Tensor, labels?: Tensor): Tensor;

  /**
   * dL/dout in, dL/dx out; dL/dθ is added to the gradient of each parameter that is not frozen.
   *
   * It differentiates the forward that ran last, once: a second backward needs a new forward.
   */
  backward(dOut: Tensor): Tensor;
}

/** The layers inside that have no layers inside themselves; the layer alone where it is such a one. */
export function leavesOf(layer: Layer): readonly Layer[] {
  return layer.layers ? layer.layers.flatMap(leavesOf) : [layer];
}

export interface LayerBuffer {
  /** As in PyTorch: 'running_mean', and '1.running_mean' inside a Sequential. */
  name: string;
  readonly value: Tensor;
  /** Whether it is a direction, a vector of length 1: the average of several would be shorter. */
  readonly isDirection?: boolean;
}
