import { checkTensor } from '../tensor/checks.ts';
import { type Dtype, type Shape, sameShape, show, type Tensor } from '../tensor/tensor.ts';
import type { Layer } from './layer.ts';
import type { Parameter } from './parameter.ts';

/** Throws unless `layer` is a layer: something with a forward and a backward. */
export function checkLayer(owner: string, name: string, layer: Layer): void {
  if (typeof layer?.forward !== 'function' || typeof layer.backward !== 'function') {
    throw new TypeError(`${owner}: ${name} must be a layer, such as new ReLU(), with a forward and a backward`);
  }
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
  if (!sameShape(checked.shape, shape)) {
    throw new RangeError(
      `${layer}: dOut must be ${show(shape)}, as forward's output was, but it is ${show(dOut.shape)}`,
    );
  }
  return checked;
}

/** `x` dense, after making sure that it holds whole numbers from 0 to below `count`. */
export function checkIndices(layer: string, name: string, x: Tensor, count: number): Tensor {
  const indices = checkTensor(layer, name, x);
  const at = indices.data.findIndex((i) => !(Number.isInteger(i) && i >= 0 && i < count));
  if (at !== -1) {
    throw new RangeError(
      `${layer}: ${name} must hold indices from 0 to ${count - 1}, but entry ${at} is ${indices.data[at]}`,
    );
  }
  return indices;
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
