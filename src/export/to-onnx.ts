import { AvgPool2d } from '../layers/avg-pool2d.ts';
import { BatchNorm1d } from '../layers/batch-norm1d.ts';
import { BatchNorm2d } from '../layers/batch-norm2d.ts';
import { checkLayer } from '../layers/checks.ts';
import { ConcatLabels } from '../layers/concat-labels.ts';
import { ConvTranspose2d } from '../layers/conv-transpose2d.ts';
import { Conv2d } from '../layers/conv2d.ts';
import { Dropout } from '../layers/dropout.ts';
import { ELU } from '../layers/elu.ts';
import { Flatten } from '../layers/flatten.ts';
import { GELU } from '../layers/gelu.ts';
import { GlobalAvgPool2d } from '../layers/global-avg-pool2d.ts';
import { InstanceNorm2d } from '../layers/instance-norm2d.ts';
import type { Layer } from '../layers/layer.ts';
import { LayerNorm } from '../layers/layer-norm.ts';
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
import { Softplus } from '../layers/softplus.ts';
import { SpectralNorm } from '../layers/spectral-norm.ts';
import { Tanh } from '../layers/tanh.ts';
import { Upsample } from '../layers/upsample.ts';
import { checkCount } from '../tensor/checks.ts';
import { copy, full, type Shape, type Tensor, tensor, zeros } from '../tensor/tensor.ts';
import { OnnxGraph } from './onnx-graph.ts';

/**
 * The network, as it is in evaluation mode, as the bytes of an ONNX file (opset 17): `input` [N, …sample] and, for a
 * conditional network, `labels` [N] of type int64 → `output`.
 *
 * Throws a TypeError for a layer that it does not know, and for a network of dtype float64.
 */
export function toOnnx(network: Layer, sample: Shape): Uint8Array<ArrayBuffer> {
  checkLayer('toOnnx', 'network', network);
  if (!Array.isArray(sample))
    throw new TypeError('toOnnx: sample must be the shape of one sample, such as [1, 28, 28]');
  for (const size of sample) checkCount('toOnnx', 'each size of sample', size);
  const graph = new OnnxGraph();
  const result = add(graph, network, 'input');
  return graph.toBytes(sample, result, rankAfter(network, 1 + sample.length));
}

/** How many axes the layer's output has, where its input has `rank`. */
function rankAfter(layer: Layer, rank: number): number {
  if (layer instanceof Sequential) return layer.layers.reduce((before, inner) => rankAfter(inner, before), rank);
  if (layer instanceof Flatten) return 2;
  return layer instanceof Reshape ? 1 + layer.shape.length : rank;
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
  if (layer instanceof LayerNorm) {
    const { normalizedShape: shape, weight, bias } = layer;
    const inputs = [x, graph.constant('weight', weight?.value ?? full(shape, 1))];
    if (bias) inputs.push(graph.constant(bias.name, bias.value));
    return graph.node('LayerNormalization', inputs, { axis: -shape.length, epsilon: { float: layer.eps } });
  }
  if (layer instanceof InstanceNorm2d) {
    const { numFeatures: C, weight, bias } = layer;
    const values = [
      graph.constant('weight', weight?.value ?? full([C], 1)),
      graph.constant('bias', bias?.value ?? zeros([C])),
    ];
    return graph.node('InstanceNormalization', [x, ...values], { epsilon: { float: layer.eps } });
  }
  if (layer instanceof ConcatLabels) {
    const { name, value } = layer.embedding.weight;
    const embedded = graph.node('Gather', [graph.constant(name, value), graph.labelsInput()]);
    return graph.node('Concat', [x, reshape(graph, embedded, layer.shape)], { axis: 1 });
  }
  if (layer instanceof MaxPool2d) {
    return graph.node('MaxPool', [x], { ...windowOf(layer), dilations: layer.geometry.dilation });
  }
  if (layer instanceof AvgPool2d) {
    const padded = layer.countIncludePad && layer.geometry.padding.some((size) => size > 0);
    if (padded && layer.geometry.ceilMode) {
      throw new TypeError(
        'toOnnx: an AvgPool2d with ceilMode that counts its padding means another thing in ONNX; use countIncludePad: false',
      );
    }
    return graph.node('AveragePool', [x], { ...windowOf(layer), count_include_pad: padded ? 1 : 0 });
  }
  if (layer instanceof Upsample) {
    const scales = graph.constant('scales', tensor([1, 1, ...layer.scaleFactor]));
    const nearest = { mode: 'nearest', nearest_mode: 'floor', coordinate_transformation_mode: 'asymmetric' };
    // The region of interest is left out.
    return graph.node('Resize', [x, '', scales], nearest);
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
  if (layer instanceof Softplus) {
    const [beta, threshold] = [layer.beta, layer.threshold].map((value) => graph.constant('number', tensor(value)));
    const scaled = graph.node('Mul', [x, beta]);
    const smooth = graph.node('Div', [graph.node('Softplus', [scaled]), beta]);
    return graph.node('Where', [graph.node('Greater', [scaled, threshold]), x, smooth]);
  }
  if (layer instanceof GELU) {
    // Φ(x) = (1 + erf(x / √2)) / 2
    const number = (value: number) => graph.constant('number', tensor(value));
    const erf = graph.node('Erf', [graph.node('Mul', [x, number(Math.SQRT1_2)])]);
    const twice = graph.node('Add', [erf, number(1)]);
    return graph.node('Mul', [x, graph.node('Mul', [twice, number(0.5)])]);
  }
  if (layer instanceof Softmax) return graph.node('Softmax', [x]);
  throw new TypeError(`toOnnx: ${layer.constructor.name} cannot be exported; toSafetensors writes its parameters`);
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

function windowOf({ geometry: { kernelSize, stride, padding, ceilMode } }: MaxPool2d | AvgPool2d) {
  return { kernel_shape: kernelSize, strides: stride, pads: [...padding, ...padding], ceil_mode: ceilMode ? 1 : 0 };
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
