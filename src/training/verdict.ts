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
  /** What the loss is told to aim at: `realness` is 1 for a real image, 0 for a generated one. */
  readonly target: (verdict: Tensor, realness: number) => Tensor;
  /** The probability of "real" that the discriminator gives one image, from its outputs. */
  readonly probability: (verdict: Tensor, n: number) => number;
}

export const verdictKinds: Readonly<Record<GanLoss, VerdictKind>> = {
  /** One probability, from a sigmoid. */
  bce: {
    outputs: 1,
    createLoss: () => new BCELoss(),
    target: (verdict, realness) => full(verdict.shape, realness, dtypeOf(verdict)),
    probability: (verdict, n) => verdict.data[n],
  },
  /** One number z, and the probability is σ(z). */
  'bce-logits': {
    outputs: 1,
    createLoss: () => new BCEWithLogitsLoss(),
    target: (verdict, realness) => full(verdict.shape, realness, dtypeOf(verdict)),
    probability: (verdict, n) => sigmoid(verdict.data[n]),
  },
  /** Two classes, 0 for "generated" and 1 for "real", and the probability is a softmax. */
  'two-output': {
    outputs: 2,
    createLoss: () => new CrossEntropyLoss(),
    target: (verdict, realness) => full([verdict.shape[0]], realness, dtypeOf(verdict)),
    probability: (verdict, n) => softmaxRows(verdict).data[2 * n + 1],
  },
};

/** The mean over the batch of the probability of "real". */
export function meanProbability(kind: VerdictKind, verdict: Tensor): number {
  const N = verdict.shape[0];
  let sum = 0;
  for (let n = 0; n < N; n++) sum += kind.probability(verdict, n);
  return sum / N;
}
