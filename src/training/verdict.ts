import { sigmoid } from '../layers/sigmoid.ts';
import { BCELoss } from '../losses/bce-loss.ts';
import { BCEWithLogitsLoss } from '../losses/bce-with-logits-loss.ts';
import { CrossEntropyLoss, softmaxRows } from '../losses/cross-entropy-loss.ts';
import type { Loss } from '../losses/loss.ts';
import { dtypeOf, full, type Tensor } from '../tensor/tensor.ts';

/** What the discriminator's output means, and so which loss it is trained with. */
export type GanLoss = 'bce' | 'bce-logits' | 'two-output';

/** How one kind of discriminator is asked and answered. */
export interface VerdictKind {
  /** How many numbers the discriminator gives for an image. */
  readonly outputs: number;
  readonly createLoss: () => Loss;
  /** What the loss is told to aim at: `realness` is the probability of "real", 1 or the trainer's realLabel, or 0. */
  readonly target: (verdict: Tensor, realness: number) => Tensor;
  /** The probability of "real" that the discriminator gives each image, from its outputs. */
  readonly probabilities: (verdict: Tensor) => readonly number[];
}

export const verdictKinds: Readonly<Record<GanLoss, VerdictKind>> = {
  /** One probability, from a sigmoid. */
  bce: {
    outputs: 1,
    createLoss: () => new BCELoss(),
    target: probabilityTarget,
    probabilities: (verdict) => Array.from(verdict.data),
  },
  /** One number z, and the probability is σ(z). */
  'bce-logits': {
    outputs: 1,
    createLoss: () => new BCEWithLogitsLoss(),
    target: probabilityTarget,
    probabilities: (verdict) => Array.from(verdict.data, sigmoid),
  },
  /** Two classes, 0 for "generated" and 1 for "real", and the probability is a softmax. */
  'two-output': {
    outputs: 2,
    createLoss: () => new CrossEntropyLoss(),
    target: (verdict, realness) => full([verdict.shape[0]], realness, dtypeOf(verdict)),
    probabilities: (verdict) => Array.from(softmaxRows(verdict).data).filter((_, i) => i % 2 === 1),
  },
};

function probabilityTarget(verdict: Tensor, realness: number): Tensor {
  return full(verdict.shape, realness, dtypeOf(verdict));
}

/** The mean over the batch of the probability of "real". */
export function meanProbability(kind: VerdictKind, verdict: Tensor): number {
  const probabilities = kind.probabilities(verdict);
  return probabilities.reduce((sum, p) => sum + p) / probabilities.length;
}
