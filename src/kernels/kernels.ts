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
  readonly addTo?: Tensor;
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

/**
 * The four sums in which all the time goes. Every implementation computes the same numbers up to
 * rounding; `loops` is the one to read.
 *
 * Kernels take dense tensors (the layers have made them so) and write to nothing but what they add to, and what Adam
 * updates. They throw where shapes or dtypes do not fit.
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

  /**
   * The loop of src/optimizers/adam.ts, where the kernels have it: several weights at a time, in the weights' dtype. In
   * float32, as in PyTorch, the mean of squares below 1e-45 is 0, and with eps = 0 the step then no number.
   */
  readonly adam?: AdamUpdate;
}
