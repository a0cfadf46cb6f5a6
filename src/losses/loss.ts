import type { Tensor } from '../tensor/tensor.ts';

/** What a network is trained to make small: one number, and by hand its gradient. */
export interface Loss {
  /** The loss of the whole batch, a mean. Throws where target does not fit prediction, before anything is kept. */
  forward(prediction: Tensor, target: Tensor): number;
  /** dL/dprediction, shaped like prediction, the mean's 1/N inside. Each backward needs a forward of its own. */
  backward(): Tensor;
}
