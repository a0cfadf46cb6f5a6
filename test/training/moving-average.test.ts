import { expect, test } from 'vitest';
import { BatchNorm1d } from '../../src/layers/batch-norm1d.ts';
import { Linear } from '../../src/layers/linear.ts';
import { Sequential } from '../../src/layers/sequential.ts';
import { tensor, zeros } from '../../src/tensor/tensor.ts';
import { MovingAverage } from '../../src/training/moving-average.ts';

const network = () =>
  new Sequential([
    new Linear({ inFeatures: 1, outFeatures: 2, dtype: 'float64' }),
    new BatchNorm1d({ numFeatures: 2, dtype: 'float64' }),
  ]);

test('starts as a copy and then follows, running statistics included', () => {
  const [source, average] = [network(), network()];
  const moving = new MovingAverage(source, average, { decay: 0.15 });
  expect(average.parameters.map(({ value }) => value.data)).toEqual(source.parameters.map(({ value }) => value.data));

  source.parameters[0].value = tensor([[10], [-4]], 'float64');
  average.parameters[0].value = tensor([[0], [6]], 'float64');
  source.buffers[0].value.data.set([2, 0]);
  // The first update keeps min(.15, 1/10) of the average, the second min(.15, 2/11).
  moving.update();
  expect([...average.parameters[0].value.data]).toEqual([9, -3]);
  expect([...average.buffers[0].value.data]).toEqual([1.8, 0]);
  moving.update();
  expect(average.parameters[0].value.data[0]).toBeCloseTo(0.15 * 9 + 0.85 * 10, 12);
  expect([...source.parameters[0].value.data]).toEqual([10, -4]);
});

test('a long memory grows with the number of updates', () => {
  const [source, average] = [network(), network()];
  const moving = new MovingAverage(source, average, { decay: 0.999 });
  source.parameters[0].value = tensor([[0], [0]], 'float64');
  average.parameters[0].value = tensor([[1], [1]], 'float64');
  let kept = 1;
  for (let t = 0; t < 20; t++) {
    moving.update();
    kept *= (1 + t) / (10 + t);
    expect(average.parameters[0].value.data[0] / kept).toBeCloseTo(1, 10);
  }
});

test('an update counts as a change, so that a stale backward is refused', () => {
  const [source, average] = [network(), network()];
  const moving = new MovingAverage(source, average, { decay: 0.5 });
  average.forward(zeros([2, 1], 'float64'));
  moving.update();
  expect(() => average.backward(zeros([2, 2], 'float64'))).toThrow(/has changed since forward/);
});

test('starting it counts as a change too', () => {
  const [source, average] = [network(), network()];
  average.forward(zeros([2, 1], 'float64'));
  new MovingAverage(source, average, { decay: 0.5 });
  expect(() => average.backward(zeros([2, 2], 'float64'))).toThrow(/has changed since forward/);
});

test('as many tensors, or as many entries, are not yet the same shapes', () => {
  const linear = (inFeatures: number, outFeatures: number) =>
    new Linear({ inFeatures, outFeatures, bias: false, dtype: 'float64' });
  for (const other of [linear(2, 4), linear(3, 2)]) {
    const before = [...other.weight.value.data];
    expect(() => new MovingAverage(linear(2, 3), other, { decay: 0.5 })).toThrow(/same shapes/);
    expect([...other.weight.value.data]).toEqual(before);
  }
});

test('refuses what is no layer, no options, and networks that share one layer of several', () => {
  const nothing = undefined as never;
  expect(() => new MovingAverage(nothing, network(), { decay: 0.5 })).toThrow(/^MovingAverage: source must be a layer/);
  expect(() => new MovingAverage(network(), nothing, { decay: 0.5 })).toThrow(
    /^MovingAverage: average must be a layer/,
  );
  expect(() => new MovingAverage(network(), network(), nothing)).toThrow(/^MovingAverage: options are missing/);
  const [
    source,
    {
      layers: [, norm],
    },
  ] = [network(), network()];
  const average = new Sequential([source.layers[0], norm]);
  expect(() => new MovingAverage(source, average, { decay: 0.5 })).toThrow(/^MovingAverage: .* share a parameter/);
});

test('refuses networks that differ, and a decay that keeps nothing new', () => {
  const other = new Sequential([new Linear({ inFeatures: 1, outFeatures: 3, dtype: 'float64' })]);
  expect(() => new MovingAverage(network(), other, { decay: 0.5 })).toThrow(/same shapes/);
  for (const decay of [1, -0.1, Number.NaN]) {
    expect(() => new MovingAverage(network(), network(), { decay })).toThrow(/decay must be from 0 and below 1/);
  }
  expect(new MovingAverage(network(), network(), { decay: 0 }).decay).toBe(0);
});
