import { describe, expect, test } from 'vitest';
import {
  AvgPool2d,
  BatchNorm1d,
  Conv2d,
  Dropout,
  ELU,
  Embedding,
  Flatten,
  GELU,
  GlobalAvgPool2d,
  InstanceNorm2d,
  type Layer,
  LayerNorm,
  Linear,
  MaxPool2d,
  Random,
  Residual,
  Sequential,
  SiLU,
  Softmax,
  Softplus,
  tensor,
  toOnnx,
  Upsample,
} from '../../src/index.ts';
import { findOnnxRuntime, runOnnx } from './onnxruntime.ts';
import { trainedNetworks, unsettle } from './trained-networks.ts';

const runtime = await findOnnxRuntime();
const required = process.env.CI === 'true' && process.env.HANDGRAD_REQUIRE === '1';
if (!runtime) console.warn('No onnxruntime-web in node_modules/.onnxruntime: the tests with it are skipped.');

test.runIf(required)('onnxruntime-web is there', () => {
  expect(runtime, 'HANDGRAD_REQUIRE is 1: fetch onnxruntime-web as .ci/run does').toBeDefined();
});

const random = new Random(5);
const labels = tensor([3, 0, 9, 7]);

const networks = trainedNetworks(random, labels).map(({ model, name, network, sample }): [string, Layer, number[]] => [
  `${model}: ${name}`,
  network,
  [...sample],
]);

const geometry = { kernelSize: [3, 2], stride: [2, 1], padding: [1, 0], dilation: [1, 2], random } as const;
const others: [string, Layer, number[]][] = [
  ['rectangular convolution', new Conv2d({ inChannels: 2, outChannels: 3, ...geometry }), [2, 9, 8]],
  [
    'MaxPool2d in ceilMode',
    new MaxPool2d({ kernelSize: [3, 2], stride: 2, padding: [1, 0], ceilMode: true }),
    [2, 8, 7],
  ],
  [
    'AvgPool2d in ceilMode',
    new AvgPool2d({ kernelSize: [3, 2], stride: 2, padding: [1, 0], ceilMode: true, countIncludePad: false }),
    [2, 8, 7],
  ],
  [
    'norms of images',
    new Sequential([
      new InstanceNorm2d({ numFeatures: 2, affine: true }),
      new Upsample({ scaleFactor: [2, 3] }),
      new LayerNorm({ normalizedShape: [8, 9], elementwiseAffine: false }),
      new AvgPool2d({ kernelSize: 3, stride: 2, padding: 1 }),
      new InstanceNorm2d({ numFeatures: 2 }),
    ]),
    [2, 4, 3],
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
      new Softplus({ beta: 2, threshold: 1 }),
      new LayerNorm({ normalizedShape: 6 }),
      new GELU(),
      new Dropout({ p: 0.5 }),
      new Softmax(),
    ]),
    [3, 4, 5],
  ],
];

describe.skipIf(!runtime)(`onnxruntime-web computes what forward does${runtime ? '' : ' (not fetched)'}`, () => {
  test.each([...networks, ...others])('%s', async (_, network, sample) => {
    if (network.training) unsettle(network, sample, random, labels);
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

test('what has no operator, float64 and no layer are refused', () => {
  expect(() => toOnnx(new Embedding({ numEmbeddings: 3, embeddingDim: 2 }), [3])).toThrow(
    'toOnnx: Embedding cannot be exported; toSafetensors writes its parameters',
  );
  const linear = new Linear({ inFeatures: 2, outFeatures: 1, dtype: 'float64' });
  expect(() => toOnnx(linear, [2])).toThrow('toOnnx: weight is float64; export a float32 network');
  const pool = new AvgPool2d({ kernelSize: 3, padding: 1, ceilMode: true });
  expect(() => toOnnx(pool, [1, 8, 8])).toThrow('use countIncludePad: false');
  expect(() => toOnnx(linear, [0])).toThrow('toOnnx: each size of sample must be a whole number from 1, not 0');
});
