import { describe, expect, it } from 'vitest';
import { centredDifferences, compare } from '../../src/gradient-check/check-gradients.ts';
import {
  BatchNorm1d,
  BCELoss,
  BCEWithLogitsLoss,
  CrossEntropyLoss,
  type Layer,
  Linear,
  Random,
  Reshape,
  Sequential,
  SGD,
  Sigmoid,
  type Tensor,
  tensor,
  toNested,
  zeros,
} from '../../src/index.ts';
import { ClassifierTrainer } from '../../src/training/classifier-trainer.ts';
import '../matchers.ts';
import { randomise, stateOf } from '../layers/all-layers.ts';

const dtype = 'float64';

const kinds = {
  bce: { outputs: 1, last: () => [new Sigmoid()], Loss: BCELoss },
  'bce-logits': { outputs: 1, last: () => [], Loss: BCEWithLogitsLoss },
  'cross-entropy': { outputs: 3, last: () => [], Loss: CrossEntropyLoss },
};
type Kind = keyof typeof kinds;
const names = Object.keys(kinds) as Kind[];

/** Two-feature "images", labels, and a network with a batch norm, so that the mode makes a difference. */
function setUp(loss: Kind) {
  const random = new Random(5);
  const { outputs, last } = kinds[loss];
  const network = randomise(
    new Sequential([
      new Linear({ inFeatures: 2, outFeatures: 4, dtype }),
      new BatchNorm1d({ numFeatures: 4, dtype }),
      new Linear({ inFeatures: 4, outFeatures: outputs, dtype }),
      ...last(),
    ]),
    random,
  );
  const optimizer = new SGD(network.parameters, { learningRate: 0.1 });
  return {
    network,
    optimizer,
    images: random.normal([5, 2], 0, 1, dtype),
    labels: tensor(outputs === 1 ? [1, 0, 0, 1, 1] : [2, 0, 1, 1, 2], dtype),
    trainer: new ClassifierTrainer({ network, optimizer, loss }),
  };
}

/** The loss of a prediction, written out here. */
function lossOf(loss: Kind, prediction: Tensor, labels: Tensor) {
  const criterion = new kinds[loss].Loss();
  const target =
    loss === 'cross-entropy'
      ? labels
      : tensor(
          [...labels.data].map((y) => [y]),
          dtype,
        );
  return { value: criterion.forward(prediction, target), dPrediction: criterion.backward() };
}

describe.each(names)('%s', (loss) => {
  it('a step is forward, loss, backward and the optimizer', () => {
    const { trainer, network, images, labels } = setUp(loss);
    const twin = setUp(loss);
    for (const { gradient } of network.parameters) gradient.data.fill(7);
    const step = trainer.step(images, labels);

    twin.optimizer.zeroGradients();
    const prediction = twin.network.forward(twin.images);
    const { value, dPrediction } = lossOf(loss, prediction, twin.labels);
    twin.network.backward(dPrediction);
    twin.optimizer.step();
    expect(step.loss).toBe(value);
    expect(stateOf(network)).toEqual(stateOf(twin.network));
    expect(step.accuracy).toBe(trainerAccuracy(loss, prediction, labels));
  });

  it.each([1, 2, 5, 250])(
    'evaluation is in evaluation mode, changes nothing, and in batches of %i is the same',
    (size) => {
      const { trainer, network, images, labels } = setUp(loss);
      network.parameters[1].frozen = true;
      network.layers[2].training = false;
      const before = stateOf(network);
      const { loss: mean, losses, accuracy } = trainer.evaluate({ images, labels }, size);
      const predicted = trainer.predict(images, size);
      expect(stateOf(network)).toEqual(before);

      network.training = false;
      const prediction = network.forward(images);
      expect(mean).toBeCloseTo(lossOf(loss, prediction, labels).value, 12);
      expect(losses).toHaveLength(5);
      expect(losses.reduce((sum, each) => sum + each) / 5).toBeCloseTo(mean, 12);
      expect(losses[3]).toBeCloseTo(lossOf(loss, network.forward(row(images, 3)), row(labels, 3)).value, 12);
      expect(accuracy).toBe(trainerAccuracy(loss, prediction, labels));
      expect(predicted.filter((c, n) => c === labels.data[n]).length / 5).toBe(accuracy);
    },
  );

  it('imageGradientAt is dL/dimages in evaluation mode, and changes nothing', () => {
    const { trainer, network, images, labels } = setUp(loss);
    network.parameters[1].frozen = true;
    const before = stateOf(network);
    const dImages = trainer.imageGradientAt(images, labels);
    expect(stateOf(network)).toEqual(before);
    network.training = false;
    const whole = () => lossOf(loss, network.forward(images), labels).value;
    expect(compare('images', dImages, centredDifferences(whole, images, 1e-5)).relativeError).toBeLessThanOrEqual(1e-7);
  });
});

function row({ data, shape: [N, ...shape] }: Tensor, n: number): Tensor {
  const size = data.length / N;
  const one = zeros([1, ...shape], dtype);
  one.data.set(data.subarray(n * size, (n + 1) * size));
  return one;
}

function trainerAccuracy(loss: Kind, prediction: Tensor, labels: Tensor): number {
  const right = [...labels.data].filter((label, n) => {
    if (loss !== 'cross-entropy') return prediction.get(n, 0) > (loss === 'bce' ? 0.5 : 0) === (label === 1);
    const others = [0, 1, 2].filter((c) => c !== label);
    return others.every((c) => prediction.get(n, c) < prediction.get(n, label));
  });
  return right.length / 5;
}

describe('what is chosen, by hand', () => {
  /** A network that gives what it is given. */
  function identity(size: number, last: readonly Layer[] = []) {
    const linear = new Linear({ inFeatures: size, outFeatures: size, dtype });
    linear.weight.value.data.fill(0);
    for (let i = 0; i < size; i++) linear.weight.value.data[i * size + i] = 1;
    linear.bias?.value.data.fill(0);
    return new Sequential([linear, ...last]);
  }
  const trainerOf = (network: Layer, loss: Kind) =>
    new ClassifierTrainer({ network, optimizer: new SGD(network.parameters, { learningRate: 1 }), loss });

  it('class 1 from a probability above ½, and a logit above 0', () => {
    const z = tensor([[-0.1], [0], [0.1]], dtype);
    expect(trainerOf(identity(1), 'bce-logits').predict(z)).toEqual([0, 0, 1]);
    expect(trainerOf(identity(1, [new Sigmoid()]), 'bce').predict(z)).toEqual([0, 0, 1]);
  });

  it('the largest logit, the first of equal ones', () => {
    const logits = tensor(
      [
        [1, 3, 2],
        [-1, -3, -2],
        [0, 1, 1],
      ],
      dtype,
    );
    const trainer = trainerOf(identity(3), 'cross-entropy');
    expect(trainer.predict(logits)).toEqual([1, 0, 1]);
    expect(trainer.evaluate({ images: logits, labels: tensor([1, 0, 2]) }).accuracy).toBe(2 / 3);
  });
});

it('a shape of images is tried out once, with one image, and all go through in batches', () => {
  const { trainer, network, images } = setUp('cross-entropy');
  const sizes: number[] = [];
  const forward = network.forward.bind(network);
  network.forward = (x) => {
    sizes.push(x.shape[0]);
    return forward(x);
  };
  const first = (N: number) => tensor(toNested<number[][]>(images).slice(0, N), dtype);
  trainer.predict(first(4), 2);
  trainer.predict(first(3), 2);
  expect(sizes).toEqual([1, 2, 2, 2, 1]);
});

it('a network without parameters is nothing to train', () => {
  const optimizer = { parameters: [], state: [], learningRate: 0, step() {}, zeroGradients() {} };
  expect(() => new ClassifierTrainer({ network: new Sigmoid(), optimizer, loss: 'bce' })).toThrow(
    new RangeError('ClassifierTrainer: the network has no parameters to train; put a Linear or a Conv2d into it'),
  );
});

it('every new shape of images is tried out, and a NaN is never a class', () => {
  const { trainer, images } = setUp('bce-logits');
  trainer.predict(images);
  expect(() => trainer.predict(zeros([5, 3], dtype))).toThrow(
    /^ClassifierTrainer: the network does not take the images/,
  );
  trainer.network.parameters[0].value.data[0] = Number.NaN;
  expect(() => trainer.predict(images)).toThrow(
    new RangeError(
      'ClassifierTrainer: the network gives a NaN for image 0; has training diverged? Try a smaller learning rate',
    ),
  );
});

describe('what does not fit is refused, and nothing is changed', () => {
  it.each<[string, (given: ReturnType<typeof setUp>) => unknown, Error]>([
    [
      'images of another dtype',
      ({ trainer, labels }) => trainer.step(zeros([5, 2]), labels),
      new TypeError('ClassifierTrainer: images are float32, but the network is float64; make both the same dtype'),
    ],
    [
      'images that are no tensor',
      ({ trainer, labels }) => trainer.step([[1, 2]] as never, labels),
      new TypeError(
        'ClassifierTrainer: images must be a float32 or float64 tensor; make one with tensor([...]) or zeros([...])',
      ),
    ],
    [
      'labels that are no tensor',
      ({ trainer, images }) => trainer.step(images, [1, 0, 0, 1, 1] as never),
      new TypeError(
        'ClassifierTrainer: labels must be a float32 or float64 tensor; make one with tensor([...]) or zeros([...])',
      ),
    ],
    [
      'no images',
      ({ trainer }) => trainer.step(zeros([0, 2], dtype), zeros([0], dtype)),
      new RangeError('ClassifierTrainer: images must be [N, …], at least one of them, but they are [0, 2]'),
    ],
    [
      'a single number',
      ({ trainer }) => trainer.predict(zeros([], dtype)),
      new RangeError('ClassifierTrainer: images must be [N, …], at least one of them, but they are []'),
    ],
    [
      'a pixel that is no number',
      ({ trainer, images, labels }) => {
        images.data[5] = Number.NaN;
        trainer.step(images, labels);
      },
      new RangeError(
        'ClassifierTrainer: images must hold finite numbers, but image 2 holds NaN; nothing has been changed',
      ),
    ],
    [
      'too few labels',
      ({ trainer, images }) => trainer.evaluate({ images, labels: zeros([4]) }),
      new RangeError('ClassifierTrainer: labels must be [5], one class index for each image, but they are [4]'),
    ],
    ...[3, -1, 0.5].map((label): [string, (given: ReturnType<typeof setUp>) => unknown, Error] => [
      `a label of ${label}`,
      ({ trainer, images }) => trainer.imageGradientAt(images, tensor([0, 1, label, 0, 0])),
      new RangeError(`ClassifierTrainer: labels must be class indices from 0 to 2, but label 2 is ${label}`),
    ]),
    [
      'nothing',
      ({ trainer }) => trainer.evaluate(undefined as never),
      new TypeError(
        'ClassifierTrainer: images must be a float32 or float64 tensor; make one with tensor([...]) or zeros([...])',
      ),
    ],
    [
      'a batch size of 0',
      ({ trainer, images }) => trainer.predict(images, 0),
      new RangeError('ClassifierTrainer: batchSize must be a whole number from 1, not 0'),
    ],
    [
      'images of another size',
      ({ trainer }) => trainer.predict(zeros([5, 3], dtype)),
      new RangeError(
        'ClassifierTrainer: the network does not take the images: Linear: x has 3 features, but the weight expects 2 (x is [1, 3])',
      ),
    ],
  ])('%s', (_, call, error) => {
    const given = setUp('cross-entropy');
    const before = stateOf(given.network);
    expect(() => call(given)).toThrow(error);
    expect(stateOf(given.network)).toEqual(before);
  });

  it.each<[Kind, Layer | undefined, string, string]>([
    ['bce', undefined, 'one probability an image, [N, 1]', '[1, 3]'],
    ['bce-logits', undefined, 'one logit an image, [N, 1]', '[1, 3]'],
    ['bce-logits', new Reshape({ shape: [1, 3] }), 'one logit an image, [N, 1]', '[1, 1, 3]'],
    ['cross-entropy', new Reshape({ shape: [1, 3] }), 'logits of two classes or more, [N, classes]', '[1, 1, 3]'],
    ['cross-entropy', new Reshape({ shape: [3, 1] }), 'logits of two classes or more, [N, classes]', '[1, 3, 1]'],
    [
      'cross-entropy',
      new Linear({ inFeatures: 3, outFeatures: 1, dtype }),
      'logits of two classes or more, [N, classes]',
      '[1, 1]',
    ],
  ])('%s for another kind of output', (loss, last, expected, shape) => {
    const { network: given, images } = setUp('cross-entropy');
    const network = new Sequential([given, ...(last ? [last] : [])]);
    const trainer = new ClassifierTrainer({
      network,
      optimizer: new SGD(network.parameters, { learningRate: 1 }),
      loss,
    });
    expect(() => trainer.predict(images)).toThrow(
      new RangeError(
        `ClassifierTrainer: with the loss '${loss}' the network must give ${expected}, but for one image it gave ${shape}`,
      ),
    );
  });

  it('two classes are classes enough', () => {
    const network = new Linear({ inFeatures: 2, outFeatures: 2, dtype });
    const optimizer = new SGD(network.parameters, { learningRate: 1 });
    const trainer = new ClassifierTrainer({ network, optimizer, loss: 'cross-entropy' });
    expect(trainer.step(zeros([1, 2], dtype), zeros([1])).loss).toBeGreaterThan(0);
  });

  it('logits where probabilities are wanted are noticed before any training', () => {
    const network = new Linear({ inFeatures: 2, outFeatures: 1, dtype });
    network.weight.value.data.set([3, 0]);
    const trainer = new ClassifierTrainer({
      network,
      optimizer: new SGD(network.parameters, { learningRate: 1 }),
      loss: 'bce',
    });
    expect(() => trainer.predict(tensor([[2, 0]], dtype))).toThrow(/prediction must be a probability from 0 to 1/);
  });

  it.each<[string, object, Error]>([
    [
      'a loss',
      { loss: 'mse' },
      new RangeError("ClassifierTrainer: loss must be one of bce, bce-logits, cross-entropy, not 'mse'"),
    ],
    [
      'a loss',
      { loss: 'toString' },
      new RangeError("ClassifierTrainer: loss must be one of bce, bce-logits, cross-entropy, not 'toString'"),
    ],
    [
      'a network',
      { network: {} },
      new TypeError('ClassifierTrainer: network must be a layer, such as new ReLU(), with a forward and a backward'),
    ],
    ...[undefined, {}].map((optimizer): [string, object, Error] => [
      'an optimizer',
      { optimizer },
      new TypeError('ClassifierTrainer: optimizer must be an optimizer, such as new Adam(network.parameters)'),
    ]),
    [
      'an optimizer',
      { optimizer: new SGD(new Linear({ inFeatures: 1, outFeatures: 1 }).parameters, { learningRate: 1 }) },
      new Error("ClassifierTrainer: optimizer trains weight, which is not the network's; give it network.parameters"),
    ],
    [
      'an option',
      { epochs: 3 },
      new TypeError("ClassifierTrainer: there is no option 'epochs'; the options are network, optimizer, loss"),
    ],
  ])('%s that is none', (_, wrong, error) => {
    const { network, optimizer } = setUp('bce');
    expect(() => new ClassifierTrainer({ network, optimizer, loss: 'bce', ...wrong })).toThrow(error);
  });
});
