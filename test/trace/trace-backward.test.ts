import { describe, expect, test } from 'vitest';
import {
  ConcatLabels,
  Conv2d,
  Flatten,
  type Layer,
  LeakyReLU,
  Linear,
  Random,
  Residual,
  Sequential,
  SpectralNorm,
  Tanh,
  type Tensor,
  tensor,
  toNested,
  traceBackward,
} from '../../src/index.ts';
import { namedLayers } from '../../src/trace/named-layers.ts';
import '../matchers.ts';

/** A small discriminator, always the same one, after a forward. */
function discriminator(): { network: Sequential; dOut: Tensor } {
  const random = new Random(3);
  const network = new Sequential([
    new Conv2d({ inChannels: 1, outChannels: 2, kernelSize: 3, random }),
    new LeakyReLU({ negativeSlope: 0.2 }),
    new Flatten(),
    new Linear({ inFeatures: 18, outFeatures: 1, random }),
  ]);
  network.forward(random.normal([4, 1, 5, 5]));
  return { network, dOut: random.normal([4, 1]) };
}

describe('traceBackward', () => {
  test('two layers by hand', () => {
    const first = new Linear({ inFeatures: 2, outFeatures: 2, dtype: 'float64' });
    const second = new Linear({ inFeatures: 2, outFeatures: 1, bias: false, dtype: 'float64' });
    first.weight.value = tensor(
      [
        [1, 2],
        [3, 4],
      ],
      'float64',
    );
    first.bias?.value.data.fill(0);
    first.bias?.changed();
    second.weight.value = tensor([[5, 6]], 'float64');
    const network = new Sequential([first, second]);
    // Between the layers: [1 + 4, 3 + 8].
    network.forward(tensor([[1, 2]], 'float64'));

    expect(traceBackward(network, tensor([[10]], 'float64'))).toEqual({
      dtype: 'float64',
      dOut: [[10]],
      dX: [[50 * 1 + 60 * 3, 50 * 2 + 60 * 4]],
      layers: [
        {
          name: '1',
          layer: 'Linear',
          dOut: [[10]],
          dX: [[10 * 5, 10 * 6]],
          parameters: [{ name: '1.weight', added: [[10 * 5, 10 * 11]] }],
        },
        {
          name: '0',
          layer: 'Linear',
          dOut: [[50, 60]],
          dX: [[230, 340]],
          parameters: [
            {
              name: '0.weight',
              added: [
                [50, 100],
                [60, 120],
              ],
            },
            { name: '0.bias', added: [50, 60] },
          ],
        },
      ],
    });
  });

  test('leaves the gradients of a backward that is not traced, bit for bit, and adds to what was there', () => {
    const [plain, traced] = [discriminator(), discriminator()];
    for (const { network } of [plain, traced]) network.parameters[0].gradient.data.fill(0.1);
    const dX = plain.network.backward(plain.dOut);
    const trace = traceBackward(traced.network, traced.dOut);
    expect(trace.dX).toEqual(toNested(dX));
    for (const [p, { gradient }] of plain.network.parameters.entries()) {
      expect(traced.network.parameters[p].gradient.data).toEqual(gradient.data);
    }
    const [weight] = trace.layers[3].parameters;
    expect(weight.name).toBe('0.weight');
    const [[[[first]]]] = weight.added as number[][][][];
    expect(first).toBeCloseTo(plain.network.parameters[0].gradient.data[0] - 0.1, 6);
  });

  test('what goes out of a layer is what comes into the one before it', () => {
    const { network, dOut } = discriminator();
    const { layers, dX } = traceBackward(network, dOut);
    expect(layers.map(({ name, layer }) => `${name} ${layer}`)).toEqual([
      '3 Linear',
      '2 Flatten',
      '1 LeakyReLU',
      '0 Conv2d',
    ]);
    expect(layers[0].dOut).toEqual(toNested(dOut));
    for (let l = 1; l < layers.length; l++) expect(layers[l].dOut).toEqual(layers[l - 1].dX);
    expect(layers.at(-1)?.dX).toEqual(dX);
  });

  test('layers inside layers, each with its own parameters, named as PyTorch names them', () => {
    const random = new Random(5);
    const network = new Sequential([
      new ConcatLabels({ numClasses: 3, shape: [2], random }),
      new Residual(new Sequential([new Linear({ inFeatures: 4, outFeatures: 4, random }), new Tanh()])),
      new SpectralNorm(new Linear({ inFeatures: 4, outFeatures: 1, random }), { random }),
    ]);
    network.forward(random.normal([5, 2]), tensor([0, 1, 2, 1, 0]));
    const { layers } = traceBackward(network, random.normal([5, 1]));
    expect(layers.map(({ name, layer, parameters }) => [name, layer, parameters.map((p) => p.name)])).toEqual([
      ['2', 'SpectralNorm', ['2.weight_orig']],
      ['2.layer', 'Linear', ['2.layer.weight', '2.bias']],
      ['1', 'Residual', []],
      ['1.path.1', 'Tanh', []],
      ['1.path.0', 'Linear', ['1.path.0.weight', '1.path.0.bias']],
      ['0', 'ConcatLabels', []],
      ['0.embedding', 'Embedding', ['0.embedding.weight']],
    ]);
    // By (residual.2) the path's dL/dx and dOut make up the residual's.
    const [, , residual, tanh, linear] = layers;
    expect(tanh.dOut).toEqual(residual.dOut);
    const [dX, dPath, dOut] = [residual, linear].map(({ dX }) => tensor(dX)).concat(tensor(residual.dOut));
    expect(dX).toBeAllclose(tensor(toNested<number[][]>(dPath).map((row, n) => row.map((v, c) => v + dOut.get(n, c)))));
    // By (spectral.5) dW is what is left of dW̄ when its part along u · vᵀ is taken out, over σ: it is not dW̄.
    expect(layers[0].parameters[0].added).not.toEqual(layers[1].parameters[0].added);
  });

  test('a model that is one layer has an empty name', () => {
    const layer = new Linear({ inFeatures: 2, outFeatures: 1 });
    layer.forward(tensor([[1, 2]]));
    const { layers } = traceBackward(layer, tensor([[1]]));
    expect(layers.map(({ name, parameters }) => [name, parameters.map((p) => p.name)])).toEqual([
      ['', ['weight', 'bias']],
    ]);
  });

  test('a frozen parameter is given nothing', () => {
    const { network, dOut } = discriminator();
    network.parameters[0].frozen = true;
    const [weight, bias] = traceBackward(network, dOut).layers.at(-1)?.parameters ?? [];
    expect((weight.added as number[][][][]).flat(3).every((value) => value === 0)).toBe(true);
    expect((bias.added as number[]).every((value) => value !== 0)).toBe(true);
  });

  test('afterwards nothing is left in the layers, also where a backward has thrown', () => {
    const { network, dOut } = discriminator();
    const keys = () => namedLayers(network).map(({ layer }) => Object.getOwnPropertyNames(layer));
    const before = keys();
    traceBackward(network, dOut);
    expect(keys()).toEqual(before);
    expect(() => traceBackward(network, dOut)).toThrow('Linear: backward needs a forward of its own');
    expect(keys()).toEqual(before);
  });

  test("a backward that somebody has put into one layer's own hands stays there, and is what runs", () => {
    const own = (dOut: Tensor) => dOut;
    const layer: Layer = Object.assign(new Tanh(), { backward: own });
    layer.forward(tensor([[1]]));
    expect(traceBackward(layer, tensor([[7]])).dX).toEqual([[7]]);
    expect(layer.backward).toBe(own);
  });

  test('goes through JSON and comes back', () => {
    const { network, dOut } = discriminator();
    const trace = traceBackward(network, dOut);
    expect(JSON.parse(JSON.stringify(trace))).toEqual(trace);
  });

  test('refuses what is no model and no gradient', () => {
    expect(() => traceBackward({} as Layer, tensor([1]))).toThrow('traceBackward: model must be a layer');
    expect(() => traceBackward(new Tanh(), [1] as never)).toThrow('traceBackward: dOut must be a float32 or float64');
  });
});
