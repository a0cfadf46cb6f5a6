import { kernels } from '../kernels/index.ts';
import type { ConvGeometry, Pair } from '../kernels/kernels.ts';
import { type Dtype, show, type Tensor, zeros } from '../tensor/tensor.ts';
import { addChannelSums, addPerChannel } from './channels.ts';
import { checkDOut, checkKept, checkUnchanged, versionsOf } from './checks.ts';
import { type Conv2dOptions, checkImages, convSettings, eachAxis, pair } from './geometry.ts';
import { uniformByFanIn } from './initialisers.ts';
import type { Layer } from './layer.ts';
import { Parameter } from './parameter.ts';

export interface ConvTranspose2dOptions extends Conv2dOptions {
  /** Rows and columns added at the bottom and the right, where several image sizes would fit. */
  readonly outputPadding?: number | Pair;
}

/**
 * Transposed convolution: what Conv2d does backward, done forward. Every pixel of x paints the kernel,
 * scaled by its value, onto a larger image.
 *
 * x [N, inChannels, H, W], weight [inChannels, outChannels, kH, kW], bias [outChannels],
 * out [N, outChannels, outH, outW]. Derivation: derivations/10-transposed-convolution.md
 */
export class ConvTranspose2d implements Layer {
  readonly weight: Parameter;
  readonly bias: Parameter | undefined;
  readonly parameters: readonly Parameter[];
  readonly buffers = [];
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: Pair;
  readonly geometry: ConvGeometry;
  readonly outputPadding: Pair;
  readonly dtype: Dtype;
  training = true;

  /** Kept by forward for backward. */
  private x: Tensor | undefined;
  private versions: readonly number[] = [];

  constructor(options: ConvTranspose2dOptions) {
    const { kernelSize, geometry, bias, dtype, random } = convSettings('ConvTranspose2d', options, ['outputPadding']);
    const { inChannels, outChannels } = options;
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = kernelSize;
    this.geometry = geometry;
    this.outputPadding = pair('ConvTranspose2d', 'outputPadding', options.outputPadding ?? 0, 0);
    this.checkOutputPadding();
    this.dtype = dtype;
    this.weight = new Parameter('weight', zeros([inChannels, outChannels, ...this.kernelSize], dtype));
    this.bias = bias ? new Parameter('bias', zeros([outChannels], dtype)) : undefined;
    this.parameters = this.bias ? [this.weight, this.bias] : [this.weight];
    uniformByFanIn(this.weight, this.bias, random);
  }

  /** x [N, inChannels, H, W] → out [N, outChannels, outH, outW]. Throws where x does not fit the layer. */
  forward(x: Tensor): Tensor {
    x = checkImages('ConvTranspose2d', x, this.inChannels, this.dtype);
    // out[n, o, h, w] = Σ c,k,l  x[n, c, i, j] · W[c, o, k, l] + b[o]                               (convt.2)
    const out = kernels.correlateAdjoint(x, this.weight.value, this.geometry, this.outputSize(x));
    if (this.bias) addPerChannel(out, this.bias.value);

    this.x = x;
    this.versions = versionsOf(this.parameters);
    return out;
  }

  /** dOut: dL/dout [N, outChannels, outH, outW]. Returns dL/dx, shaped like x; adds dL/dW and dL/db. */
  backward(dOut: Tensor): Tensor {
    const x = checkKept('ConvTranspose2d', this.x);
    const [N, , H, W] = x.shape;
    dOut = checkDOut('ConvTranspose2d', dOut, [N, this.outChannels, ...this.outputSize(x)], this.dtype);
    checkUnchanged('ConvTranspose2d', this.parameters, this.versions);
    this.x = undefined;

    if (!this.weight.frozen) {
      // dW[c, o, k, l] += Σ n,i,j  dOut[n, o, h, w] · x[n, c, i, j]: dOut is the image here           (convt.4)
      kernels.addWeightGradient(this.weight.gradient, dOut, x, this.geometry);
    }
    if (this.bias && !this.bias.frozen) {
      // db[o] += Σ n,h,w  dOut[n, o, h, w]                                                         (convt.5)
      addChannelSums(this.bias.gradient, dOut);
    }
    // dX[n, c, i, j] = Σ o,k,l  dOut[n, o, h, w] · W[c, o, k, l]                                   (convt.3)
    return kernels.correlate(dOut, this.weight.value, this.geometry, [H, W]);
  }

  /** The image that x is painted onto: [outH, outW]. */
  private outputSize(x: Tensor): Pair {
    const { stride, padding, dilation } = this.geometry;
    const size = eachAxis((axis) => {
      const reach = dilation[axis] * (this.kernelSize[axis] - 1) + 1;
      // outH = (H − 1) · stride − 2 · padding + dilation · (kH − 1) + 1 + outputPadding              (convt.1)
      return (x.shape[2 + axis] - 1) * stride[axis] - 2 * padding[axis] + reach + this.outputPadding[axis];
    });
    if (Math.min(...size) < 1) {
      throw new RangeError(
        `ConvTranspose2d: padding ${show(padding)} crops the whole image away (x is ${show(x.shape)}, ` +
          `the kernel ${show(this.kernelSize)}); use less padding`,
      );
    }
    return size;
  }

  private checkOutputPadding(): void {
    const { stride, dilation } = this.geometry;
    for (const axis of [0, 1] as const) {
      if (this.outputPadding[axis] >= Math.max(stride[axis], dilation[axis])) {
        throw new RangeError(
          `ConvTranspose2d: outputPadding ${show(this.outputPadding)} must be smaller than the stride ` +
            `${show(stride)} or the dilation ${show(dilation)}`,
        );
      }
    }
  }
}
