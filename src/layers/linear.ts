import { kernels } from '../kernels/index.ts';
import { checkCount, checkOptions, checkRandom, checkTensor } from '../tensor/checks.ts';
import { type Random, sharedRandom } from '../tensor/random.ts';
import { type Dtype, dtypeOf, empty, type Tensor, zeros } from '../tensor/tensor.ts';
import { addChannelSums } from './channels.ts';
import { checkDOut, checkKept, checkRank, checkUnchanged, versionsOf } from './checks.ts';
import { uniformByFanIn } from './initialisers.ts';
import type { Layer } from './layer.ts';
import { Parameter } from './parameter.ts';

export interface LinearOptions {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly bias?: boolean;
  readonly dtype?: Dtype;
  readonly random?: Random;
}

/**
 * Fully connected layer: out = x · Wᵀ + b.
 *
 * x [N, inFeatures], weight W [outFeatures, inFeatures], bias b [outFeatures], out [N, outFeatures].
 * Derivation: derivations/03-linear.md
 */
export class Linear implements Layer {
  readonly weight: Parameter;
  readonly bias: Parameter | undefined;
  readonly parameters: readonly Parameter[];
  readonly buffers = [];
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly dtype: Dtype;
  training = true;

  /** Kept by forward for backward. */
  private x: Tensor | undefined;
  private versions: readonly number[] = [];

  constructor(options: LinearOptions) {
    checkOptions('Linear', options, ['inFeatures', 'outFeatures', 'bias', 'dtype', 'random']);
    const { inFeatures, outFeatures, bias = true, dtype = 'float32', random = sharedRandom } = options;
    checkRandom('Linear', random);
    checkCount('Linear', 'inFeatures', inFeatures);
    checkCount('Linear', 'outFeatures', outFeatures);
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    this.dtype = dtype;
    this.weight = new Parameter('weight', zeros([outFeatures, inFeatures], dtype));
    this.bias = bias ? new Parameter('bias', zeros([outFeatures], dtype)) : undefined;
    this.parameters = this.bias ? [this.weight, this.bias] : [this.weight];
    uniformByFanIn(this.weight, this.bias, random);
  }

  /** x [N, inFeatures] → out [N, outFeatures]. Throws where x has another shape or dtype. */
  forward(x: Tensor): Tensor {
    x = checkTensor('Linear', 'x', x, this.dtype);
    checkRank('Linear', x, ['N', 'inFeatures']);
    if (x.shape[1] !== this.inFeatures) {
      throw new RangeError(
        `Linear: x has ${x.shape[1]} features, but the weight expects ${this.inFeatures} (x is [${x.shape.join(', ')}])`,
      );
    }
    // out[n, o] = Σ i  x[n, i] · W[o, i] + b[o]                                                    (linear.1)
    // The product is added to the biases.
    const biases = this.bias && rowsOf(this.bias.value, x.shape[0]);
    const out = kernels.matmul(x, this.weight.value, { transposeB: true, addTo: biases });

    this.x = x;
    this.versions = versionsOf(this.parameters);
    return out;
  }

  /** dOut: dL/dout [N, outFeatures]. Returns dL/dx [N, inFeatures]; adds dL/dW and dL/db to the gradients. */
  backward(dOut: Tensor): Tensor {
    const x = checkKept('Linear', this.x);
    dOut = checkDOut('Linear', dOut, [x.shape[0], this.outFeatures], this.dtype);
    checkUnchanged('Linear', this.parameters, this.versions);
    this.x = undefined;

    if (!this.weight.frozen) {
      // dW[o, i] += Σ n  dOut[n, o] · x[n, i]                                                      (linear.3)
      kernels.matmul(dOut, x, { transposeA: true, addTo: this.weight.gradient });
    }
    if (this.bias && !this.bias.frozen) {
      // db[o] += Σ n  dOut[n, o]                                                                   (linear.4)
      addChannelSums(this.bias.gradient, dOut);
    }
    // dX[n, i] = Σ o  dOut[n, o] · W[o, i]                                                         (linear.2)
    return kernels.matmul(dOut, this.weight.value);
  }
}

/** b [outFeatures], once for each of N rows: [N, outFeatures]. */
function rowsOf(b: Tensor, N: number): Tensor {
  const [outFeatures] = b.shape;
  const rows = empty([N, outFeatures], dtypeOf(b));
  for (let n = 0; n < N; n++) rows.data.set(b.data, n * outFeatures);
  return rows;
}
