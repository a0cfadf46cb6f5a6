import { checkCount, checkOptions, checkTensor } from '../tensor/checks.ts';
import { type Dtype, emptyLike, full, show, type Tensor, zeros } from '../tensor/tensor.ts';
import { channelSize, channelSums } from './channels.ts';
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
    const [N, C] = x.shape;
    const size = channelSize(x);
    const xHat = emptyLike(x);
    const out = emptyLike(x);
    const [xData, xHatData, outData] = [x.data, xHat.data, out.data];
    const inverseDeviation = Float64Array.from(variance, (v) => 1 / Math.sqrt(v + this.eps));
    // Image by image, as they lie in memory: the values of one channel lie far apart.
    for (let n = 0; n < N; n++) {
      for (let c = 0; c < C; c++) {
        const mu = mean[c];
        const inverse = inverseDeviation[c];
        const gamma = this.weight.value.data[c];
        const beta = this.bias.value.data[c];
        const start = (n * C + c) * size;
        for (let i = start; i < start + size; i++) {
          // x̂[i] = (x[i] − mean) / √(var + eps)                                                       (bn.3)
          const normalised = (xData[i] - mu) * inverse;
          xHatData[i] = normalised;
          // out[i] = γ · x̂[i] + β                                                                    (bn.4)
          outData[i] = gamma * normalised + beta;
        }
      }
    }
    this.xHat = xHat;
    this.inverseDeviation = inverseDeviation;
    this.ranInTraining = this.training;
    this.versions = versionsOf(this.parameters);
    return out;
  }

  /** dOut: dL/dout. Returns dL/dx, both shaped like x; adds dL/dγ and dL/dβ to the gradients of weight and bias. */
  backward(dOut: Tensor): Tensor {
    const xHat = checkKept(this.layer, this.xHat);
    dOut = checkDOut(this.layer, dOut, xHat.shape, this.dtype);
    checkUnchanged(this.layer, this.parameters, this.versions);
    this.xHat = undefined;

    const [dGamma, dBeta] = this.channelGradients(dOut, xHat);
    addUnlessFrozen(this.weight, dGamma);
    addUnlessFrozen(this.bias, dBeta);

    const [N, C] = xHat.shape;
    const size = channelSize(xHat);
    const M = N * size;
    const dX = emptyLike(xHat);
    const [dOutData, xHatData, dXData] = [dOut.data, xHat.data, dX.data];
    for (let n = 0; n < N; n++) {
      for (let c = 0; c < C; c++) {
        const scale = this.weight.value.data[c] * this.inverseDeviation[c];
        // In training the mean and the variance depend on x too. They take out of dOut what a shift (dβ) and a
        // scaling (x̂ · dγ) of the channel would do, since neither can change out (but for eps). Running statistics
        // are constants.
        const shiftShare = this.ranInTraining ? dBeta[c] / M : 0;
        const scaleShare = this.ranInTraining ? dGamma[c] / M : 0;
        const start = (n * C + c) * size;
        for (let i = start; i < start + size; i++) {
          // training:   dX[i] = γ / √(var + eps) · (dOut[i] − dβ/M − x̂[i] · dγ/M)                         (bn.8)
          // evaluation: dX[i] = γ / √(var + eps) · dOut[i]                                            (bn.9)
          dXData[i] = scale * (dOutData[i] - shiftShare - xHatData[i] * scaleShare);
        }
      }
    }
    return dX;
  }

  /** The mean and the (biased) variance of every channel of x; moves the running statistics towards them. */
  private batchStatistics(x: Tensor): [Float64Array, Float64Array] {
    const [N, C] = x.shape;
    const size = channelSize(x);
    const M = N * size;
    if (M < 2) {
      throw new RangeError(
        `${this.layer}: in training mode each channel needs more than one value, but x is ${show(x.shape)}; ` +
          'use a larger batch, or evaluation mode (training = false)',
      );
    }
    // mean = 1/M · Σ i  x[i]                                                                        (bn.1)
    const mean = channelSums(x).map((sum) => sum / M);

    const xData = x.data;
    const squares = new Float64Array(C);
    for (let n = 0; n < N; n++) {
      for (let c = 0; c < C; c++) {
        const mu = mean[c];
        const start = (n * C + c) * size;
        let sum = squares[c];
        for (let i = start; i < start + size; i++) sum += (xData[i] - mu) ** 2;
        squares[c] = sum;
      }
    }
    // var = 1/M · Σ i  (x[i] − mean)²                                                                (bn.2)
    const variance = squares.map((sum) => sum / M);

    for (let c = 0; c < C; c++) {
      // running += momentum · (batch − running), with the unbiased variance, 1/(M − 1)                  (bn.5)
      this.runningMean.data[c] += this.momentum * (mean[c] - this.runningMean.data[c]);
      this.runningVar.data[c] += this.momentum * (squares[c] / (M - 1) - this.runningVar.data[c]);
    }
    return [mean, variance];
  }

  /** dL/dγ and dL/dβ of every channel. */
  private channelGradients(dOut: Tensor, xHat: Tensor): [Float64Array, Float64Array] {
    const [N, C] = xHat.shape;
    const size = channelSize(xHat);
    const [dOutData, xHatData] = [dOut.data, xHat.data];
    const dGammas = new Float64Array(C);
    const dBetas = new Float64Array(C);
    for (let n = 0; n < N; n++) {
      for (let c = 0; c < C; c++) {
        const start = (n * C + c) * size;
        let dGamma = dGammas[c];
        let dBeta = dBetas[c];
        for (let i = start; i < start + size; i++) {
          const d = dOutData[i];
          // dγ = Σ i  dOut[i] · x̂[i]                                                                 (bn.6)
          dGamma += d * xHatData[i];
          // dβ = Σ i  dOut[i]                                                                        (bn.7)
          dBeta += d;
        }
        dGammas[c] = dGamma;
        dBetas[c] = dBeta;
      }
    }
    return [dGammas, dBetas];
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
