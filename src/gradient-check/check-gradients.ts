import type { Layer } from '../layers/layer.ts';
import type { Loss } from '../losses/loss.ts';
import { checkCount, checkOptions, checkTensor } from '../tensor/checks.ts';
import { Random } from '../tensor/random.ts';
import { copy, dense, dtypeOf, sameShape, show, type Tensor, zeros } from '../tensor/tensor.ts';
import { keepState } from './forward-state.ts';

export interface CheckOptions {
  /** The gradient that comes from above; drawn at random when it is left out. A constant one hides mistakes. */
  readonly dOut?: Tensor;
  /** How far each entry is moved, both ways. */
  readonly h?: number;
  /** The samples' class indices, for a conditional network: what is checked is forward(x, labels). */
  readonly labels?: Tensor;
  /** false where x holds class indices, which no small amount can move: the parameters alone are checked. */
  readonly input?: boolean;
  /** Checks only so many entries of each tensor, drawn at random. For networks with too many to move each one. */
  readonly entries?: number;
  /** Where dOut and the entries are drawn from. */
  readonly random?: Random;
}

/** How far a hand-written gradient is from the centred differences, over a whole tensor. */
export interface GradientError {
  /** 'x' for the input, else the parameter's name. */
  readonly name: string;
  /** ‖a − b‖ / (‖a‖ + ‖b‖); 0 where both norms are under 1e-8. */
  readonly relativeError: number;
  /** max |a[i] − b[i]| */
  readonly largestDifference: number;
  /** How many entries were compared. */
  readonly entries: number;
  /** How many the tensor has. */
  readonly size: number;
}

/**
 * Compares a layer's backward with centred differences, for its input and for each of its parameters that is
 * not frozen. The layer can be a whole network. Its values, gradients, buffers and random generators are put back.
 *
 * Each forward starts from the same buffers and random numbers: a layer that draws (Dropout) or remembers
 * (SpectralNorm) is one function of x and of its parameters only as long as these stay. A SpectralNorm in training
 * mode needs some dozens of forwards first: its gradient is that of a u and v that have settled.
 *
 * x must be float64, and so the layer. Derivation: derivations/01-chain-rule.md
 */
export function checkGradients(layer: Layer, x: Tensor, options: CheckOptions = {}): GradientError[] {
  checkOptions('checkGradients', options, ['dOut', 'h', 'labels', 'input', 'entries', 'random']);
  const { h = 1e-5, labels, input: checksInput = true, entries, random = new Random(1) } = options;
  const input = copy(checkTensor('checkGradients', 'x', x));
  if (checksInput) checkFloat64('x', input);
  for (const { name, value } of layer.parameters) checkFloat64(name, value);
  checkStep(h);
  if (entries !== undefined) checkCount('checkGradients', 'entries', entries);
  const gradients = layer.parameters.map(({ gradient }) => copy(gradient));
  const restoreState = keepState(layer);

  const forward = () => {
    restoreState();
    return layer.forward(input, labels);
  };
  try {
    const out = forward();
    const dOut = options.dOut ? dense(options.dOut) : random.normal(out.shape, 0, 1, 'float64');
    for (const { gradient } of layer.parameters) gradient.data.fill(0);
    const dX = layer.backward(dOut);
    // Once more, and half of it: a backward that assigns where it is to add is found out.
    forward();
    layer.backward(dOut);
    for (const { gradient } of layer.parameters) for (let i = 0; i < gradient.data.length; i++) gradient.data[i] /= 2;

    // Any dOut is the gradient of a loss: of L = Σ out · dOut.
    const loss = () => dot(forward(), dOut);
    const check = (name: string, gradient: Tensor, value: Tensor) => {
      const at = entries !== undefined ? random.permutation(value.data.length).subarray(0, entries) : undefined;
      return compare(name, gradient, centredDifferences(loss, value, h, at), at);
    };
    const errors = checksInput ? [check('x', dX, input)] : [];
    for (const parameter of layer.parameters) {
      if (parameter.frozen) continue;
      errors.push(check(parameter.name, parameter.gradient, parameter.value));
      parameter.changed();
    }
    // Uses up what the last forward kept: no backward of the caller's can mistake it for its own.
    forward();
    layer.backward(dOut);
    return errors;
  } finally {
    restoreState();
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

/**
 * dL/dt, one entry of t after the other: (L(t + h) − L(t − h)) / 2h. t is as it was afterwards. Entries that are
 * not in `at` stay 0.
 */
export function centredDifferences(loss: () => number, t: Tensor, h: number, at: Indices = t.data.keys()): Tensor {
  const gradient = zeros(t.shape, dtypeOf(t));
  for (const i of at) {
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

/** How far two gradients of the same shape are apart, over the entries in `at`. */
export function compare(name: string, a: Tensor, b: Tensor, at: Indices = a.data.keys()): GradientError {
  if (!sameShape(a.shape, b.shape)) {
    throw new RangeError(`compare: ${name} has shape ${show(a.shape)} and ${show(b.shape)}`);
  }
  let [normA, normB, normDifference, largestDifference, entries] = [0, 0, 0, 0, 0];
  for (const i of at) {
    const difference = a.data[i] - b.data[i];
    normA += a.data[i] ** 2;
    normB += b.data[i] ** 2;
    normDifference += difference ** 2;
    largestDifference = Math.max(largestDifference, Math.abs(difference));
    entries++;
  }
  const bothZero = Math.sqrt(normA) < 1e-8 && Math.sqrt(normB) < 1e-8;
  // ‖a − b‖ / (‖a‖ + ‖b‖)                                                                           (check.2)
  const relativeError = bothZero ? 0 : Math.sqrt(normDifference) / (Math.sqrt(normA) + Math.sqrt(normB));
  return { name, relativeError, largestDifference, entries, size: a.data.length };
}

/** Places in a tensor's data. */
type Indices = Iterable<number>;

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
