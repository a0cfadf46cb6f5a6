import { BatchNorm2d } from '../../src/layers/batch-norm2d.ts';
import { ConvTranspose2d } from '../../src/layers/conv-transpose2d.ts';
import { Conv2d } from '../../src/layers/conv2d.ts';
import { Flatten } from '../../src/layers/flatten.ts';
import type { Layer } from '../../src/layers/layer.ts';
import { LeakyReLU } from '../../src/layers/leaky-relu.ts';
import { Linear } from '../../src/layers/linear.ts';
import { ReLU } from '../../src/layers/relu.ts';
import { Reshape } from '../../src/layers/reshape.ts';
import { Sequential } from '../../src/layers/sequential.ts';
import { Sigmoid } from '../../src/layers/sigmoid.ts';
import { Tanh } from '../../src/layers/tanh.ts';
import { Adam } from '../../src/optimizers/adam.ts';
import type { Optimizer } from '../../src/optimizers/optimizer.ts';
import { Random } from '../../src/tensor/random.ts';
import { tensor } from '../../src/tensor/tensor.ts';
import { GanTrainer } from '../../src/training/gan-trainer.ts';
import { parseFlags } from '../flags.ts';
import { models } from '../train/models.ts';
import { type PytorchModel, torchLayers } from './torch-layers.ts';

export const BATCH = 64;

/** A network, or two, in training, on one batch of random images. */
export interface Training {
  step(): void;
  readonly networks: Readonly<Record<string, Layer>>;
  readonly optimizers: readonly Optimizer[];
  /** The same for PyTorch; undefined where a layer or a loss of it is not among those that pytorch.py knows. */
  readonly pytorch: PytorchModel | undefined;
}

export interface Workload {
  readonly name: string;
  create(): Training;
}

/** Everything that npm run train trains, and two GANs that are larger. */
export const workloads: readonly Workload[] = [
  ...models.map(({ name }) => ({ name, create: () => fromModels(name) })),
  { name: 'gan-mlp-512', create: () => ganTraining(wideMlp) },
  { name: 'gan-128', create: () => ganTraining(wideConvolutions) },
];

function fromModels(name: string): Training {
  const random = new Random(1);
  for (const model of models) {
    if (model.name !== name) continue;
    if (model.kind === 'gan') {
      const { trainer } = model.create(defaultsOf(model.flags), random);
      return gan(trainer, random, ['gan', 'gan-mlp'].includes(name));
    }
    const trainer = model.create(defaultsOf(model.flags), random);
    const images = random.normal([BATCH, 1, 28, 28]);
    const labels = tensor(Array.from({ length: BATCH }, (_, n) => n % model.classes));
    const layers = model.classes > 2 ? torchLayers(trainer.network) : undefined;
    return {
      step: () => void trainer.step(images, labels),
      networks: { network: trainer.network },
      optimizers: [trainer.optimizer],
      pytorch: layers && { kind: 'classifier', network: layers, classes: model.classes, batch: BATCH },
    };
  }
  throw new Error(`there is no model '${name}'`);
}

function defaultsOf<F extends Parameters<typeof parseFlags>[0]>(flags: F) {
  const values = parseFlags(flags, []);
  if (values instanceof Error) throw values;
  return values;
}

function gan(trainer: GanTrainer, random: Random, plainLoss: boolean): Training {
  const { generator, discriminator, latentSize } = trainer;
  const images = random.uniform([BATCH, 1, 28, 28], -1, 1);
  const labels = tensor(Array.from({ length: BATCH }, (_, n) => n % 10));
  const layers = [torchLayers(generator), torchLayers(discriminator)];
  const pytorch: PytorchModel | undefined =
    plainLoss && layers[0] && layers[1]
      ? { kind: 'gan', generator: layers[0], discriminator: layers[1], latentSize, batch: BATCH }
      : undefined;
  return {
    step: () => void trainer.step(images, labels),
    networks: { generator, discriminator },
    optimizers: [trainer.generatorOptimizer, trainer.discriminatorOptimizer],
    pytorch,
  };
}

function ganTraining(networks: (random: Random) => readonly [Layer, Layer]): Training {
  const random = new Random(1);
  const [generator, discriminator] = networks(random);
  const adam = { learningRate: 0.0002, beta1: 0.5 };
  const trainer = new GanTrainer({
    generator,
    discriminator,
    generatorOptimizer: new Adam(generator.parameters, adam),
    discriminatorOptimizer: new Adam(discriminator.parameters, adam),
    latentSize: 64,
    random,
  });
  return gan(trainer, random, true);
}

/** Fully connected: 64-256-512-784 and 784-512-256-1. */
function wideMlp(random: Random): readonly [Layer, Layer] {
  const linear = (inFeatures: number, outFeatures: number) => new Linear({ inFeatures, outFeatures, random });
  const leaky = () => new LeakyReLU({ negativeSlope: 0.2 });
  return [
    new Sequential([
      linear(64, 256),
      leaky(),
      linear(256, 512),
      leaky(),
      linear(512, 784),
      new Tanh(),
      new Reshape({ shape: [1, 28, 28] }),
    ]),
    new Sequential([
      new Flatten(),
      linear(784, 512),
      leaky(),
      linear(512, 256),
      leaky(),
      linear(256, 1),
      new Sigmoid(),
    ]),
  ];
}

/** The networks of `gan` with twice as many channels: 64 and 128. */
function wideConvolutions(random: Random): readonly [Layer, Layer] {
  const size = { kernelSize: 4, stride: 2, padding: 1, random };
  return [
    new Sequential([
      new Linear({ inFeatures: 64, outFeatures: 128 * 7 * 7, random }),
      new Reshape({ shape: [128, 7, 7] }),
      new BatchNorm2d({ numFeatures: 128 }),
      new ReLU(),
      new ConvTranspose2d({ inChannels: 128, outChannels: 64, bias: false, ...size }),
      new BatchNorm2d({ numFeatures: 64 }),
      new ReLU(),
      new ConvTranspose2d({ inChannels: 64, outChannels: 1, ...size }),
      new Tanh(),
    ]),
    new Sequential([
      new Conv2d({ inChannels: 1, outChannels: 64, ...size }),
      new LeakyReLU({ negativeSlope: 0.2 }),
      new Conv2d({ inChannels: 64, outChannels: 128, bias: false, ...size }),
      new BatchNorm2d({ numFeatures: 128 }),
      new LeakyReLU({ negativeSlope: 0.2 }),
      new Flatten(),
      new Linear({ inFeatures: 128 * 7 * 7, outFeatures: 1, random }),
      new Sigmoid(),
    ]),
  ];
}
