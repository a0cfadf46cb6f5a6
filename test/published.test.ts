import { describe, expect, it } from 'vitest';
import { centredDifferences } from '../src/gradient-check/check-gradients.ts';
import {
  AvgPool2d,
  type AvgPool2dOptions,
  BatchNorm2d,
  BCEWithLogitsLoss,
  Conv2d,
  ConvTranspose2d,
  CrossEntropyLoss,
  ELU,
  fromData,
  full,
  GELU,
  GlobalAvgPool2d,
  type Layer,
  LeastSquaresLoss,
  Linear,
  type Loss,
  MaxPool2d,
  type MaxPool2dOptions,
  MSELoss,
  Random,
  ReLU,
  Sequential,
  SGD,
  type Shape,
  Sigmoid,
  Softmax,
  Softplus,
  type Tensor,
  tensor,
  Upsample,
  zeros,
} from '../src/index.ts';
import { dense, sizeOf } from '../src/tensor/tensor.ts';
import './matchers.ts';

const dtype = 'float64';

/** Numbers from `low` to `high`, both included, evenly spread over the shape in row-major order. */
function linspace(low: number, high: number, ...shape: number[]): Tensor {
  const size = sizeOf(shape);
  return fromData(
    Float64Array.from({ length: size }, (_, i) => low + ((high - low) * i) / (size - 1)),
    shape,
  );
}

const transposed = (t: Tensor): Tensor => dense(t.transpose(1, 0));
const reshaped = (t: Tensor, ...shape: number[]): Tensor => fromData(t.data, shape);
/** rows('1 2 / 3 4') is [[1, 2], [3, 4]]. */
const rows = (text: string): number[][] => text.split(' / ').map((row) => row.split(' ').map(Number));
const decimals = (count: number) => ({ rtol: 0, atol: 0.50001 * 10 ** -count });

// Mazur, "A Step by Step Backpropagation Example": two inputs, two hidden and two output sigmoids, ½ Σ (o − t)².
describe('Mazur, a step by step backpropagation example', () => {
  const [x, t] = [tensor([[0.05, 0.1]], dtype), tensor([[0.01, 0.99]], dtype)];
  // The mean over two outputs is the example's ½ Σ.
  const loss = new MSELoss();
  const hidden = new Linear({ inFeatures: 2, outFeatures: 2, dtype });
  const output = new Linear({ inFeatures: 2, outFeatures: 2, dtype });
  const network = new Sequential([hidden, new Sigmoid(), output, new Sigmoid()]);
  hidden.weight.value = tensor(
    [
      [0.15, 0.2],
      [0.25, 0.3],
    ],
    dtype,
  );
  output.weight.value = tensor(
    [
      [0.4, 0.45],
      [0.5, 0.55],
    ],
    dtype,
  );
  for (const [layer, b] of [
    [hidden, 0.35],
    [output, 0.6],
  ] as const) {
    if (!layer.bias) throw new Error('a Linear has a bias unless told otherwise');
    layer.bias.value = full([2], b, dtype);
    // The example leaves the biases as they are.
    layer.bias.frozen = true;
  }
  const optimizer = new SGD(network.parameters, { learningRate: 0.5 });

  const step = (): number => {
    optimizer.zeroGradients();
    const error = loss.forward(network.forward(x), t);
    network.backward(loss.backward());
    optimizer.step();
    return error;
  };

  it('forward', () => {
    const h = network.layers[1].forward(network.layers[0].forward(x));
    expect(h).toBeAllclose([[0.593269992, 0.596884378]], decimals(9));
    expect(network.forward(x)).toBeAllclose([[0.75136507, 0.772928465]], decimals(8));
  });

  it('one step, then 10,000', () => {
    expect(step()).toBeAllclose(0.298371109, decimals(9));
    expect(output.weight.value).toBeAllclose(
      [
        [0.35891648, 0.408666186],
        [0.51130127, 0.561370121],
      ],
      decimals(8),
    );
    expect(hidden.weight.value).toBeAllclose(
      [
        [0.149780716, 0.19956143],
        [0.24975114, 0.29950229],
      ],
      decimals(8),
    );
    for (let i = 1; i < 10_000; i++) step();
    expect(loss.forward(network.forward(x), t)).toBeAllclose(3.51019e-5, decimals(10));
  });
});

it('CS231n notes, backprop: one sigmoid neuron', () => {
  const linear = new Linear({ inFeatures: 2, outFeatures: 1, dtype });
  const neuron = new Sequential([linear, new Sigmoid()]);
  linear.weight.value = tensor([[2, -3]], dtype);
  if (linear.bias) linear.bias.value = tensor([-3], dtype);
  expect(neuron.forward(tensor([[-1, -2]], dtype))).toBeAllclose([[0.73105858]], decimals(8));
  expect(neuron.backward(tensor([[1]], dtype))).toBeAllclose([[0.39322387, -0.5898358]], decimals(8));
  expect(linear.weight.gradient).toBeAllclose([[-0.19661193, -0.39322387]], decimals(8));
  expect(linear.bias?.gradient ?? 0).toBeAllclose([0.19661193], decimals(8));
});

it('CS231n, assignment 2: affine', () => {
  const affine = new Linear({ inFeatures: 120, outFeatures: 3, dtype });
  affine.weight.value = transposed(linspace(-0.2, 0.3, 120, 3));
  if (affine.bias) affine.bias.value = linspace(-0.3, 0.1, 3);
  const out = affine.forward(reshaped(linspace(-0.1, 0.5, 2, 4, 5, 6), 2, 120));
  expect(out).toBeAllclose(
    [
      [1.49834967, 1.70660132, 1.91485297],
      [3.25553199, 3.5141327, 3.77273342],
    ],
    decimals(8),
  );
});

it('CS231n, assignment 2: two layers and a softmax, without and with L2 regularisation', () => {
  const first = new Linear({ inFeatures: 5, outFeatures: 50, dtype });
  const second = new Linear({ inFeatures: 50, outFeatures: 7, dtype });
  first.weight.value = transposed(linspace(-0.7, 0.3, 5, 50));
  second.weight.value = transposed(linspace(-0.3, 0.4, 50, 7));
  if (first.bias) first.bias.value = linspace(-0.1, 0.9, 50);
  if (second.bias) second.bias.value = linspace(-0.9, 0.1, 7);
  const scores = new Sequential([first, new ReLU(), second]).forward(linspace(-5.5, 4.5, 5, 3).transpose(1, 0));
  const loss = new CrossEntropyLoss().forward(scores, tensor([0, 5, 1]));
  expect(loss).toBeAllclose(3.4702243556, decimals(10));
  const squares = [first, second].flatMap(({ weight }) => [...weight.value.data].map((w) => w * w));
  expect(loss + 0.5 * squares.reduce((sum, square) => sum + square, 0)).toBeAllclose(26.5948426952, decimals(10));
});

// |a − b| / max(|a| + |b|, 1e-8), the worst of all entries; above 1e-2 is wrong, 1e-7 or less is good.
it('CS231n, gradient checking: the two layers with biases and a softmax by the formula of the assignments', () => {
  const random = new Random(231);
  const first = new Linear({ inFeatures: 5, outFeatures: 6, dtype, random });
  const second = new Linear({ inFeatures: 6, outFeatures: 4, dtype, random });
  const network = new Sequential([first, new ReLU(), second]);
  const [x, y] = [random.normal([3, 5], 0, 1, dtype), tensor([0, 3, 1])];
  const loss = new CrossEntropyLoss();
  const forward = () => loss.forward(network.forward(x), y);
  forward();
  const dX = network.backward(loss.backward());
  const worst = (t: Tensor, gradient: Tensor) => {
    const numeric = centredDifferences(forward, t, 1e-5).data;
    const errors = Array.from(gradient.data, (a, i) => {
      const b = numeric[i];
      return Math.abs(a - b) / Math.max(Math.abs(a) + Math.abs(b), 1e-8);
    });
    return Math.max(...errors);
  };
  expect(worst(x, dX)).toBeLessThanOrEqual(1e-7);
  for (const { name, value, gradient } of network.parameters) {
    expect(worst(value, gradient), name).toBeLessThanOrEqual(1e-7);
  }
});

it('CS231n, assignment 2: max pooling', () => {
  const pool = new MaxPool2d({ kernelSize: 2, stride: 2 });
  expect(pool.forward(linspace(-0.3, 0.4, 2, 3, 4, 4))).toBeAllclose(
    [
      [
        rows('-0.26315789 -0.24842105 / -0.20421053 -0.18947368'),
        rows('-0.14526316 -0.13052632 / -0.08631579 -0.07157895'),
        rows('-0.02736842 -0.01263158 / 0.03157895 0.04631579'),
      ],
      [
        rows('0.09052632 0.10526316 / 0.14947368 0.16421053'),
        rows('0.20842105 0.22315789 / 0.26736842 0.28210526'),
        rows('0.32631579 0.34105263 / 0.38526316 0.4'),
      ],
    ],
    decimals(8),
  );
});

it('Dive into Deep Learning, pooling', () => {
  const x = tensor([[rows('0 1 2 / 3 4 5 / 6 7 8')]], dtype);
  expect(new MaxPool2d({ kernelSize: 2, stride: 1 }).forward(x)).toBeAllclose([[rows('4 5 / 7 8')]]);
  expect(new AvgPool2d({ kernelSize: 2, stride: 1 }).forward(x)).toBeAllclose([[rows('2 3 / 5 6')]]);
});

it('CS231n, assignment 2: convolution', () => {
  const conv = new Conv2d({ inChannels: 3, outChannels: 3, kernelSize: 4, stride: 2, padding: 1, dtype });
  conv.weight.value = linspace(-0.2, 0.3, 3, 3, 4, 4);
  if (conv.bias) conv.bias.value = linspace(-0.1, 0.2, 3);
  expect(conv.forward(linspace(-0.1, 0.5, 2, 3, 4, 4))).toBeAllclose(
    [
      [
        [
          [-0.08759809, -0.10987781],
          [-0.18387192, -0.2109216],
        ],
        [
          [0.21027089, 0.21661097],
          [0.22847626, 0.23004637],
        ],
        [
          [0.50813986, 0.54309974],
          [0.64082444, 0.67101435],
        ],
      ],
      [
        [
          [-0.98053589, -1.03143541],
          [-1.19128892, -1.24695841],
        ],
        [
          [0.69108355, 0.66880383],
          [0.59480972, 0.56776003],
        ],
        [
          [2.36270298, 2.36904306],
          [2.38090835, 2.38247847],
        ],
      ],
    ],
    decimals(8),
  );
});

it('Dive into Deep Learning, transposed convolution', () => {
  const layer = new ConvTranspose2d({ inChannels: 1, outChannels: 1, kernelSize: 2, bias: false, dtype });
  layer.weight.value = tensor(
    [
      [
        [
          [0, 1],
          [2, 3],
        ],
      ],
    ],
    dtype,
  );
  expect(
    layer.forward(
      tensor(
        [
          [
            [
              [0, 1],
              [2, 3],
            ],
          ],
        ],
        dtype,
      ),
    ),
  ).toBeAllclose([
    [
      [
        [0, 0, 1],
        [0, 4, 6],
        [4, 12, 9],
      ],
    ],
  ]);
});

describe('CS231n, assignment 3: GAN losses', () => {
  const real = [
    0.9348731096, -1.0169891625, -0.5730476939, -0.8816270357, -1.4012938926, -1.4539569267, -1.542397548,
    -0.5727332516, 0.9858442941, 0.1331215244,
  ];
  const fake = [
    -1.8086586792, 0.0903005537, -0.4428902039, -0.0787936752, -0.3765504411, 0.3208474242, -0.2859083652, 1.0137628054,
    0.9924143915, 0.3939434609,
  ];

  it.each<[string, Loss, number, number]>([
    ['on logits', new BCEWithLogitsLoss(), 1.8423983904, 0.7712861964],
    ['least squares', new LeastSquaresLoss(), 1.8770293614, 0.816954787],
  ])('%s', (_, loss, ofDiscriminator, ofGenerator) => {
    const aim = (scores: number[], target: number) => loss.forward(tensor(scores, dtype), full([10], target, dtype));
    expect(aim(real, 1) + aim(fake, 0)).toBeAllclose(ofDiscriminator, decimals(9));
    expect(aim(fake, 1)).toBeAllclose(ofGenerator, decimals(9));
  });
});

// The examples in the documentation of the ONNX operators: images count up from 0, kernels are ones.
describe('ONNX, examples of the operators', () => {
  const counting = (...shape: number[]) => linspace(0, sizeOf(shape) - 1, ...shape);

  const conv = (x: Shape, sizes: object) => {
    const layer = new Conv2d({ inChannels: 1, outChannels: 1, kernelSize: 3, bias: false, dtype, ...sizes });
    layer.weight.value = full([1, 1, 3, 3], 1, dtype);
    return layer.forward(counting(1, 1, ...x));
  };

  it('Conv, with padding and without', () => {
    expect(conv([5, 5], { padding: 1 })).toBeAllclose([
      [
        [
          [12, 21, 27, 33, 24],
          [33, 54, 63, 72, 51],
          [63, 99, 108, 117, 81],
          [93, 144, 153, 162, 111],
          [72, 111, 117, 123, 84],
        ],
      ],
    ]);
    expect(conv([5, 5], {})).toBeAllclose([
      [
        [
          [54, 63, 72],
          [99, 108, 117],
          [144, 153, 162],
        ],
      ],
    ]);
  });

  it('Conv, with strides and three paddings', () => {
    expect(conv([7, 5], { stride: 2, padding: 1 })).toBeAllclose([
      [
        [
          [12, 27, 24],
          [63, 108, 81],
          [123, 198, 141],
          [112, 177, 124],
        ],
      ],
    ]);
    expect(conv([7, 5], { stride: 2 })).toBeAllclose([
      [
        [
          [54, 72],
          [144, 162],
          [234, 252],
        ],
      ],
    ]);
    expect(conv([7, 5], { stride: 2, padding: [1, 0] })).toBeAllclose([
      [
        [
          [21, 33],
          [99, 117],
          [189, 207],
          [171, 183],
        ],
      ],
    ]);
  });

  const convTranspose = (sizes: object) => {
    const layer = new ConvTranspose2d({ inChannels: 1, outChannels: 2, kernelSize: 3, bias: false, dtype, ...sizes });
    layer.weight.value = full([1, 2, 3, 3], 1, dtype);
    return layer.forward(counting(1, 1, 3, 3));
  };

  it('ConvTranspose', () => {
    const channel = [
      [0, 1, 3, 3, 2],
      [3, 8, 15, 12, 7],
      [9, 21, 36, 27, 15],
      [9, 20, 33, 24, 13],
      [6, 13, 21, 15, 8],
    ];
    expect(convTranspose({})).toBeAllclose([[channel, channel]]);
  });

  it('ConvTranspose, pads', () => {
    const [a, b, c] = [
      [1, 1, 3],
      [7, 4, 9],
      [13, 7, 15],
    ];
    const channel = [a, a, b, b, b, c, c];
    expect(convTranspose({ stride: [3, 2], padding: [1, 2] })).toBeAllclose([[channel, channel]]);
  });

  it('ConvTranspose, output_padding', () => {
    const [a, b, c] = [
      [0, 0, 1, 1, 3, 2, 2, 0],
      [3, 3, 7, 4, 9, 5, 5, 0],
      [6, 6, 13, 7, 15, 8, 8, 0],
    ];
    const channel = [a, a, a, b, b, b, c, c, c, a.map(() => 0)];
    expect(convTranspose({ stride: [3, 2], outputPadding: 1 })).toBeAllclose([[channel, channel]]);
  });

  it('ConvTranspose, dilations', () => {
    const layer = new ConvTranspose2d({
      inChannels: 1,
      outChannels: 1,
      kernelSize: 2,
      dilation: 2,
      bias: false,
      dtype,
    });
    layer.weight.value = tensor(
      [
        [
          [
            [7, 2],
            [1, 9],
          ],
        ],
      ],
      dtype,
    );
    expect(
      layer.forward(
        tensor(
          [
            [
              [
                [3, 8, 1],
                [9, 5, 7],
                [3, 2, 6],
              ],
            ],
          ],
          dtype,
        ),
      ),
    ).toBeAllclose([
      [
        [
          [21, 56, 13, 16, 2],
          [63, 35, 67, 10, 14],
          [24, 22, 76, 76, 21],
          [9, 5, 88, 45, 63],
          [3, 2, 33, 18, 54],
        ],
      ],
    ]);
  });

  it('MaxPool', () => {
    const five = tensor([[rows('1 2 3 4 5 / 6 7 8 9 10 / 11 12 13 14 15 / 16 17 18 19 20 / 21 22 23 24 25')]], dtype);
    const four = tensor([[rows('1 2 3 4 / 5 6 7 8 / 9 10 11 12 / 13 14 15 16')]], dtype);
    const pool = (sizes: MaxPool2dOptions, x: Tensor) => new MaxPool2d(sizes).forward(x);
    expect(pool({ kernelSize: 5, stride: 1, padding: 2 }, five)).toBeAllclose([
      [rows('13 14 15 15 15 / 18 19 20 20 20 / 23 24 25 25 25 / 23 24 25 25 25 / 23 24 25 25 25')],
    ]);
    expect(pool({ kernelSize: 2, stride: 2 }, five)).toBeAllclose([[rows('7 9 / 17 19')]]);
    expect(pool({ kernelSize: 3, stride: 2, ceilMode: true }, four)).toBeAllclose([[rows('11 12 / 15 16')]]);
    expect(pool({ kernelSize: 2, stride: 1, dilation: 2 }, four)).toBeAllclose([[rows('11 12 / 15 16')]]);
  });

  it('AveragePool and GlobalAveragePool', () => {
    const five = tensor([[rows('1 2 3 4 5 / 6 7 8 9 10 / 11 12 13 14 15 / 16 17 18 19 20 / 21 22 23 24 25')]], dtype);
    const four = tensor([[rows('1 2 3 4 / 5 6 7 8 / 9 10 11 12 / 13 14 15 16')]], dtype);
    const pool = (sizes: AvgPool2dOptions, x: Tensor) => new AvgPool2d(sizes).forward(x);
    const padded = { kernelSize: 5, stride: 1, padding: 2 };
    expect(pool({ ...padded, countIncludePad: false }, five)).toBeAllclose([
      [rows('7 7.5 8 8.5 9 / 9.5 10 10.5 11 11.5 / 12 12.5 13 13.5 14 / 14.5 15 15.5 16 16.5 / 17 17.5 18 18.5 19')],
    ]);
    expect(pool(padded, five)).toBeAllclose([
      [
        [
          ...rows('2.52 3.6 4.8 4.08 3.24 / 4.56 6.4 8.4 7.04 5.52 / 7.2 10 13 10.8 8.4'),
          ...rows('6.96 9.6 12.4 10.24 7.92 / 6.12 8.4 10.8 8.88 6.84'),
        ],
      ],
    ]);
    expect(pool({ kernelSize: 2, stride: 2 }, five)).toBeAllclose([[rows('4 6 / 14 16')]]);
    expect(pool({ kernelSize: 3, stride: 2, ceilMode: true }, four)).toBeAllclose([[rows('6 7.5 / 12 13.5')]]);
    expect(new GlobalAvgPool2d().forward(tensor([[rows('1 2 3 / 4 5 6 / 7 8 9')]], dtype))).toBeAllclose([[[[5]]]]);
  });

  it('Upsample, nearest', () => {
    const out = new Upsample({ scaleFactor: [2, 3] }).forward(tensor([[rows('1 2 / 3 4')]], dtype));
    expect(out).toBeAllclose([[rows('1 1 1 2 2 2 / 1 1 1 2 2 2 / 3 3 3 4 4 4 / 3 3 3 4 4 4')]]);
  });

  it.each<[string, Layer, number[]]>([
    ['Elu', new ELU({ alpha: 2 }), [-1.2642411, 0, 1]],
    ['Gelu', new GELU(), [-0.15865526, 0, 0.84134474]],
    ['Softplus', new Softplus(), [0.31326166, Math.LN2, 1.31326163]],
    ['Softmax', new Softmax(), [0.09003058, 0.24472848, 0.66524094]],
  ])('%s', (_, layer, expected) => {
    // The examples are in float32.
    expect(layer.forward(tensor([-1, 0, 1], dtype))).toBeAllclose(expected, { rtol: 0, atol: 1e-7 });
  });

  it('BatchNormalization', () => {
    const layer = new BatchNorm2d({ numFeatures: 2, dtype });
    layer.weight.value = tensor([1, 1.5], dtype);
    layer.bias.value = tensor([0, 1], dtype);
    layer.runningMean.data.set([0, 3]);
    layer.runningVar.data.set([1, 1.5]);
    layer.training = false;
    const [a, b] = [1 / Math.sqrt(1 + 1e-5), 1.5 / Math.sqrt(1.5 + 1e-5)];
    expect(layer.forward(tensor([[[[-1, 0, 1]], [[2, 3, 4]]]], dtype))).toBeAllclose([
      [[[-a, 0, a]], [[1 - b, 1, 1 + b]]],
    ]);
    expect(layer.backward(zeros([1, 2, 1, 3], dtype))).toBeAllclose(zeros([1, 2, 1, 3], dtype));
  });
});
