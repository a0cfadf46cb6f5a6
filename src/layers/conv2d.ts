import { kernels } from '../kernels/index.ts';
import type { ConvGeometry, Pair } from '../kernels/kernels.ts';
import { type Dtype, show, type Tensor, zeros } from '../tensor/tensor.ts';
import { addChannelSums, addPerChannel } from './channels.ts';
import { checkDOut, checkKept, checkUnchanged, versionsOf } from './checks.ts';
import { type Conv2dOptions, checkImages, convSettings, eachAxis } from './geometry.ts';
import { uniformByFanIn } from './initialisers.ts';
import type { Layer } from './layer.ts';
import { Parameter } from './parameter.ts';

/**
 * Convolution, which as everywhere in deep learning is a cross-correlation: the kernel is not flipped.
 *
 * x [N, inChannels, H, W], weight [outChannels, inChannels, kH, kW], bias [outChannels],
 * out [N, outChannels, outH, outW]. Derivation: derivations/09-convolution.md
 */
export class Conv2d implements Layer {
  readonly weight: Parameter;
  readonly bias: Parameter | undefined;
  readonly parameters: readonly Parameter[];
  readonly buffers = [];
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: Pair;
  readonly geometry: ConvGeometry;
  readonly dtype: Dtype;
  training = true;

  /** Kept by forward for backward. */
  private x: Tensor | undefined;
  private versions: readonly number[] = [];

  constructor(options: Conv2dOptions) {
    const { kernelSize, geometry, bias, dtype, random } = convSettings('Conv2d', options);
    const { inChannels, outChannels } = options;
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = kernelSize;
    this.geometry = geometry;
    this.dtype = dtype;
    this.weight = new Parameter('weight', zeros([outChannels, inChannels, ...this.kernelSize], dtype));
    this.bias = bias ? new Parameter('bias', zeros([outChannels], dtype)) : undefined;
    this.parameters = this.bias ? [this.weight, this.bias] : [this.weight];
    uniformByFanIn(this.weight, this.bias, random);
  }

  /** x [N, inChannels, H, W] → out [N, outChannels, outH, outW]. Throws where x does not fit the layer. */
  forward(x: Tensor): Tensor {
    x = checkImages('Conv2d', x, this.inChannels, this.dtype);
    // out[n, o, i, j] = Σ c,k,l  x[n, c, h, w] · W[o, c, k, l] + b[o]                                (conv.2)
    const out = kernels.correlate(x, this.weight.value, this.geometry, this.outputSize(x));
    if (this.bias) addPerChannel(out, this.bias.value);

    this.x = x;
    this.versions = versionsOf(this.parameters);
    return out;
  }

  /** dOut: dL/dout [N, outChannels, outH, outW]. Returns dL/dx, shaped like x; adds dL/dW and dL/db. */
  backward(dOut: Tensor): Tensor {
    const x = checkKept('Conv2d', this.x);
    const [N, , H, W] = x.shape;
    dOut = checkDOut('Conv2d', dOut, [N, this.outChannels, ...this.outputSize(x)], this.dtype);
    checkUnchanged('Conv2d', this.parameters, this.versions);
    this.x = undefined;

    if (!this.weight.frozen) {
      // dW[o, c, k, l] += Σ n,i,j  x[n, c, h, w] · dOut[n, o, i, j]                                 (conv.3)
      kernels.addWeightGradient(this.weight.gradient, x, dOut, this.geometry);
    }
    if (this.bias && !this.bias.frozen) {
      // db[o] += Σ n,i,j  dOut[n, o, i, j]                                                         (conv.5)
      addChannelSums(this.bias.gradient, dOut);
    }
    // dX[n, c, h, w] = Σ o,k,l  dOut[n, o, i, j] · W[o, c, k, l]                                    (conv.4)
    return kernels.correlateAdjoint(dOut, this.weight.value, this.geometry, [H, W]);
  }

  /** How many places the kernel has on x: [outH, outW]. */
  private outputSize(x: Tensor): Pair {
    const { stride, padding, dilation } = this.geometry;
    const size = eachAxis((axis) => {
      const reach = dilation[axis] * (this.kernelSize[axis] - 1) + 1;
      // outH = ⌊(H + 2 · padding − dilation · (kH − 1) − 1) / stride⌋ + 1                            (conv.1)
      return Math.floor((x.shape[2 + axis] + 2 * padding[axis] - reach) / stride[axis]) + 1;
    });
    if (Math.min(...size) < 1) {
      throw new RangeError(
        `Conv2d: the kernel ${show(this.kernelSize)} with dilation ${show(dilation)} is larger than the image ` +
          `with its padding ${show(padding)} (x is ${show(x.shape)}); add padding or use a smaller kernel`,
      );
    }
    return size;
  }
}
