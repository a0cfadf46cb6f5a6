import { describe, expect, it } from 'vitest';
import { BatchNorm1d, BatchNorm2d, fromData, Random, type Tensor, tensor, zeros } from '../../src/index.ts';
import '../matchers.ts';
import { randomise } from './all-layers.ts';
import { stagedBatchNorm } from './staged-batch-norm.ts';

const dtype = 'float64';

describe('the closed backward and the staged one', () => {
  it.each([1e-5, 0.1])('agree on rows, eps %d', (eps) => {
    const random = new Random(1);
    const layer = randomise(new BatchNorm1d({ numFeatures: 4, eps, dtype }), random);
    const [x, dOut] = [random.normal([7, 4], 1, 3, dtype), random.normal([7, 4], 0, 1, dtype)];
    for (const { gradient } of layer.parameters) gradient.data.fill(0);
    layer.forward(x);
    const staged = stagedBatchNorm(x, layer.weight.value, eps, dOut);
    expect(layer.backward(dOut)).toBeAllclose(staged.dX);
    expect(layer.weight.gradient).toBeAllclose(staged.dGamma);
    expect(layer.bias.gradient).toBeAllclose(staged.dBeta);
  });

  it('agree on images, whose pixels are rows', () => {
    const random = new Random(2);
    const layer = randomise(new BatchNorm2d({ numFeatures: 3, dtype }), random);
    const [x, dOut] = [random.normal([2, 3, 4, 5], 1, 3, dtype), random.normal([2, 3, 4, 5], 0, 1, dtype)];
    layer.forward(x);
    const staged = stagedBatchNorm(pixels(x), layer.weight.value, 1e-5, pixels(dOut));
    expect(pixels(layer.backward(dOut))).toBeAllclose(staged.dX);
  });

  /** [N, C, H, W] → [N · H · W, C] */
  function pixels(t: Tensor): Tensor {
    const [N, C, H, W] = t.shape;
    const data = Float64Array.from({ length: N * C * H * W }, (_, i) => {
      const [row, c] = [Math.floor(i / C), i % C];
      return t.get(Math.floor(row / (H * W)), c, Math.floor(row / W) % H, row % W);
    });
    return fromData(data, [N * H * W, C]);
  }
});

describe('forward by hand', () => {
  // One channel: 1 2 3 6. Mean 3, squares 4 + 1 + 0 + 9 = 14, variance 3.5, unbiased 14/3.
  const x = tensor([[1], [2], [3], [6]], dtype);

  it('normalises with the biased variance and keeps the unbiased one', () => {
    const layer = new BatchNorm1d({ numFeatures: 1, eps: 0.5, momentum: 0.25, dtype });
    layer.weight.value = tensor([10], dtype);
    layer.bias.value = tensor([1], dtype);
    // √(3.5 + .5) = 2
    expect(layer.forward(x)).toBeAllclose([[-9], [-4], [1], [16]]);
    expect(layer.runningMean).toBeAllclose([0.75]);
    expect(layer.runningVar).toBeAllclose([0.75 + 0.25 * (14 / 3)]);
  });

  it('a mean that is large beside the deviation takes no digits from the variance', () => {
    const layer = new BatchNorm1d({ numFeatures: 1, eps: 0.5, momentum: 1, dtype });
    const shifted = tensor([[1e9 + 1], [1e9 + 2], [1e9 + 3], [1e9 + 6]], dtype);
    expect(layer.forward(shifted)).toBeAllclose([[-1], [-0.5], [0], [1.5]]);
    expect(layer.runningVar).toBeAllclose([14 / 3]);
  });

  it('nor does a large mean that no number holds exactly', () => {
    const layer = new BatchNorm1d({ numFeatures: 1, momentum: 1, dtype });
    // The mean is 1e9 + 7/3, and (16 + 1 + 25) / 9 / (3 − 1) the unbiased variance.
    layer.forward(tensor([[1e9 + 1], [1e9 + 2], [1e9 + 4]], dtype));
    expect(layer.runningVar).toBeAllclose([7 / 3]);
  });

  it('uses the running statistics in evaluation mode and leaves them alone', () => {
    const layer = new BatchNorm1d({ numFeatures: 1, eps: 0, dtype });
    layer.runningMean.data.set([1]);
    layer.runningVar.data.set([4]);
    layer.training = false;
    expect(layer.forward(x)).toBeAllclose([[0], [0.5], [1], [2.5]]);
    expect(layer.runningMean).toBeAllclose([1]);
    expect(layer.runningVar).toBeAllclose([4]);
  });

  it('in evaluation mode takes a batch of one, and none', () => {
    const layer = new BatchNorm2d({ numFeatures: 2 });
    layer.training = false;
    expect(layer.forward(zeros([1, 2, 1, 1])).shape).toEqual([1, 2, 1, 1]);
    expect(layer.forward(zeros([0, 2, 3, 3])).shape).toEqual([0, 2, 3, 3]);
    expect(layer.backward(zeros([0, 2, 3, 3])).shape).toEqual([0, 2, 3, 3]);
  });

  it("starts with PyTorch's defaults", () => {
    const layer = new BatchNorm2d({ numFeatures: 2 });
    expect([layer.eps, layer.momentum]).toEqual([1e-5, 0.1]);
    expect([layer.weight.value, layer.bias.value].map(({ data }) => [...data])).toEqual([
      [1, 1],
      [0, 0],
    ]);
    expect([...layer.runningMean.data, ...layer.runningVar.data]).toEqual([0, 0, 1, 1]);
  });
});

describe('bad input', () => {
  it.each([
    ['BatchNorm1d', () => new BatchNorm1d({ numFeatures: 2, dtype }), [1, 2]],
    ['BatchNorm1d', () => new BatchNorm1d({ numFeatures: 2, dtype }), [1, 2, 1]],
    ['BatchNorm2d', () => new BatchNorm2d({ numFeatures: 2, dtype }), [1, 2, 1, 1]],
    ['BatchNorm2d', () => new BatchNorm2d({ numFeatures: 2, dtype }), [0, 2, 3, 3]],
  ] as const)('%s: one value for each channel, in training, changes nothing', (name, create, shape) => {
    const layer = create();
    layer.runningMean.data.set([3, 4]);
    expect(() => layer.forward(zeros(shape, dtype))).toThrow(`${name}: in training mode each channel needs more than`);
    expect([...layer.runningMean.data, ...layer.runningVar.data]).toEqual([3, 4, 1, 1]);
  });

  it.each([
    [[2, 3], 'BatchNorm1d: x must be [N, 2] or [N, 2, L], but x is [2, 3]'],
    [[2], 'BatchNorm1d: x must be [N, 2] or [N, 2, L], but x is [2]'],
    [[2, 2, 2, 2], 'BatchNorm1d: x must be [N, 2] or [N, 2, L], but x is [2, 2, 2, 2]'],
  ])('BatchNorm1d refuses %j', (shape, message) => {
    expect(() => new BatchNorm1d({ numFeatures: 2 }).forward(zeros(shape))).toThrow(message);
  });

  it('BatchNorm2d refuses rows', () => {
    const layer = new BatchNorm2d({ numFeatures: 2 });
    expect(() => layer.forward(zeros([4, 2]))).toThrow('BatchNorm2d: x must be [N, 2, H, W], but x is [4, 2]');
    expect(() => layer.forward(zeros([4, 3, 2, 2]))).toThrow(
      'BatchNorm2d: x must be [N, 2, H, W], but x is [4, 3, 2, 2]',
    );
  });

  it.each([
    [{ numFeatures: 0 }, 'numFeatures must be a whole number from 1, not 0'],
    [{ numFeatures: 1.5 }, 'numFeatures must be a whole number from 1, not 1.5'],
    [{ numFeatures: 2, eps: -1e-5 }, 'eps must be a number from 0, such as 1e-5, not -0.00001'],
    [{ numFeatures: 2, eps: Number.NaN }, 'eps must be a number from 0'],
    [{ numFeatures: 2, momentum: -0.1 }, 'momentum must be between 0 and 1, not -0.1'],
    [{ numFeatures: 2, momentum: 1.1 }, 'momentum must be between 0 and 1, not 1.1'],
    [{ numFeatures: 2, momentum: Number.NaN }, 'momentum must be between 0 and 1, not NaN'],
  ])('refuses the options %j', (options, message) => {
    expect(() => new BatchNorm1d(options)).toThrow(`BatchNorm1d: ${message}`);
    expect(() => new BatchNorm2d(options)).toThrow(`BatchNorm2d: ${message}`);
  });
});
