import { describe, expect, test } from 'vitest';
import { parseFlags } from '../../scripts/flags.ts';
import { models } from '../../scripts/train/models.ts';
import {
  BatchNorm1d,
  Conv2d,
  Dropout,
  ELU,
  Flatten,
  GELU,
  GlobalAvgPool2d,
  type Layer,
  Linear,
  MaxPool2d,
  Random,
  Residual,
  Sequential,
  SiLU,
  Softmax,
  tensor,
  toOnnx,
} from '../../src/index.ts';
import { findOnnxRuntime, runOnnx } from './onnxruntime.ts';

const runtime = await findOnnxRuntime();
const required = process.env.CI === 'true' && process.env.HANDGRAD_REQUIRE === '1';
if (!runtime) console.warn('No onnxruntime-web in node_modules/.onnxruntime: the tests with it are skipped.');

test.runIf(required)('onnxruntime-web is there', () => {
  expect(runtime, 'HANDGRAD_REQUIRE is 1: fetch onnxruntime-web as .ci/run does').toBeDefined();
});

const random = new Random(5);
const labels = tensor([3, 0, 9, 7]);

/** The networks that npm run train trains, by name, and the shape of one sample. */
const networks = models.flatMap((model): [string, Layer, number[]][] => {
  const flags = parseFlags<typeof model.flags>(model.flags, []);
  if (flags instanceof Error) throw flags;
  if (model.kind === 'classifier') {
    const { network } = model.create(flags as Parameters<typeof model.create>[0], random);
    return [[model.name, network, [1, 28, 28]]];
  }
  const { trainer } = model.create(flags as Parameters<typeof model.create>[0], random);
  return [
    [`${model.name}: generator`, trainer.generator, [trainer.latentSize]],
    [`${model.name}: discriminator`, trainer.discriminator, [1, 28, 28]],
  ];
});

const geometry = { kernelSize: [3, 2], stride: [2, 1], padding: [1, 0], dilation: [1, 2], random } as const;
const others: [string, Layer, number[]][] = [
  ['rectangular convolution', new Conv2d({ inChannels: 2, outChannels: 3, ...geometry }), [2, 9, 8]],
  [
    'MaxPool2d in ceilMode',
    new MaxPool2d({ kernelSize: [3, 2], stride: 2, padding: [1, 0], ceilMode: true }),
    [2, 8, 7],
  ],
  [
    'one of everything else',
    new Sequential([
      new GlobalAvgPool2d(),
      new Flatten(),
      new Linear({ inFeatures: 3, outFeatures: 6, bias: false, random }),
      new BatchNorm1d({ numFeatures: 6 }),
      new Residual(new Sequential([new Linear({ inFeatures: 6, outFeatures: 6, random }), new SiLU()])),
      new ELU({ alpha: 0.7 }),
      new Dropout({ p: 0.5 }),
      new Softmax(),
    ]),
    [3, 4, 5],
  ],
];

describe.skipIf(!runtime)(`onnxruntime-web computes what forward does${runtime ? '' : ' (not fetched)'}`, () => {
  test.each([...networks, ...others])('%s', async (_, network, sample) => {
    // Some forwards in training mode: running statistics and spectral norms are no longer those of the beginning.
    for (const part of network.parameters) part.value.data.set(random.normal(part.value.shape, 0.01, 0.05).data);
    for (const part of network.parameters) part.changed();
    for (let i = 0; i < 3; i++) network.forward(random.normal([4, ...sample]), labels);
    network.training = false;
    const x = random.normal([4, ...sample]);
    const out = network.forward(x, labels);
    if (!runtime) return;
    const theirs = await runOnnx(runtime, toOnnx(network, sample), x, labels);
    expect(theirs.dims).toEqual(out.shape);
    const largest = Math.max(1, ...out.data.map(Math.abs));
    for (const [i, value] of out.data.entries()) {
      expect(Math.abs(theirs.data[i] - value) / largest).toBeLessThan(1e-5);
    }
    expect(new Set(theirs.data).size).toBeGreaterThan(3);
  });
});

test('layers without an operator and float64 are refused', () => {
  expect(() => toOnnx(new GELU(), [3])).toThrow('toOnnx: there is no operator for GELU yet');
  const linear = new Linear({ inFeatures: 2, outFeatures: 1, dtype: 'float64' });
  expect(() => toOnnx(linear, [2])).toThrow('toOnnx: weight is float64; export a float32 network');
});
