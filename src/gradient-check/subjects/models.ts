import type { Sequential } from '../../layers/sequential.ts';
import { cnn } from '../../models/cnn.ts';
import { conditionalDiscriminator, conditionalGenerator } from '../../models/conditional-gan.ts';
import { convCritic, spectralCritic } from '../../models/critics.ts';
import { convDiscriminator, convGenerator } from '../../models/gan.ts';
import { mlpDiscriminator, mlpGenerator } from '../../models/gan-mlp.ts';
import { mlp } from '../../models/mlp.ts';
import { perceptron } from '../../models/perceptron.ts';
import type { Random } from '../../tensor/random.ts';
import type { Shape } from '../../tensor/tensor.ts';
import { disturb, drawClasses } from './draw.ts';
import { awayFromKinks } from './kinks.ts';
import { type Configuration, configuration, type Settings, type Subject } from './subject.ts';

/** So many entries of each tensor are moved: with all of them it would take hours. */
const ENTRIES = 40;

const images: Shape = [2, 1, 28, 28];
const noise: Shape = [2, 6];
const latentSize = noise[1];

/** The networks that are trained from the command line. */
export const models: readonly Subject[] = [
  of('perceptron', [network({ x: images }, perceptron)]),
  of('mlp', [network({ x: images }, mlp)]),
  of('cnn', [network({ x: images }, cnn)]),
  of('mlpGenerator', [network({ x: noise }, (shared) => mlpGenerator({ latentSize, ...shared }))]),
  of('mlpDiscriminator', [
    network({ output: 'probability', x: images }, (shared) => mlpDiscriminator({ output: 'probability', ...shared })),
    network({ output: 'two-logits', x: images }, (shared) => mlpDiscriminator({ output: 'two-logits', ...shared })),
  ]),
  of('convGenerator', [
    network({ x: noise }, (shared) => convGenerator({ latentSize, ...shared })),
    network({ training: false, x: noise }, (shared) => convGenerator({ latentSize, ...shared })),
  ]),
  of('convDiscriminator', [
    network({ output: 'probability', x: images }, (shared) => convDiscriminator({ output: 'probability', ...shared })),
    network({ output: 'two-logits', x: images }, (shared) => convDiscriminator({ output: 'two-logits', ...shared })),
    network({ training: false, x: images }, (shared) => convDiscriminator({ output: 'probability', ...shared })),
  ]),
  of('convCritic', [network({ x: images }, convCritic)]),
  // In training its u and v move on with every forward, and follow a W that the check moves.
  of('spectralCritic', [network({ training: false, x: images }, (shared) => settled(spectralCritic(shared), shared))]),
  of('conditionalGenerator', [
    network({ x: noise, labels: [noise[0]] }, (shared) => conditionalGenerator({ latentSize, ...shared })),
  ]),
  of('conditionalDiscriminator', [network({ x: images, labels: [images[0]] }, conditionalDiscriminator)]),
];

/** What every model takes. */
interface Shared {
  readonly random: Random;
  readonly dtype: 'float64';
}

function of(name: string, configurations: readonly Configuration[]): Subject {
  return { name, kind: 'model', configurations };
}

function network(
  settings: Settings & { readonly output?: string; readonly labels?: Shape },
  create: (shared: Shared) => Sequential,
): Configuration {
  return configuration(
    settings,
    (random) => disturb(create({ random, dtype: 'float64' }), random),
    (random, made) => {
      const labels = settings.labels ? { labels: drawClasses(random, settings.labels, 10) } : {};
      const draw = () => random.normal(settings.x, 0, 1, 'float64');
      return { x: awayFromKinks(made, draw, labels.labels), ...labels, entries: ENTRIES };
    },
  );
}

/** After some forwards in training, so that σ has come near the spectral norm that it stands for. */
function settled(critic: Sequential, { random, dtype }: Shared): Sequential {
  for (let step = 0; step < 10; step++) critic.forward(random.normal(images, 0, 1, dtype));
  return critic;
}
