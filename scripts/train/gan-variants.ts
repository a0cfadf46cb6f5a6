import { dcganNormal } from '../../src/layers/initialisers.ts';
import { conditionalDiscriminator, conditionalGenerator } from '../../src/models/conditional-gan.ts';
import { convCritic, spectralCritic } from '../../src/models/critics.ts';
import { convDiscriminator, convGenerator } from '../../src/models/gan.ts';
import { Adam } from '../../src/optimizers/adam.ts';
import { RMSprop } from '../../src/optimizers/rmsprop.ts';
import { GanTrainer } from '../../src/training/gan-trainer.ts';
import { MovingAverage } from '../../src/training/moving-average.ts';
import { ganRecipe } from './recipe.ts';
import { ganFlags } from './run-flags.ts';

/** The convolutional generator of all of them is that of `gan`. */
const LATENT_SIZE = 16;

export const lsgan = ganRecipe({
  name: 'lsgan',
  about: "least squares: D's score is to be 1 for real, 0 for generated",
  flags: ganFlags('lsgan', { epochs: '12', generatorRate: '0.003', discriminatorRate: '0.001' }),
  create(flags, random) {
    const generator = convGenerator({ latentSize: LATENT_SIZE, random });
    const averaged = convGenerator({ latentSize: LATENT_SIZE, random });
    const discriminator = convDiscriminator({ output: 'logit', random });
    dcganNormal(generator, random);
    dcganNormal(discriminator, random);
    const trainer = new GanTrainer({
      generator,
      discriminator,
      generatorOptimizer: new Adam(generator.parameters, { learningRate: flags['generator-rate'], beta1: 0.5 }),
      discriminatorOptimizer: new Adam(discriminator.parameters, {
        learningRate: flags['discriminator-rate'],
        beta1: 0.5,
      }),
      latentSize: LATENT_SIZE,
      random,
      loss: 'least-squares',
    });
    return { trainer, average: new MovingAverage(generator, averaged, { decay: 0.998 }) };
  },
});

export const wgan = ganRecipe({
  name: 'wgan',
  about: 'Wasserstein: a critic with clipped weights, ahead of G by a step',
  flags: ganFlags('wgan', { epochs: '24', generatorRate: '0.002', discriminatorRate: '0.001' }),
  create(flags, random) {
    const generator = convGenerator({ latentSize: LATENT_SIZE, random });
    const averaged = convGenerator({ latentSize: LATENT_SIZE, random });
    const critic = convCritic({ random });
    dcganNormal(generator, random);
    dcganNormal(critic, random);
    // RMSprop, as in the paper: with Adam's momentum the critic, whose loss has no floor, swings.
    const trainer = new GanTrainer({
      generator,
      discriminator: critic,
      generatorOptimizer: new RMSprop(generator.parameters, { learningRate: flags['generator-rate'] }),
      discriminatorOptimizer: new RMSprop(critic.parameters, { learningRate: flags['discriminator-rate'] }),
      latentSize: LATENT_SIZE,
      random,
      loss: 'wasserstein',
      // The paper's .01 and five steps of the critic for one of G take several times as long to the same digits.
      weightClip: 0.05,
    });
    return { trainer, average: new MovingAverage(generator, averaged, { decay: 0.998 }), discriminatorSteps: 2 };
  },
});

export const hinge = ganRecipe({
  name: 'hinge',
  about: 'hinge loss and a critic with spectral norm, after SN-GAN',
  flags: ganFlags('hinge', { epochs: '12', generatorRate: '0.002', discriminatorRate: '0.004' }),
  create(flags, random) {
    const generator = convGenerator({ latentSize: LATENT_SIZE, random });
    const averaged = convGenerator({ latentSize: LATENT_SIZE, random });
    const critic = spectralCritic({ random });
    dcganNormal(generator, random);
    dcganNormal(critic, random);
    const trainer = new GanTrainer({
      generator,
      discriminator: critic,
      // Without momentum (β₁ = 0), as in SN-GAN: with .5 the digits come out worse.
      generatorOptimizer: new Adam(generator.parameters, { learningRate: flags['generator-rate'], beta1: 0 }),
      discriminatorOptimizer: new Adam(critic.parameters, { learningRate: flags['discriminator-rate'], beta1: 0 }),
      latentSize: LATENT_SIZE,
      random,
      loss: 'hinge',
    });
    return { trainer, average: new MovingAverage(generator, averaged, { decay: 0.998 }) };
  },
});

export const conditional = ganRecipe({
  name: 'conditional',
  classes: 10,
  about: 'both networks are told the digit: one asks for a 7 and gets a 7',
  flags: ganFlags('conditional', { epochs: '12', generatorRate: '0.003', discriminatorRate: '0.001' }),
  create(flags, random) {
    const generator = conditionalGenerator({ latentSize: LATENT_SIZE, random });
    const averaged = conditionalGenerator({ latentSize: LATENT_SIZE, random });
    const discriminator = conditionalDiscriminator({ random });
    dcganNormal(generator, random);
    dcganNormal(discriminator, random);
    const trainer = new GanTrainer({
      generator,
      discriminator,
      generatorOptimizer: new Adam(generator.parameters, { learningRate: flags['generator-rate'], beta1: 0.5 }),
      discriminatorOptimizer: new Adam(discriminator.parameters, {
        learningRate: flags['discriminator-rate'],
        beta1: 0.5,
      }),
      latentSize: LATENT_SIZE,
      random,
      loss: 'bce-logits',
    });
    return { trainer, average: new MovingAverage(generator, averaged, { decay: 0.998 }), columns: 10 };
  },
});
