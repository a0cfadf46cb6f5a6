import { dcganNormal } from '../../src/layers/initialisers.ts';
import type { Layer } from '../../src/layers/layer.ts';
import { convDiscriminator, convGenerator } from '../../src/models/gan.ts';
import { mlpDiscriminator, mlpGenerator } from '../../src/models/gan-mlp.ts';
import { Adam } from '../../src/optimizers/adam.ts';
import type { Random } from '../../src/tensor/random.ts';
import { GanTrainer } from '../../src/training/gan-trainer.ts';
import { MovingAverage } from '../../src/training/moving-average.ts';
import { choice } from '../flags.ts';
import { ganRecipe } from './recipe.ts';
import { ganFlags } from './run-flags.ts';

const lossFlag = choice('bce', 'the discriminator gives a probability, or a logit', ['bce', 'bce-logits']);
const generatorLossFlag = choice('non-saturating', 'minimise −log D, or log(1 − D)', ['non-saturating', 'minimax']);

export const ganMlp = ganRecipe({
  name: 'gan-mlp',
  about: "Goodfellow's GAN, fully connected: no convolution, no batch norm",
  flags: {
    loss: lossFlag,
    'generator-loss': generatorLossFlag,
    ...ganFlags('gan-mlp', { epochs: '60', generatorRate: '0.001', discriminatorRate: '0.0005' }),
  },
  create(flags, random) {
    const latentSize = 32;
    const generator = mlpGenerator({ latentSize, random });
    const averaged = mlpGenerator({ latentSize, random });
    const discriminator = mlpDiscriminator({ output: flags.loss === 'bce' ? 'probability' : 'logit', random });
    const trainer = new GanTrainer({
      generator,
      discriminator,
      generatorOptimizer: adam(generator, flags['generator-rate']),
      discriminatorOptimizer: adam(discriminator, flags['discriminator-rate']),
      latentSize,
      random,
      loss: flags.loss,
      generatorLoss: flags['generator-loss'],
    });
    return { trainer, average: new MovingAverage(generator, averaged, { decay: 0.998 }) };
  },
});

export const gan = ganRecipe({
  name: 'gan',
  about: 'a GAN of convolutions and batch norm, after DCGAN (the default)',
  flags: {
    loss: lossFlag,
    'generator-loss': generatorLossFlag,
    ...ganFlags('gan', { epochs: '12', generatorRate: '0.003', discriminatorRate: '0.001' }),
  },
  create(flags, random) {
    const { generator, discriminator, average } = convNetworks(flags.loss === 'bce' ? 'probability' : 'logit', random);
    const trainer = new GanTrainer({
      generator,
      discriminator,
      generatorOptimizer: adam(generator, flags['generator-rate']),
      discriminatorOptimizer: adam(discriminator, flags['discriminator-rate']),
      latentSize: CONV_LATENT_SIZE,
      random,
      loss: flags.loss,
      generatorLoss: flags['generator-loss'],
    });
    return { trainer, average };
  },
});

export const ganTwoOutput = ganRecipe({
  name: 'gan-two-output',
  about: 'gan with two outputs of the discriminator, a class each: softmax',
  flags: {
    'generator-loss': generatorLossFlag,
    ...ganFlags('gan-two-output', { epochs: '12', generatorRate: '0.003', discriminatorRate: '0.001' }),
  },
  create(flags, random) {
    const { generator, discriminator, average } = convNetworks('two-logits', random);
    const trainer = new GanTrainer({
      generator,
      discriminator,
      generatorOptimizer: adam(generator, flags['generator-rate']),
      discriminatorOptimizer: adam(discriminator, flags['discriminator-rate']),
      latentSize: CONV_LATENT_SIZE,
      random,
      loss: 'two-output',
      generatorLoss: flags['generator-loss'],
    });
    return { trainer, average };
  },
});

/** With 10 or 32 the digits come out worse. */
const CONV_LATENT_SIZE = 16;

/** The networks of the convolutional GANs, with DCGAN's first weights. */
function convNetworks(output: 'probability' | 'logit' | 'two-logits', random: Random) {
  const generator = convGenerator({ latentSize: CONV_LATENT_SIZE, random });
  const averaged = convGenerator({ latentSize: CONV_LATENT_SIZE, random });
  const discriminator = convDiscriminator({ output, random });
  dcganNormal(generator, random);
  dcganNormal(discriminator, random);
  return { generator, discriminator, average: new MovingAverage(generator, averaged, { decay: 0.998 }) };
}

/** With β₁ = .5, as in DCGAN: a longer memory of where the other network has been makes the two swing. */
function adam(network: Layer, learningRate: number): Adam {
  return new Adam(network.parameters, { learningRate, beta1: 0.5 });
}
