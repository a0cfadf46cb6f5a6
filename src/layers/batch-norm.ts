import { fastLoopsFor } from '../kernels/index.ts';
import type { ChannelNorms, ChannelShares } from '../kernels/kernels.ts';
import { checkCount, checkOptions, checkTensor } from '../tensor/checks.ts';
import { type Dtype, emptyLike, full, show, type Tensor, zeros } from '../tensor/tensor.ts';
import { channelProducts, channelSquares, channelSums, channelsOf } from './channels.ts';
import { checkDOut, checkKept, checkUnchanged, versionsOf } from './checks.ts';
import type { Layer } from './layer.ts';
import { Parameter } from './parameter.ts';
import { addUnlessFrozen } from './standardise.ts';

export interface BatchNormOptions {
  readonly numFeatures: number;
  /** Added to the variance, so that a constant channel does not divide by zero. */
  readonly eps?: number;
  /** The share of each new batch in the running statistics. */
  readonly momentum?: number;
  readonly dtype?: Dtype;
}

/**
 * What BatchNorm1d and BatchNorm2d have in common: each channel is shifted and scaled to mean 0 and variance 1
 * over the batch (in evaluation mode: with the running statistics), then to a scale γ = weight and a shift
 * β = bias that are learnt.
 *
 * x, out [N, C, …]; weight, bias, runningMean, runningVar [C]. M below is the count of values in one channel.
 * All sums are in double precision. Derivation: derivations/12-batch-norm.md
 */
export class BatchNorm implements Layer {
  readonly weight: Parameter;
  readonly bias: Parameter;
  readonly parameters: readonly Parameter[];
  readonly runningMean: Tensor;
  readonly runningVar: Tensor;
  readonly buffers;
  readonly numFeatures: number;
  readonly eps: number;
  readonly momentum: number;
  readonly dtype: Dtype;
  training = true;

  /** Kept by forward for backward: the normalised x, 1/√(var + eps) of each channel, and the mode forward ran in. */
  private xHat: Tensor | undefined;
  private inverseDeviation: Float64Array = new Float64Array(0);
  private ranInTraining = true;
  private versions: readonly number[] = [];

  private readonly layer: string;
  private readonly ranks: readonly number[];

  constructor(layer: string, ranks: readonly number[], options: BatchNormOptions) {
    checkOptions(layer, options, ['numFeatures', 'eps', 'momentum', 'dtype']);
    const { numFeatures, eps = 1e-5, momentum = 0.1, dtype = 'float32' } = options;
    checkCount(layer, 'numFeatures', numFeatures);
    if (!Number.isFinite(eps) || eps < 0)
      throw new RangeError(`${layer}: eps must be a number from 0, such as 1e-5, not ${eps}`);
    if (!Number.isFinite(momentum) || momentum < 0 || momentum > 1) {
      throw new RangeError(`${layer}: momentum must be between 0 and 1, not ${momentum}`);
    }
    this.layer = layer;
    this.ranks = ranks;
    this.numFeatures = numFeatures;
    this.eps = eps;
    this.momentum = momentum;
    this.dtype = dtype;
    this.weight = new Parameter('weight', full([numFeatures], 1, dtype));
    this.bias = new Parameter('bias', zeros([numFeatures], dtype));
    this.parameters = [this.weight, this.bias];
    this.runningMean = zeros([numFeatures], dtype);
    this.runningVar = full([numFeatures], 1, dtype);
    this.buffers = [
      { name: 'running_mean', value: this.runningMean },
      { name: 'running_var', value: this.runningVar },
    ];
  }

  /** x [N, C, …] → out, the same shape. In training mode the running statistics move towards this batch's. */
  forward(x: Tensor): Tensor {
    x = this.checkX(x);
    const [mean, variance] = this.training ? this.batchStatistics(x) : [this.runningMean.data, this.runningVar.data];
    const inverseDeviation = Float64Array.from(variance, (v) => 1 / Math.sqrt(v + this.eps));
    const [gamma, beta] = [this.weight.value.data, this.bias.value.data];
    const [xHat, out] = this.normalise(x, { mean, inverseDeviation, gamma, beta });
    this.xHat = xHat;
    this.inverseDeviation = inverseDeviation;
    this.ranInTraining = this.training;
    this.versions = versionsOf(this.parameters);
    return out;
  }

  /** x [N, C, …] → [x̂, out]. */
  private normalise(x: Tensor, norms: ChannelNorms): readonly [Tensor, Tensor] {
    // In float32 the fast kernels have this loop too. Here it runs in float64, and with useKernels('loops').
    const fast = fastLoopsFor(x);
    if (fast) return fast.batchNorm(x, norms);

    const { mean, inverseDeviation, gamma, beta } = norms;
    const xHat = emptyLike(x);
    const out = emptyLike(x);
    const channelOf = channelsOf(x);
    for (let i = 0; i < x.data.length; i++) {
      const c = channelOf(i);
      // x̂[i] = (x[i] − mean) / √(var + eps)                                                             (bn.3)
      const normalised = (x.data[i] - mean[c]) * inverseDeviation[c];
      xHat.data[i] = normalised;
      // out[i] = γ · x̂[i] + β                                                                          (bn.4)
      out.data[i] = gamma[c] * normalised + beta[c];
    }
    return [xHat, out];
  }

  /** dOut: dL/dout. Returns dL/dx, both shaped like x; adds dL/dγ and dL/dβ to the gradients of weight and bias. */
  backward(dOut: Tensor): Tensor {
    const xHat = checkKept(this.layer, this.xHat);
    dOut = checkDOut(this.layer, dOut, xHat.shape, this.dtype);
    checkUnchanged(this.layer, this.parameters, this.versions);
    this.xHat = undefined;

    // dγ = Σ i  dOut[i] · x̂[i]                                                                      (bn.6)
    const dGamma = channelProducts(dOut, xHat);
    // dβ = Σ i  dOut[i]                                                                             (bn.7)
    const dBeta = channelSums(dOut);
    addUnlessFrozen(this.weight, dGamma);
    addUnlessFrozen(this.bias, dBeta);

    const M = xHat.data.length / this.numFeatures;
    // In training the mean and the variance depend on x too. They take out of dOut what a shift (dβ) and a scaling
    // (x̂ · dγ) of the channel would do, since neither can change out (but for eps). Running statistics are constants.
    const shiftShare = dBeta.map((d) => (this.ranInTraining ? d / M : 0));
    const scaleShare = dGamma.map((d) => (this.ranInTraining ? d / M : 0));
    const gamma = this.weight.value.data;
    const scale = this.inverseDeviation.map((inverse, c) => gamma[c] * inverse);
    return this.normaliseBackward(dOut, xHat, { scale, shiftShare, scaleShare });
  }

  /** dOut and x̂ [N, C, …] → dX. */
  private normaliseBackward(dOut: Tensor, xHat: Tensor, shares: ChannelShares): Tensor {
    const fast = fastLoopsFor(dOut);
    if (fast) return fast.batchNormBackward(dOut, xHat, shares);

    const { scale, shiftShare, scaleShare } = shares;
    const dX = emptyLike(dOut);
    const channelOf = channelsOf(dOut);
    for (let i = 0; i < dOut.data.length; i++) {
      const c = channelOf(i);
      // training:   dX[i] = γ / √(var + eps) · (dOut[i] − dβ/M − x̂[i] · dγ/M)                               (bn.8)
      // evaluation: dX[i] = γ / √(var + eps) · dOut[i]                                                  (bn.9)
      dX.data[i] = scale[c] * (dOut.data[i] - shiftShare[c] - xHat.data[i] * scaleShare[c]);
    }
    return dX;
  }

  /** The mean and the (biased) variance of every channel of x; moves the running statistics towards them. */
  private batchStatistics(x: Tensor): [Float64Array, Float64Array] {
    const M = x.data.length / this.numFeatures;
    if (M < 2) {
      throw new RangeError(
        `${this.layer}: in training mode each channel needs more than one value, but x is ${show(x.shape)}; ` +
          'use a larger batch, or evaluation mode (training = false)',
      );
    }
    // mean = 1/M · Σ i  x[i]                                                                        (bn.1)
    const mean = channelSums(x).map((sum) => sum / M);
    // var = 1/M · Σ i  (x[i] − mean)²                                                                (bn.2)
    const squares = channelSquares(x, mean);
    const variance = squares.map((sum) => sum / M);

    for (let c = 0; c < this.numFeatures; c++) {
      // running += momentum · (batch − running), with the unbiased variance, 1/(M − 1)                  (bn.5)
      this.runningMean.data[c] += this.momentum * (mean[c] - this.runningMean.data[c]);
      this.runningVar.data[c] += this.momentum * (squares[c] / (M - 1) - this.runningVar.data[c]);
    }
    return [mean, variance];
  }

  private checkX(x: Tensor): Tensor {
    const checked = checkTensor(this.layer, 'x', x, this.dtype);
    if (!this.ranks.includes(checked.shape.length) || checked.shape[1] !== this.numFeatures) {
      const accepted = this.ranks
        .map((rank) =>
          show(rank === 3 ? ['N', this.numFeatures, 'L'] : ['N', this.numFeatures, 'H', 'W'].slice(0, rank)),
        )
        .join(' or ');
      throw new RangeError(`${this.layer}: x must be ${accepted}, but x is ${show(x.shape)}`);
    }
    return checked;
  }
}
