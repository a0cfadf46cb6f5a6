import { checkCount, checkOptions, checkTensor } from '../tensor/checks.ts';
import {
  type Dtype,
  emptyLike,
  full,
  type Shape,
  sameShape,
  show,
  sizeOf,
  type Tensor,
  zeros,
} from '../tensor/tensor.ts';
import { checkDOut, checkKept, checkUnchanged, versionsOf } from './checks.ts';
import type { Layer } from './layer.ts';
import { Parameter } from './parameter.ts';
import { addUnlessFrozen, type Standardised, standardise, standardiseBackward } from './standardise.ts';

export interface LayerNormOptions {
  /** The last axes of x, over which each sample is normalised: one number for one axis, or a list. */
  readonly normalizedShape: number | Shape;
  /** Added to the variance, so that a constant sample does not divide by zero. */
  readonly eps?: number;
  /** Whether there are a weight and a bias to learn. */
  readonly elementwiseAffine?: boolean;
  readonly bias?: boolean;
  readonly dtype?: Dtype;
}

/**
 * Layer norm (Ba, Kiros and Hinton, 2016): each sample on its own is shifted and scaled to mean 0 and variance 1
 * over its features, then to a scale γ = weight and a shift β = bias, one of each for every feature. It is the same
 * in training and in evaluation mode.
 *
 * x, out […, ...normalizedShape]; weight, bias normalizedShape. Derivation: derivations/13-layer-norm.md
 */
export class LayerNorm implements Layer {
  readonly weight: Parameter | undefined;
  readonly bias: Parameter | undefined;
  readonly parameters: readonly Parameter[];
  readonly buffers = [];
  readonly normalizedShape: Shape;
  readonly eps: number;
  readonly dtype: Dtype;
  training = true;

  /** Kept by forward for backward. */
  private standardised: Standardised | undefined;
  private versions: readonly number[] = [];

  constructor(options: LayerNormOptions) {
    checkOptions('LayerNorm', options, ['normalizedShape', 'eps', 'elementwiseAffine', 'bias', 'dtype']);
    const { normalizedShape, eps = 1e-5, elementwiseAffine = true, bias = true, dtype = 'float32' } = options;
    const shape = typeof normalizedShape === 'number' ? [normalizedShape] : normalizedShape;
    if (!Array.isArray(shape) || shape.length === 0) {
      throw new RangeError('LayerNorm: normalizedShape must be the size of the last axis, or a list of sizes');
    }
    for (const size of shape) checkCount('LayerNorm', 'normalizedShape', size);
    if (!Number.isFinite(eps) || eps < 0) {
      throw new RangeError(`LayerNorm: eps must be a number from 0, such as 1e-5, not ${eps}`);
    }
    this.normalizedShape = [...shape];
    this.eps = eps;
    this.dtype = dtype;
    this.weight = elementwiseAffine ? new Parameter('weight', full(shape, 1, dtype)) : undefined;
    this.bias = elementwiseAffine && bias ? new Parameter('bias', zeros(shape, dtype)) : undefined;
    this.parameters = [this.weight, this.bias].filter((parameter) => parameter !== undefined);
  }

  /** x […, ...normalizedShape] → out, the same shape. */
  forward(x: Tensor): Tensor {
    x = checkTensor('LayerNorm', 'x', x, this.dtype);
    const axes = this.normalizedShape;
    if (!sameShape(x.shape.slice(-axes.length), axes)) {
      throw new RangeError(`LayerNorm: x must be ${show(['…', ...axes])}, but x is ${show(x.shape)}`);
    }
    const M = sizeOf(axes);
    const standardised = standardise(x, M, this.eps);
    const { xHat } = standardised;
    const out = emptyLike(x);
    const gamma = this.weight?.value.data;
    const beta = this.bias?.value.data;
    for (let i = 0; i < out.data.length; i++) {
      const feature = i % M;
      // out[n, i] = γ[i] · x̂[n, i] + β[i]                                                          (layernorm.1)
      out.data[i] = (gamma ? gamma[feature] : 1) * xHat.data[i] + (beta ? beta[feature] : 0);
    }
    this.standardised = standardised;
    this.versions = versionsOf(this.parameters);
    return out;
  }

  /** dOut: dL/dout. Returns dL/dx, both shaped like x; adds dL/dγ and dL/dβ to the gradients of weight and bias. */
  backward(dOut: Tensor): Tensor {
    const standardised = checkKept('LayerNorm', this.standardised);
    const { xHat } = standardised;
    dOut = checkDOut('LayerNorm', dOut, xHat.shape, this.dtype);
    checkUnchanged('LayerNorm', this.parameters, this.versions);
    this.standardised = undefined;

    const M = sizeOf(this.normalizedShape);
    const dGamma = new Float64Array(M);
    const dBeta = new Float64Array(M);
    const dXHat = emptyLike(dOut);
    for (let i = 0; i < dOut.data.length; i++) {
      const feature = i % M;
      // dγ[i] = Σ n  dOut[n, i] · x̂[n, i]                                                         (layernorm.2)
      dGamma[feature] += dOut.data[i] * xHat.data[i];
      // dβ[i] = Σ n  dOut[n, i]                                                                  (layernorm.3)
      dBeta[feature] += dOut.data[i];
      // dx̂[n, i] = dOut[n, i] · γ[i]                                                              (layernorm.4)
      dXHat.data[i] = dOut.data[i] * (this.weight ? this.weight.value.data[feature] : 1);
    }
    if (this.weight) addUnlessFrozen(this.weight, dGamma);
    if (this.bias) addUnlessFrozen(this.bias, dBeta);
    return standardiseBackward(dXHat, standardised);
  }
}
