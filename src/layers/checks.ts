import { type Dtype, dense, dtypeOf, type Shape, show, type Tensor } from '../tensor/tensor.ts';
import type { Parameter } from './parameter.ts';

/** `x` dense, after making sure that it is a tensor of the layer's dtype. Every public forward starts with this. */
export function checkTensor(layer: string, name: string, x: Tensor, dtype?: Dtype): Tensor {
  if (!(x?.data instanceof Float32Array || x?.data instanceof Float64Array)) {
    throw new TypeError(
      `${layer}: ${name} must be a float32 or float64 tensor; make one with tensor([...]) or zeros([...])`,
    );
  }
  if (dtype !== undefined && dtypeOf(x) !== dtype) {
    throw new TypeError(`${layer}: ${name} is ${dtypeOf(x)}, but the layer is ${dtype}; make both the same dtype`);
  }
  return dense(x);
}

/** Throws unless x has as many dimensions as `axes` names: checkRank('Conv2d', x, ['N', 'C', 'H', 'W']). */
export function checkRank(layer: string, x: Tensor, axes: readonly string[]): void {
  if (x.shape.length !== axes.length) {
    throw new RangeError(`${layer}: x must be ${show(axes)}, but x is ${show(x.shape)}`);
  }
}

/** What forward kept. Throws where forward has not run, or where a backward has already used it up. */
export function checkKept<Kept>(layer: string, kept: Kept | undefined): Kept {
  if (kept === undefined) {
    throw new Error(`${layer}: backward needs a forward of its own; call forward first, once for every backward`);
  }
  return kept;
}

/** dOut dense, after making sure that it has the shape and dtype of what forward returned. */
export function checkDOut(layer: string, dOut: Tensor, shape: Shape, dtype: Dtype): Tensor {
  const checked = checkTensor(layer, 'dOut', dOut, dtype);
  if (show(checked.shape) !== show(shape)) {
    throw new RangeError(
      `${layer}: dOut must be ${show(shape)}, as forward's output was, but it is ${show(dOut.shape)}`,
    );
  }
  return checked;
}

/** The parameters' versions when forward ran, for checkUnchanged. */
export function versionsOf(parameters: readonly Parameter[]): readonly number[] {
  return parameters.map((parameter) => parameter.version);
}

/** Throws where a parameter has changed since forward: its gradient would belong to another function. */
export function checkUnchanged(layer: string, parameters: readonly Parameter[], versions: readonly number[]): void {
  const changed = parameters.find((parameter, index) => parameter.version !== versions[index]);
  if (changed) {
    throw new Error(
      `${layer}: ${changed.name} has changed since forward, so that backward would give a wrong gradient; ` +
        'call backward before optimizer.step(), or forward again',
    );
  }
}

/** Throws unless `value` is a whole number of at least `least`. */
export function checkCount(layer: string, name: string, value: number, least = 1): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new RangeError(`${layer}: ${name} must be a whole number from ${least}, not ${value}`);
  }
}
