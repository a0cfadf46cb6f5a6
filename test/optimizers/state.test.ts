import { describe, expect, it } from 'vitest';
import { Adagrad, Adam, AdamW, type Optimizer, Parameter, Random, RMSprop, SGD, tensor } from '../../src/index.ts';

const kinds: readonly [string, (parameters: readonly Parameter[]) => Optimizer, readonly string[]][] = [
  ['SGD', (parameters) => new SGD(parameters, { learningRate: 0.1, momentum: 0.9 }), ['momentum_buffer']],
  ['Adam', (parameters) => new Adam(parameters), ['step', 'exp_avg', 'exp_avg_sq']],
  ['AdamW', (parameters) => new AdamW(parameters), ['step', 'exp_avg', 'exp_avg_sq']],
  [
    'RMSprop',
    (parameters) => new RMSprop(parameters, { centered: true, momentum: 0.9 }),
    ['square_avg', 'grad_avg', 'momentum_buffer'],
  ],
  ['Adagrad', (parameters) => new Adagrad(parameters, { learningRateDecay: 0.5 }), ['step', 'sum']],
];

describe.each(kinds)('the state of %s', (_, create, names) => {
  const train = (parameters: readonly Parameter[], optimizer: Optimizer, seed: number) => {
    const random = new Random(seed);
    for (let t = 0; t < 3; t++) {
      for (const { gradient } of parameters) gradient.data.set(random.normal(gradient.shape).data);
      optimizer.step();
    }
  };
  const twoParameters = () => [new Parameter('a', tensor([1, -2])), new Parameter('b', tensor([[3]]))];

  it("has PyTorch's names, a tensor for each parameter", () => {
    const { state } = create(twoParameters());
    expect(state.map(({ name }) => name)).toEqual(names.flatMap((name) => [`0.${name}`, `1.${name}`]));
    for (const { name, value } of state) {
      expect(value.shape).toEqual(name.endsWith('step') ? [] : name.startsWith('0') ? [2] : [1, 1]);
    }
  });

  it('is all that another optimizer needs to go on with the same numbers', () => {
    const [ours, theirs] = [twoParameters(), twoParameters()];
    const [optimizer, other] = [create(ours), create(theirs)];
    train(ours, optimizer, 1);
    for (const [index, { value }] of theirs.entries()) value.data.set(ours[index].value.data);
    for (const [index, { value }] of other.state.entries()) value.data.set(optimizer.state[index].value.data);
    train(ours, optimizer, 2);
    train(theirs, other, 2);
    expect(theirs.map(({ value }) => value.data)).toEqual(ours.map(({ value }) => value.data));
    expect(other.state.map(({ value }) => value.data)).toEqual(optimizer.state.map(({ value }) => value.data));
    // Without it they would differ.
    const fresh = twoParameters();
    for (const [index, { value }] of fresh.entries()) value.data.set(ours[index].value.data);
    train(fresh, create(fresh), 3);
    train(ours, optimizer, 3);
    expect(fresh[0].value.data).not.toEqual(ours[0].value.data);
  });
});

it('is what the equations say after one step', () => {
  const parameter = new Parameter('weight', tensor([1], 'float64'));
  const after = (optimizer: Optimizer) => {
    parameter.gradient.data.set([3]);
    optimizer.step();
    return Object.fromEntries(optimizer.state.map(({ name, value }) => [name, value.data[0]]));
  };
  expect(after(new SGD([parameter], { learningRate: 0, momentum: 0.5 }))).toEqual({ '0.momentum_buffer': 3 });
  expect(after(new Adam([parameter], { beta1: 0.75, beta2: 0.5 }))).toEqual({
    '0.step': 1,
    '0.exp_avg': 0.75,
    '0.exp_avg_sq': 4.5,
  });
  expect(after(new Adagrad([parameter]))).toEqual({ '0.step': 1, '0.sum': 9 });
  const rms = after(new RMSprop([parameter], { alpha: 0.5, eps: 0 }));
  expect(rms).toMatchObject({ '0.square_avg': 4.5, '0.grad_avg': 1.5 });
  expect(rms['0.momentum_buffer']).toBeCloseTo(3 / Math.sqrt(4.5), 12);
});
