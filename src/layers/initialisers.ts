import { checkRandom } from '../tensor/checks.ts';
import type { Random } from '../tensor/random.ts';
import { dtypeOf, type Shape, show, type Tensor, zerosLike } from '../tensor/tensor.ts';
import { BatchNorm } from './batch-norm.ts';
import { checkLayer } from './checks.ts';
import { Embedding } from './embedding.ts';
import { InstanceNorm2d } from './instance-norm2d.ts';
import { type Layer, leavesOf } from './layer.ts';
import { LayerNorm } from './layer-norm.ts';
import type { Parameter } from './parameter.ts';

/**
 * What Linear and the convolutions start with, as in PyTorch: weight and bias drawn evenly from ±1/√fanIn.
 * The default of every layer. Where these variances come from: derivations/18-optimizers.md
 */
export function uniformByFanIn(weight: Parameter, bias: Parameter | undefined, random: Random): void {
  const bound = 1 / Math.sqrt(fans(weight.value.shape).fanIn);
  for (const parameter of bias ? [weight, bias] : [weight]) {
    set(parameter, random.uniform(parameter.value.shape, -bound, bound, dtypeOf(parameter.value)));
  }
}

/** He (2015), for a weight whose input comes out of a ReLU: normal with variance 2/fanIn. */
export function heNormal(weight: Parameter, random: Random): void {
  const { fanIn } = fans(weight.value.shape);
  set(weight, random.normal(weight.value.shape, 0, Math.sqrt(2 / fanIn), dtypeOf(weight.value)));
}

/** Glorot (2010, "Xavier"), for layers with tanh between them: evenly from ±√(6 / (fanIn + fanOut)). */
export function xavierUniform(weight: Parameter, random: Random): void {
  const { fanIn, fanOut } = fans(weight.value.shape);
  const bound = Math.sqrt(6 / (fanIn + fanOut));
  set(weight, random.uniform(weight.value.shape, -bound, bound, dtypeOf(weight.value)));
}

/**
 * DCGAN's start (Radford 2015) for a whole network: weights normal(0, .02), the weight of a batch, layer or instance
 * norm normal(1, .02), every bias 0. The table of an embedding stays as it is.
 */
export function dcganNormal(network: Layer, random: Random): void {
  checkLayer('dcganNormal', 'network', network);
  checkRandom('dcganNormal', random);
  const leaves = leavesOf(network);
  const norms = leaves.filter(isNorm);
  for (const parameter of network.parameters) {
    if (leaves.some((layer) => layer instanceof Embedding && layer.weight === parameter)) continue;
    const { shape } = parameter.value;
    const mean = norms.some(({ weight }) => weight === parameter) ? 1 : 0;
    if (parameter.name.endsWith('bias')) set(parameter, zerosLike(parameter.value));
    else set(parameter, random.normal(shape, mean, 0.02, dtypeOf(parameter.value)));
  }
}

function isNorm(layer: Layer): layer is BatchNorm | LayerNorm | InstanceNorm2d {
  return layer instanceof BatchNorm || layer instanceof LayerNorm || layer instanceof InstanceNorm2d;
}

/**
 * How many numbers a weight sums over for one output, and spreads one input to. Counted as PyTorch does:
 * from the shape alone, so that a transposed convolution's [in, out, kH, kW] counts the other way round.
 */
function fans(shape: Shape): { fanIn: number; fanOut: number } {
  if (shape.length < 2)
    throw new RangeError(`an initialiser by fan-in takes a weight [out, in, …], not ${show(shape)}`);
  const kernel = shape.slice(2).reduce((product, size) => product * size, 1);
  return { fanIn: shape[1] * kernel, fanOut: shape[0] * kernel };
}

function set(parameter: Parameter, value: Tensor): void {
  parameter.value.data.set(value.data);
  parameter.changed();
}
