import { cnn, mlp, perceptron } from './classifiers.ts';
import { conditional, hinge, lsgan, wgan } from './gan-variants.ts';
import { gan, ganMlp, ganTwoOutput } from './gans.ts';
import type { ClassifierRecipe, GanRecipe } from './recipe.ts';

/** What can be trained, from one neuron up. */
export const models: readonly (ClassifierRecipe | GanRecipe)[] = [
  perceptron,
  mlp,
  cnn,
  ganMlp,
  gan,
  ganTwoOutput,
  lsgan,
  wgan,
  hinge,
  conditional,
];

/** The models, a line on each. */
export function list(): string {
  const width = Math.max(...models.map(({ name }) => name.length));
  return models.map(({ name, about }) => `${name.padEnd(width)}  ${about}`).join('\n');
}
