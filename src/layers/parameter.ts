import { checkTensor } from '../tensor/checks.ts';
import { copy, dtypeOf, sameShape, show, type Tensor, zerosLike } from '../tensor/tensor.ts';

/** A tensor that is trained, and the gradient that belongs to it. */
export class Parameter {
  /** As in PyTorch: 'weight', and '0.weight' inside a Sequential. */
  name: string;
  /** dL/dvalue, shaped like value: the sum over all backward calls since the last zeroGradients(). */
  readonly gradient: Tensor;
  /** A frozen parameter is given no gradient by backward, and optimizers leave it alone. */
  frozen = false;
  /** Rises whenever the value changes; backward compares it with what forward saw. */
  version = 0;
  #value: Tensor;

  /** Takes a copy of value, since optimizers will write to it. */
  constructor(name: string, value: Tensor) {
    this.name = name;
    this.#value = copy(checkTensor('Parameter', name, value));
    this.gradient = zerosLike(value);
  }

  get value(): Tensor {
    return this.#value;
  }

  /** Takes a copy. Throws where the new value has another shape or dtype. */
  set value(value: Tensor) {
    checkTensor('Parameter', this.name, value);
    const { shape } = this.#value;
    if (!sameShape(value.shape, shape) || dtypeOf(value) !== dtypeOf(this.#value)) {
      throw new RangeError(
        `Parameter ${this.name} is ${dtypeOf(this.#value)} ${show(shape)}; ` +
          `it cannot be set to a ${dtypeOf(value)} tensor of shape ${show(value.shape)}`,
      );
    }
    this.#value = copy(value);
    this.changed();
  }

  /** What console.log shows in Node: a getter alone would be left out. */
  [Symbol.for('nodejs.util.inspect.custom')](): object {
    return { name: this.name, value: this.value, gradient: this.gradient, frozen: this.frozen, version: this.version };
  }

  /** To be called by whoever writes into `value.data` directly. */
  changed(): void {
    this.version++;
  }
}
