import type { Layer } from '../../layers/layer.ts';
import type { Random } from '../../tensor/random.ts';
import { type Shape, type Tensor, zeros } from '../../tensor/tensor.ts';

/**
 * Numbers from −2 to 2, evenly spread and in random order: none is near 0, where rectifiers have their kink, and no
 * two are near each other, where a maximum has its own.
 */
export function spread(random: Random, shape: Shape): Tensor {
  const t = zeros(shape, 'float64');
  const order = random.permutation(t.data.length);
  for (let i = 0; i < t.data.length; i++) t.data[i] = (4 * (order[i] + 0.25)) / t.data.length - 2;
  return t;
}

/** Whole numbers from 0 to count − 1. */
export function drawClasses(random: Random, shape: Shape, count: number): Tensor {
  const t = zeros(shape, 'float64');
  for (let i = 0; i < t.data.length; i++) t.data[i] = Math.floor(count * random.next());
  return t;
}

/** Random parameters, since a bias of 0 or a scale of 1 would hide mistakes, and random running statistics. */
export function randomise<Kind extends Layer>(layer: Kind, random: Random): Kind {
  for (const { value } of layer.parameters) value.data.set(random.normal(value.shape, 0.3, 1, 'float64').data);
  return settle(layer, random);
}

/** The same for a network that is to keep its first weights: moves its biases, scales and shifts. */
export function disturb<Kind extends Layer>(network: Kind, random: Random): Kind {
  for (const { value } of network.parameters) {
    if (value.shape.length > 1) continue;
    for (let i = 0; i < value.data.length; i++) value.data[i] += random.normal([], 0, 0.3, 'float64').data[0];
  }
  return settle(network, random);
}

/** Running statistics as if it had seen data; parameters that know that they have been written to. */
function settle<Kind extends Layer>(layer: Kind, random: Random): Kind {
  for (const parameter of layer.parameters) parameter.changed();
  for (const { name, value } of layer.buffers) {
    if (name.endsWith('running_mean')) value.data.set(random.uniform(value.shape, -1, 1, 'float64').data);
    if (name.endsWith('running_var')) value.data.set(random.uniform(value.shape, 0.5, 2, 'float64').data);
  }
  return layer;
}
