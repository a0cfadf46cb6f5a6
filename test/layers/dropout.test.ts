import { describe, expect, it } from 'vitest';
import { Dropout, full, Random, type Tensor, tensor, zeros } from '../../src/index.ts';
import '../matchers.ts';

const dropped = (t: Tensor): boolean[] => [...t.data].map((value) => value === 0);
const mean = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

describe.each([0.1, 0.5, 0.8])('a mask of a hundred thousand, p %d', (p) => {
  const count = 100_000;
  const layer = new Dropout({ p, random: new Random(4) });
  const out = layer.forward(full([1000, 100], 1, 'float64'));

  it('is 0 or 1/(1 − p), nothing else', () => {
    expect(new Set(out.data)).toEqual(new Set([0, 1 / (1 - p)]));
  });

  // Five standard deviations: one seed in two million lies outside.
  it('drops a share p, so that the mean stays', () => {
    const deviation = Math.sqrt((p * (1 - p)) / count);
    expect(Math.abs(mean(dropped(out).map(Number)) - p)).toBeLessThan(5 * deviation);
    expect(Math.abs(mean(out.data) - 1)).toBeLessThan((5 * deviation) / (1 - p));
  });

  it.each([1, 2, 100])('drops each entry on its own: at distance %d both go with p²', (distance) => {
    const drops = dropped(out);
    const both = drops.slice(distance).filter((drop, i) => drop && drops[i]).length / (count - distance);
    expect(Math.abs(both - p * p)).toBeLessThan((5 * p) / Math.sqrt(count));
  });
});

it('each forward of training draws anew, from the generator that it was given', () => {
  const ones = full([8, 8], 1);
  const [layer, same, other] = [3, 3, 4].map((seed) => new Dropout({ random: new Random(seed) }));
  const [first, second] = [layer.forward(ones), layer.forward(ones)];
  expect(dropped(second)).not.toEqual(dropped(first));
  expect([...same.forward(ones).data]).toEqual([...first.data]);
  expect(dropped(other.forward(ones))).not.toEqual(dropped(first));
});

it('backward uses the mask of its forward', () => {
  const layer = new Dropout({ p: 0.25, random: new Random(1) });
  const random = new Random(2);
  for (let round = 0; round < 3; round++) {
    const [x, dOut] = [random.normal([6, 5], 3, 1, 'float64'), random.normal([6, 5], 0, 1, 'float64')];
    const out = layer.forward(x);
    const dX = layer.backward(dOut);
    const kept = dropped(out).map((drop) => (drop ? 0 : 1 / 0.75));
    expect(out).toBeAllclose({ shape: [6, 5], data: kept.map((scale, i) => scale * x.data[i]) });
    expect(dX).toBeAllclose({ shape: [6, 5], data: kept.map((scale, i) => scale * dOut.data[i]) });
  }
});

it('in evaluation mode nothing is changed and nothing is drawn', () => {
  const random = new Random(1);
  const layer = new Dropout({ p: 0.9, random });
  layer.training = false;
  const before = random.state;
  const x = tensor([[1, -2, 3]]);
  expect([...layer.forward(x).data]).toEqual([1, -2, 3]);
  expect([...layer.backward(tensor([[4, 5, 6]])).data]).toEqual([4, 5, 6]);
  expect(random.state).toEqual(before);
});

it('p 0 drops nothing, p 1 everything', () => {
  const x = tensor([1, -2, 3]);
  const [none, all] = [0, 1].map((p) => new Dropout({ p, random: new Random(1) }));
  expect([...none.forward(x).data]).toEqual([1, -2, 3]);
  expect(dropped(all.forward(x))).toEqual([true, true, true]);
  expect(dropped(all.backward(x))).toEqual([true, true, true]);
});

it('p 0 keeps even what draws a 0', () => {
  const layer = new Dropout({ p: 0, random: Object.assign(new Random(1), { next: () => 0 }) });
  expect([...layer.forward(tensor([1, -2])).data]).toEqual([1, -2]);
});

it('a bad x draws nothing, and leaves what an earlier forward kept', () => {
  const random = new Random(1);
  const layer = new Dropout({ random, dtype: 'float64' });
  const out = layer.forward(full([4, 4], 1, 'float64'));
  const before = random.state;
  expect(() => layer.forward(zeros([4, 4]))).toThrow('Dropout: x is float32, but the layer is float64');
  expect(random.state).toEqual(before);
  expect([...layer.backward(full([4, 4], 1, 'float64')).data]).toEqual([...out.data]);
});

it("p is one half unless it is given, as PyTorch's", () => {
  expect(new Dropout().p).toBe(0.5);
});
