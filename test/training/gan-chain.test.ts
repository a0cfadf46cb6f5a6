import { describe, expect, it } from 'vitest';
import { centredDifferences, compare } from '../../src/gradient-check/check-gradients.ts';
import {
  Adam,
  BCELoss,
  BCEWithLogitsLoss,
  CrossEntropyLoss,
  full,
  type GanLoss,
  GanTrainer,
  type GanTrainerOptions,
  HingeLoss,
  type Layer,
  LeastSquaresLoss,
  type Loss,
  type Optimizer,
  Random,
  Reshape,
  Sequential,
  SGD,
  type Tensor,
  tensor,
  WassersteinLoss,
  zeros,
} from '../../src/index.ts';
import { copy } from '../../src/tensor/tensor.ts';
import { randomise, stateOf, withInner } from '../layers/all-layers.ts';
import { createLayer } from '../pytorch/run.ts';
import { smallDiscriminator, smallGenerator } from '../pytorch/small-gan.ts';
import '../matchers.ts';

const dtype = 'float64';
const [N, latentSize] = [4, 3];

type GeneratorLoss = 'non-saturating' | 'minimax';
const losses = ['bce', 'bce-logits', 'two-output', 'least-squares', 'hinge', 'wasserstein'] as const;
const variants = losses.flatMap((loss) =>
  (['non-saturating', 'minimax'] as const).flatMap((generatorLoss) =>
    [undefined, 3].map((classes) => ({
      title: `${loss}, ${generatorLoss}${classes ? ', conditional' : ''}`,
      loss,
      generatorLoss,
      classes,
    })),
  ),
);

/**
 * A conv generator with batch norm and transposed convolutions, and a conv discriminator with batch norm, or with
 * what a critic has in its place. Conditional ones where there are classes.
 */
function setUp(loss: GanLoss = 'bce', overrides: Partial<GanTrainerOptions> = {}, seed = 11, classes?: number) {
  const random = new Random(seed);
  const generator = randomise(createLayer(smallGenerator(latentSize, classes), dtype), random);
  const discriminator = randomise(createLayer(smallDiscriminator(loss, classes), dtype), random);
  for (const { value, gradient } of [...generator.parameters, ...discriminator.parameters]) {
    for (let i = 0; i < value.data.length; i++) value.data[i] *= 0.5;
    gradient.data.fill(0);
  }
  // Scores on this side of the hinge: beyond it there is no gradient.
  if (loss === 'hinge') discriminator.parameters.at(-1)?.value.data.fill(0.5);
  const realImages = random.normal([N, 1, 8, 8], 0, 0.5, dtype);
  const options = {
    generator,
    discriminator,
    generatorOptimizer: new Adam(generator.parameters, { learningRate: 0.01, beta1: 0.5 }),
    discriminatorOptimizer: new Adam(discriminator.parameters, { learningRate: 0.01, beta1: 0.5 }),
    latentSize,
    random,
    loss,
    ...overrides,
  };
  // The last of the classes is not asked for.
  const labels = classes ? tensor([1, 0, 1, 1], dtype) : undefined;
  return { ...options, realImages, labels, trainer: trainerOf(options) };
}

/** A trainer made of a set-up, or of one that has been changed. */
function trainerOf({
  realImages: _,
  labels: __,
  trainer: ___,
  ...options
}: GanTrainerOptions & Record<string, unknown>) {
  return new GanTrainer(options as GanTrainerOptions);
}

const lossOf: Record<GanLoss, () => Loss> = {
  bce: () => new BCELoss(),
  'bce-logits': () => new BCEWithLogitsLoss(),
  'two-output': () => new CrossEntropyLoss(),
  'least-squares': () => new LeastSquaresLoss(),
  hinge: () => new HingeLoss(),
  wasserstein: () => new WassersteinLoss(),
};

function targetOf(loss: GanLoss, verdict: Tensor, realness: 0 | 1): Tensor {
  if (loss === 'two-output') return full([verdict.shape[0]], realness, dtype);
  const isScore = loss === 'hinge' || loss === 'wasserstein';
  return full(verdict.shape, isScore && realness === 0 ? -1 : realness, dtype);
}

/** G's loss for a verdict: the number, and its gradient by hand. */
function judge(loss: GanLoss, generatorLoss: GeneratorLoss, verdict: Tensor): { value: number; dVerdict: Tensor } {
  const [sign, aim] = generatorLoss === 'non-saturating' ? ([1, 1] as const) : ([-1, 0] as const);
  // The hinge generator has no hinge: it minimises −mean(s).
  const criterion = lossOf[loss === 'hinge' && aim === 1 ? 'wasserstein' : loss]();
  const value = sign * criterion.forward(verdict, targetOf(loss, verdict, aim));
  const dVerdict = criterion.backward();
  for (let i = 0; i < dVerdict.data.length; i++) dVerdict.data[i] *= sign;
  return { value, dVerdict };
}

const bits = (layer: Layer): string => JSON.stringify(stateOf(layer).values);
const gradients = (layer: Layer): string => JSON.stringify(stateOf(layer).gradients);
const freezeAll = (layer: Layer, frozen = true): void => {
  for (const parameter of layer.parameters) parameter.frozen = frozen;
};

/** An optimizer that reports before and after each of its steps. */
function watched(optimizer: Optimizer, before: () => void, after: () => void = () => {}): Optimizer {
  return {
    parameters: optimizer.parameters,
    state: optimizer.state,
    learningRate: optimizer.learningRate,
    zeroGradients: () => optimizer.zeroGradients(),
    step: () => {
      before();
      optimizer.step();
      after();
    },
  };
}

describe.each(variants)('$title', ({ loss, generatorLoss, classes }) => {
  const create = () => setUp(loss, { generatorLoss }, 11, classes);

  it("dL/d(G's parameters), by hand through D, agrees with centred differences of the whole", () => {
    const { generator, discriminator, random, labels } = create();
    const z = random.normal([N, latentSize], 0, 1, dtype);
    const forward = () => discriminator.forward(generator.forward(z, labels), labels);
    const whole = () => judge(loss, generatorLoss, forward()).value;

    const { dVerdict } = judge(loss, generatorLoss, forward());
    const dZ = generator.backward(discriminator.backward(dVerdict));

    for (const { name, value, gradient } of generator.parameters) {
      const { relativeError } = compare(name, gradient, centredDifferences(whole, value, 1e-5));
      expect(relativeError, name).toBeLessThanOrEqual(1e-7);
      expect(Math.max(...gradient.data.map(Math.abs)), name).toBeGreaterThan(1e-6);
    }
    expect(compare('z', dZ, centredDifferences(whole, z, 1e-5)).relativeError).toBeLessThanOrEqual(1e-7);
  });

  it('the step is the algorithm, and its imageGradient is the hand-chained one', () => {
    const { generator, discriminator, realImages, labels, trainer } = create();
    const twin = create();
    const step = trainer.step(realImages, labels);

    // The same step, every line of it here.
    const { generator: G, discriminator: D } = twin;
    const criterion = lossOf[loss]();
    const fakeImages = G.forward(twin.random.normal([N, latentSize], 0, 1, dtype), labels);
    const realVerdict = D.forward(twin.realImages, labels);
    const realLoss = criterion.forward(realVerdict, targetOf(loss, realVerdict, 1));
    D.backward(criterion.backward());
    const fakeVerdict = D.forward(fakeImages, labels);
    const fakeLoss = criterion.forward(fakeVerdict, targetOf(loss, fakeVerdict, 0));
    D.backward(criterion.backward());
    twin.discriminatorOptimizer.step();
    const verdict = D.forward(fakeImages, labels);
    const { value, dVerdict } = judge(loss, generatorLoss, verdict);
    freezeAll(D);
    const dImages = D.backward(dVerdict);
    G.backward(dImages);
    twin.generatorOptimizer.step();

    expect(tensor(step.imageGradient, dtype)).toBeAllclose(dImages, { rtol: 0, atol: 0 });
    expect(step.generatorLoss).toBe(value);
    expect(step.discriminatorLoss).toBe(realLoss + fakeLoss);
    expect([step.realScore, step.fakeScore]).toBeAllclose([score(loss, realVerdict), score(loss, fakeVerdict)]);
    expect(stateOf(generator)).toEqual(stateOf(G));
    expect({ ...stateOf(discriminator), frozen: [] }).toEqual({ ...stateOf(D), frozen: [] });
  });

  it('imageGradientAt is dL/dimages in evaluation mode, and changes nothing', () => {
    const { generator, discriminator, random, realImages, labels, trainer } = create();
    trainer.step(realImages, labels);
    const before = [stateOf(generator), stateOf(discriminator), random.state];
    const images = copy(realImages);
    const dImages = trainer.imageGradientAt(images, labels);
    expect([stateOf(generator), stateOf(discriminator), random.state]).toEqual(before);
    expect([...images.data]).toEqual([...realImages.data]);

    discriminator.training = false;
    const whole = () => judge(loss, generatorLoss, discriminator.forward(images, labels)).value;
    expect(compare('images', dImages, centredDifferences(whole, images, 1e-5)).relativeError).toBeLessThanOrEqual(1e-7);
  });

  it('discriminatorStep moves D alone, and the next step is one on the D that it made', () => {
    const { generator, discriminator, generatorOptimizer, realImages, labels, trainer } = create();
    const ofG = () => [bits(generator), gradients(generator), JSON.stringify(generatorOptimizer)];
    const [before, atFirst] = [ofG(), bits(discriminator)];
    const judged = trainer.discriminatorStep(realImages, labels);
    expect(Object.keys(judged)).toEqual(['discriminatorLoss', 'realScore', 'fakeScore']);
    expect(ofG()).toEqual(before);
    const moved = bits(discriminator);
    expect(moved).not.toBe(atFirst);
    trainer.step(realImages, labels);
    expect(bits(discriminator)).not.toBe(moved);
    expect(ofG()[0]).not.toBe(before[0]);
  });
});

/** The mean probability of "real", or the mean score of a critic, written out. */
function score(loss: GanLoss, verdict: Tensor): number {
  const each = Array.from({ length: N }, (_, n) => {
    if (loss !== 'bce-logits' && loss !== 'two-output') return verdict.get(n, 0);
    const z = loss === 'bce-logits' ? verdict.get(n, 0) : verdict.get(n, 1) - verdict.get(n, 0);
    return 1 / (1 + Math.exp(-z));
  });
  return each.reduce((sum, value) => sum + value, 0) / N;
}

describe('conditional networks', () => {
  const conditional = (overrides: Partial<GanTrainerOptions> = {}) => setUp('bce', overrides, 11, 3);

  it("what reaches the generator's embedding is for the classes that were asked for", () => {
    const { trainer, generator, realImages, labels } = conditional();
    const [{ name, value, gradient }] = generator.parameters;
    const before = [...value.data];
    trainer.step(realImages, labels);
    expect([name, value.shape]).toEqual(['0.embedding.weight', [3, 2]]);
    const [asked, notAsked] = [gradient.data.subarray(0, 4), gradient.data.subarray(4)];
    expect([...asked].every((entry) => entry !== 0)).toBe(true);
    expect([...notAsked]).toEqual([0, 0]);
    expect([...value.data].map((entry, i) => entry !== before[i])).toEqual([true, true, true, true, false, false]);
  });

  it('labels that are missing, or of no class, are an error that moves no network and no optimizer', () => {
    const { trainer, generator, discriminator, generatorOptimizer, discriminatorOptimizer, realImages } = conditional();
    const everything = () => [
      stateOf(generator),
      stateOf(discriminator),
      JSON.stringify([generatorOptimizer, discriminatorOptimizer]),
    ];
    const before = everything();
    expect(() => trainer.step(realImages)).toThrow(/labels are missing/);
    expect(() => trainer.step(realImages, tensor([0, 1, 2, 3]))).toThrow(/indices from 0 to 2, but entry 3 is 3/);
    expect(() => trainer.discriminatorStep(realImages)).toThrow(/labels are missing/);
    expect(everything()).toEqual(before);
  });

  it('every layer is left in the mode that it was found in, those inside others too', () => {
    const { generator, discriminator, realImages, labels, trainer } = conditional();
    const inTraining = () => [...withInner(generator), ...withInner(discriminator)].every(({ training }) => training);
    expect(inTraining()).toBe(true);
    trainer.imageGradientAt(realImages, labels);
    expect(inTraining()).toBe(true);
  });
});

describe('weightClip', () => {
  it.each(losses)('%s: holds every number of D after each of its updates, and changes nothing else', (loss) => {
    const [clipped, free] = [{ weightClip: 0.2 }, {}].map((further) => setUp(loss, further));
    for (const { trainer, realImages } of [clipped, free]) trainer.discriminatorStep(realImages);
    const expected = stateOf(free.discriminator).values.map((values) =>
      values.map((value) => Math.min(Math.max(value, -0.2), 0.2)),
    );
    expect(stateOf(clipped.discriminator).values).toEqual(expected);
    expect(stateOf(clipped.generator)).toEqual(stateOf(free.generator));
    clipped.trainer.step(clipped.realImages);
    const largest = Math.max(...stateOf(clipped.discriminator).values.flat().map(Math.abs));
    expect(largest).toBe(0.2);
  });

  it('leaves a frozen parameter alone', () => {
    const { trainer, discriminator, realImages } = setUp('wasserstein', { weightClip: 0.01 });
    const [frozen, other] = discriminator.parameters;
    frozen.frozen = true;
    const [before, version] = [[...frozen.value.data], frozen.version];
    trainer.step(realImages);
    expect([...frozen.value.data]).toEqual(before);
    expect(frozen.version).toBe(version);
    expect(Math.max(...other.value.data.map(Math.abs))).toBeLessThanOrEqual(0.01);
  });
});

describe('freezing', () => {
  it.each(losses)('%s: changes no bit of the dL/dx that passes through', (loss) => {
    const [free, frozen] = [setUp(loss), setUp(loss)];
    freezeAll(frozen.discriminator);
    const [dFree, dFrozen] = [free, frozen].map(({ discriminator, realImages }) =>
      discriminator.backward(discriminator.forward(realImages)),
    );
    expect([...dFrozen.data]).toEqual([...dFree.data]);
    expect(gradients(frozen.discriminator)).not.toEqual(gradients(free.discriminator));
  });

  it.each(losses)("%s: D's gradients after a step are those of its own update", (loss) => {
    let atUpdate = '';
    const base = setUp(loss);
    const { trainer, discriminator, realImages } = setUp(loss, {
      ...base,
      discriminatorOptimizer: watched(base.discriminatorOptimizer, () => {
        atUpdate = gradients(base.discriminator);
      }),
    });
    expect(discriminator).toBe(base.discriminator);
    trainer.step(realImages);
    expect(gradients(discriminator)).toBe(atUpdate);
  });

  it('each update moves its own network alone', () => {
    const base = setUp();
    const { generator, discriminator } = base;
    const moved: string[] = [];
    let before = { G: '', D: '' };
    const note = (name: string) =>
      [
        () => {
          before = { G: bits(generator), D: bits(discriminator) };
        },
        () =>
          moved.push(
            name +
              (bits(generator) !== before.G ? ' moved G' : '') +
              (bits(discriminator) !== before.D ? ' moved D' : ''),
          ),
      ] as const;
    const trainer = trainerOf({
      ...base,
      generatorOptimizer: watched(base.generatorOptimizer, ...note('G')),
      discriminatorOptimizer: watched(base.discriminatorOptimizer, ...note('D')),
    });
    const afterD: string[] = [];
    trainer.step(base.realImages);
    afterD.push(bits(discriminator));
    expect(moved).toEqual(['D moved D', 'G moved G']);
    trainer.step(base.realImages);
    expect(moved).toEqual(['D moved D', 'G moved G', 'D moved D', 'G moved G']);
  });

  it("D is the same bits before and after all of G's update, and G before and after all of D's", () => {
    const base = setUp();
    const start = bits(base.generator);
    let [generatorAtD, discriminatorAfterD] = ['', ''];
    const trainer = trainerOf({
      ...base,
      discriminatorOptimizer: watched(
        base.discriminatorOptimizer,
        () => {},
        () => {
          generatorAtD = bits(base.generator);
          discriminatorAfterD = bits(base.discriminator);
        },
      ),
    });
    trainer.step(base.realImages);
    expect(generatorAtD).toBe(start);
    expect(bits(base.discriminator)).toBe(discriminatorAfterD);
    expect(bits(base.generator)).not.toBe(start);
  });

  it('the flags are put back as they were found', () => {
    const { trainer, generator, discriminator, realImages } = setUp();
    for (const [i, parameter] of discriminator.parameters.entries()) parameter.frozen = i % 3 === 0;
    for (const [i, parameter] of generator.parameters.entries()) parameter.frozen = i % 2 === 0;
    const before = [stateOf(generator), stateOf(discriminator)].map(({ frozen }) => frozen);
    trainer.step(realImages);
    trainer.imageGradientAt(realImages);
    expect([stateOf(generator), stateOf(discriminator)].map(({ frozen }) => frozen)).toEqual(before);
  });

  it("… also when G's update throws", () => {
    const { trainer, discriminator, realImages } = setUp();
    discriminator.parameters[1].frozen = true;
    const before = stateOf(discriminator).frozen;
    const forward = discriminator.forward.bind(discriminator);
    let calls = 0;
    discriminator.forward = (x) => {
      if (++calls === 3) throw new Error('out of luck');
      return forward(x);
    };
    expect(() => trainer.step(realImages)).toThrow('out of luck');
    expect(stateOf(discriminator).frozen).toEqual(before);
  });

  it('… and when imageGradientAt is given something wrong, the modes too', () => {
    const { trainer, discriminator } = setUp();
    discriminator.parameters[1].frozen = true;
    const before = stateOf(discriminator);
    const bad: readonly [Tensor, RegExp][] = [
      [zeros([2, 3, 8, 8], dtype), /channels|images must be/],
      [zeros([2, 1, 8, 8]), /float32/],
      [full([2, 1, 8, 8], Number.NaN, dtype), /finite/],
    ];
    for (const [images, message] of bad) {
      expect(() => trainer.imageGradientAt(images)).toThrow(message);
      expect(stateOf(discriminator)).toEqual(before);
    }
  });

  it('a layer of D that is kept in evaluation mode stays so', () => {
    const { discriminator, realImages, trainer, ...options } = setUp();
    const { layers = [] } = discriminator;
    layers[3].training = false;
    const before = stateOf(discriminator);
    trainer.imageGradientAt(realImages);
    expect(stateOf(discriminator)).toEqual(before);
    trainerOf({ ...options, discriminator });
    expect(stateOf(discriminator)).toEqual(before);
  });

  it('a step leaves all modes as they are', () => {
    const { trainer, generator, discriminator, realImages } = setUp();
    generator.training = false;
    const { layers = [] } = discriminator;
    layers[3].training = false;
    const before = [stateOf(generator).modes, stateOf(discriminator).modes];
    trainer.step(realImages);
    expect([stateOf(generator).modes, stateOf(discriminator).modes]).toEqual(before);
  });

  it('a frozen generator is not moved', () => {
    const { trainer, generator, realImages } = setUp();
    freezeAll(generator);
    const before = stateOf(generator);
    trainer.step(realImages);
    expect({ ...stateOf(generator), buffers: [] }).toEqual({ ...before, buffers: [] });
  });
});

describe('one step', () => {
  it('generates the images once, from one draw of noise, and asks D three times', () => {
    const { trainer, generator, discriminator, realImages, random } = setUp();
    const calls = { G: 0, D: 0 };
    const [generate, verdict] = [generator.forward.bind(generator), discriminator.forward.bind(discriminator)];
    generator.forward = (x) => {
      calls.G++;
      return generate(x);
    };
    discriminator.forward = (x) => {
      calls.D++;
      return verdict(x);
    };
    const alone = new Random(0);
    alone.state = random.state;
    alone.normal([N, latentSize]);
    trainer.step(realImages);
    expect(calls).toEqual({ G: 1, D: 3 });
    expect(random.state).toEqual(alone.state);
  });

  it('starts from no gradients', () => {
    const [clean, dirty] = [setUp(), setUp()];
    for (const { gradient } of [...dirty.generator.parameters, ...dirty.discriminator.parameters])
      gradient.data.fill(7);
    clean.trainer.step(clean.realImages);
    dirty.trainer.step(dirty.realImages);
    expect(stateOf(dirty.generator)).toEqual(stateOf(clean.generator));
    expect(stateOf(dirty.discriminator)).toEqual(stateOf(clean.discriminator));
  });

  it('the same seed gives the same bits, another seed others', () => {
    const run = (seed: number) => {
      const { trainer, generator, discriminator, realImages } = setUp('bce', {}, seed);
      const steps = [1, 2, 3].map(() => trainer.step(realImages));
      return JSON.stringify([steps, stateOf(generator), stateOf(discriminator)]);
    };
    expect(run(5)).toBe(run(5));
    expect(run(5)).not.toBe(run(6));
  });

  it('imageGradient is a plain array [N][C][H][W] of its own, and realImages is never written to', () => {
    const { trainer, realImages } = setUp();
    const before = [...realImages.data];
    const { imageGradient } = trainer.step(realImages);
    expect([
      imageGradient.length,
      imageGradient[0].length,
      imageGradient[0][0].length,
      imageGradient[0][0][0].length,
    ]).toEqual([N, 1, 8, 8]);
    expect(imageGradient.flat(3).every((value) => typeof value === 'number' && value !== 0)).toBe(true);
    expect([...realImages.data]).toEqual(before);
  });

  it('smooths the real label alone', () => {
    const plain = setUp();
    const smooth = setUp('bce', { realLabel: 0.9 });
    const [a, b] = [plain.trainer.step(plain.realImages), smooth.trainer.step(smooth.realImages)];
    expect(b.discriminatorLoss).not.toBe(a.discriminatorLoss);
    const verdict = setUp().discriminator.forward(plain.realImages);
    const aim = (realness: number) => new BCELoss().forward(verdict, full(verdict.shape, realness, dtype));
    expect(b.discriminatorLoss - a.discriminatorLoss).toBeCloseTo(aim(0.9) - aim(1), 10);
  });

  it('takes strided images', () => {
    const [a, b] = [setUp(), setUp()];
    const turned = zeros([8, 8, 1, N], dtype).transpose(3, 2, 0, 1);
    for (let n = 0; n < N; n++) {
      for (let h = 0; h < 8; h++) for (let w = 0; w < 8; w++) turned.set(n, 0, h, w, a.realImages.get(n, 0, h, w));
    }
    expect(b.trainer.step(turned)).toEqual(a.trainer.step(a.realImages));
  });
});

describe('bad real images are an error before anything is changed', () => {
  const cases: readonly [string, () => Tensor, RegExp][] = [
    [
      'NaN',
      () => spoilt(Number.NaN),
      /realImages must hold finite numbers, but image 2 holds NaN; nothing has been changed/,
    ],
    ['infinity', () => spoilt(-Infinity), /realImages must hold finite numbers, but image 2 holds -Infinity/],
    [
      'another size',
      () => zeros([N, 1, 8, 7], dtype),
      /realImages must be \[N, 1, 8, 8\] like the generator's, but they are \[4, 1, 8, 7\]/,
    ],
    ['more channels', () => zeros([N, 3, 8, 8], dtype), /realImages must be \[N, 1, 8, 8\]/],
    ['another rank', () => zeros([N, 64], dtype), /realImages must be \[N, 1, 8, 8\]/],
    ['no images', () => zeros([0, 1, 8, 8], dtype), /realImages must be \[N, 1, 8, 8\]/],
    ['another dtype', () => zeros([N, 1, 8, 8]), /realImages are float32, but the .* float64/],
    ['no tensor', () => [[1]] as never, /realImages must be a float32 or float64 tensor/],
  ];

  function spoilt(entry: number): Tensor {
    const images = zeros([N, 1, 8, 8], dtype);
    images.data[2 * 64 + 5] = entry;
    return images;
  }

  it.each(cases)('%s', (_, images, message) => {
    const { trainer, generator, discriminator, random, realImages, generatorOptimizer, discriminatorOptimizer } =
      setUp();
    trainer.step(realImages);
    const everything = () => [
      stateOf(generator),
      stateOf(discriminator),
      random.state,
      JSON.stringify([generatorOptimizer, discriminatorOptimizer]),
    ];
    const before = everything();
    expect(() => trainer.step(images())).toThrow(message);
    expect(everything()).toEqual(before);
  });
});

it('one image is too few for batch norm: an error that moves no network and no optimizer', () => {
  const { trainer, generator, discriminator, generatorOptimizer, discriminatorOptimizer } = setUp();
  const everything = () => [
    stateOf(generator),
    stateOf(discriminator),
    JSON.stringify([generatorOptimizer, discriminatorOptimizer]),
  ];
  const before = everything();
  expect(() => trainer.step(zeros([1, 1, 8, 8], dtype))).toThrow(/BatchNorm1d: .* more than one value/);
  expect(everything()).toEqual(before);
});

describe('the constructor', () => {
  it('changes neither network', () => {
    const { generator, discriminator, ...options } = setUp();
    generator.training = false;
    const before = [stateOf(generator), stateOf(discriminator)];
    trainerOf({ ...options, generator, discriminator });
    expect([stateOf(generator), stateOf(discriminator)]).toEqual(before);
  });

  it.each([
    [{ loss: 'wgan' }, /loss must be one of bce, bce-logits, two-output/],
    [{ loss: 'toString' }, /loss must be one of/],
    [
      { loss: 'two-output' },
      /with the loss 'two-output' the discriminator must give \[N, 2\], but for one image it gave \[1, 1\]/,
    ],
    [{ generatorLoss: 'saturating' }, /generatorLoss must be 'non-saturating' or 'minimax', not 'saturating'/],
    [{ latentSize: 0 }, /latentSize must be a whole number from 1, not 0/],
    [{ latentSize: 4 }, /x has 4 features, but the weight expects 3/],
    [{ realLabel: 0.5 }, /realLabel must be above .5 and at most 1, not 0.5/],
    [{ realLabel: 1.1 }, /realLabel must be above .5 and at most 1, not 1.1/],
    [{ realLabel: Number.NaN }, /realLabel must be above .5 and at most 1, not NaN/],
  ])('refuses %o, and leaves the networks as they were', (wrong, message) => {
    const { generator, discriminator, ...options } = setUp();
    const before = [stateOf(generator), stateOf(discriminator)];
    expect(() => trainerOf({ ...options, generator, discriminator, ...(wrong as object) })).toThrow(message);
    expect([stateOf(generator), stateOf(discriminator)]).toEqual(before);
  });

  it('refuses verdicts that are no rows', () => {
    const { generator, discriminator, ...options } = setUp();
    const images = new Sequential([discriminator, new Reshape({ shape: [1, 1] })]);
    expect(() => trainerOf({ ...options, generator, discriminator: images })).toThrow(
      /the discriminator must give \[N, 1\], but for one image it gave \[1, 1, 1\]/,
    );
  });

  it("refuses smoothing for 'two-output', and exchanged optimizers", () => {
    const two = setUp('two-output');
    expect(() => trainerOf({ ...two, realLabel: 0.9 })).toThrow(/cannot smooth labels/);
    const { generatorOptimizer, discriminatorOptimizer, ...options } = setUp();
    const exchanged = { generatorOptimizer: discriminatorOptimizer, discriminatorOptimizer: generatorOptimizer };
    expect(() => trainerOf({ ...options, ...exchanged })).toThrow(/which is not the generator's/);
    expect(() => trainerOf({ ...options, generatorOptimizer, discriminatorOptimizer: generatorOptimizer })).toThrow(
      /which is not the discriminator's/,
    );
  });
});

it('works for networks without batch norm, and with any optimizer', () => {
  const { generator, discriminator, random, realImages } = setUp();
  const thin = (layer: Layer) => new Sequential((layer.layers ?? []).filter(({ buffers }) => buffers.length === 0));
  const [G, D] = [thin(generator), thin(discriminator)];
  const trainer = new GanTrainer({
    generator: G,
    discriminator: D,
    generatorOptimizer: new SGD(G.parameters, { learningRate: 0.1 }),
    discriminatorOptimizer: new SGD(D.parameters, { learningRate: 0.1 }),
    latentSize,
    random,
  });
  const [first, ...rest] = [...Array(20)].map(() => trainer.step(realImages));
  expect(rest.every(({ discriminatorLoss }) => Number.isFinite(discriminatorLoss))).toBe(true);
  expect(rest[18].discriminatorLoss).toBeLessThan(first.discriminatorLoss);
});
