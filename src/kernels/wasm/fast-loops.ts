import type { FastLoops } from '../kernels.ts';
import { activationsIn } from './activations.ts';
import { adamIn } from './adam.ts';
import { channelsIn } from './channels.ts';
import type { Instance } from './module.ts';

/** The loops of layers and of Adam, computed in this instance's memory. */
export function fastLoopsIn(instance: Instance): FastLoops {
  return { ...activationsIn(instance), ...channelsIn(instance), adam: adamIn(instance) };
}
