import { BatchNorm1d } from '../layers/batch-norm1d.ts';
import { BatchNorm2d } from '../layers/batch-norm2d.ts';
import { ConcatLabels } from '../layers/concat-labels.ts';
import { ConvTranspose2d } from '../layers/conv-transpose2d.ts';
import { Conv2d } from '../layers/conv2d.ts';
import { Dropout } from '../layers/dropout.ts';
import { ELU } from '../layers/elu.ts';
import { Flatten } from '../layers/flatten.ts';
import { GlobalAvgPool2d } from '../layers/global-avg-pool2d.ts';
import type { Layer } from '../layers/layer.ts';
import { LeakyReLU } from '../layers/leaky-relu.ts';
import { Linear } from '../layers/linear.ts';
import { MaxPool2d } from '../layers/max-pool2d.ts';
import type { Parameter } from '../layers/parameter.ts';
import { ReLU } from '../layers/relu.ts';
import { Reshape } from '../layers/reshape.ts';
import { Residual } from '../layers/residual.ts';
import { Sequential } from '../layers/sequential.ts';
import { Sigmoid } from '../layers/sigmoid.ts';
import { SiLU } from '../layers/silu.ts';
import { Softmax } from '../layers/softmax.ts';
import { SpectralNorm } from '../layers/spectral-norm.ts';
import { Tanh } from '../layers/tanh.ts';
import { copy, type Shape, type Tensor } from '../tensor/tensor.ts';
import { OnnxGraph } from './onnx-graph.ts';

/**
 * The network, as it is in evaluation mode, as the bytes of an ONNX file (opset 17): `input` [N, …sample] and, for a
 * conditional network, `labels` [N] of type int64 → `output`.
 *
 * Throws a TypeError for a layer that it does not know, and for a network of dtype float64.
 */
export function toOnnx(network: Layer, sample: Shape): Uint8Array<ArrayBuffer> {
  const graph = new OnnxGraph();
  return graph.toBytes(sample, add(graph, network, 'input'));
}

/** Adds the operators of a layer that is given the tensor called `x`, and returns the name of what it gives. */
function add(graph: OnnxGraph, layer: Layer, x: string): string {
  if (layer instanceof Sequential) return layer.layers.reduce((input, inner) => add(graph, inner, input), x);
  if (layer instanceof Residual) return graph.node('Add', [add(graph, layer.path, x), x]);
  if (layer instanceof Linear) return linear(graph, layer, x);
  if (layer instanceof Conv2d) return convolution(graph, layer, x);
  if (layer instanceof ConvTranspose2d) {
    const inputs = [x, ...weights(graph, layer.weight.value, layer)];
    return graph.node('ConvTranspose', inputs, { ...geometryOf(layer), output_padding: layer.outputPadding });
  }
  if (layer instanceof SpectralNorm) {
    const weight = normalised(layer);
    return layer.layer instanceof Linear
      ? linear(graph, layer.layer, x, weight)
      : convolution(graph, layer.layer, x, weight);
  }
  if (layer instanceof BatchNorm1d || layer instanceof BatchNorm2d) {
    const parameters = [layer.weight, layer.bias].map(({ name, value }) => graph.constant(name, value));
    const statistics = layer.buffers.map(({ name, value }) => graph.constant(name, value));
    return graph.node('BatchNormalization', [x, ...parameters, ...statistics], { epsilon: { float: layer.eps } });
  }
  if (layer instanceof ConcatLabels) {
    const { name, value } = layer.embedding.weight;
    const embedded = graph.node('Gather', [graph.constant(name, value), graph.labelsInput()]);
    return graph.node('Concat', [x, reshape(graph, embedded, layer.shape)], { axis: 1 });
  }
  if (layer instanceof MaxPool2d) {
    const { kernelSize, stride, padding, dilation, ceilMode } = layer.geometry;
    const window = { kernel_shape: kernelSize, strides: stride, pads: [...padding, ...padding], dilations: dilation };
    return graph.node('MaxPool', [x], { ...window, ceil_mode: ceilMode ? 1 : 0 });
  }
  if (layer instanceof GlobalAvgPool2d) return graph.node('GlobalAveragePool', [x]);
  if (layer instanceof Flatten) return graph.node('Flatten', [x]);
  if (layer instanceof Reshape) return reshape(graph, x, layer.shape);
  if (layer instanceof Dropout) return x;
  if (layer instanceof ReLU) return graph.node('Relu', [x]);
  if (layer instanceof LeakyReLU) return graph.node('LeakyRelu', [x], { alpha: { float: layer.negativeSlope } });
  if (layer instanceof ELU) return graph.node('Elu', [x], { alpha: { float: layer.alpha } });
  if (layer instanceof Sigmoid) return graph.node('Sigmoid', [x]);
  if (layer instanceof Tanh) return graph.node('Tanh', [x]);
  if (layer instanceof SiLU) return graph.node('Mul', [x, graph.node('Sigmoid', [x])]);
  if (layer instanceof Softmax) return graph.node('Softmax', [x]);
  throw new TypeError(`toOnnx: there is no operator for ${layer.constructor.name} yet; leave it out, or add it here`);
}

function linear(graph: OnnxGraph, layer: Linear, x: string, weight = layer.weight.value): string {
  return graph.node('Gemm', [x, ...weights(graph, weight, layer)], { transB: 1 });
}

function convolution(graph: OnnxGraph, layer: Conv2d, x: string, weight = layer.weight.value): string {
  return graph.node('Conv', [x, ...weights(graph, weight, layer)], geometryOf(layer));
}

function weights(graph: OnnxGraph, value: Tensor, { weight, bias }: Weighted): string[] {
  const names = [graph.constant(weight.name, value)];
  if (bias) names.push(graph.constant(bias.name, bias.value));
  return names;
}

interface Weighted {
  readonly weight: Parameter;
  readonly bias: Parameter | undefined;
}

function geometryOf({ kernelSize, geometry: { stride, padding, dilation } }: Conv2d | ConvTranspose2d) {
  return { kernel_shape: kernelSize, strides: stride, pads: [...padding, ...padding], dilations: dilation };
}

/** To [N, …shape], whatever N is. */
function reshape(graph: OnnxGraph, x: string, shape: Shape): string {
  return graph.node('Reshape', [x, graph.integers('shape', [-1, ...shape])]);
}

/** The weight that a forward in evaluation mode computes with: W / σ. */
function normalised({ weightOrig, weightU, weightV }: SpectralNorm): Tensor {
  const weight = copy(weightOrig.value);
  const columns = weightV.data.length;
  let sigma = 0;
  for (const [r, u] of weightU.data.entries()) {
    let row = 0;
    for (const [c, v] of weightV.data.entries()) row += weight.data[r * columns + c] * v;
    sigma += u * row;
  }
  for (let i = 0; i < weight.data.length; i++) weight.data[i] /= sigma;
  return weight;
}
