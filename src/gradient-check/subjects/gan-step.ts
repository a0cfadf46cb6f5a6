import type { Layer } from '../../layers/layer.ts';
import { SGD } from '../../optimizers/sgd.ts';
import { copy, type Tensor, tensor, zeros } from '../../tensor/tensor.ts';
import { GanTrainer } from '../../training/gan-trainer.ts';
import { type GanLoss, verdictKinds } from '../../training/verdict.ts';
import { centredDifferences, compare, type GradientError } from '../check-gradients.ts';
import { keepState } from '../forward-state.ts';
import { drawClasses } from './draw.ts';
import { createDiscriminator, createGenerator, imageShape, latentSize, numClasses } from './gan-networks.ts';
import { type Configuration, describe, type Subject } from './subject.ts';

const dtype = 'float64';
const N = imageShape[0];

/** One training step of a GAN, with each loss that D can have and both losses of G. */
export const ganSteps: readonly Subject[] = [
  ...(Object.keys(verdictKinds) as GanLoss[]).map((loss) => of(loss, loss, false)),
  of('conditional', 'bce-logits', true),
];

function of(name: string, loss: GanLoss, conditional: boolean): Subject {
  const configurations = (['non-saturating', 'minimax'] as const).map(
    (generatorLoss): Configuration => ({
      description: describe({ generatorLoss }),
      check: (random) => {
        const generator = createGenerator(conditional, random);
        const discriminator = createDiscriminator(loss, conditional, random);
        const atRest = { learningRate: 0 };
        const trainer = new GanTrainer({
          generator,
          discriminator,
          generatorOptimizer: new SGD(generator.parameters, atRest),
          discriminatorOptimizer: new SGD(discriminator.parameters, atRest),
          latentSize,
          random,
          loss,
          generatorLoss,
        });
        return checkStep(trainer, conditional ? drawClasses(random, [N], numClasses) : undefined);
      },
    }),
  );
  return { name, kind: 'GAN step', configurations };
}

/**
 * Compares what a step leaves in the gradients with centred differences of the losses that it reports: G's loss by
 * the images and by G's parameters, D's by D's own. With a learning rate of 0 a step moves nothing.
 */
function checkStep(trainer: GanTrainer, labels: Tensor | undefined): GradientError[] {
  const { generator, discriminator, random } = trainer;
  const shift = shiftImages(generator);
  const realImages = random.normal(imageShape, 0, 0.5, dtype);
  const noise = random.state;
  const restoreStates = [keepState(generator), keepState(discriminator)];
  const step = () => {
    for (const restoreState of restoreStates) restoreState();
    random.state = noise;
    return trainer.step(realImages, labels);
  };

  const { imageGradient } = step();
  const gradientsOf = (network: Layer) =>
    network.parameters.map(({ name, value, gradient }) => ({ name, value, gradient: copy(gradient) }));
  const [ofGenerator, ofDiscriminator] = [generator, discriminator].map(gradientsOf);

  const h = 1e-5;
  const generatorLoss = () => step().generatorLoss;
  const discriminatorLoss = () => step().discriminatorLoss;
  return [
    compare('images', tensor(imageGradient, dtype), centredDifferences(generatorLoss, shift, h)),
    ...ofGenerator.map(({ name, value, gradient }) =>
      compare(`generator.${name}`, gradient, centredDifferences(generatorLoss, value, h)),
    ),
    ...ofDiscriminator.map(({ name, value, gradient }) =>
      compare(`discriminator.${name}`, gradient, centredDifferences(discriminatorLoss, value, h)),
    ),
  ];
}

/** A step makes its images itself. What is written into the returned tensor is added to them. */
function shiftImages(generator: Layer): Tensor {
  const shift = zeros(imageShape, dtype);
  const forward = generator.forward.bind(generator);
  generator.forward = (z, labels) => {
    const images = copy(forward(z, labels));
    for (let i = 0; i < images.data.length; i++) images.data[i] += shift.data[i];
    return images;
  };
  return shift;
}
