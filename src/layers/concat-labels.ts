import { checkCount, checkOptions, checkTensor } from '../tensor/checks.ts';
import { type Random, sharedRandom } from '../tensor/random.ts';
import { type Dtype, empty, type Shape, sameShape, show, sizeOf, type Tensor, zeros } from '../tensor/tensor.ts';
import { checkDOut, checkIndices, checkKept } from './checks.ts';
import { Embedding } from './embedding.ts';
import type { Layer, LayerBuffer } from './layer.ts';
import type { Parameter } from './parameter.ts';

export interface ConcatLabelsOptions {
  /** How many labels there are. */
  readonly numClasses: number;
  /** What each label becomes: [16] beside a row of numbers, [1, 28, 28] as one more channel of an image. */
  readonly shape: Shape;
  readonly dtype?: Dtype;
  readonly random?: Random;
}

/**
 * Tells a network which class each sample is to be of: puts what has been learnt for the label beside x, along
 * axis 1.
 *
 * x [N, C, …], labels [N], each label's embedding of shape [K, …], out [N, C + K, …].
 * Derivation: derivations/23-conditional-gan.md
 */
export class ConcatLabels implements Layer {
  readonly embedding: Embedding;
  readonly layers: readonly Layer[];
  readonly parameters: readonly Parameter[];
  readonly buffers: readonly LayerBuffer[] = [];
  readonly shape: Shape;
  readonly dtype: Dtype;

  /** Kept by forward for backward: the shape of x. */
  private xShape: Shape | undefined;

  constructor(options: ConcatLabelsOptions) {
    checkOptions('ConcatLabels', options, ['numClasses', 'shape', 'dtype', 'random']);
    const { numClasses, shape, dtype = 'float32', random = sharedRandom } = options;
    checkCount('ConcatLabels', 'numClasses', numClasses);
    // zeros checks the shape.
    this.shape = [...zeros(shape, dtype).shape];
    if (sizeOf(shape) === 0 || shape.length === 0) {
      throw new RangeError(`ConcatLabels: shape must be that of one embedded label, such as [16], not ${show(shape)}`);
    }
    this.dtype = dtype;
    this.embedding = new Embedding({ numEmbeddings: numClasses, embeddingDim: sizeOf(shape), dtype, random });
    this.embedding.weight.name = 'embedding.weight';
    this.layers = [this.embedding];
    this.parameters = this.embedding.parameters;
  }

  get training(): boolean {
    return this.embedding.training;
  }

  set training(training: boolean) {
    this.embedding.training = training;
  }

  /** x [N, C, …] and labels [N] → out [N, C + K, …]. Throws where the labels are missing or do not fit. */
  forward(x: Tensor, labels?: Tensor): Tensor {
    x = checkTensor('ConcatLabels', 'x', x, this.dtype);
    const [N, C] = x.shape;
    const [K, ...rest] = this.shape;
    if (x.shape.length < 2 || !sameShape(x.shape.slice(2), rest)) {
      throw new RangeError(`ConcatLabels: x must be ${show(['N', 'C', ...rest])}, but x is ${show(x.shape)}`);
    }
    if (labels === undefined) {
      throw new TypeError('ConcatLabels: labels are missing; call forward(x, labels), with one class index a sample');
    }
    labels = checkIndices('ConcatLabels', 'labels', labels, this.embedding.numEmbeddings);
    if (!sameShape(labels.shape, [N])) {
      throw new RangeError(`ConcatLabels: labels must be ${show([N])}, but they are ${show(labels.shape)}`);
    }
    const embedded = this.embedding.forward(labels);
    const out = empty([N, C + K, ...rest], this.dtype);
    const [xSize, labelSize] = [sizeOf(x.shape.slice(1)), this.embedding.embeddingDim];
    for (let n = 0; n < N; n++) {
      // out[n] = (x[n], embedded[n])                                                             (conditional.1)
      out.data.set(x.data.subarray(n * xSize, (n + 1) * xSize), n * (xSize + labelSize));
      out.data.set(embedded.data.subarray(n * labelSize, (n + 1) * labelSize), n * (xSize + labelSize) + xSize);
    }
    this.xShape = x.shape;
    return out;
  }

  /** dOut: dL/dout [N, C + K, …]. Returns dL/dx, shaped like x; adds to the gradient of the embedding. */
  backward(dOut: Tensor): Tensor {
    const xShape = checkKept('ConcatLabels', this.xShape);
    const [N, C, ...rest] = xShape;
    dOut = checkDOut('ConcatLabels', dOut, [N, C + this.shape[0], ...rest], this.dtype);

    const [xSize, labelSize] = [sizeOf(xShape.slice(1)), this.embedding.embeddingDim];
    const dX = empty(xShape, this.dtype);
    const dEmbedded = empty([N, labelSize], this.dtype);
    for (let n = 0; n < N; n++) {
      const start = n * (xSize + labelSize);
      // What was put side by side is taken apart again: (dX[n], dEmbedded[n]) = dOut[n]               (conditional.2)
      dX.data.set(dOut.data.subarray(start, start + xSize), n * xSize);
      dEmbedded.data.set(dOut.data.subarray(start + xSize, start + xSize + labelSize), n * labelSize);
    }
    this.embedding.backward(dEmbedded);
    this.xShape = undefined;
    return dX;
  }
}
