import { describe, expect, it } from 'vitest';
import {
  Adam,
  ConcatLabels,
  GanTrainer,
  type GanTrainerOptions,
  type Layer,
  Linear,
  Random,
  Reshape,
  Sequential,
  SGD,
  type Tensor,
  tensor,
  WassersteinLoss,
  zeros,
} from '../../src/index.ts';
import '../matchers.ts';
import { randomise, stateOf } from '../layers/all-layers.ts';

const dtype = 'float64';
const [N, latentSize, classes] = [4, 3, 3];

/** A conditional critic's GAN on rows of two numbers. */
function setUp(overrides: Partial<GanTrainerOptions> = {}) {
  const random = new Random(3);
  const labelled = (inFeatures: number, outFeatures: number) =>
    randomise(
      new Sequential([
        new ConcatLabels({ numClasses: classes, shape: [2], dtype }),
        new Linear({ inFeatures: inFeatures + 2, outFeatures, dtype }),
      ]),
      random,
    );
  const [generator, discriminator] = [labelled(latentSize, 2), labelled(2, 1)];
  const options: GanTrainerOptions = {
    generator,
    discriminator,
    generatorOptimizer: new SGD(generator.parameters, { learningRate: 0.1 }),
    discriminatorOptimizer: new SGD(discriminator.parameters, { learningRate: 0.1 }),
    latentSize,
    random,
    loss: 'wasserstein',
    ...overrides,
  };
  const trainer = new GanTrainer(options);
  return { ...options, options, trainer, realImages: random.normal([N, 2], 0, 1, dtype), labels: tensor([2, 0, 1, 2]) };
}

const mean = (t: Tensor) => [...t.data].reduce((sum, value) => sum + value) / t.data.length;

describe('discriminatorStep', () => {
  it("is D's update alone, on images that G makes for it", () => {
    const { trainer, generator, realImages, labels } = setUp();
    const twin = setUp();
    const { generator: G, discriminator: D, random } = twin;
    const before = stateOf(generator);
    const step = trainer.discriminatorStep(realImages, labels);
    expect(stateOf(generator)).toEqual(before);

    const fakeImages = G.forward(random.normal([N, latentSize], 0, 1, dtype), labels);
    const loss = new WassersteinLoss();
    for (const { gradient } of D.parameters) gradient.data.fill(0);
    const realVerdict = D.forward(twin.realImages, labels);
    const realLoss = loss.forward(realVerdict, tensor([[1], [1], [1], [1]], dtype));
    D.backward(loss.backward());
    const fakeVerdict = D.forward(fakeImages, labels);
    const fakeLoss = loss.forward(fakeVerdict, tensor([[-1], [-1], [-1], [-1]], dtype));
    D.backward(loss.backward());
    twin.discriminatorOptimizer.step();
    expect(step.discriminatorLoss).toBeCloseTo(realLoss + fakeLoss, 12);
    expect([step.realScore, step.fakeScore]).toBeAllclose([mean(realVerdict), mean(fakeVerdict)]);
    expect(stateOf(trainer.discriminator).values).toEqual(stateOf(D).values);
    expect(trainer.random.state).toEqual(random.state);
  });

  it('takes the images that step takes', () => {
    const { trainer, labels } = setUp();
    expect(() => trainer.discriminatorStep(zeros([N, 3], dtype), labels)).toThrow(/realImages must be \[N, 2\]/);
    expect(() => trainer.discriminatorStep(zeros([N, 2], dtype), zeros([3]))).toThrow(/labels must be \[4\]/);
  });
});

it('realLabel is what D is to give to real images; G still aims at 1', () => {
  const step = (realLabel: number) => {
    const { trainer, realImages, labels } = setUp({ loss: 'bce-logits', realLabel });
    trainer.discriminatorOptimizer.learningRate = 0;
    return trainer.step(realImages, labels);
  };
  const [hard, smooth] = [step(1), step(0.9)];
  expect(smooth.generatorLoss).toBe(hard.generatorLoss);
  expect(smooth.imageGradient).toEqual(hard.imageGradient);
  expect(smooth.discriminatorLoss).not.toBeCloseTo(hard.discriminatorLoss, 3);
});

describe('weightClip', () => {
  it("holds all of D's weights after each update of D, and none of G's", () => {
    const { trainer, generator, discriminator, realImages, labels } = setUp({ weightClip: 0.05 });
    const largest = ({ parameters }: Layer) =>
      Math.max(...parameters.flatMap(({ value }) => [...value.data]).map(Math.abs));
    trainer.discriminatorStep(realImages, labels);
    expect(largest(discriminator)).toBe(0.05);
    trainer.step(realImages, labels);
    expect(largest(discriminator)).toBe(0.05);
    expect(largest(generator)).toBeGreaterThan(0.05);
  });

  it('moves what is out of bounds to the bound on its side, and counts as a change', () => {
    const given = setUp();
    const [, weight, bias] = given.discriminator.parameters;
    const discriminatorOptimizer = {
      parameters: [weight, bias],
      state: [],
      learningRate: 0,
      zeroGradients() {},
      step() {
        weight.value.data.set([0.4, -0.4, 3, -3]);
        bias.value.data.set([-0.5]);
      },
    };
    const { trainer } = setUp({ ...given.options, discriminatorOptimizer, weightClip: 0.5 });
    const versions = [weight.version, bias.version];
    trainer.discriminatorStep(given.realImages, given.labels);
    expect([...weight.value.data, ...bias.value.data]).toEqual([0.4, -0.4, 0.5, -0.5, -0.5]);
    expect([weight.version, bias.version]).toEqual(versions.map((version) => version + 1));
  });

  it.each([0, -1, Infinity, Number.NaN, '1' as never])('%s means nothing', (weightClip) => {
    expect(() => setUp({ weightClip })).toThrow(
      new RangeError(`GanTrainer: weightClip must be a number above 0, such as 0.01, not ${weightClip}`),
    );
  });
});

describe('labels', () => {
  it('that are not one for each image are refused, and nothing is changed', () => {
    const { trainer, generator, discriminator, realImages, random } = setUp();
    const before = [stateOf(generator), stateOf(discriminator), random.state];
    expect(() => trainer.step(realImages, zeros([3]))).toThrow(
      new RangeError('GanTrainer: there are 4 images, so labels must be [4], not [3]'),
    );
    expect(() => trainer.step(realImages, [0, 1, 2, 0] as never)).toThrow(
      new TypeError(
        'GanTrainer: labels must be a float32 or float64 tensor; make one with tensor([...]) or zeros([...])',
      ),
    );
    expect([stateOf(generator), stateOf(discriminator), random.state]).toEqual(before);
  });

  it('decide what imageGradientAt asks for', () => {
    const { trainer, discriminator, realImages, labels } = setUp();
    // Nothing but a row of weights stands between image and score: dL/dimage = −W/N, whatever the label.
    const [, weight] = discriminator.parameters;
    const row = [...weight.value.data.subarray(0, 2)].map((w) => -w / N);
    expect(trainer.imageGradientAt(realImages, labels)).toBeAllclose([row, row, row, row]);
    expect(() => trainer.imageGradientAt(realImages)).toThrow(/labels are missing/);
  });
});

describe('what does not fit is refused in these words', () => {
  const noTensor = 'must be a float32 or float64 tensor; make one with tensor([...]) or zeros([...])';

  it.each<[string, Partial<GanTrainerOptions>, Error]>([
    ...(['generator', 'discriminator'] as const).map((name): [string, Partial<GanTrainerOptions>, Error] => [
      name,
      { [name]: {} },
      new TypeError(`GanTrainer: ${name} must be a layer, such as new ReLU(), with a forward and a backward`),
    ]),
    ...(['generator', 'discriminator'] as const).map((name): [string, Partial<GanTrainerOptions>, Error] => [
      `${name}Optimizer`,
      { [`${name}Optimizer`]: undefined },
      new TypeError(`GanTrainer: ${name}Optimizer must be an optimizer, such as new Adam(${name}.parameters)`),
    ]),
    ...(['generator', 'discriminator'] as const).map((name): [string, Partial<GanTrainerOptions>, Error] => [
      `${name}Optimizer`,
      { [`${name}Optimizer`]: new Adam(new Linear({ inFeatures: 1, outFeatures: 1 }).parameters) },
      new Error(`GanTrainer: ${name}Optimizer trains weight, which is not the ${name}'s; give it ${name}.parameters`),
    ]),
    [
      'random',
      { random: Math.random as never },
      new TypeError('GanTrainer: random must be a generator, such as new Random(1)'),
    ],
    ['latentSize', { latentSize: 0 }, new RangeError('GanTrainer: latentSize must be a whole number from 1, not 0')],
    [
      'latentSize',
      { latentSize: 7 },
      new RangeError(
        'GanTrainer: the generator does not take the noise: Linear: x has 9 features, but the weight expects 5 (x is [1, 9])',
      ),
    ],
    [
      'loss',
      { loss: 'wgan' as never },
      new RangeError(
        "GanTrainer: loss must be one of bce, bce-logits, two-output, least-squares, hinge, wasserstein, not 'wgan'",
      ),
    ],
    [
      'loss',
      { loss: 'two-output' },
      new RangeError(
        "GanTrainer: with the loss 'two-output' the discriminator must give [N, 2], but for one image it gave [1, 1]",
      ),
    ],
    [
      'generatorLoss',
      { generatorLoss: 'saturating' as never },
      new RangeError("GanTrainer: generatorLoss must be 'non-saturating' or 'minimax', not 'saturating'"),
    ],
    ...[0.5, 1.1, Number.NaN].map((realLabel): [string, Partial<GanTrainerOptions>, Error] => [
      'realLabel',
      { realLabel },
      new RangeError(`GanTrainer: realLabel must be above .5 and at most 1, not ${realLabel}`),
    ]),
    ...(['two-output', 'hinge', 'wasserstein'] as const).map((loss): [string, Partial<GanTrainerOptions>, Error] => [
      'realLabel',
      { loss, realLabel: 0.9 },
      new RangeError(`GanTrainer: the loss '${loss}' has fixed targets and cannot smooth labels; use realLabel 1`),
    ]),
  ])('%s %#', (_, wrong, error) => {
    expect(() => setUp(wrong)).toThrow(error);
  });

  it('the losses that aim at a number may smooth it', () => {
    expect(setUp({ loss: 'least-squares', realLabel: 0.9 }).trainer.realLabel).toBe(0.9);
    expect(setUp({ loss: 'bce-logits', realLabel: 0.9 }).trainer.realLabel).toBe(0.9);
  });

  it('networks that do not fit each other, or share a parameter', () => {
    const wide = new Linear({ inFeatures: latentSize, outFeatures: 5, dtype });
    const generatorOptimizer = new Adam(wide.parameters);
    expect(() => setUp({ generator: wide, generatorOptimizer })).toThrow(
      new RangeError(
        "GanTrainer: the discriminator does not take the generator's images: Linear: x has 7 features, but the weight expects 4 (x is [1, 7])",
      ),
    );
    const discriminator = new Sequential([wide]);
    const discriminatorOptimizer = new Adam(discriminator.parameters);
    expect(() => setUp({ generator: wide, discriminator, generatorOptimizer, discriminatorOptimizer })).toThrow(
      new Error('GanTrainer: generator and discriminator share a parameter; make two networks'),
    );
  });

  it.each<[string, () => Tensor, Error]>([
    ['no tensor', () => [[1, 2]] as never, new TypeError(`GanTrainer: realImages ${noTensor}`)],
    [
      'float32',
      () => zeros([N, 2]),
      new TypeError('GanTrainer: realImages are float32, but the generator is float64; make both the same dtype'),
    ],
    ...[
      [N, 3],
      [0, 2],
      [N, 2, 1],
    ].map((shape): [string, () => Tensor, Error] => [
      `[${shape}]`,
      () => zeros(shape, dtype),
      new RangeError(`GanTrainer: realImages must be [N, 2] like the generator's, but they are [${shape.join(', ')}]`),
    ]),
    [
      'infinite',
      () =>
        tensor(
          [
            [1, 2],
            [3, 4],
            [5, Infinity],
          ],
          dtype,
        ),
      new RangeError(
        'GanTrainer: realImages must hold finite numbers, but image 2 holds Infinity; nothing has been changed',
      ),
    ],
  ])('images: %s', (_, images, error) => {
    const { trainer, labels } = setUp();
    expect(() => trainer.step(images(), labels)).toThrow(error);
  });
});

it('the error of a network stands behind that of the trainer', () => {
  const cause = new RangeError('Linear: x has 9 features, but the weight expects 5 (x is [1, 9])');
  expect(() => setUp({ latentSize: 7 })).toThrow(expect.objectContaining({ cause }));
});

it('a generator without parameters is a float32 one', () => {
  const generator = new Reshape({ shape: [latentSize] });
  const discriminator = new Linear({ inFeatures: latentSize, outFeatures: 1 });
  const trainer = new GanTrainer({
    generator,
    discriminator,
    generatorOptimizer: { parameters: [], state: [], learningRate: 0, step() {}, zeroGradients() {} },
    discriminatorOptimizer: new Adam(discriminator.parameters),
    latentSize,
    random: new Random(1),
    loss: 'least-squares',
  });
  expect(trainer.step(zeros([2, latentSize])).imageGradient).toHaveLength(2);
});
