import type { Tensor } from '../tensor/tensor.ts';
import { checkLayer } from './checks.ts';
import { type Layer, type LayerBuffer, leavesOf } from './layer.ts';
import type { Parameter } from './parameter.ts';

/**
 * Layers one after the other.
 *
 * Parameters and buffers are those of the layers, renamed by the layer's place, as in PyTorch: '0.weight'.
 * Derivation: derivations/01-chain-rule.md
 */
export class Sequential implements Layer {
  readonly layers: readonly Layer[];
  readonly parameters: readonly Parameter[];
  readonly buffers: readonly LayerBuffer[];

  /** Throws where one layer stands at two places: it can keep only one forward's values. */
  constructor(layers: readonly Layer[]) {
    if (!Array.isArray(layers)) throw new TypeError('Sequential: layers must be a list: new Sequential([a, b])');
    for (const [index, layer] of layers.entries()) checkLayer('Sequential', `the entry at ${index}`, layer);
    const leaves = layers.flatMap(leavesOf);
    const twice = leaves.find((layer, index) => leaves.indexOf(layer) !== index);
    if (twice) {
      throw new Error(
        `Sequential: one ${twice.constructor.name} stands at two places; a layer keeps the values of one forward, ` +
          'so make a second layer',
      );
    }
    this.layers = [...layers];
    for (const [index, layer] of layers.entries()) {
      for (const named of [...layer.parameters, ...layer.buffers]) named.name = `${index}.${named.name}`;
    }
    this.parameters = layers.flatMap((layer) => layer.parameters);
    this.buffers = layers.flatMap((layer) => layer.buffers);
  }

  get training(): boolean {
    return this.layers.some((layer) => layer.training);
  }

  set training(training: boolean) {
    for (const layer of this.layers) layer.training = training;
  }

  /** x as the first layer takes it → out as the last layer returns it. Every layer is offered the labels. */
  forward(x: Tensor, labels?: Tensor): Tensor {
    for (const layer of this.layers) x = layer.forward(x, labels);
    return x;
  }

  /** dOut: dL/dout of the last layer. Returns dL/dx of the first: the chain rule, one layer after the other. */
  backward(dOut: Tensor): Tensor {
    for (let l = this.layers.length - 1; l >= 0; l--) {
      // dL/dx[l] = the backward of layer l, applied to dL/dx[l + 1]                                    (chain.1)
      dOut = this.layers[l].backward(dOut);
    }
    return dOut;
  }
}
