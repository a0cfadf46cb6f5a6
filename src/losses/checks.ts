import { checkTensor } from '../tensor/checks.ts';
import { type Dtype, dtypeOf, sameShape, show, type Tensor } from '../tensor/tensor.ts';

/** `prediction` dense; throws unless it has at least one entry and all of them are finite. */
export function checkPrediction(loss: string, prediction: Tensor): Tensor {
  const checked = checkTensor(loss, 'prediction', prediction);
  if (checked.data.length === 0) {
    throw new RangeError(`${loss}: the mean over no entries is undefined (prediction is ${show(prediction.shape)})`);
  }
  checkEach(
    loss,
    'prediction',
    checked,
    Number.isFinite,
    'a finite number (if training has diverged, use a lower learning rate)',
  );
  return checked;
}

/** `target` dense; throws unless it is shaped like `prediction`, of the same dtype. */
export function checkTarget(loss: string, target: Tensor, prediction: Tensor): Tensor {
  const checked = checkTensor(loss, 'target', target);
  if (!sameShape(checked.shape, prediction.shape)) {
    throw new RangeError(`${loss}: target is ${show(target.shape)}, but prediction is ${show(prediction.shape)}`);
  }
  checkSameDtype(loss, dtypeOf(checked), dtypeOf(prediction));
  return checked;
}

/** Throws at the first entry of `t` that is not `allowed`, naming its place and value. */
export function checkEach(
  loss: string,
  name: string,
  t: Tensor,
  allowed: (value: number) => boolean,
  expected: string,
): void {
  const at = t.data.findIndex((value) => !allowed(value));
  if (at !== -1) throw new RangeError(`${loss}: ${name} must be ${expected}, but entry ${at} is ${t.data[at]}`);
}

/** Between 0 and 1, both included. */
export function isProbability(value: number): boolean {
  return value >= 0 && value <= 1;
}

/** How a critic is told what it has in front of it: 1 for real, −1 for generated. */
export function isSign(value: number): boolean {
  return value === 1 || value === -1;
}

function checkSameDtype(loss: string, target: Dtype, prediction: Dtype): void {
  if (target !== prediction) {
    throw new TypeError(`${loss}: target is ${target}, but prediction is ${prediction}; make both the same dtype`);
  }
}
