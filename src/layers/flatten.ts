import { checkOptions, checkTensor } from '../tensor/checks.ts';
import { type Dtype, dtypeOf, fromData, sizeOf, type Tensor } from '../tensor/tensor.ts';
import { checkDOut, checkKept } from './checks.ts';
import type { Layer } from './layer.ts';

/**
 * Each sample as one row: x [N, …] → out [N, the product of the rest].
 *
 * Derivation: derivations/04-activations.md
 */
export class Flatten implements Layer {
  readonly parameters = [];
  readonly buffers = [];
  readonly dtype: Dtype | undefined;
  training = true;

  /** Kept by forward for backward. */
  private x: Tensor | undefined;

  /** dtype insists on one; without it x may be of either. */
  constructor(options: { readonly dtype?: Dtype } = {}) {
    checkOptions('Flatten', options, ['dtype']);
    this.dtype = options.dtype;
  }

  /** x [N, …] → out [N, the product of the rest]. */
  forward(x: Tensor): Tensor {
    x = checkTensor('Flatten', 'x', x, this.dtype);
    if (x.shape.length === 0) throw new RangeError('Flatten: x must be [N, …], but x is a single number');
    this.x = x;
    return fromData(x.data, flat(x));
  }

  /** dOut: dL/dout [N, the product of the rest]. Returns dL/dx, shaped like x. */
  backward(dOut: Tensor): Tensor {
    const x = checkKept('Flatten', this.x);
    dOut = checkDOut('Flatten', dOut, flat(x), dtypeOf(x));
    this.x = undefined;
    // Every entry of out is one entry of x, so the gradient only changes its shape.                  (reshape.1)
    return fromData(dOut.data, x.shape);
  }
}

function flat(x: Tensor): [number, number] {
  const [N, ...sample] = x.shape;
  return [N, sizeOf(sample)];
}
