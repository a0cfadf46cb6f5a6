import { checkLayer } from '../layers/checks.ts';
import type { Layer } from '../layers/layer.ts';
import type { Parameter } from '../layers/parameter.ts';
import { checkTensor } from '../tensor/checks.ts';
import { copy, type Dtype, dtypeOf, type Nested, type Tensor, toNested } from '../tensor/tensor.ts';
import { intercept } from './intercept.ts';
import { type NamedLayer, namedLayers } from './named-layers.ts';

/** What flowed where in one backward pass: plain arrays, which JSON.stringify takes as they are. */
export interface BackwardTrace {
  readonly dtype: Dtype;
  /** dL/dout of the model. */
  readonly dOut: Nested;
  /** dL/dx of the model: tensor(trace.dX, trace.dtype) is the dOut of whatever made x. */
  readonly dX: Nested;
  /** In the order in which their backwards began, the last layer first; a layer stands before those inside it. */
  readonly layers: readonly LayerTrace[];
}

/** What one layer was given, handed on, and added. */
export interface LayerTrace {
  /** As in PyTorch: '4', and '4.path' for the layer inside a Residual; '' for the model itself. */
  readonly name: string;
  /** The name of its class: 'Conv2d'. */
  readonly layer: string;
  /** dL/dout of this layer. */
  readonly dOut: Nested;
  /** dL/dx of this layer. */
  readonly dX: Nested;
  readonly parameters: readonly ParameterTrace[];
}

export interface ParameterTrace {
  /** As in PyTorch, '4.weight'; of what the model does not train itself, after the layer: '0.layer.weight'. */
  readonly name: string;
  /**
   * What this backward added to the gradient: all zeros for a frozen parameter. It is the difference of the gradient
   * after and before, and so exact where that was zero before (zeroGradients).
   */
  readonly added: Nested;
}

/**
 * The backward of a model, `model.backward(dOut)`, and a record of it: what came into each layer, what went out of it
 * and what was added to each of its parameters. Needs a forward before it, as every backward does, and leaves the
 * same gradients behind, bit for bit. Layers know nothing of it: without this call there is nothing that costs.
 *
 * A Sequential only walks over its layers and is not listed itself.
 */
export function traceBackward(model: Layer, dOut: Tensor): BackwardTrace {
  checkLayer('traceBackward', 'model', model);
  dOut = checkTensor('traceBackward', 'dOut', dOut);
  const layers: LayerTrace[] = [];
  const trained = new Set(model.parameters);
  const restore = namedLayers(model).map((named) => watch(named, trained, layers));
  try {
    const dX = model.backward(dOut);
    return { dtype: dtypeOf(dOut), dOut: toNested(dOut), dX: toNested(dX), layers };
  } finally {
    for (const putBack of restore) putBack();
  }
}

/** From now on, whenever the layer's backward runs, `layers` gets an entry for it. */
function watch({ name, layer }: NamedLayer, trained: ReadonlySet<Parameter>, layers: LayerTrace[]): () => void {
  const parameters = ownParameters(layer);
  // Inside a SpectralNorm there is a weight that is made anew in every forward and that nobody else knows.
  const names = parameters.map((parameter) => (trained.has(parameter) ? parameter.name : `${name}.${parameter.name}`));
  return intercept(layer, 'backward', (backward, dOut) => {
    const place = layers.length;
    const before = parameters.map(({ gradient }) => copy(gradient));
    // Takes its place in the list before the layers inside it take theirs.
    layers.push({ name, layer: layer.constructor.name, dOut: toNested(dOut), dX: [], parameters: [] });
    const dX = backward(dOut);
    layers[place] = {
      ...layers[place],
      dX: toNested(dX),
      parameters: parameters.map((parameter, p) => ({ name: names[p], added: added(parameter, before[p]) })),
    };
    return dX;
  });
}

/** A layer's parameters without those of the layers inside it. */
function ownParameters({ parameters, layers = [] }: Layer): readonly Parameter[] {
  const others = new Set(layers.flatMap((layer) => layer.parameters));
  return parameters.filter((parameter) => !others.has(parameter));
}

function added({ gradient }: Parameter, before: Tensor): Nested {
  for (let i = 0; i < before.data.length; i++) before.data[i] = gradient.data[i] - before.data[i];
  return toNested(before);
}
