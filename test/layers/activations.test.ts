import { describe, expect, it } from 'vitest';
import { ELU, GELU, type Layer, LeakyReLU, ReLU, SiLU, Softmax, Softplus, tensor, toNested } from '../../src/index.ts';
import '../matchers.ts';

/** out and its slope, one entry after the other, in float64. */
function at(layer: Layer, ...x: number[]) {
  const out = layer.forward(tensor(x, 'float64'));
  return {
    out,
    slope: layer.backward(
      tensor(
        x.map(() => 1),
        'float64',
      ),
    ),
  };
}

// σ(1), the density of the standard normal distribution at 1, and the share of it that lies below 1.
const [sigma, density, below] = [1 / (1 + Math.exp(-1)), Math.exp(-0.5) / Math.sqrt(2 * Math.PI), 0.841344746068543];

describe('values and slopes by hand', () => {
  it.each<[string, Layer, number[], number[]]>([
    // At −1, 0 and 1.
    ['ELU', new ELU({ alpha: 2 }), [2 / Math.E - 2, 0, 1], [2 / Math.E, 2, 1]],
    ['SiLU', new SiLU(), [sigma - 1, 0, sigma], [(1 - sigma) * (1 - sigma), 0.5, sigma * (2 - sigma)]],
    ['GELU', new GELU(), [below - 1, 0, below], [1 - below - density, 0.5, below + density]],
    [
      'Softplus',
      new Softplus(),
      [Math.log(1 + 1 / Math.E), Math.log(2), Math.log(1 + Math.E)],
      [1 - sigma, 0.5, sigma],
    ],
    [
      'Softplus with beta 2',
      new Softplus({ beta: 2 }),
      [Math.log(1 + Math.exp(-2)) / 2, Math.log(2) / 2, Math.log(1 + Math.exp(2)) / 2],
      [1 / (1 + Math.exp(2)), 0.5, 1 / (1 + Math.exp(-2))],
    ],
  ])('%s', (_, layer, out, slope) => {
    const found = at(layer, -1, 0, 1);
    expect(found.out).toBeAllclose(out);
    expect(found.slope).toBeAllclose(slope);
  });

  it('Softmax of a row (log 1, log 2, log 5), and the row of its Jacobian', () => {
    const layer = new Softmax();
    expect(layer.forward(tensor([[0, Math.log(2), Math.log(5)]], 'float64'))).toBeAllclose([[1 / 8, 2 / 8, 5 / 8]]);
    // p[i] · ([i = 1] − p[1])
    expect(layer.backward(tensor([[0, 1, 0]], 'float64'))).toBeAllclose([[-1 / 32, 3 / 16, -5 / 32]]);
  });
});

describe('far from 0', () => {
  it.each<[string, Layer, number, number]>([
    // What comes out at −1000, with its slope, of functions that are the identity at 1000.
    ['ELU', new ELU({ alpha: 0.5 }), -0.5, 0],
    ['SiLU', new SiLU(), 0, 0],
    ['GELU', new GELU(), 0, 0],
    ['Softplus', new Softplus(), 0, 0],
    ['Softplus without its threshold', new Softplus({ threshold: 700, beta: 0.5 }), 0, 0],
  ])('%s', (_, layer, out, slope) => {
    const found = at(layer, -1000, 1000);
    expect(found.out).toBeAllclose([out, 1000]);
    expect(found.slope).toBeAllclose([slope, 1]);
  });

  it('small numbers keep their digits: e^x − 1 near 0, log(1 + e^x) where e^x is next to nothing', () => {
    expect(at(new ELU(), -1e-10).out.data[0] / -1e-10).toBeCloseTo(1, 9);
    expect(at(new Softplus(), -40).out.data[0] / Math.exp(-40)).toBeCloseTo(1, 9);
  });

  it('Softmax', () => {
    const layer = new Softmax();
    expect(
      layer.forward(
        tensor(
          [
            [1000, 0],
            [-1000, -1000],
          ],
          'float64',
        ),
      ),
    ).toBeAllclose([
      [1, 0],
      [0.5, 0.5],
    ]);
    expect(
      layer.backward(
        tensor(
          [
            [1, 2],
            [3, 5],
          ],
          'float64',
        ),
      ),
    ).toBeAllclose([
      [0, 0],
      [-0.5, 0.5],
    ]);
  });
});

it('Softplus is x itself above its threshold, and its slope 1; at the threshold not yet', () => {
  const { out, slope } = at(new Softplus({ beta: 2, threshold: 1 }), 0.5, 0.75);
  expect(out).toBeAllclose([Math.log(1 + Math.E) / 2, 0.75]);
  expect(slope).toBeAllclose([sigma, 1]);
});

it("defaults are PyTorch's", () => {
  expect([new ELU().alpha, new Softplus().beta, new Softplus().threshold]).toEqual([1, 1, 20]);
});

describe('a NaN in x is not lost', () => {
  // As in PyTorch: forward keeps it, and backward does not make a 0 of it, which would look like a dead unit.
  it.each<[string, Layer, number]>([
    ['ReLU', new ReLU(), 3],
    ['LeakyReLU', new LeakyReLU({ negativeSlope: 0.5 }), 1.5],
  ])('%s', (_name, layer, dX) => {
    expect(toNested(layer.forward(tensor([Number.NaN])))).toEqual([Number.NaN]);
    expect(toNested(layer.backward(tensor([3])))).toEqual([dX]);
  });
});
