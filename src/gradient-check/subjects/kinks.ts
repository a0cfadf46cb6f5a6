import type { Layer } from '../../layers/layer.ts';
import { LeakyReLU } from '../../layers/leaky-relu.ts';
import { MaxPool2d } from '../../layers/max-pool2d.ts';
import { ReLU } from '../../layers/relu.ts';
import { Sequential } from '../../layers/sequential.ts';
import { copy, full, type Tensor } from '../../tensor/tensor.ts';
import { keepState } from '../forward-state.ts';

/** Several times as far as the check's steps of 1e-5 move anything inside a network. */
const MARGIN = 5e-5;

/**
 * Draws inputs until there is one that brings nothing inside the network near a kink, where a centred difference
 * measures a mean of two slopes. With tens of thousands of rectifiers that can take some draws.
 */
export function awayFromKinks(network: Sequential, draw: () => Tensor, labels?: Tensor): Tensor {
  const restoreState = keepState(network);
  for (let draws = 0; draws < 1000; draws++) {
    const x = draw();
    const distance = distanceToKink(network, x, labels);
    restoreState();
    if (distance > MARGIN) return x;
  }
  throw new Error('awayFromKinks: a thousand inputs were all near a kink; check a smaller network or fewer images');
}

function distanceToKink(network: Sequential, x: Tensor, labels: Tensor | undefined): number {
  let nearest = Infinity;
  for (const layer of network.layers) {
    nearest = Math.min(
      nearest,
      layer instanceof Sequential ? distanceToKink(layer, x, labels) : distanceInside(layer, x),
    );
    x = layer.forward(x, labels);
  }
  return nearest;
}

function distanceInside(layer: Layer, x: Tensor): number {
  if (layer instanceof ReLU || layer instanceof LeakyReLU) return least(x.data.map(Math.abs));
  if (layer instanceof MaxPool2d) return leadOfWinners(layer, x);
  return Infinity;
}

/** By how much the largest value of a window leads, at the least. For windows that do not overlap. */
function leadOfWinners(pool: MaxPool2d, x: Tensor): number {
  const largest = pool.forward(x);
  const winners = pool.backward(full(largest.shape, 1, 'float64'));
  const rest = copy(x);
  for (let i = 0; i < rest.data.length; i++) if (winners.data[i] > 0) rest.data[i] = -Infinity;
  const second = pool.forward(rest);
  // Where a rectifier made two of them 0 it does not matter which one wins.
  return least(largest.data.map((value, i) => value - second.data[i]).filter((lead) => lead > 0));
}

function least(values: Iterable<number>): number {
  let least = Infinity;
  for (const value of values) least = Math.min(least, value);
  return least;
}
