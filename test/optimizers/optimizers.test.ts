import { describe, expect, it } from 'vitest';
import { Adagrad, Adam, AdamW, type Optimizer, Parameter, RMSprop, SGD, tensor } from '../../src/index.ts';
import '../matchers.ts';

const dtype = 'float64';
const parameter = (...values: number[]) => new Parameter('weight', tensor(values, dtype));
const setGradient = ({ gradient }: Parameter, ...values: number[]) => gradient.data.set(values);

const allOptimizers: readonly [string, (parameters: readonly Parameter[]) => Optimizer][] = [
  ['SGD', (parameters) => new SGD(parameters, { learningRate: 0.1 })],
  [
    'SGD with momentum and decay',
    (parameters) => new SGD(parameters, { learningRate: 0.1, momentum: 0.9, weightDecay: 0.5 }),
  ],
  ['Adam', (parameters) => new Adam(parameters)],
  ['Adam with decay', (parameters) => new Adam(parameters, { weightDecay: 0.5 })],
  ['AdamW', (parameters) => new AdamW(parameters, { weightDecay: 0.5 })],
  ['RMSprop', (parameters) => new RMSprop(parameters)],
  [
    'RMSprop, centred, with momentum and decay',
    (parameters) => new RMSprop(parameters, { centered: true, momentum: 0.9, weightDecay: 0.5 }),
  ],
  ['Adagrad', (parameters) => new Adagrad(parameters, { learningRateDecay: 0.5, weightDecay: 0.5 })],
];

describe.each(allOptimizers)('%s', (title, create) => {
  it('leaves a frozen parameter alone, its momentum too', () => {
    const [frozen, twin, other] = [parameter(1, 2), parameter(1, 2), parameter(3)];
    const [optimizer, alone] = [create([frozen, other]), create([twin])];
    const round = (value: number) => {
      for (const each of [frozen, twin]) setGradient(each, value, -value);
      optimizer.step();
    };
    round(1);
    alone.step();
    const { version } = frozen;
    const before = [...frozen.value.data];
    frozen.frozen = true;
    for (const value of [5, 6, 7]) round(value);
    expect([...frozen.value.data]).toEqual(before);
    expect(frozen.version).toBe(version);
    expect(other.version).toBe(4);
    // Once thawed it goes on as if the steps between had not been: as the twin that took none.
    frozen.frozen = false;
    round(2);
    alone.step();
    expect([...frozen.value.data]).toEqual([...twin.value.data]);
  });

  it('step raises the version, and leaves the gradients', () => {
    const theta = parameter(1);
    const optimizer = create([theta]);
    setGradient(theta, 3);
    optimizer.step();
    expect(theta.version).toBe(1);
    expect([...theta.gradient.data]).toEqual([3]);
    expect(theta.value.data[0]).toBeLessThan(1);
  });

  it('zeroGradients empties every gradient, frozen or not, and moves nothing', () => {
    const [a, b] = [parameter(1, 2), parameter(3)];
    setGradient(a, 4, 5);
    setGradient(b, 6);
    b.frozen = true;
    create([a, b]).zeroGradients();
    expect([...a.gradient.data, ...b.gradient.data]).toEqual([0, 0, 0]);
    expect([...a.value.data, ...b.value.data]).toEqual([1, 2, 3]);
    expect([a.version, b.version]).toEqual([0, 0]);
  });

  it('steps are with the learning rate of the moment', () => {
    const [a, b] = [parameter(1), parameter(1)];
    const [slow, fast] = [create([a]), create([b])];
    fast.learningRate = 2 * slow.learningRate;
    for (const each of [a, b]) setGradient(each, 1);
    slow.step();
    fast.step();
    expect(b.value.data[0] - 1).toBeCloseTo(2 * (a.value.data[0] - 1), 12);
  });

  it('follows a parameter whose value was set anew', () => {
    const theta = parameter(1);
    const optimizer = create([theta]);
    theta.value = tensor([50], dtype);
    setGradient(theta, 1);
    optimizer.step();
    expect(theta.value.data[0]).not.toBe(50);
    expect(theta.value.data[0]).toBeGreaterThan(40);
  });

  it('refuses a parameter listed twice, and no parameters', () => {
    const theta = parameter(1);
    const [name] = title.split(/[ ,]/);
    expect(() => create([theta, parameter(2), theta])).toThrow(`${name}: a parameter is listed twice`);
    expect(() => create([])).toThrow(`${name}: there are no parameters to train`);
  });

  it('refuses to step with a rate that means nothing', () => {
    const optimizer = create([parameter(1)]);
    optimizer.learningRate = Number.NaN;
    const [name] = title.split(/[ ,]/);
    expect(() => optimizer.step()).toThrow(`${name}: learningRate must be a number from 0, not NaN`);
  });
});

describe('SGD by hand', () => {
  it('θ − learningRate · (dθ + decay · θ)', () => {
    const theta = parameter(2, -1);
    const optimizer = new SGD([theta], { learningRate: 0.1, weightDecay: 0.5 });
    setGradient(theta, 3, 1);
    optimizer.step();
    expect(theta.value).toBeAllclose([2 - 0.1 * 4, -1 - 0.1 * 0.5]);
  });

  it('momentum', () => {
    const theta = parameter(0);
    const optimizer = new SGD([theta], { learningRate: 1, momentum: 0.5 });
    const path = [2, 2, 4].map((gradient) => {
      setGradient(theta, gradient);
      optimizer.step();
      return theta.value.data[0];
    });
    // Velocities 2, 1 + 2, 1.5 + 4.
    expect(path).toEqual([-2, -5, -10.5]);
  });

  it("Nesterov's momentum", () => {
    const theta = parameter(0);
    const optimizer = new SGD([theta], { learningRate: 1, momentum: 0.5, nesterov: true });
    const path = [2, 2].map((gradient) => {
      setGradient(theta, gradient);
      optimizer.step();
      return theta.value.data[0];
    });
    // Velocities 2, 3; directions 2 + 1, 2 + 1.5.
    expect(path).toEqual([-3, -6.5]);
  });
});

describe('Adam by hand', () => {
  it('the first step is the learning rate, whatever the gradient', () => {
    const theta = parameter(1, 1, 1);
    const optimizer = new Adam([theta], { learningRate: 0.25, eps: 0 });
    setGradient(theta, 5, -0.001, 3);
    optimizer.step();
    expect(theta.value).toBeAllclose([0.75, 1.25, 0.75]);
  });

  it('the second step', () => {
    const theta = parameter(0);
    const optimizer = new Adam([theta], { learningRate: 1, beta1: 0.5, beta2: 0.75, eps: 1 });
    setGradient(theta, 2);
    optimizer.step();
    // m̂ = 2, v̂ = 4: −2 / (2 + 1)
    expect(theta.value).toBeAllclose([-2 / 3]);
    setGradient(theta, -1);
    optimizer.step();
    // m = .5 · 1 − .5 = 0, so that nothing moves
    expect(theta.value).toBeAllclose([-2 / 3]);
    setGradient(theta, 3);
    optimizer.step();
    // m̂ = 1.5 / (1 − 1/8) = 12/7; v = .75 (.75 · 1 + .25) + .25 · 9 = 3, v̂ = 3 / (1 − 27/64) = 192/37
    expect(theta.value).toBeAllclose([-2 / 3 - 12 / 7 / (Math.sqrt(192 / 37) + 1)]);
  });
});

describe('settings that mean nothing', () => {
  const theta = parameter(1);

  it.each([
    [{ learningRate: -0.1 }, 'learningRate must be a number from 0, not -0.1'],
    [{ learningRate: Number.NaN }, 'learningRate must be a number from 0, not NaN'],
    [{ learningRate: Infinity }, 'learningRate must be a number from 0, not Infinity'],
    [{ learningRate: undefined as never }, 'learningRate must be a number from 0, not undefined'],
    [{ learningRate: 1, momentum: -1 }, 'momentum must be a number from 0, not -1'],
    [{ learningRate: 1, weightDecay: -1 }, 'weightDecay must be a number from 0, not -1'],
    [{ learningRate: 1, nesterov: true }, "Nesterov's momentum needs a momentum above 0"],
  ])('SGD %o', (options, message) => {
    expect(() => new SGD([theta], options)).toThrow(`SGD: ${message}`);
  });

  it.each([
    [{ learningRate: -0.1 }, 'learningRate must be a number from 0, not -0.1'],
    [{ beta1: 1 }, 'beta1 must be from 0 and below 1, not 1'],
    [{ beta2: 1 }, 'beta2 must be from 0 and below 1, not 1'],
    [{ beta1: -0.1 }, 'beta1 must be from 0 and below 1, not -0.1'],
    [{ beta2: Number.NaN }, 'beta2 must be from 0 and below 1, not NaN'],
    [{ eps: -1 }, 'eps must be a number from 0, not -1'],
    [{ weightDecay: -1 }, 'weightDecay must be a number from 0, not -1'],
  ])('Adam %o', (options, message) => {
    expect(() => new Adam([theta], options)).toThrow(`Adam: ${message}`);
    expect(() => new AdamW([theta], options)).toThrow(`AdamW: ${message}`);
  });

  it("Adam's defaults are PyTorch's", () => {
    const { learningRate, beta1, beta2, eps, weightDecay } = new Adam([theta]);
    expect([learningRate, beta1, beta2, eps, weightDecay]).toEqual([0.001, 0.9, 0.999, 1e-8, 0]);
  });
});
