import { sigmoid } from '../layers/sigmoid.ts';
import { softmaxRows } from '../layers/softmax.ts';
import { BCELoss } from '../losses/bce-loss.ts';
import { BCEWithLogitsLoss } from '../losses/bce-with-logits-loss.ts';
import { CrossEntropyLoss } from '../losses/cross-entropy-loss.ts';
import { HingeLoss } from '../losses/hinge-loss.ts';
import { LeastSquaresLoss } from '../losses/least-squares-loss.ts';
import type { Loss } from '../losses/loss.ts';
import { WassersteinLoss } from '../losses/wasserstein-loss.ts';
import { dtypeOf, full, type Tensor } from '../tensor/tensor.ts';

/** What the discriminator's output means, and so which loss it is trained with. */
export type GanLoss = 'bce' | 'bce-logits' | 'two-output' | 'least-squares' | 'hinge' | 'wasserstein';

/** How one kind of discriminator is asked and answered. */
export interface VerdictKind {
  /** How many numbers the discriminator gives for an image. */
  readonly outputs: number;
  readonly createLoss: () => Loss;
  /** What G minimises to hear "real", where that is another loss than D's own for the answer "real". */
  readonly createGeneratorLoss?: () => Loss;
  /** What the loss is told to aim at: `realness` is 1 for "real" (or the trainer's realLabel), 0 for "generated". */
  readonly target: (verdict: Tensor, realness: number) => Tensor;
  /** How real each image seems to D: a probability, or the raw score where there is none. */
  readonly scores: (verdict: Tensor) => readonly number[];
  /** Whether real images may have a realLabel below 1. */
  readonly smoothable: boolean;
}

export const verdictKinds: Readonly<Record<GanLoss, VerdictKind>> = {
  /** One probability, from a sigmoid. */
  bce: {
    outputs: 1,
    createLoss: () => new BCELoss(),
    target: realnessItself,
    scores: (verdict) => Array.from(verdict.data),
    smoothable: true,
  },
  /** One number z, and the probability is σ(z). */
  'bce-logits': {
    outputs: 1,
    createLoss: () => new BCEWithLogitsLoss(),
    target: realnessItself,
    scores: (verdict) => Array.from(verdict.data, sigmoid),
    smoothable: true,
  },
  /** Two classes, 0 for "generated" and 1 for "real", and the probability is a softmax. */
  'two-output': {
    outputs: 2,
    createLoss: () => new CrossEntropyLoss(),
    target: (verdict, realness) => full([verdict.shape[0]], realness, dtypeOf(verdict)),
    scores: (verdict) => Array.from(softmaxRows(verdict).data).filter((_, i) => i % 2 === 1),
    smoothable: false,
  },
  /** One score, to be 1 for real images and 0 for generated ones. */
  'least-squares': {
    outputs: 1,
    createLoss: () => new LeastSquaresLoss(),
    target: realnessItself,
    scores: (verdict) => Array.from(verdict.data),
    smoothable: true,
  },
  /** One score, to be above 1 for real images and below −1 for generated ones. */
  hinge: {
    outputs: 1,
    createLoss: () => new HingeLoss(),
    // A generator that has passed 1 is not to rest there: L = −mean(s).                                  (hinge.2)
    createGeneratorLoss: () => new WassersteinLoss(),
    target: plusOrMinusOne,
    scores: (verdict) => Array.from(verdict.data),
    smoothable: false,
  },
  /** One score, to be as much higher for real images than for generated ones as it can. */
  wasserstein: {
    outputs: 1,
    createLoss: () => new WassersteinLoss(),
    target: plusOrMinusOne,
    scores: (verdict) => Array.from(verdict.data),
    smoothable: false,
  },
};

function realnessItself(verdict: Tensor, realness: number): Tensor {
  return full(verdict.shape, realness, dtypeOf(verdict));
}

/** 1 for real, −1 for generated. */
function plusOrMinusOne(verdict: Tensor, realness: number): Tensor {
  return full(verdict.shape, 2 * realness - 1, dtypeOf(verdict));
}

/** The mean over the batch of how real the images seem to D. */
export function meanScore(kind: VerdictKind, verdict: Tensor): number {
  const scores = kind.scores(verdict);
  return scores.reduce((sum, score) => sum + score) / scores.length;
}
