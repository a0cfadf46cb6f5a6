import type { Layer } from '../layers/layer.ts';
import { Sequential } from '../layers/sequential.ts';

export interface NamedLayer {
  /** As in PyTorch: '4', and '4.path' for the layer inside a Residual; '' for the model itself. */
  readonly name: string;
  readonly layer: Layer;
}

/**
 * Every layer that computes something, in the order of forward, a layer before those inside it: all but Sequentials,
 * which only walk over theirs.
 */
export function namedLayers(model: Layer, name = ''): readonly NamedLayer[] {
  const inside = (model.layers ?? []).flatMap((layer, index) => {
    // As PyTorch names it: after the field that holds it, and where there is none, after its place.
    const [field = String(index)] = Object.entries(model).find(([, value]) => value === layer) ?? [];
    return namedLayers(layer, name === '' ? field : `${name}.${field}`);
  });
  return model instanceof Sequential ? inside : [{ name, layer: model }, ...inside];
}
