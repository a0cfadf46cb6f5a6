import { type Layer, leavesOf } from '../layers/layer.ts';

/**
 * Notes what a forward of the layer moves: its buffers, and where the random generators stand that it draws from.
 * Returns the function that puts all of it back, as often as it is called.
 */
export function keepState(layer: Layer): () => void {
  const buffers = layer.buffers.map(({ value }) => ({ value, data: value.data.slice() }));
  const generators = leavesOf(layer).flatMap(({ random }) => (random ? [{ random, state: random.state }] : []));
  return () => {
    for (const { value, data } of buffers) value.data.set(data);
    for (const { random, state } of generators) random.state = state;
  };
}
