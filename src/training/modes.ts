import { type Layer, leavesOf } from '../layers/layer.ts';

/** The modes of all layers inside, for restoreModes: one flag for the whole network would forget which differ. */
export function modesOf(layer: Layer): readonly boolean[] {
  return leavesOf(layer).map(({ training }) => training);
}

export function restoreModes(layer: Layer, modes: readonly boolean[]): void {
  for (const [index, leaf] of leavesOf(layer).entries()) leaf.training = modes[index];
}
