import type { Layer } from '../layers/layer.ts';
import type { Loss } from '../losses/loss.ts';
import { checkTensor } from '../tensor/checks.ts';
import { Random } from '../tensor/random.ts';
import { copy, dense, dtypeOf, sameShape, show, type Tensor, zeros } from '../tensor/tensor.ts';

export interface CheckOptions {
  /** The gradient that comes from above; drawn at random when it is left out. A constant one hides mistakes. */
  readonly dOut?: Tensor;
  /** How far each entry is moved, both ways. */
  readonly h?: number;
}

/** How far a hand-written gradient is from the centred differences, over a whole tensor. */
export interface GradientError {
  /** 'x' for the input, else the parameter's name. */
  readonly name: string;
  /** ‖a − b‖ / (‖a‖ + ‖b‖); 0 where both norms are under 1e-8. */
  readonly relativeError: number;
  /** max |a[i] − b[i]| */
  readonly largestDifference: number;
  readonly entries: number;
}

/**
 * Compares a layer's backward with centred differences, for its input and for each of its parameters that is
 * not frozen. The layer can be a whole network. Its values, gradients and running statistics are put back.
 *
 * x must be float64, and so the layer. Derivation: derivations/01-chain-rule.md
 */
export function checkGradients(layer: Layer, x: Tensor, options: CheckOptions = {}): GradientError[] {
  checkFloat64('x', checkTensor('checkGradients', 'x', x));
  for (const { name, value } of layer.parameters) checkFloat64(name, value);
  const input = copy(x);
  const { h = 1e-5 } = options;
  checkStep(h);
  const buffers = layer.buffers.map(({ value }) => copy(value));
  const gradients = layer.parameters.map(({ gradient }) => copy(gradient));

  try {
    const out = layer.forward(input);
    const dOut = options.dOut ? dense(options.dOut) : new Random(1).normal(out.shape, 0, 1, 'float64');
    for (const { gradient } of layer.parameters) gradient.data.fill(0);
    const dX = layer.backward(dOut);

    // Any dOut is the gradient of a loss: of L = Σ out · dOut.
    const loss = () => dot(layer.forward(input), dOut);
    const errors = [compare('x', dX, centredDifferences(loss, input, h))];
    for (const parameter of layer.parameters) {
      if (parameter.frozen) continue;
      const numeric = centredDifferences(loss, parameter.value, h);
      parameter.changed();
      errors.push(compare(parameter.name, parameter.gradient, numeric));
    }
    // Uses up what the last forward kept: no backward of the caller's can mistake it for its own.
    layer.forward(input);
    layer.backward(dOut);
    return errors;
  } finally {
    for (const [index, { value }] of layer.buffers.entries()) value.data.set(buffers[index].data);
    for (const [index, { gradient }] of layer.parameters.entries()) gradient.data.set(gradients[index].data);
  }
}

/** The same for a loss: its backward against centred differences of its forward. */
export function checkLossGradient(loss: Loss, prediction: Tensor, target: Tensor, h = 1e-5): GradientError {
  checkFloat64('prediction', checkTensor('checkLossGradient', 'prediction', prediction));
  const input = copy(prediction);
  checkStep(h);
  loss.forward(input, target);
  const dPrediction = loss.backward();
  return compare(
    'prediction',
    dPrediction,
    centredDifferences(() => loss.forward(input, target), input, h),
  );
}

/** dL/dt, one entry of t after the other: (L(t + h) − L(t − h)) / 2h. t is as it was afterwards. */
export function centredDifferences(loss: () => number, t: Tensor, h: number): Tensor {
  const gradient = zeros(t.shape, dtypeOf(t));
  for (let i = 0; i < t.data.length; i++) {
    const value = t.data[i];
    let above: number;
    let below: number;
    try {
      t.data[i] = value + h;
      above = loss();
      t.data[i] = value - h;
      below = loss();
    } finally {
      t.data[i] = value;
    }
    // dL/dt[i] ≈ (L(t[i] + h) − L(t[i] − h)) / 2h                                                    (check.1)
    gradient.data[i] = (above - below) / (2 * h);
  }
  return gradient;
}

/** How far two gradients of the same shape are apart. */
export function compare(name: string, a: Tensor, b: Tensor): GradientError {
  if (!sameShape(a.shape, b.shape)) {
    throw new RangeError(`compare: ${name} has shape ${show(a.shape)} and ${show(b.shape)}`);
  }
  let [normA, normB, normDifference, largestDifference] = [0, 0, 0, 0];
  for (let i = 0; i < a.data.length; i++) {
    const difference = a.data[i] - b.data[i];
    normA += a.data[i] ** 2;
    normB += b.data[i] ** 2;
    normDifference += difference ** 2;
    largestDifference = Math.max(largestDifference, Math.abs(difference));
  }
  const bothZero = Math.sqrt(normA) < 1e-8 && Math.sqrt(normB) < 1e-8;
  // ‖a − b‖ / (‖a‖ + ‖b‖)                                                                           (check.2)
  const relativeError = bothZero ? 0 : Math.sqrt(normDifference) / (Math.sqrt(normA) + Math.sqrt(normB));
  return { name, relativeError, largestDifference, entries: a.data.length };
}

function checkFloat64(name: string, t: Tensor): void {
  if (dtypeOf(t) === 'float64') return;
  throw new TypeError(
    `a gradient check needs float64, but ${name} is float32: give layers { dtype: 'float64' }, and tensor(…, 'float64')`,
  );
}

function checkStep(h: number): void {
  if (!(h > 0 && h < Infinity)) throw new RangeError(`a gradient check: h must be a small number above 0, not ${h}`);
}

function dot(a: Tensor, b: Tensor): number {
  let sum = 0;
  for (let i = 0; i < a.data.length; i++) sum += a.data[i] * b.data[i];
  return sum;
}
