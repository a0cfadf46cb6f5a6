import { describe, expect, it } from 'vitest';
import { BatchNorm1d, BatchNorm2d, InstanceNorm2d, LayerNorm, Random, tensor } from '../../src/index.ts';
import { dense, fromData } from '../../src/tensor/tensor.ts';
import '../matchers.ts';
import { randomise } from './all-layers.ts';

const dtype = 'float64';

describe('LayerNorm by hand', () => {
  // Mean 3, variance (4 + 1 + 0 + 9) / 4 = 3.5, √(3.5 + .5) = 2.
  const layer = () => new LayerNorm({ normalizedShape: 4, eps: 0.5, dtype });

  it('forward', () => {
    const affine = layer();
    expect(affine.forward(tensor([[1, 2, 3, 6]], dtype))).toBeAllclose([[-1, -0.5, 0, 1.5]]);
    if (affine.weight) affine.weight.value = tensor([1, 2, 3, 4], dtype);
    if (affine.bias) affine.bias.value = tensor([10, 20, 30, 40], dtype);
    expect(affine.forward(tensor([[1, 2, 3, 6]], dtype))).toBeAllclose([[9, 19, 30, 46]]);
  });

  it('backward', () => {
    const affine = layer();
    affine.forward(tensor([[1, 2, 3, 6]], dtype));
    // dOut = (1, 0, 0, 0): its mean is ¼ and that of dOut · x̂ is −¼, so that dX = (dOut − ¼ + ¼ · x̂) / 2.
    expect(affine.backward(tensor([[1, 0, 0, 0]], dtype))).toBeAllclose([[0.25, -0.1875, -0.125, 0.0625]]);
    expect(affine.weight?.gradient ?? 0).toBeAllclose([-1, 0, 0, 0]);
    expect(affine.bias?.gradient ?? 0).toBeAllclose([1, 0, 0, 0]);
  });
});

it('LayerNorm takes one sample alone', () => {
  const alone = new LayerNorm({ normalizedShape: 4, eps: 0.5, dtype });
  expect(alone.forward(tensor([1, 2, 3, 6], dtype))).toBeAllclose([-1, -0.5, 0, 1.5]);
  expect(alone.backward(tensor([1, 0, 0, 0], dtype))).toBeAllclose([0.25, -0.1875, -0.125, 0.0625]);
});

it('a mean that is large beside the deviation takes no digits from the variance', () => {
  const x = [1e9 + 1, 1e9 + 2, 1e9 + 3, 1e9 + 6];
  const expected = [-1, -0.5, 0, 1.5];
  expect(new LayerNorm({ normalizedShape: 4, eps: 0.5, dtype }).forward(tensor([x], dtype))).toBeAllclose([expected]);
  const images = new InstanceNorm2d({ numFeatures: 1, eps: 0.5, dtype });
  expect(images.forward(tensor([[[x]]], dtype))).toBeAllclose([[[expected]]]);
});

it('LayerNorm is a batch norm whose batch is the features', () => {
  const random = new Random(1);
  const [x, dOut] = [random.normal([5, 4], 1, 3, dtype), random.normal([5, 4], 0, 1, dtype)];
  const byRow = new LayerNorm({ normalizedShape: 4, elementwiseAffine: false, dtype });
  const byColumn = new BatchNorm1d({ numFeatures: 5, dtype });
  expect(byRow.forward(x)).toBeAllclose(dense(byColumn.forward(x.transpose(1, 0)).transpose(1, 0)));
  expect(byRow.backward(dOut)).toBeAllclose(dense(byColumn.backward(dOut.transpose(1, 0)).transpose(1, 0)));
});

it('InstanceNorm2d is a batch norm of each image alone; gradients are the sum', () => {
  const random = new Random(2);
  const instance = randomise(new InstanceNorm2d({ numFeatures: 3, affine: true, dtype }), random);
  const batch = new BatchNorm2d({ numFeatures: 3, dtype });
  if (!instance.weight || !instance.bias) throw new Error('an affine norm has both');
  batch.weight.value = instance.weight.value;
  batch.bias.value = instance.bias.value;
  for (const { gradient } of instance.parameters) gradient.data.fill(0);
  const [x, dOut] = [random.normal([2, 3, 4, 5], 1, 3, dtype), random.normal([2, 3, 4, 5], 0, 1, dtype)];
  const out = instance.forward(x);
  const dX = instance.backward(dOut);
  for (const n of [0, 1]) {
    const one = (t: typeof x) => fromData(t.data.slice(n * 60, n * 60 + 60), [1, 3, 4, 5]);
    expect(one(out)).toBeAllclose(batch.forward(one(x)));
    expect(one(dX)).toBeAllclose(batch.backward(one(dOut)));
  }
  expect(instance.weight.gradient).toBeAllclose(batch.weight.gradient);
  expect(instance.bias.gradient).toBeAllclose(batch.bias.gradient);
});

it("defaults are PyTorch's: LayerNorm is affine, InstanceNorm2d is not", () => {
  const [layer, instance] = [new LayerNorm({ normalizedShape: [2, 3] }), new InstanceNorm2d({ numFeatures: 2 })];
  expect([layer.eps, instance.eps]).toEqual([1e-5, 1e-5]);
  expect(layer.parameters.map(({ name, value }) => [name, value.shape, ...value.data])).toEqual([
    ['weight', [2, 3], 1, 1, 1, 1, 1, 1],
    ['bias', [2, 3], 0, 0, 0, 0, 0, 0],
  ]);
  expect(instance.parameters).toEqual([]);
});

it('LayerNorm keeps its shape when the list that named it changes', () => {
  const normalizedShape = [2, 3];
  const layer = new LayerNorm({ normalizedShape });
  normalizedShape[0] = 9;
  expect(layer.normalizedShape).toEqual([2, 3]);
});
