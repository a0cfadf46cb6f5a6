import { describe, expect, it, test } from 'vitest';
import {
  Adagrad,
  Adam,
  AdamW,
  BatchNorm1d,
  ClassifierTrainer,
  CosineAnnealingLR,
  createCheckpoint,
  Dropout,
  fromSafetensors,
  GanTrainer,
  Linear,
  MovingAverage,
  notesOf,
  type Optimizer,
  type Parameter,
  Random,
  ReLU,
  Residual,
  RMSprop,
  restoreCheckpoint,
  type Safetensors,
  Sequential,
  SGD,
  SpectralNorm,
  type TrainingState,
  toSafetensors,
} from '../../src/index.ts';

/** A GAN with everything that a checkpoint has to know of, drawn from `seed`. */
function gan(createOptimizer: (parameters: readonly Parameter[]) => Optimizer, seed = 1) {
  const random = new Random(seed);
  const linear = (inFeatures: number, outFeatures: number) => new Linear({ inFeatures, outFeatures, random });
  const makeGenerator = () =>
    new Sequential([linear(2, 4), new BatchNorm1d({ numFeatures: 4 }), new ReLU(), linear(4, 3)]);
  const [generator, averaged] = [makeGenerator(), makeGenerator()];
  const discriminator = new Sequential([
    new SpectralNorm(linear(3, 4), { random }),
    // A generator of random numbers of its own, inside a layer that is inside another.
    new Residual(new Sequential([new Dropout({ p: 0.25, random: new Random(seed + 100) })])),
    new ReLU(),
    linear(4, 1),
  ]);
  const generatorOptimizer = createOptimizer(generator.parameters);
  const discriminatorOptimizer = createOptimizer(discriminator.parameters);
  const schedule = new CosineAnnealingLR(generatorOptimizer, { tMax: 20 });
  const average = new MovingAverage(generator, averaged, { decay: 0.9 });
  const trainer = new GanTrainer({
    generator,
    discriminator,
    generatorOptimizer,
    discriminatorOptimizer,
    latentSize: 2,
    random,
    loss: 'wasserstein',
    weightClip: 0.3,
  });
  const noise = random.normal([5, 2]);
  const training: TrainingState = {
    networks: { generator, discriminator, averaged },
    optimizers: { generator_optimizer: generatorOptimizer, discriminator_optimizer: discriminatorOptimizer },
    schedules: { schedule },
    averages: { averaged: average },
    randoms: { random },
    tensors: { noise },
  };
  const step = () => {
    const result = trainer.step(random.normal([6, 3]));
    schedule.step();
    average.update();
    return result;
  };
  return { training, step, trainer, noise };
}

const optimizers: readonly [string, (parameters: readonly Parameter[]) => Optimizer][] = [
  ['SGD', (parameters) => new SGD(parameters, { learningRate: 0.1, momentum: 0.9, nesterov: true })],
  ['Adam', (parameters) => new Adam(parameters, { beta1: 0.5 })],
  ['AdamW', (parameters) => new AdamW(parameters)],
  ['RMSprop', (parameters) => new RMSprop(parameters, { momentum: 0.5, centered: true })],
  ['Adagrad', (parameters) => new Adagrad(parameters)],
];

/** As a file would keep it. */
const throughBytes = (checkpoint: Safetensors) => fromSafetensors(toSafetensors(checkpoint));
const bits = (training: TrainingState) => toSafetensors(createCheckpoint(training, {}));

test.each(optimizers)('a GAN with %s goes on bit for bit, in another process as it were', (_, create) => {
  const whole = gan(create);
  for (let t = 0; t < 5; t++) whole.step();
  const checkpoint = throughBytes(createCheckpoint(whole.training, { epoch: 3 }));
  const losses = Array.from({ length: 7 }, whole.step);

  // Another seed: nothing can be right by chance.
  const resumed = gan(create, 9);
  expect(bits(resumed.training)).not.toEqual(bits(whole.training));
  resumed.step();
  expect(restoreCheckpoint(resumed.training, checkpoint)).toEqual({ epoch: 3 });
  expect(Array.from({ length: 7 }, resumed.step)).toEqual(losses);
  expect(bits(resumed.training)).toEqual(bits(whole.training));
});

test('a classifier goes on bit for bit', () => {
  const make = (seed: number) => {
    const random = new Random(seed);
    const network = new Sequential([
      new Linear({ inFeatures: 3, outFeatures: 5, random }),
      new BatchNorm1d({ numFeatures: 5 }),
      new Dropout({ random }),
      new Linear({ inFeatures: 5, outFeatures: 2, random }),
    ]);
    const optimizer = new Adam(network.parameters);
    const trainer = new ClassifierTrainer({ network, optimizer, loss: 'cross-entropy' });
    const training = { networks: { network }, optimizers: { optimizer }, randoms: { random } };
    const labels = new Random(4).uniform([8]);
    labels.data.set([0, 1, 1, 0, 1, 0, 0, 1]);
    return { training, step: () => trainer.step(random.normal([8, 3]), labels) };
  };
  const [whole, resumed] = [make(1), make(2)];
  whole.step();
  const checkpoint = throughBytes(createCheckpoint(whole.training, null));
  const losses = [whole.step(), whole.step()];
  expect(restoreCheckpoint(resumed.training, checkpoint)).toBeNull();
  expect([resumed.step(), resumed.step()]).toEqual(losses);
  expect(bits(resumed.training)).toEqual(bits(whole.training));
});

const adam = (parameters: readonly Parameter[]) => new Adam(parameters);

describe('createCheckpoint', () => {
  it("has PyTorch's names behind those of the networks and optimizers, and shares no memory", () => {
    const { training, noise } = gan(adam);
    const { tensors, metadata } = createCheckpoint(training, [1, 'two']);
    for (const name of [
      'generator.0.weight',
      'generator.1.running_mean',
      'averaged.3.bias',
      'discriminator.0.weight_orig',
      'discriminator.0.weight_u',
      'generator_optimizer.0.exp_avg',
      'discriminator_optimizer.3.step',
      'noise',
    ]) {
      expect([...tensors.keys()]).toContain(name);
    }
    const kept = tensors.get('noise');
    const before = [...noise.data];
    noise.data.fill(7);
    expect([...(kept?.data ?? [])]).toEqual(before);
    expect(metadata.get('handgrad')).toBe('checkpoint 1');
    expect(notesOf({ tensors, metadata })).toEqual([1, 'two']);
  });

  it('keeps no notes where there are none', () => {
    expect(notesOf(createCheckpoint({ networks: {}, optimizers: {} }, undefined))).toBeNull();
  });

  it('refuses what is not finite, and says where it is', () => {
    const { training } = gan(adam);
    training.networks.generator.buffers[1].value.data[2] = Infinity;
    expect(() => createCheckpoint(training, {})).toThrow(
      /^generator\.1\.running_var holds Infinity, which is no state to go on from$/,
    );
    training.networks.generator.parameters[3].value.data[1] = Number.NaN;
    expect(() => createCheckpoint(training, {})).toThrow(/^generator\.1\.bias holds NaN, which/);
  });

  it('refuses two tensors of one name', () => {
    const { training, noise } = gan(adam);
    const twice = { ...training, tensors: { 'generator.0.weight': noise } };
    expect(() => createCheckpoint(twice, {})).toThrow(
      /^createCheckpoint: there are two tensors called generator.0.weight$/,
    );
  });
});

describe('restoreCheckpoint', () => {
  const state = (change: (numbers: Record<string, never>) => void) => (checkpoint: Safetensors) => {
    const numbers = JSON.parse(checkpoint.metadata.get('state') ?? '');
    change(numbers);
    return { ...checkpoint, metadata: new Map([...checkpoint.metadata, ['state', JSON.stringify(numbers)]]) };
  };
  const metadata = (key: string, text?: string) => (checkpoint: Safetensors) => {
    const changed = new Map(checkpoint.metadata);
    if (text === undefined) changed.delete(key);
    else changed.set(key, text);
    return { ...checkpoint, metadata: changed };
  };
  const tensors =
    (change: (map: Map<string, Safetensors['tensors'] extends ReadonlyMap<string, infer T> ? T : never>) => void) =>
    (checkpoint: Safetensors) => {
      const changed = new Map(checkpoint.tensors);
      change(changed);
      return { ...checkpoint, tensors: changed };
    };
  const random = new Random(3);

  it.each<[string, (checkpoint: Safetensors) => Safetensors, RegExp]>([
    [
      'foreign tensors',
      metadata('handgrad'),
      /^it holds tensors, but it is no checkpoint that this version of handgrad has written$/,
    ],
    ['another version', metadata('handgrad', 'checkpoint 2'), /no checkpoint that this version/],
    ['no state', metadata('state'), /^it is no whole checkpoint: its state cannot be read$/],
    ['no notes', metadata('notes', '{'), /^it is no whole checkpoint: its notes cannot be read$/],
    [
      'a tensor too few',
      tensors((t) => t.delete('generator.0.bias')),
      /^it is no checkpoint of this training: it has no generator\.0\.bias$/,
    ],
    [
      'a tensor too many',
      tensors((t) => t.set('critic.0.bias', random.normal([1]))),
      /: here there is no critic\.0\.bias$/,
    ],
    [
      'another shape',
      tensors((t) => t.set('noise', random.normal([2, 5]))),
      /: its noise is float32 \[2, 5\], and here it is float32 \[5, 2\]$/,
    ],
    [
      'another dtype',
      tensors((t) => t.set('noise', random.normal([5, 2], 0, 1, 'float64'))),
      /: its noise is float64 \[5, 2\], and here it is float32 \[5, 2\]$/,
    ],
    [
      'another optimizer',
      state((n) => Object.assign(n.learningRates, { more: 1 })),
      /: it has a learning rate for \[.*more\], and here are \[generator_optimizer,discriminator_optimizer\]$/,
    ],
    [
      'no learning rates',
      state((n) => Reflect.deleteProperty(n, 'learningRates')),
      /: it has a learning rate for \[\], and here are/,
    ],
    [
      'a negative rate',
      state((n) => Object.assign(n.learningRates, { generator_optimizer: -1 })),
      /: the learning rate of generator_optimizer cannot be -1$/,
    ],
    [
      'a rate in words',
      state((n) => Object.assign(n.learningRates, { generator_optimizer: '1' })),
      /: the learning rate of generator_optimizer cannot be "1"$/,
    ],
    [
      'no schedule',
      state((n) => Reflect.deleteProperty(n, 'schedules')),
      /: it has a count of steps for \[\], and here are \[schedule\]$/,
    ],
    [
      'half a step',
      state((n) => Object.assign(n.schedules, { schedule: 0.5 })),
      /: the count of steps of schedule cannot be 0\.5$/,
    ],
    [
      'fewer than no updates',
      state((n) => Object.assign(n.averages, { averaged: -1 })),
      /: the count of updates of averaged cannot be -1$/,
    ],
    [
      'a random state too few',
      state((n) => Reflect.deleteProperty(n, 'randoms')),
      /: it has 0 states of random generators, and here are 2$/,
    ],
    [
      'a random state that is none',
      state((n) => Object.assign(n.randoms, { 1: [1, 2] })),
      /Random: a state is the list of four/,
    ],
  ])('refuses %s and changes nothing', (_, change, message) => {
    const { training, step } = gan(adam);
    const checkpoint = change(createCheckpoint(training, {}));
    step();
    const before = bits(training);
    expect(() => restoreCheckpoint(training, checkpoint)).toThrow(message);
    expect(bits(training)).toEqual(before);
  });

  it('counts as a change, so that a stale backward is refused', () => {
    const { training } = gan(adam);
    const checkpoint = createCheckpoint(training, {});
    const [parameter] = training.networks.generator.parameters;
    const { version } = parameter;
    restoreCheckpoint(training, checkpoint);
    expect(parameter.version).toBe(version + 1);
  });

  it('puts back the learning rate and the count of the schedule', () => {
    const { training, step, trainer } = gan(adam);
    for (let t = 0; t < 4; t++) step();
    const rate = trainer.generatorOptimizer.learningRate;
    const checkpoint = createCheckpoint(training, {});
    step();
    expect(trainer.generatorOptimizer.learningRate).not.toBe(rate);
    restoreCheckpoint(training, checkpoint);
    expect(trainer.generatorOptimizer.learningRate).toBe(rate);
    expect(training.schedules?.schedule.t).toBe(4);
    expect(training.averages?.averaged.updates).toBe(4);
  });
});
