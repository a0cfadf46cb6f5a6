import { BCELoss } from '../../losses/bce-loss.ts';
import { BCEWithLogitsLoss } from '../../losses/bce-with-logits-loss.ts';
import { CrossEntropyLoss } from '../../losses/cross-entropy-loss.ts';
import { HingeLoss } from '../../losses/hinge-loss.ts';
import { L1Loss } from '../../losses/l1-loss.ts';
import { LeastSquaresLoss } from '../../losses/least-squares-loss.ts';
import type { Loss } from '../../losses/loss.ts';
import { MSELoss } from '../../losses/mse-loss.ts';
import { WassersteinLoss } from '../../losses/wasserstein-loss.ts';
import type { Random } from '../../tensor/random.ts';
import type { Shape, Tensor } from '../../tensor/tensor.ts';
import { checkLossGradient } from '../check-gradients.ts';
import { drawClasses, spread } from './draw.ts';
import { describe, type Subject } from './subject.ts';

type Draw = (random: Random, shape: Shape) => { readonly prediction: Tensor; readonly target: Tensor };

const dtype = 'float64';

/** Any numbers. */
const normal: Draw = (random, shape) => ({
  prediction: random.normal(shape, 0, 2, dtype),
  target: random.normal(shape, 0, 2, dtype),
});

/** Logits and probabilities. */
const logits: Draw = (random, shape) => ({
  prediction: random.normal(shape, 0, 2, dtype),
  target: random.uniform(shape, 0, 1, dtype),
});

/** Where −log ŷ is not too steep for a centred difference. */
const probabilities: Draw = (random, shape) => ({
  prediction: random.uniform(shape, 0.05, 0.95, dtype),
  target: random.uniform(shape, 0, 1, dtype),
});

/** Logits [N, classes] and class indices [N]. */
const classes: Draw = (random, shape) => ({
  prediction: random.normal(shape, 0, 2, dtype),
  target: drawClasses(random, [shape[0]], shape[1]),
});

/** No prediction is near its target, the kink of |ŷ − y|. */
const apart: Draw = (random, shape) => {
  const target = random.normal(shape, 0, 1, dtype);
  const prediction = spread(random, shape);
  for (let i = 0; i < target.data.length; i++) prediction.data[i] += target.data[i];
  return { prediction, target };
};

/** 1 for real, −1 for generated, and scores: 1 − y · s is not near 0, the hinge's kink. */
const signs: Draw = (random, shape) => {
  const target = drawClasses(random, shape, 2);
  const prediction = spread(random, shape);
  for (let i = 0; i < target.data.length; i++) {
    target.data[i] = 2 * target.data[i] - 1;
    prediction.data[i] = target.data[i] * (1 - prediction.data[i]);
  }
  return { prediction, target };
};

/** One number each, and images: a mean over all entries, not over the rows. */
const shapes: readonly Shape[] = [
  [5, 1],
  [2, 3, 2, 4],
];

export const losses: readonly Subject[] = [
  of(BCELoss, probabilities, shapes),
  of(BCEWithLogitsLoss, logits, shapes),
  of(CrossEntropyLoss, classes, [
    [5, 2],
    [4, 7],
  ]),
  of(MSELoss, normal, shapes),
  of(L1Loss, apart, shapes),
  of(LeastSquaresLoss, normal, shapes),
  of(HingeLoss, signs, shapes),
  of(WassersteinLoss, signs, shapes),
];

function of(Kind: new () => Loss, draw: Draw, shapes: readonly Shape[]): Subject {
  const configurations = shapes.map((shape) => ({
    description: describe({ prediction: shape }),
    check: (random: Random) => {
      const { prediction, target } = draw(random, shape);
      return [checkLossGradient(new Kind(), prediction, target)];
    },
  }));
  return { name: Kind.name, kind: 'loss', configurations };
}
