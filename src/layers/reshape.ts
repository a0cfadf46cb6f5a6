import { checkCount, checkOptions, checkTensor } from '../tensor/checks.ts';
import { type Dtype, dtypeOf, fromData, type Shape, show, sizeOf, type Tensor } from '../tensor/tensor.ts';
import { checkDOut, checkKept } from './checks.ts';
import type { Layer } from './layer.ts';

/**
 * The same numbers in the same order under another shape; the batch axis stays.
 *
 * x [N, …], out [N, ...shape], with as many entries. Derivation: derivations/04-activations.md
 */
export class Reshape implements Layer {
  readonly parameters = [];
  readonly buffers = [];
  readonly shape: Shape;
  readonly dtype: Dtype | undefined;
  training = true;

  /** Kept by forward for backward. */
  private x: Tensor | undefined;

  /**
   * new Reshape({ shape: [64, 7, 7] }): the shape of one sample, without the batch axis. dtype insists on one;
   * without it x may be of either.
   */
  constructor(options: { readonly shape: Shape; readonly dtype?: Dtype }) {
    checkOptions('Reshape', options, ['shape', 'dtype']);
    const { shape, dtype } = options;
    if (!Array.isArray(shape)) throw new TypeError(`Reshape: shape must be a list such as [64, 7, 7], not ${shape}`);
    for (const size of shape) checkCount('Reshape', 'each size in shape', size);
    this.shape = [...shape];
    this.dtype = dtype;
  }

  /** x [N, …] → out [N, ...shape]. Throws where a sample of x has another number of entries. */
  forward(x: Tensor): Tensor {
    x = checkTensor('Reshape', 'x', x, this.dtype);
    const [N, ...sample] = x.shape;
    if (x.shape.length === 0 || sizeOf(sample) !== sizeOf(this.shape)) {
      throw new RangeError(
        `Reshape: one sample must have ${sizeOf(this.shape)} entries to become ${show(this.shape)}, ` +
          `but x is ${show(x.shape)}`,
      );
    }
    this.x = x;
    return fromData(x.data, [N, ...this.shape]);
  }

  /** dOut: dL/dout [N, ...shape]. Returns dL/dx, shaped like x. */
  backward(dOut: Tensor): Tensor {
    const x = checkKept('Reshape', this.x);
    dOut = checkDOut('Reshape', dOut, [x.shape[0], ...this.shape], dtypeOf(x));
    this.x = undefined;
    // Every entry of out is one entry of x, so the gradient only changes its shape.                  (reshape.1)
    return fromData(dOut.data, x.shape);
  }
}
