import { checkCount, checkOptions, checkTensor } from '../tensor/checks.ts';
import { type Dtype, emptyLike, full, show, type Tensor, zeros } from '../tensor/tensor.ts';
import { checkDOut, checkKept, checkUnchanged, versionsOf } from './checks.ts';
import type { Layer } from './layer.ts';
import { Parameter } from './parameter.ts';
import { addUnlessFrozen, type Standardised, standardise, standardiseBackward } from './standardise.ts';

export interface InstanceNorm2dOptions {
  readonly numFeatures: number;
  /** Added to the variance, so that a constant channel does not divide by zero. */
  readonly eps?: number;
  /** Whether there are a weight and a bias to learn, one of each for every channel. */
  readonly affine?: boolean;
  readonly dtype?: Dtype;
}

/**
 * Instance norm (Ulyanov, Vedaldi and Lempitsky, 2016): each channel of each image on its own is shifted and scaled
 * to mean 0 and variance 1 over its places. It is the same in training and in evaluation mode.
 *
 * x, out [N, C, H, W]; weight γ, bias β [C], with `affine`. Derivation: derivations/13-layer-norm.md
 */
export class InstanceNorm2d implements Layer {
  readonly weight: Parameter | undefined;
  readonly bias: Parameter | undefined;
  readonly parameters: readonly Parameter[];
  readonly buffers = [];
  readonly numFeatures: number;
  readonly eps: number;
  readonly dtype: Dtype;
  training = true;

  /** Kept by forward for backward. */
  private standardised: Standardised | undefined;
  private versions: readonly number[] = [];

  constructor(options: InstanceNorm2dOptions) {
    checkOptions('InstanceNorm2d', options, ['numFeatures', 'eps', 'affine', 'dtype']);
    const { numFeatures, eps = 1e-5, affine = false, dtype = 'float32' } = options;
    checkCount('InstanceNorm2d', 'numFeatures', numFeatures);
    if (!Number.isFinite(eps) || eps < 0) {
      throw new RangeError(`InstanceNorm2d: eps must be a number from 0, such as 1e-5, not ${eps}`);
    }
    this.numFeatures = numFeatures;
    this.eps = eps;
    this.dtype = dtype;
    this.weight = affine ? new Parameter('weight', full([numFeatures], 1, dtype)) : undefined;
    this.bias = affine ? new Parameter('bias', zeros([numFeatures], dtype)) : undefined;
    this.parameters = [this.weight, this.bias].filter((parameter) => parameter !== undefined);
  }

  /** x [N, C, H, W] → out, the same shape. Throws where a channel has fewer than two pixels. */
  forward(x: Tensor): Tensor {
    x = checkTensor('InstanceNorm2d', 'x', x, this.dtype);
    if (x.shape.length !== 4 || x.shape[1] !== this.numFeatures) {
      throw new RangeError(
        `InstanceNorm2d: x must be ${show(['N', this.numFeatures, 'H', 'W'])}, but x is ${show(x.shape)}`,
      );
    }
    const [, C, H, W] = x.shape;
    if (H * W < 2) {
      throw new RangeError(`InstanceNorm2d: each channel needs more than one pixel, but x is ${show(x.shape)}`);
    }
    const standardised = standardise(x, H * W, this.eps);
    const { xHat } = standardised;
    const out = emptyLike(x);
    const gamma = this.weight?.value.data;
    const beta = this.bias?.value.data;
    for (let i = 0; i < out.data.length; i++) {
      const c = Math.floor(i / (H * W)) % C;
      // out[n, c, h, w] = γ[c] · x̂[n, c, h, w] + β[c]                                            (instancenorm.1)
      out.data[i] = (gamma ? gamma[c] : 1) * xHat.data[i] + (beta ? beta[c] : 0);
    }
    this.standardised = standardised;
    this.versions = versionsOf(this.parameters);
    return out;
  }

  /** dOut: dL/dout. Returns dL/dx, both shaped like x; adds dL/dγ and dL/dβ to the gradients of weight and bias. */
  backward(dOut: Tensor): Tensor {
    const standardised = checkKept('InstanceNorm2d', this.standardised);
    const { xHat } = standardised;
    dOut = checkDOut('InstanceNorm2d', dOut, xHat.shape, this.dtype);
    checkUnchanged('InstanceNorm2d', this.parameters, this.versions);
    this.standardised = undefined;

    const [, C, H, W] = xHat.shape;
    const dGamma = new Float64Array(C);
    const dBeta = new Float64Array(C);
    const dXHat = emptyLike(dOut);
    for (let i = 0; i < dOut.data.length; i++) {
      const c = Math.floor(i / (H * W)) % C;
      // dγ[c] = Σ n,h,w  dOut[n, c, h, w] · x̂[n, c, h, w]                                       (instancenorm.2)
      dGamma[c] += dOut.data[i] * xHat.data[i];
      // dβ[c] = Σ n,h,w  dOut[n, c, h, w]                                                       (instancenorm.3)
      dBeta[c] += dOut.data[i];
      // dx̂[n, c, h, w] = dOut[n, c, h, w] · γ[c]                                                 (instancenorm.4)
      dXHat.data[i] = dOut.data[i] * (this.weight ? this.weight.value.data[c] : 1);
    }
    if (this.weight) addUnlessFrozen(this.weight, dGamma);
    if (this.bias) addUnlessFrozen(this.bias, dBeta);
    return standardiseBackward(dXHat, standardised);
  }
}
