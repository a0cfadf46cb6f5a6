import { describe, expect, it } from 'vitest';
import {
  BatchNorm2d,
  Conv2d,
  ConvTranspose2d,
  dcganNormal,
  Embedding,
  heNormal,
  InstanceNorm2d,
  LayerNorm,
  Linear,
  Parameter,
  Random,
  Reshape,
  Sequential,
  type Tensor,
  xavierUniform,
  zeros,
} from '../../src/index.ts';

const average = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const largest = ({ data }: Tensor) => Math.max(...data.map(Math.abs));
const mean = ({ data }: Tensor) => average([...data]);
const variance = (t: Tensor) => {
  const centre = mean(t);
  return average([...t.data].map((value) => (value - centre) ** 2));
};

describe("the default is PyTorch's: weight and bias even over ±1/√fanIn", () => {
  it.each([
    ['Linear', () => new Linear({ inFeatures: 25, outFeatures: 400, random: new Random(1) }), 25],
    ['Conv2d', () => new Conv2d({ inChannels: 4, outChannels: 300, kernelSize: [2, 3], random: new Random(1) }), 24],
    // PyTorch counts a transposed convolution's fan-in from its second axis, the output channels.
    [
      'ConvTranspose2d',
      () => new ConvTranspose2d({ inChannels: 100, outChannels: 3, kernelSize: [4, 3], random: new Random(1) }),
      36,
    ],
  ] as const)('%s', (_, create, fanIn) => {
    const { weight, bias } = create();
    const bound = 1 / Math.sqrt(fanIn);
    expect(largest(weight.value)).toBeLessThanOrEqual(bound);
    expect(largest(weight.value)).toBeGreaterThan(0.98 * bound);
    // An even spread over ±b has variance b²/3.
    expect(variance(weight.value) / (bound ** 2 / 3)).toBeCloseTo(1, 1);
    expect(largest((bias as Parameter).value)).toBeLessThanOrEqual(bound);
    expect(largest((bias as Parameter).value)).toBeGreaterThan(0.5 * bound);
  });

  it('the seed decides, and without one two layers differ', () => {
    const draw = (random?: Random) => [
      ...new Linear({ inFeatures: 3, outFeatures: 4, ...(random && { random }) }).weight.value.data,
    ];
    expect(draw(new Random(7))).toEqual(draw(new Random(7)));
    expect(draw(new Random(7))).not.toEqual(draw(new Random(8)));
    expect(draw()).not.toEqual(draw());
  });
});

it('heNormal: variance 2/fanIn', () => {
  const weight = new Parameter('weight', zeros([200, 10, 3, 2]));
  heNormal(weight, new Random(1));
  expect(mean(weight.value)).toBeCloseTo(0, 2);
  expect(variance(weight.value) / (2 / 60)).toBeCloseTo(1, 1);
  expect(weight.version).toBe(1);
});

it('xavierUniform: even over ±√(6 / (fanIn + fanOut))', () => {
  const weight = new Parameter('weight', zeros([200, 10, 3, 2]));
  xavierUniform(weight, new Random(1));
  const bound = Math.sqrt(6 / (60 + 1200));
  expect(largest(weight.value)).toBeLessThanOrEqual(bound);
  expect(largest(weight.value)).toBeGreaterThan(0.99 * bound);
  expect(variance(weight.value) / (bound ** 2 / 3)).toBeCloseTo(1, 1);
});

it('in float64 the numbers drawn have the digits of float64', () => {
  const layer = () => new Linear({ inFeatures: 4, outFeatures: 5, dtype: 'float64', random: new Random(1) });
  const ways: readonly ((layer: Linear) => void)[] = [
    () => {},
    ({ weight }) => heNormal(weight, new Random(2)),
    ({ weight }) => xavierUniform(weight, new Random(2)),
    (each) => dcganNormal(each, new Random(2)),
  ];
  for (const initialise of ways) {
    const each = layer();
    initialise(each);
    expect(each.weight.value.data.every((value) => value !== Math.fround(value))).toBe(true);
  }
});

it('dcganNormal: layer and instance norms start as a batch norm does, and a table stays as it is', () => {
  const network = new Sequential([
    new Embedding({ numEmbeddings: 3, embeddingDim: 200 }),
    new LayerNorm({ normalizedShape: 200 }),
    new Reshape({ shape: [200, 1, 1] }),
    new InstanceNorm2d({ numFeatures: 200, affine: true }),
  ]);
  const [table, ...norms] = network.parameters.filter(({ name }) => name.endsWith('weight'));
  const before = [...table.value.data];
  dcganNormal(network, new Random(1));
  expect([...table.value.data]).toEqual(before);
  expect(norms.map(({ name }) => name)).toEqual(['1.weight', '3.weight']);
  for (const { value } of norms) {
    expect(mean(value)).toBeCloseTo(1, 2);
    expect(Math.sqrt(variance(value))).toBeCloseTo(0.02, 2);
  }
});

it('dcganNormal: weights normal(0, .02), batch norm normal(1, .02), biases 0', () => {
  const network = new Sequential([
    new Conv2d({ inChannels: 3, outChannels: 64, kernelSize: 4 }),
    new BatchNorm2d({ numFeatures: 400 }),
    new Linear({ inFeatures: 100, outFeatures: 20 }),
  ]);
  dcganNormal(network, new Random(1));
  for (const { name, value, version } of network.parameters) {
    expect(version).toBeGreaterThan(0);
    if (name.endsWith('bias')) {
      expect(largest(value)).toBe(0);
      continue;
    }
    expect(mean(value)).toBeCloseTo(name === '1.weight' ? 1 : 0, 2);
    // Five standard errors of a standard deviation: 5 / √(2 · count).
    const error = Math.abs(Math.sqrt(variance(value)) / 0.02 - 1);
    expect(error, name).toBeLessThan(5 / Math.sqrt(2 * value.data.length));
  }
});
