import { expect, it } from 'vitest';
import { HingeLoss, L1Loss, LeastSquaresLoss, type Loss, MSELoss, tensor, WassersteinLoss } from '../../src/index.ts';
import '../matchers.ts';

/** The loss and its gradient in float64. */
function run(loss: Loss, prediction: readonly number[], target: readonly number[]) {
  const value = loss.forward(tensor([...prediction], 'float64'), tensor([...target], 'float64'));
  return { value, gradient: loss.backward() };
}

// Differences 1, −2, 0.
const [prediction, target] = [
  [1, 2, -1],
  [0, 4, -1],
];

it('MSELoss: (1 + 4 + 0) / 3, and 2/3 of the differences', () => {
  const { value, gradient } = run(new MSELoss(), prediction, target);
  expect(value).toBeCloseTo(5 / 3, 14);
  expect(gradient).toBeAllclose([2 / 3, -4 / 3, 0]);
});

it('L1Loss: (1 + 2 + 0) / 3, and a third of the signs, 0 in the corner', () => {
  const { value, gradient } = run(new L1Loss(), prediction, target);
  expect(value).toBeCloseTo(1, 14);
  expect(gradient).toBeAllclose([1 / 3, -1 / 3, 0]);
});

it('LeastSquaresLoss: half of MSELoss', () => {
  const { value, gradient } = run(new LeastSquaresLoss(), prediction, target);
  expect(value).toBeCloseTo(5 / 6, 14);
  expect(gradient).toBeAllclose([1 / 3, -2 / 3, 0]);
});

it('HingeLoss: what a score lacks of 1 on its side, and no gradient from 1 on', () => {
  // Lacks ½, 0, ½, 0, 0, 0, 3, 3.
  const { value, gradient } = run(new HingeLoss(), [0.5, 2, -0.5, -2, 1, -1, -2, 2], [1, 1, -1, -1, 1, -1, 1, -1]);
  expect(value).toBeCloseTo(7 / 8, 14);
  expect(gradient).toBeAllclose([-1 / 8, 0, 1 / 8, 0, 0, 0, -1 / 8, 1 / 8]);
});

it('WassersteinLoss: −(2 + 3 − ½) / 3, and the gradient does not look at the scores', () => {
  const { value, gradient } = run(new WassersteinLoss(), [2, -3, 0.5], [1, -1, -1]);
  expect(value).toBeCloseTo(-1.5, 14);
  expect(gradient).toBeAllclose([-1 / 3, 1 / 3, 1 / 3]);
});
