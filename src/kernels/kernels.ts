import type { Tensor } from '../tensor/tensor.ts';

/** [height, width]. */
export type Pair = readonly [number, number];

/**
 * Where a convolution's kernel stands on the image. For output pixel (i, j), tap (k, l) of the kernel
 * lies on the image at
 *
 *   row    h = i · stride[0] − padding[0] + k · dilation[0]
 *   column w = j · stride[1] − padding[1] + l · dilation[1]
 *
 * and taps outside the image count as zero.
 */
export interface ConvGeometry {
  readonly stride: Pair;
  readonly padding: Pair;
  readonly dilation: Pair;
}

export interface MatmulOptions {
  /** Use aᵀ in place of a. */
  readonly transposeA?: boolean;
  /** Use bᵀ in place of b. */
  readonly transposeB?: boolean;
  /** Add the product to this tensor, which is returned, instead of to a new one of zeros. */
  readonly addTo?: Tensor | undefined;
}

/** What Adam knows of the weights of one parameter: themselves, their gradients, and its two running means. */
export interface AdamWeights {
  readonly theta: Tensor;
  readonly gradient: Tensor;
  readonly mean: Tensor;
  readonly square: Tensor;
}

export interface AdamSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weightDecay: number;
  /** learningRate / (1 − β₁ᵗ) */
  readonly stepSize: number;
  /** 1 / √(1 − β₂ᵗ) */
  readonly rootCorrection: number;
}

/** One step of Adam, which writes theta, mean and square. */
export type AdamUpdate = (weights: AdamWeights, settings: AdamSettings) => void;

/** What batch norm does to each channel: one number for each of C channels. */
export interface ChannelNorms {
  readonly mean: ArrayLike<number>;
  /** 1/√(var + eps) */
  readonly inverseDeviation: ArrayLike<number>;
  /** γ */
  readonly gamma: ArrayLike<number>;
  /** β */
  readonly beta: ArrayLike<number>;
}

/** What its backward does to each channel. */
export interface ChannelShares {
  /** γ/√(var + eps) */
  readonly scale: ArrayLike<number>;
  /** dβ/M */
  readonly shiftShare: ArrayLike<number>;
  /** dγ/M */
  readonly scaleShare: ArrayLike<number>;
}

/**
 * Loops of layers and of Adam for float32, several entries at a time: what the loop in the layer's file says, up to
 * rounding. Tensors are dense, as the layers have made them, and float32.
 */
export interface FastLoops {
  /** Both loops of src/layers/relu.ts, forward with d = x and backward with d = dOut: d, but 0 where x ≤ 0. */
  relu(x: Tensor, d: Tensor): Tensor;

  /** Both loops of src/layers/leaky-relu.ts: d where x > 0, negativeSlope · d elsewhere. */
  leakyRelu(x: Tensor, d: Tensor, negativeSlope: number): Tensor;

  /** The loop of forward in src/layers/tanh.ts. */
  tanh(x: Tensor): Tensor;

  /** Of src/layers/channels.ts: out[n, c, …] += b[c]. */
  addPerChannel(out: Tensor, b: Tensor): void;

  /** Of the same: the sum over every channel of x [N, C, …], in double precision. */
  channelSums(x: Tensor): Float64Array;

  /** Of the same: the sum over every channel of (a − mean) · (b − mean), with the channel's mean, or with 0. */
  channelProducts(a: Tensor, b: Tensor, mean?: ArrayLike<number>): Float64Array;

  /** The loop of forward in src/layers/batch-norm.ts, in double precision: x [N, C, …] → x̂ and out. */
  batchNorm(x: Tensor, norms: ChannelNorms): readonly [xHat: Tensor, out: Tensor];

  /** And the one of backward: dOut and x̂ [N, C, …] → dX. */
  batchNormBackward(dOut: Tensor, xHat: Tensor, shares: ChannelShares): Tensor;

  /**
   * The loop of src/optimizers/adam.ts. The mean of squares below 1e-45 is 0, as in PyTorch, and with eps = 0 the step
   * then no number.
   */
  adam: AdamUpdate;
}

/**
 * The four sums in which most of the time goes. Every implementation computes the same numbers up to
 * rounding; `loops` is the one to read.
 *
 * Kernels take dense tensors (the layers have made them so) and write to nothing but what they add to. They throw where
 * shapes or dtypes do not fit.
 */
export interface Kernels {
  readonly name: string;

  /** a [M, K] · b [K, N] → [M, N]. A transposed operand is stored the other way round: a as [K, M], b as [N, K]. */
  matmul(a: Tensor, b: Tensor, options?: MatmulOptions): Tensor;

  /**
   * Cross-correlation of x [N, C, H, W] with weight [O, C, kH, kW] → out [N, O, outH, outW], with
   * [outH, outW] = outputSize:
   *
   *   out[n, o, i, j] = Σ c,k,l  x[n, c, h, w] · weight[o, c, k, l]
   */
  correlate(x: Tensor, weight: Tensor, geometry: ConvGeometry, outputSize: Pair): Tensor;

  /**
   * Its adjoint: each out[n, o, i, j] goes back to the pixels it was summed from. dOut [N, O, outH, outW]
   * and weight [O, C, kH, kW] → dX [N, C, H, W], with [H, W] = imageSize:
   *
   *   dX[n, c, h, w] = Σ dOut[n, o, i, j] · weight[o, c, k, l]   over all o, i, j, k, l that meet at (h, w)
   */
  correlateAdjoint(dOut: Tensor, weight: Tensor, geometry: ConvGeometry, imageSize: Pair): Tensor;

  /**
   * Cross-correlation of x [N, C, H, W] with dOut [N, O, outH, outW], added to dWeight [O, C, kH, kW]:
   *
   *   dWeight[o, c, k, l] += Σ n,i,j  x[n, c, h, w] · dOut[n, o, i, j]
   */
  addWeightGradient(dWeight: Tensor, x: Tensor, dOut: Tensor, geometry: ConvGeometry): void;

  /** What the fast kernels have besides; `loops` do not, and every layer computes in its own loop. */
  readonly fastLoops?: FastLoops;
}
