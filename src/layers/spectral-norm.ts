import { checkCount, checkOptions, checkRandom } from '../tensor/checks.ts';
import { type Random, sharedRandom } from '../tensor/random.ts';
import { copy, dtypeOf, sizeOf, type Tensor, type TypedArray } from '../tensor/tensor.ts';
import { checkKept, checkUnchanged, versionsOf } from './checks.ts';
import { Conv2d } from './conv2d.ts';
import type { Layer, LayerBuffer } from './layer.ts';
import { Linear } from './linear.ts';
import { Parameter } from './parameter.ts';

export interface SpectralNormOptions {
  /** Rounds of power iteration in every forward of training mode. */
  readonly nPowerIterations?: number;
  /** What a vector's length is at least taken to be when it is divided by. */
  readonly eps?: number;
  readonly random?: Random;
}

/**
 * A Linear or Conv2d whose weight is divided by its spectral norm σ, the most that it can lengthen a vector.
 *
 * What is trained is weightOrig; the wrapped layer's weight is made from it in every forward. As a matrix W
 * [rows, columns] it has one row for each output. weightU [rows] and weightV [columns] follow the directions that
 * W lengthens most; backward takes them for constants, as PyTorch does, so that in training mode checkGradients agrees
 * only when they have settled, after some fifty forwards. x and out are those of the wrapped layer. Derivation: derivations/17-spectral-norm.md
 */
export class SpectralNorm implements Layer {
  readonly layer: Linear | Conv2d;
  readonly layers: readonly Layer[];
  readonly weightOrig: Parameter;
  readonly bias: Parameter | undefined;
  readonly parameters: readonly Parameter[];
  readonly weightU: Tensor;
  readonly weightV: Tensor;
  readonly buffers: readonly LayerBuffer[];
  readonly nPowerIterations: number;
  readonly eps: number;

  /** Kept by forward for backward: u, v and σ as they were then. */
  private kept: { u: Tensor; v: Tensor; sigma: number; versions: readonly number[] } | undefined;

  constructor(layer: Linear | Conv2d, options: SpectralNormOptions = {}) {
    if (!(layer instanceof Linear || layer instanceof Conv2d)) {
      throw new TypeError('SpectralNorm: the first argument must be a Linear or a Conv2d');
    }
    checkOptions('SpectralNorm', options, ['nPowerIterations', 'eps', 'random']);
    const { nPowerIterations = 1, eps = 1e-12, random = sharedRandom } = options;
    checkRandom('SpectralNorm', random);
    checkCount('SpectralNorm', 'nPowerIterations', nPowerIterations);
    if (!(eps > 0 && eps < Infinity)) {
      throw new RangeError(`SpectralNorm: eps must be a small number above 0, such as 1e-12, not ${eps}`);
    }
    this.layer = layer;
    this.layers = [layer];
    this.nPowerIterations = nPowerIterations;
    this.eps = eps;
    const { value } = layer.weight;
    this.weightOrig = new Parameter('weight_orig', value);
    this.bias = layer.bias;
    this.parameters = this.bias ? [this.weightOrig, this.bias] : [this.weightOrig];
    const rows = value.shape[0];
    this.weightU = random.normal([rows], 0, 1, dtypeOf(value));
    this.weightV = random.normal([sizeOf(value.shape) / rows], 0, 1, dtypeOf(value));
    normalise(this.weightU.data, eps);
    normalise(this.weightV.data, eps);
    this.buffers = [
      { name: 'weight_u', value: this.weightU, isDirection: true },
      { name: 'weight_v', value: this.weightV, isDirection: true },
    ];
  }

  get training(): boolean {
    return this.layer.training;
  }

  set training(training: boolean) {
    this.layer.training = training;
  }

  /** As the wrapped layer's, with W/σ for its weight. In training mode u and v move on first. */
  forward(x: Tensor): Tensor {
    const W = this.weightOrig.value.data;
    // Copies, so that nothing has moved where x turns out not to fit.
    const [keptU, keptV] = [copy(this.weightU), copy(this.weightV)];
    const [u, v] = [keptU.data, keptV.data];
    for (let round = 0; this.training && round < this.nPowerIterations; round++) {
      // v = Wᵀ · u / ‖Wᵀ · u‖                                                                      (spectral.1)
      for (let c = 0; c < v.length; c++) v[c] = sum(u.length, (r) => W[r * v.length + c] * u[r]);
      normalise(v, this.eps);
      // u = W · v / ‖W · v‖                                                                        (spectral.2)
      for (let r = 0; r < u.length; r++) u[r] = sum(v.length, (c) => W[r * v.length + c] * v[c]);
      normalise(u, this.eps);
    }
    // σ = Σ r,c  u[r] · W[r, c] · v[c]                                                             (spectral.3)
    const sigma = sum(u.length, (r) => u[r] * sum(v.length, (c) => W[r * v.length + c] * v[c]));

    if (sigma === 0 || !Number.isFinite(sigma)) {
      throw new RangeError(
        `SpectralNorm: σ is ${sigma}, as of a weight of zeros or with a NaN; give it another weight`,
      );
    }
    const normalised = this.layer.weight.value.data;
    for (let i = 0; i < W.length; i++) {
      // W̄[i] = W[i] / σ                                                                           (spectral.4)
      normalised[i] = W[i] / sigma;
    }
    this.layer.weight.changed();
    const out = this.layer.forward(x);
    this.weightU.data.set(u);
    this.weightV.data.set(v);
    this.kept = { u: keptU, v: keptV, sigma, versions: versionsOf([this.weightOrig]) };
    return out;
  }

  /** dOut: dL/dout. Returns dL/dx, as the wrapped layer does; adds dL/dW to the gradient of weightOrig. */
  backward(dOut: Tensor): Tensor {
    const { u, v, sigma, versions } = checkKept('SpectralNorm', this.kept);
    checkUnchanged('SpectralNorm', [this.weightOrig], versions);
    const { weight } = this.layer;
    // The wrapped layer adds to dW̄, and it is the dW̄ of this call alone that belongs to this σ, u and v.
    weight.gradient.data.fill(0);
    weight.frozen = this.weightOrig.frozen;
    const dX = this.layer.backward(dOut);
    this.kept = undefined;
    if (this.weightOrig.frozen) return dX;

    const columns = v.data.length;
    const dW = this.weightOrig.gradient.data;
    const [dNormalised, normalised] = [weight.gradient.data, weight.value.data];
    // How much L changes when the whole of W̄ grows: that is taken out again, since dividing by σ undoes it.
    const growth = sum(dW.length, (i) => dNormalised[i] * normalised[i]);
    for (let i = 0; i < dW.length; i++) {
      const [r, c] = [Math.floor(i / columns), i % columns];
      // dW[r, c] += (dW̄[r, c] − growth · u[r] · v[c]) / σ                                          (spectral.5)
      dW[i] += (dNormalised[i] - growth * u.data[r] * v.data[c]) / sigma;
    }
    return dX;
  }
}

function sum(length: number, term: (index: number) => number): number {
  let total = 0;
  for (let i = 0; i < length; i++) total += term(i);
  return total;
}

/** Scales a vector to length 1, or divides it by eps where it is shorter than that. */
function normalise(vector: TypedArray, eps: number): void {
  const length = Math.max(Math.sqrt(sum(vector.length, (i) => vector[i] ** 2)), eps);
  for (let i = 0; i < vector.length; i++) vector[i] /= length;
}
