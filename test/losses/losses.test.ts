import { describe, expect, it } from 'vitest';
import {
  BCELoss,
  BCEWithLogitsLoss,
  CrossEntropyLoss,
  checkLossGradient,
  HingeLoss,
  L1Loss,
  LeastSquaresLoss,
  type Loss,
  MSELoss,
  Random,
  type Tensor,
  tensor,
  WassersteinLoss,
  zeros,
} from '../../src/index.ts';
import '../matchers.ts';

const dtype = 'float64';
const log = Math.log;

interface LossKind {
  readonly name: string;
  readonly create: () => Loss;
  readonly prediction: Tensor;
  readonly target: Tensor;
  /** An entry that target must not have. */
  readonly wrong: number;
}

const random = new Random(3);
const allLosses: readonly LossKind[] = [
  {
    name: 'BCELoss',
    create: () => new BCELoss(),
    prediction: random.uniform([4, 3], 0.1, 0.9, dtype),
    target: random.uniform([4, 3], 0, 1, dtype),
    wrong: -1,
  },
  {
    name: 'BCEWithLogitsLoss',
    create: () => new BCEWithLogitsLoss(),
    prediction: random.normal([4, 3], 0, 3, dtype),
    target: random.uniform([4, 3], 0, 1, dtype),
    wrong: -1,
  },
  {
    name: 'CrossEntropyLoss',
    create: () => new CrossEntropyLoss(),
    prediction: random.normal([4, 3], 0, 3, dtype),
    target: tensor([2, 0, 1, 1], dtype),
    wrong: -1,
  },
  ...[MSELoss, L1Loss, LeastSquaresLoss].map((kind) => ({
    name: kind.name,
    create: () => new kind(),
    prediction: random.normal([4, 3], 0, 3, dtype),
    target: random.normal([4, 3], 0, 3, dtype),
    wrong: Number.NaN,
  })),
  ...[HingeLoss, WassersteinLoss].map((kind) => ({
    name: kind.name,
    create: () => new kind(),
    prediction: random.normal([4, 3], 0, 3, dtype),
    target: tensor(
      [
        [1, -1, -1],
        [1, 1, -1],
        [-1, 1, 1],
        [-1, -1, 1],
      ],
      dtype,
    ),
    wrong: 0,
  })),
];

describe.each(allLosses)('$name', ({ name, create, prediction, target, wrong: wrongEntry }) => {
  it('centred differences agree with backward', () => {
    const { relativeError } = checkLossGradient(create(), prediction, target);
    expect(relativeError).toBeLessThanOrEqual(1e-7);
  });

  it('is a mean: the batch twice over gives the same loss and half the gradient', () => {
    const twice = (t: Tensor) => tensor([...rows(t), ...rows(t)], dtype);
    const [once, doubled] = [create(), create()];
    expect(doubled.forward(twice(prediction), twice(target))).toBeCloseTo(once.forward(prediction, target), 12);
    const gradient = once.backward();
    const half = rows(doubled.backward()).slice(0, 4).flat();
    expect(half.map((value) => 2 * value)).toBeAllclose([...gradient.data]);
  });

  it('backward needs a forward of its own', () => {
    const loss = create();
    expect(() => loss.backward()).toThrow(`${name}: backward needs a forward of its own`);
    loss.forward(prediction, target);
    loss.backward();
    expect(() => loss.backward()).toThrow(`${name}: backward needs a forward of its own`);
  });

  it('writes to neither prediction nor target, and takes strided views', () => {
    const [before, targetBefore] = [[...prediction.data], [...target.data]];
    const loss = create();
    const value = loss.forward(prediction, target);
    const gradient = loss.backward();
    expect([...prediction.data]).toEqual(before);
    expect([...target.data]).toEqual(targetBefore);
    expect(loss.forward(strided(prediction), strided(target))).toBe(value);
    expect([...loss.backward().data]).toEqual([...gradient.data]);
  });

  it('a prediction that is not finite, or no tensor, or empty, is an error before anything is kept', () => {
    const loss = create();
    for (const bad of [Number.NaN, Infinity, -Infinity]) {
      const wrong = tensor(rows(prediction), dtype);
      wrong.data[5] = bad;
      expect(() => loss.forward(wrong, target)).toThrow(
        `${name}: prediction must be a finite number (if training has diverged, use a lower learning rate), but entry 5 is ${bad}`,
      );
    }
    expect(() => loss.forward([[0.5]] as never, target)).toThrow(
      `${name}: prediction must be a float32 or float64 tensor`,
    );
    expect(() => loss.forward(zeros([0, 3], dtype), zeros([0], dtype))).toThrow(
      `${name}: the mean over no entries is undefined (prediction is [0, 3])`,
    );
    expect(() => loss.backward()).toThrow(/needs a forward/);
  });

  it('a bad target leaves what an earlier forward kept', () => {
    const [loss, same] = [create(), create()];
    loss.forward(prediction, target);
    same.forward(prediction, target);
    const wrong = tensor(rows(target), dtype);
    wrong.data[0] = wrongEntry;
    expect(() => loss.forward(prediction, wrong)).toThrow(/target must be/);
    expect(() => loss.forward(prediction, undefined as never)).toThrow(
      `${name}: target must be a float32 or float64 tensor`,
    );
    expect([...loss.backward().data]).toEqual([...same.backward().data]);
  });

  it('gives float32 gradients for float32 predictions', () => {
    const loss = create();
    loss.forward(tensor(rows(prediction)), tensor(rows(target)));
    expect(loss.backward().data).toBeInstanceOf(Float32Array);
  });
});

describe.each(allLosses.filter(({ name }) => name !== 'CrossEntropyLoss'))('$name, target', (kind) => {
  const { name, create, prediction } = kind;

  it.each([
    [[4], '[4]'],
    [[3, 4], '[3, 4]'],
    [[4, 3, 1], '[4, 3, 1]'],
  ])('of shape %j', (shape, shown) => {
    expect(() => create().forward(prediction, zeros(shape, dtype))).toThrow(
      `${name}: target is ${shown}, but prediction is [4, 3]`,
    );
  });

  it('of another dtype', () => {
    expect(() => create().forward(prediction, zeros([4, 3]))).toThrow(
      `${name}: target is float32, but prediction is float64`,
    );
  });
});

describe.each(allLosses.slice(0, 2))('$name, target', ({ name, create, prediction }) => {
  it.each([-0.001, -1e-9, 1.001, 1 + 1e-9, Number.NaN])('with an entry %d', (entry) => {
    const target = zeros([4, 3], dtype);
    target.data[7] = entry;
    expect(() => create().forward(prediction, target)).toThrow(
      `${name}: target must be a probability from 0 to 1, but entry 7 is ${entry}`,
    );
  });
});

describe('MSELoss and LeastSquaresLoss', () => {
  it('differ by a factor of two, loss and gradient', () => {
    const { prediction, target } = allLosses[3];
    const [mse, leastSquares] = [new MSELoss(), new LeastSquaresLoss()];
    expect(mse.forward(prediction, target)).toBeCloseTo(2 * leastSquares.forward(prediction, target), 12);
    expect(mse.backward()).toBeAllclose({
      shape: [4, 3],
      data: [...leastSquares.backward().data].map((value) => 2 * value),
    });
  });
});

describe('BCELoss', () => {
  it('by hand', () => {
    const loss = new BCELoss();
    expect(loss.forward(tensor([0.8, 0.3], dtype), tensor([1, 0.25], dtype))).toBeCloseTo(
      -(log(0.8) + 0.25 * log(0.3) + 0.75 * log(0.7)) / 2,
      14,
    );
    // (ŷ − y) / (ŷ (1 − ŷ)) / 2
    expect(loss.backward()).toBeAllclose([-0.2 / 0.16 / 2, 0.05 / 0.21 / 2]);
  });

  it('at predictions of 0 and 1 is held as PyTorch holds it: log at −100, the denominator at float32 1e-12', () => {
    const loss = new BCELoss();
    expect(loss.forward(tensor([0, 1, 0, 1], dtype), tensor([1, 0, 0, 1], dtype))).toBe(50);
    expect(loss.backward()).toBeAllclose([-1 / Math.fround(1e-12) / 4, 1 / Math.fround(1e-12) / 4, 0, 0]);
  });

  it.each([-0.001, -1e-9, 1.001, 1 + 1e-9])('a prediction of %d is an error', (entry) => {
    expect(() => new BCELoss().forward(tensor([0.5, entry], dtype), tensor([1, 1], dtype))).toThrow(
      `BCELoss: prediction must be a probability from 0 to 1 (end in a Sigmoid, or use BCEWithLogitsLoss), but entry 1 is ${entry}`,
    );
  });
});

describe('BCEWithLogitsLoss', () => {
  it('by hand', () => {
    const loss = new BCEWithLogitsLoss();
    expect(loss.forward(tensor([0, log(3)], dtype), tensor([1, 0.5], dtype))).toBeCloseTo(
      (log(2) - (log(0.75) + log(0.25)) / 2) / 2,
      14,
    );
    expect(loss.backward()).toBeAllclose([-0.25, 0.125]);
  });

  it('is BCELoss after a sigmoid', () => {
    const { prediction, target } = allLosses[1];
    const [logits, probabilities] = [new BCEWithLogitsLoss(), new BCELoss()];
    const squashed = tensor(
      rows(prediction).map((row) => (row as number[]).map((z) => 1 / (1 + Math.exp(-z)))),
      dtype,
    );
    expect(logits.forward(prediction, target)).toBeCloseTo(probabilities.forward(squashed, target), 12);
  });

  it('stays finite for any logit', () => {
    const loss = new BCEWithLogitsLoss();
    expect(loss.forward(tensor([1000, -1000, 1e300, 1000], dtype), tensor([0, 1, 1, 1], dtype))).toBe(500);
    expect(loss.backward()).toBeAllclose([0.25, -0.25, 0, 0]);
  });
});

describe('CrossEntropyLoss', () => {
  it('by hand', () => {
    const loss = new CrossEntropyLoss();
    const logits = tensor(
      [
        [0, log(2), log(5)],
        [0, 0, 0],
      ],
      dtype,
    );
    // Rows of probabilities (1/8, 2/8, 5/8) and (1/3, 1/3, 1/3).
    expect(loss.forward(logits, tensor([2, 0]))).toBeCloseTo((log(8 / 5) + log(3)) / 2, 14);
    expect(loss.backward()).toBeAllclose([
      [1 / 16, 2 / 16, -3 / 16],
      [-1 / 3, 1 / 6, 1 / 6],
    ]);
  });

  it('stays finite for any logits', () => {
    const loss = new CrossEntropyLoss();
    expect(
      loss.forward(
        tensor(
          [
            [1000, 0],
            [-1000, -999],
          ],
          dtype,
        ),
        tensor([1, 1]),
      ),
    ).toBeCloseTo((1000 + log(1 + Math.exp(-1))) / 2, 10);
    const p = 1 / (1 + Math.exp(1));
    expect(loss.backward()).toBeAllclose([
      [0.5, -0.5],
      [p / 2, -p / 2],
    ]);
  });

  it.each([3, -1, 0.5, Number.NaN, Infinity])('a class index of %d is an error', (index) => {
    const target = tensor([0, 1, 2, index], dtype);
    expect(() => new CrossEntropyLoss().forward(allLosses[2].prediction, target)).toThrow(
      `CrossEntropyLoss: target must be a class index from 0 to 2, but entry 3 is ${index}`,
    );
  });

  it.each([[3], [4, 1], [4, 3], []])('a target of shape [%s] is an error', (...shape) => {
    expect(() => new CrossEntropyLoss().forward(allLosses[2].prediction, zeros(shape, dtype))).toThrow(
      'CrossEntropyLoss: target must be class indices [4], one for each row, but it is',
    );
  });

  it('logits must be rows', () => {
    expect(() => new CrossEntropyLoss().forward(zeros([4], dtype), zeros([4]))).toThrow(
      'CrossEntropyLoss: prediction must be logits [N, classes], but it is [4]',
    );
    expect(() => new CrossEntropyLoss().forward(zeros([2, 3, 4]), zeros([2]))).toThrow(
      'CrossEntropyLoss: prediction must be logits [N, classes], but it is [2, 3, 4]',
    );
  });
});

/** The first axis as a list. */
function rows(t: Tensor): (number | number[])[] {
  const [N, columns] = t.shape;
  return Array.from({ length: N }, (_, n) =>
    columns === undefined ? t.get(n) : Array.from({ length: columns }, (_, c) => t.get(n, c)),
  );
}

/** The same entries as every second one of a larger array. */
function strided(t: Tensor): Tensor {
  const view = zeros(
    t.shape.map((size) => 2 * size),
    dtype,
  ).step(...t.shape.map(() => 2));
  for (const [n, row] of rows(t).entries()) {
    if (typeof row === 'number') view.set(n, row);
    else for (const [c, value] of row.entries()) view.set(n, c, value);
  }
  return view;
}
