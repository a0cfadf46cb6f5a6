import { describe, expect, it } from 'vitest';
import {
  BCELoss,
  BCEWithLogitsLoss,
  CrossEntropyLoss,
  HingeLoss,
  L1Loss,
  LeastSquaresLoss,
  type Loss,
  MSELoss,
  tensor,
  WassersteinLoss,
  zeros,
} from '../../src/index.ts';
import '../matchers.ts';

const dtype = 'float64';

/** Each loss, a target that it takes, one that it does not, and what it says of that. */
const allLosses: readonly (readonly [new () => Loss, readonly number[], readonly number[], string])[] = [
  [BCELoss, [1, 0], [0, 2], 'a probability from 0 to 1, but entry 1 is 2'],
  [BCEWithLogitsLoss, [1, 0], [0, -1], 'a probability from 0 to 1, but entry 1 is -1'],
  [MSELoss, [1, 0], [Infinity, 0], 'a finite number, but entry 0 is Infinity'],
  [L1Loss, [1, 0], [0, Number.NaN], 'a finite number, but entry 1 is NaN'],
  [LeastSquaresLoss, [1, 0], [0, -Infinity], 'a finite number, but entry 1 is -Infinity'],
  [HingeLoss, [1, -1], [-1, 0], '1 for real or −1 for generated, but entry 1 is 0'],
  [WassersteinLoss, [1, -1], [0.9, 1], '1 for real or −1 for generated, but entry 0 is 0.9'],
];
const NO_TENSOR = 'must be a float32 or float64 tensor; make one with tensor([...]) or zeros([...])';
const NO_FORWARD = 'backward needs a forward of its own; call forward first, once for every backward';

describe.each(allLosses.map(([kind, ...rest]) => [kind.name, kind, ...rest] as const))(
  '%s',
  (name, kind, allowed, refused, message) => {
    const prediction = tensor([0.5, 0.25], dtype);
    const target = tensor([...allowed], dtype);
    const refusal = (p: unknown, y: unknown) => expect(() => new kind().forward(p as never, y as never));

    it('names itself and what is no tensor', () => {
      refusal([0.5], target).toThrow(new TypeError(`${name}: prediction ${NO_TENSOR}`));
      refusal(prediction, [1]).toThrow(new TypeError(`${name}: target ${NO_TENSOR}`));
    });

    it('names itself, the place and the value where a prediction is not finite', () => {
      refusal(tensor([0.5, Number.NaN], dtype), target).toThrow(
        new RangeError(
          `${name}: prediction must be a finite number (if training has diverged, use a lower learning rate), but entry 1 is NaN`,
        ),
      );
    });

    it('names itself where there is nothing to take the mean of', () => {
      refusal(zeros([3, 0], dtype), zeros([3, 0], dtype)).toThrow(
        new RangeError(`${name}: the mean over no entries is undefined (prediction is [3, 0])`),
      );
    });

    it('names itself and both where target is of another shape or dtype', () => {
      refusal(prediction, tensor([[...allowed]], dtype)).toThrow(
        new RangeError(`${name}: target is [1, 2], but prediction is [2]`),
      );
      refusal(prediction, tensor([...allowed])).toThrow(
        new TypeError(`${name}: target is float32, but prediction is float64; make both the same dtype`),
      );
    });

    it('names itself, the place and the value of a target that means nothing', () => {
      refusal(prediction, tensor([...refused], dtype)).toThrow(new RangeError(`${name}: target must be ${message}`));
    });

    it('names itself where backward has no forward of its own', () => {
      const loss = new kind();
      expect(() => loss.backward()).toThrow(new Error(`${name}: ${NO_FORWARD}`));
      loss.forward(prediction, target);
      loss.backward();
      expect(() => loss.backward()).toThrow(new Error(`${name}: ${NO_FORWARD}`));
    });
  },
);

describe('CrossEntropyLoss', () => {
  const logits = tensor([[1, 2, 3]], dtype);
  const refusal = (p: unknown, y: unknown) => expect(() => new CrossEntropyLoss().forward(p as never, y as never));

  it('names itself and what is no tensor', () => {
    refusal([[1, 2]], tensor([0])).toThrow(new TypeError(`CrossEntropyLoss: prediction ${NO_TENSOR}`));
    refusal(logits, [0]).toThrow(new TypeError(`CrossEntropyLoss: target ${NO_TENSOR}`));
  });

  it('says what the target must be', () => {
    refusal(logits, tensor([0, 1])).toThrow(
      new RangeError('CrossEntropyLoss: target must be class indices [1], one for each row, but it is [2]'),
    );
    refusal(logits, tensor([3])).toThrow(
      new RangeError('CrossEntropyLoss: target must be a class index from 0 to 2, but entry 0 is 3'),
    );
  });

  it('names itself where backward has no forward of its own', () => {
    expect(() => new CrossEntropyLoss().backward()).toThrow(new Error(`CrossEntropyLoss: ${NO_FORWARD}`));
  });
});
