import type { Layer } from '../../src/layers/layer.ts';

/**
 * For each layer with parameters the length of dL/dθ, all of its gradients as one long vector. A layer is called after
 * its parameters and what it is: that of '0.weight' is '0 Linear'.
 */
export function gradientNorms(network: Layer): Record<string, number> {
  const names = new Map<string, string>();
  const squares = new Map<string, number>();
  for (const parameter of network.parameters) {
    const place = parameter.name.split('.').slice(0, -1).join('.');
    if (!names.has(place)) {
      const layer = innermost(network, (layer) => layer.parameters.includes(parameter));
      names.set(place, `${place} ${layer.constructor.name}`.trimStart());
    }
    const { data } = parameter.gradient;
    let sum = 0;
    for (let i = 0; i < data.length; i++) sum += data[i] * data[i];
    squares.set(place, (squares.get(place) ?? 0) + sum);
  }
  return Object.fromEntries([...squares].map(([place, sum]) => [names.get(place), Math.sqrt(sum)]));
}

/** The layer farthest inside of which `fits` is true; `layer` where there is none inside. */
function innermost(layer: Layer, fits: (layer: Layer) => boolean): Layer {
  const inside = layer.layers?.find(fits);
  return inside ? innermost(inside, fits) : layer;
}
