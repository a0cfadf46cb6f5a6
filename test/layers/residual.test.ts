import { expect, it } from 'vitest';
import { BatchNorm1d, Linear, ReLU, Residual, Sequential, tensor } from '../../src/index.ts';
import '../matchers.ts';

const dtype = 'float64';

it('by hand: out = x + x · Wᵀ, dX = dOut + dOut · W', () => {
  const path = new Linear({ inFeatures: 2, outFeatures: 2, bias: false, dtype });
  path.weight.value = tensor(
    [
      [1, 2],
      [3, 4],
    ],
    dtype,
  );
  const layer = new Residual(path);
  expect(layer.forward(tensor([[10, 100]], dtype))).toBeAllclose([[220, 530]]);
  expect(layer.backward(tensor([[1, -1]], dtype))).toBeAllclose([[-1, -3]]);
  expect(path.weight.gradient).toBeAllclose([
    [10, 100],
    [-10, -100],
  ]);
});

it('a path that hands on what it is given changes neither x nor dOut', () => {
  // An empty network returns the very tensor that it gets.
  const layer = new Residual(new Sequential([]));
  const [x, dOut] = [tensor([1, 2]), tensor([3, 4])];
  expect([...layer.forward(x).data, ...layer.backward(dOut).data]).toEqual([2, 4, 6, 8]);
  expect([...x.data, ...dOut.data]).toEqual([1, 2, 3, 4]);
});

it("parameters, buffers and mode are the path's", () => {
  const path = new Sequential([new ReLU(), new BatchNorm1d({ numFeatures: 2 })]);
  const layer = new Residual(path);
  expect(layer.parameters.map(({ name }) => name)).toEqual(['path.1.weight', 'path.1.bias']);
  expect(layer.buffers.map(({ name }) => name)).toEqual(['path.1.running_mean', 'path.1.running_var']);
  layer.training = false;
  expect(path.layers.map(({ training }) => training)).toEqual([false, false]);
  path.layers[1].training = true;
  expect(layer.training).toBe(true);
});
