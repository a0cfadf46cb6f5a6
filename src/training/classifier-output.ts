import { BCELoss } from '../losses/bce-loss.ts';
import { BCEWithLogitsLoss } from '../losses/bce-with-logits-loss.ts';
import { CrossEntropyLoss } from '../losses/cross-entropy-loss.ts';
import type { Loss } from '../losses/loss.ts';
import { dtypeOf, type Shape, type Tensor, zeros } from '../tensor/tensor.ts';

/** What a classifier's output means, and so which loss it is trained with. */
export type ClassifierLoss = 'bce' | 'bce-logits' | 'cross-entropy';

/** How one kind of output is trained and read. */
export interface OutputKind {
  /** What the network must give for N images, in words. */
  readonly expected: string;
  /** How many classes an output of this shape tells apart; undefined where it is none of this kind. */
  readonly classes: (shape: Shape) => number | undefined;
  readonly createLoss: () => Loss;
  /** What the loss is told to aim at, for class indices [N]. */
  readonly target: (labels: Tensor, prediction: Tensor) => Tensor;
  /** The class that each row of the output finds most likely. */
  readonly choose: (prediction: Tensor) => number[];
}

export const outputKinds: Readonly<Record<ClassifierLoss, OutputKind>> = {
  /** The probability of class 1, from a sigmoid. */
  bce: {
    expected: 'one probability an image, [N, 1]',
    classes: twoClasses,
    createLoss: () => new BCELoss(),
    target: column,
    choose: (prediction) => Array.from(prediction.data, (probability) => (probability > 0.5 ? 1 : 0)),
  },
  /** One number z, and the probability of class 1 is σ(z). */
  'bce-logits': {
    expected: 'one logit an image, [N, 1]',
    classes: twoClasses,
    createLoss: () => new BCEWithLogitsLoss(),
    target: column,
    choose: (prediction) => Array.from(prediction.data, (z) => (z > 0 ? 1 : 0)),
  },
  /** A logit for each class, and the probabilities are their softmax. */
  'cross-entropy': {
    expected: 'logits of two classes or more, [N, classes]',
    classes: (shape) => (shape.length === 2 && shape[1] >= 2 ? shape[1] : undefined),
    createLoss: () => new CrossEntropyLoss(),
    target: (labels) => labels,
    choose: largestOfEachRow,
  },
};

function twoClasses(shape: Shape): number | undefined {
  return shape.length === 2 && shape[1] === 1 ? 2 : undefined;
}

/** Labels 0 and 1 [N] as the probabilities of class 1, shaped like the prediction [N, 1]. */
function column(labels: Tensor, prediction: Tensor): Tensor {
  const target = zeros(prediction.shape, dtypeOf(prediction));
  target.data.set(labels.data);
  return target;
}

function largestOfEachRow(logits: Tensor): number[] {
  const [N, classes] = logits.shape;
  return Array.from({ length: N }, (_, n) => {
    const row = logits.data.subarray(n * classes, (n + 1) * classes);
    return row.indexOf(Math.max(...row));
  });
}
