import { checkCount, checkOptions, checkRandom } from '../tensor/checks.ts';
import { type Random, sharedRandom } from '../tensor/random.ts';
import { type Dtype, empty, type Tensor, zerosLike } from '../tensor/tensor.ts';
import { checkDOut, checkIndices, checkKept, checkUnchanged, versionsOf } from './checks.ts';
import type { Layer } from './layer.ts';
import { Parameter } from './parameter.ts';

export interface EmbeddingOptions {
  /** How many things there are to look up. */
  readonly numEmbeddings: number;
  /** How many numbers stand for each of them. */
  readonly embeddingDim: number;
  readonly dtype?: Dtype;
  readonly random?: Random;
}

/**
 * A table of vectors that are learnt: each index becomes its row of the table.
 *
 * x: indices of any shape […], whole numbers from 0 in either dtype; weight W [numEmbeddings, embeddingDim];
 * out […, embeddingDim]. Derivation: derivations/15-embedding.md
 */
export class Embedding implements Layer {
  readonly weight: Parameter;
  readonly parameters: readonly Parameter[];
  readonly buffers = [];
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
  readonly dtype: Dtype;
  training = true;

  /** Kept by forward for backward: the indices. */
  private x: Tensor | undefined;
  private versions: readonly number[] = [];

  /** The table starts normally distributed, as in PyTorch. */
  constructor(options: EmbeddingOptions) {
    checkOptions('Embedding', options, ['numEmbeddings', 'embeddingDim', 'dtype', 'random']);
    const { numEmbeddings, embeddingDim, dtype = 'float32', random = sharedRandom } = options;
    checkRandom('Embedding', random);
    checkCount('Embedding', 'numEmbeddings', numEmbeddings);
    checkCount('Embedding', 'embeddingDim', embeddingDim);
    this.numEmbeddings = numEmbeddings;
    this.embeddingDim = embeddingDim;
    this.dtype = dtype;
    this.weight = new Parameter('weight', random.normal([numEmbeddings, embeddingDim], 0, 1, dtype));
    this.parameters = [this.weight];
  }

  /** Indices […] → out […, embeddingDim]. Throws where an index is not in the table. */
  forward(x: Tensor): Tensor {
    x = checkIndices('Embedding', 'x', x, this.numEmbeddings);
    const E = this.embeddingDim;
    const W = this.weight.value.data;
    const out = empty([...x.shape, E], this.dtype);
    for (let n = 0; n < x.data.length; n++) {
      // out[n, e] = W[x[n], e]                                                                     (embedding.1)
      for (let e = 0; e < E; e++) out.data[n * E + e] = W[x.data[n] * E + e];
    }
    this.x = x;
    this.versions = versionsOf(this.parameters);
    return out;
  }

  /**
   * dOut: dL/dout […, embeddingDim]. Adds dL/dW. Returns zeros shaped like the indices: they are chosen, and not
   * moved by small amounts.
   */
  backward(dOut: Tensor): Tensor {
    const x = checkKept('Embedding', this.x);
    const E = this.embeddingDim;
    dOut = checkDOut('Embedding', dOut, [...x.shape, E], this.dtype);
    checkUnchanged('Embedding', this.parameters, this.versions);
    this.x = undefined;

    if (!this.weight.frozen) {
      const dW = this.weight.gradient.data;
      for (let n = 0; n < x.data.length; n++) {
        // A row that was looked up several times gets the sum; one that was not gets nothing.
        // dW[x[n], e] += dOut[n, e]                                                               (embedding.2)
        for (let e = 0; e < E; e++) dW[x.data[n] * E + e] += dOut.data[n * E + e];
      }
    }
    return zerosLike(x);
  }
}
