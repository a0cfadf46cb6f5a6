import { describe, expect, it } from 'vitest';
import {
  BatchNorm1d,
  type Layer,
  Linear,
  Random,
  Residual,
  Sequential,
  SpectralNorm,
  tensor,
  zeros,
} from '../../src/index.ts';
import { firstNotFinite } from '../../src/tensor/checks.ts';
import { checkEveryLayer, NotFinite } from '../../src/training/finite-checks.ts';

function network() {
  const random = new Random(1);
  const linear = new Linear({ inFeatures: 2, outFeatures: 2, random });
  const last = new Linear({ inFeatures: 2, outFeatures: 3, random });
  return { model: new Sequential([new Residual(linear), last]), linear, last };
}
const x = tensor([
  [1, 2],
  [3, 4],
]);
const dOut = tensor([
  [1, 2, 3],
  [4, 5, 6],
]);

describe('checkEveryLayer', () => {
  it('changes no number, and is gone when it is ended', () => {
    const [watched, plain] = [network(), network()];
    const end = checkEveryLayer({ network: watched.model });
    const pass = (model: Layer) => [model.forward(x).data, model.backward(dOut).data];
    expect(pass(watched.model)).toEqual(pass(plain.model));
    expect(watched.linear.weight.gradient.data).toEqual(plain.linear.weight.gradient.data);
    end();
    watched.linear.weight.value.data[0] = Number.NaN;
    expect(() => pass(watched.model)).not.toThrow();
    expect(Object.hasOwn(watched.linear, 'forward')).toBe(false);
  });

  it('names the first layer whose forward gives a NaN, the innermost, and where', () => {
    const { model, linear } = network();
    linear.weight.value.data[3] = Number.NaN;
    checkEveryLayer({ network: model });
    expect(() => model.forward(x)).toThrow(NotFinite);
    expect(() => model.forward(x)).toThrow(
      /^network\.0\.path \(Linear\), forward: out \[2, 2\] holds NaN, first at \[0, 1\]$/,
    );
  });

  it('names the first layer on the way back', () => {
    const { model } = network();
    checkEveryLayer({ network: model });
    model.forward(x);
    const bad = zeros([2, 3]);
    bad.data[5] = Infinity;
    expect(() => model.backward(bad)).toThrow(
      /^network\.1 \(Linear\), backward: the gradient of 1\.weight \[3, 2\] holds Infinity, first at \[2, 0\]$/,
    );
  });

  it('looks at dX too, and passes over the gradients of frozen parameters', () => {
    const { model, last } = network();
    for (const parameter of last.parameters) parameter.frozen = true;
    last.weight.gradient.data[0] = Number.NaN;
    checkEveryLayer({ D: model });
    model.forward(x);
    model.backward(dOut);
    model.forward(x);
    const bad = zeros([2, 3]);
    bad.data[5] = -Infinity;
    expect(() => model.backward(bad)).toThrow(/^D\.1 \(Linear\), backward: dX \[2, 2\] holds .*, first at \[1, 0\]$/);
  });

  it('says which layer it is that refuses numbers itself', () => {
    const inner = new Linear({ inFeatures: 2, outFeatures: 2 });
    const critic = new Sequential([new SpectralNorm(inner)]);
    critic.parameters[0].value.data[0] = Number.NaN;
    checkEveryLayer({ critic });
    expect(() => critic.forward(x)).toThrow(NotFinite);
    expect(() => critic.forward(x)).toThrow(/^critic\.0 \(SpectralNorm\), forward: SpectralNorm: σ is NaN/);
  });

  it('leaves other errors as they are, and calls a network without layers by its own name', () => {
    const layer = new BatchNorm1d({ numFeatures: 2 });
    checkEveryLayer({ alone: layer });
    expect(() => layer.forward([1] as never)).toThrow(TypeError);
    layer.weight.value.data[1] = Infinity;
    expect(() => layer.forward(x)).toThrow(/^alone \(BatchNorm1d\), forward: out/);
  });
});

it('firstNotFinite is the place of the first NaN or infinity', () => {
  expect(firstNotFinite(tensor([1, 2, -Infinity, Number.NaN]))).toBe(2);
  expect(firstNotFinite(tensor([1, 2], 'float64'))).toBe(-1);
  expect(firstNotFinite(zeros([0]))).toBe(-1);
});
