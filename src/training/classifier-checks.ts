import { checkTensor, firstNotFinite } from '../tensor/checks.ts';
import { type Dtype, dtypeOf, sameShape, show, type Tensor } from '../tensor/tensor.ts';

/** `images` dense; throws unless they are at least one image of finite numbers, of the network's dtype. */
export function checkImages(images: Tensor, dtype: Dtype): Tensor {
  const checked = checkTensor('ClassifierTrainer', 'images', images);
  if (dtypeOf(checked) !== dtype) {
    throw new TypeError(
      `ClassifierTrainer: images are ${dtypeOf(checked)}, but the network is ${dtype}; make both the same dtype`,
    );
  }
  const [N] = checked.shape;
  if (checked.data.length === 0 || N === undefined) {
    throw new RangeError(
      `ClassifierTrainer: images must be [N, …], at least one of them, but they are ${show(checked.shape)}`,
    );
  }
  const at = firstNotFinite(checked);
  if (at !== -1) {
    throw new RangeError(
      `ClassifierTrainer: images must hold finite numbers, but image ${Math.floor((at * N) / checked.data.length)} ` +
        `holds ${checked.data[at]}; nothing has been changed`,
    );
  }
  return checked;
}

/** Throws where the network gave a NaN for an image: no class can be chosen, and no loss taken. */
export function checkPrediction(prediction: Tensor): Tensor {
  const at = prediction.data.findIndex(Number.isNaN);
  if (at !== -1) {
    const n = Math.floor(at / prediction.shape[1]);
    throw new RangeError(
      `ClassifierTrainer: the network gives a NaN for image ${n}; has training diverged? Try a smaller learning rate`,
    );
  }
  return prediction;
}

/** `labels` dense; throws unless they are N class indices. */
export function checkLabels(labels: Tensor, N: number, classes: number): Tensor {
  const checked = checkTensor('ClassifierTrainer', 'labels', labels);
  if (!sameShape(checked.shape, [N])) {
    throw new RangeError(
      `ClassifierTrainer: labels must be ${show([N])}, one class index for each image, but they are ${show(checked.shape)}`,
    );
  }
  const at = checked.data.findIndex((value) => !(Number.isInteger(value) && value >= 0 && value < classes));
  if (at !== -1) {
    throw new RangeError(
      `ClassifierTrainer: labels must be class indices from 0 to ${classes - 1}, but label ${at} is ${checked.data[at]}`,
    );
  }
  return checked;
}
