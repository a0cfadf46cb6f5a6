import type { Layer } from '../layers/layer.ts';

/** The modes of all layers inside, for restoreModes: one flag for the whole network would forget which differ. */
export function modesOf(layer: Layer): readonly boolean[] {
  return layer.layers ? layer.layers.flatMap(modesOf) : [layer.training];
}

export function restoreModes(layer: Layer, modes: readonly boolean[]): void {
  const left = [...modes];
  const restore = (each: Layer): void => {
    if (each.layers) each.layers.forEach(restore);
    else each.training = left.shift() ?? each.training;
  };
  restore(layer);
}
