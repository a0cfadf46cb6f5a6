import type { Layer } from '../../layers/layer.ts';
import type { Random } from '../../tensor/random.ts';
import type { Shape, Tensor } from '../../tensor/tensor.ts';
import { type CheckOptions, checkGradients, type GradientError } from '../check-gradients.ts';
import { spread } from './draw.ts';

/** Something whose gradients are checked, in several configurations. */
export interface Subject {
  /** As it is exported: 'Conv2d', 'convGenerator'; for the GAN's training step the name of the loss. */
  readonly name: string;
  readonly kind: 'layer' | 'loss' | 'model' | 'GAN step';
  /** What all configurations have that do not say otherwise: 'inChannels 2, outChannels 3'. */
  readonly base?: string;
  readonly configurations: readonly Configuration[];
}

export interface Configuration {
  /** What sets it apart from the others: 'kernelSize 3×2, stride 2, x 2×2×5×7'. */
  readonly description: string;
  /** Draws all values and compares all gradients, in float64. */
  readonly check: (random: Random) => readonly GradientError[];
}

/** What sets one configuration of a layer apart: its options, its mode, the shape of its input. */
export interface Settings {
  readonly x: Shape;
  readonly training?: boolean;
}

/** A layer's configuration: what `create` makes is checked at what `inputs` draws. */
export function configuration<Kind extends Layer, Given extends Settings>(
  settings: Given,
  create: (random: Random) => Kind,
  inputs: (random: Random, layer: Kind) => CheckOptions & { readonly x: Tensor } = (random) => ({
    x: spread(random, settings.x),
  }),
): Configuration {
  return {
    description: describe(settings),
    check: (random) => {
      const layer = create(random);
      layer.training = settings.training ?? true;
      const { x, ...options } = inputs(random, layer);
      return checkGradients(layer, x, { random, ...options });
    },
  };
}

/** Settings as one reads them: 'kernelSize 3×2, bias false, x 2×2×5×7'. */
export function describe(settings: object): string {
  return Object.entries(settings)
    .map(([name, value]) => {
      if (name === 'training') return value ? 'training' : 'evaluation';
      return `${name} ${Array.isArray(value) ? value.join('×') : value}`;
    })
    .join(', ');
}
