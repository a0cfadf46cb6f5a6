import {
  AvgPool2d,
  BatchNorm1d,
  BatchNorm2d,
  ConcatLabels,
  Conv2d,
  ConvTranspose2d,
  Dropout,
  type Dtype,
  ELU,
  Embedding,
  Flatten,
  GELU,
  GlobalAvgPool2d,
  InstanceNorm2d,
  type Layer,
  LayerNorm,
  LeakyReLU,
  Linear,
  MaxPool2d,
  Random,
  ReLU,
  Reshape,
  Residual,
  Sequential,
  type Shape,
  Sigmoid,
  SiLU,
  Softmax,
  Softplus,
  SpectralNorm,
  Tanh,
  type Tensor,
  tensor,
  Upsample,
} from '../../src/index.ts';

/** A layer to make, and the shape of an input for it: a batch above 1, sizes that do not divide. */
export interface LayerKind {
  readonly name: string;
  readonly create: (dtype: Dtype) => Layer;
  readonly xShape: Shape;
  /** Whether it has parameters: said here, so that the tests are listed before a layer is made. */
  readonly trainable?: true;
  /** Where x holds indices: how many there are. */
  readonly indices?: number;
  /** For the layers that are handed labels. */
  readonly labels?: Tensor;
}

export const allLayers: readonly LayerKind[] = [
  {
    name: 'Linear',
    create: (dtype) => new Linear({ inFeatures: 4, outFeatures: 3, dtype }),
    trainable: true,
    xShape: [5, 4],
  },
  {
    name: 'Linear without bias',
    create: (dtype) => new Linear({ inFeatures: 4, outFeatures: 3, bias: false, dtype }),
    trainable: true,
    xShape: [5, 4],
  },
  {
    name: 'Conv2d',
    create: (dtype) =>
      new Conv2d({ inChannels: 2, outChannels: 3, kernelSize: [3, 2], stride: [2, 1], padding: [1, 0], dtype }),
    trainable: true,
    xShape: [3, 2, 6, 5],
  },
  {
    name: 'ConvTranspose2d',
    create: (dtype) =>
      new ConvTranspose2d({
        inChannels: 3,
        outChannels: 2,
        kernelSize: [2, 3],
        stride: [2, 3],
        padding: [0, 1],
        outputPadding: [1, 2],
        dtype,
      }),
    trainable: true,
    xShape: [3, 3, 4, 2],
  },
  {
    name: 'BatchNorm1d',
    create: (dtype) => new BatchNorm1d({ numFeatures: 3, dtype }),
    trainable: true,
    xShape: [5, 3],
  },
  {
    name: 'BatchNorm1d with lengths',
    create: (dtype) => new BatchNorm1d({ numFeatures: 3, dtype }),
    trainable: true,
    xShape: [2, 3, 4],
  },
  {
    name: 'BatchNorm2d',
    create: (dtype) => new BatchNorm2d({ numFeatures: 3, dtype }),
    trainable: true,
    xShape: [3, 3, 2, 4],
  },
  {
    name: 'LayerNorm',
    create: (dtype) => new LayerNorm({ normalizedShape: 5, dtype }),
    trainable: true,
    xShape: [3, 2, 5],
  },
  {
    name: 'LayerNorm over two axes',
    create: (dtype) => new LayerNorm({ normalizedShape: [3, 4], bias: false, dtype }),
    trainable: true,
    xShape: [2, 3, 4],
  },
  {
    name: 'LayerNorm, not affine',
    create: (dtype) => new LayerNorm({ normalizedShape: [3, 2, 2], elementwiseAffine: false, dtype }),
    xShape: [2, 3, 2, 2],
  },
  {
    name: 'InstanceNorm2d',
    create: (dtype) => new InstanceNorm2d({ numFeatures: 3, dtype }),
    xShape: [2, 3, 3, 4],
  },
  {
    name: 'InstanceNorm2d, affine',
    create: (dtype) => new InstanceNorm2d({ numFeatures: 3, affine: true, dtype }),
    trainable: true,
    xShape: [2, 3, 3, 4],
  },
  {
    name: 'MaxPool2d',
    create: () => new MaxPool2d({ kernelSize: [3, 2], stride: [2, 1], padding: [1, 0], dilation: [1, 2] }),
    xShape: [2, 3, 6, 5],
  },
  {
    name: 'AvgPool2d',
    create: () => new AvgPool2d({ kernelSize: [3, 2], stride: [2, 1], padding: [1, 0], ceilMode: true }),
    xShape: [2, 3, 6, 5],
  },
  { name: 'GlobalAvgPool2d', create: () => new GlobalAvgPool2d(), xShape: [2, 3, 4, 5] },
  { name: 'Upsample', create: () => new Upsample({ scaleFactor: [2, 3] }), xShape: [2, 3, 4, 2] },
  { name: 'ReLU', create: () => new ReLU(), xShape: [3, 4, 2] },
  { name: 'LeakyReLU', create: () => new LeakyReLU({ negativeSlope: 0.2 }), xShape: [3, 4, 2] },
  { name: 'ELU', create: () => new ELU({ alpha: 0.7 }), xShape: [3, 4, 2] },
  { name: 'SiLU', create: () => new SiLU(), xShape: [3, 4, 2] },
  { name: 'GELU', create: () => new GELU(), xShape: [3, 4, 2] },
  { name: 'Softplus', create: () => new Softplus({ beta: 2 }), xShape: [3, 4, 2] },
  { name: 'Sigmoid', create: () => new Sigmoid(), xShape: [3, 4] },
  { name: 'Tanh', create: () => new Tanh(), xShape: [3, 4] },
  { name: 'Softmax', create: () => new Softmax(), xShape: [3, 2, 4] },
  { name: 'Dropout', create: () => new Dropout({ p: 0.4, random: new Random(8) }), xShape: [3, 4, 2] },
  { name: 'Flatten', create: () => new Flatten(), xShape: [3, 2, 4] },
  { name: 'Reshape', create: () => new Reshape({ shape: [4, 2] }), xShape: [3, 2, 2, 2] },
  {
    name: 'Embedding',
    create: (dtype) => new Embedding({ numEmbeddings: 4, embeddingDim: 3, dtype }),
    trainable: true,
    xShape: [5, 2],
    indices: 4,
  },
  {
    name: 'Sequential',
    create: (dtype) =>
      new Sequential([
        new Linear({ inFeatures: 4, outFeatures: 3, dtype }),
        new Sequential([new BatchNorm1d({ numFeatures: 3, dtype }), new Tanh()]),
        new Linear({ inFeatures: 3, outFeatures: 2, dtype }),
      ]),
    trainable: true,
    xShape: [5, 4],
  },
];

/** Those that share what can go wrong with a layer inside them: it depends which of the two says so. */
export const wrappers: readonly LayerKind[] = [
  {
    name: 'SpectralNorm of a Linear',
    create: (dtype) =>
      new SpectralNorm(new Linear({ inFeatures: 4, outFeatures: 3, dtype }), { random: new Random(8) }),
    trainable: true,
    xShape: [5, 4],
  },
  {
    name: 'SpectralNorm of a Conv2d',
    create: (dtype) =>
      new SpectralNorm(new Conv2d({ inChannels: 2, outChannels: 3, kernelSize: [3, 2], padding: 1, dtype }), {
        nPowerIterations: 2,
        random: new Random(8),
      }),
    trainable: true,
    xShape: [3, 2, 4, 5],
  },
  {
    name: 'ConcatLabels',
    create: (dtype) => new ConcatLabels({ numClasses: 3, shape: [2, 3], dtype }),
    trainable: true,
    xShape: [4, 2, 3],
    labels: tensor([2, 0, 2, 1], 'float64'),
  },
  {
    name: 'Residual',
    create: (dtype) => new Residual(new Linear({ inFeatures: 4, outFeatures: 4, dtype })),
    trainable: true,
    xShape: [5, 4],
  },
];

/** A layer with random parameters, biases included, random running statistics, and gradients that are not zero. */
export function drawLayer({ create }: LayerKind, dtype: Dtype = 'float64', seed = 1): Layer {
  return randomise(create(dtype), new Random(seed));
}

/** An input for a layer: normally distributed numbers, or indices. */
export function drawX({ xShape, indices }: LayerKind, seed = 1): Tensor {
  const random = new Random(seed);
  if (indices === undefined) return random.normal(xShape, 0, 1, 'float64');
  const x = random.uniform(xShape, 0, indices, 'float64');
  for (let i = 0; i < x.data.length; i++) x.data[i] = Math.floor(x.data[i]);
  return x;
}

/** Gives a layer random parameters, running statistics and gradients; its spectral norms know their σ. */
export function randomise<Kind extends Layer>(layer: Kind, random: Random): Kind {
  for (const parameter of layer.parameters) {
    parameter.value.data.set(random.normal(parameter.value.shape, 0.3, 1, 'float64').data);
    parameter.gradient.data.set(random.normal(parameter.value.shape, 0, 1, 'float64').data);
    parameter.changed();
  }
  for (const { name, value } of layer.buffers) {
    const [low, high] = name.endsWith('running_var') ? [0.5, 2] : [-1, 1];
    value.data.set(random.uniform(value.shape, low, high, 'float64').data);
  }
  for (const each of withInner(layer)) if (each instanceof SpectralNorm) converge(each);
  return layer;
}

/** The layer and all the layers inside it, however deep. */
export function withInner(layer: Layer): readonly Layer[] {
  return [layer, ...(layer.layers ?? []).flatMap(withInner)];
}

/** Power iteration until u and v are the singular vectors of W: with them σ is stationary in u and v. */
function converge({ weightOrig, weightU, weightV }: SpectralNorm): void {
  const W = weightOrig.value.data;
  let [u, v] = [[...weightU.data], [...weightV.data]];
  for (let i = 0; i < 500; i++) {
    v = unit(v.map((_, c) => u.reduce((sum, entry, r) => sum + entry * W[r * v.length + c], 0)));
    u = unit(u.map((_, r) => v.reduce((sum, entry, c) => sum + entry * W[r * v.length + c], 0)));
  }
  weightU.data.set(u);
  weightV.data.set(v);
}

function unit(vector: readonly number[]): number[] {
  return vector.map((entry) => entry / Math.hypot(...vector));
}

/** Random numbers of both signs, none nearer to 0 than 0.1: away from the kinks of the rectifiers. */
export function awayFromZero(random: Random, shape: Shape, dtype: Dtype = 'float64'): Tensor {
  const t = random.normal(shape, 0, 1, dtype);
  for (let i = 0; i < t.data.length; i++) t.data[i] += Math.sign(t.data[i]) * 0.1;
  return t;
}

/** All numbers that a layer holds and training can move, as plain arrays. */
export function stateOf(layer: Layer) {
  return {
    values: layer.parameters.map(({ value }) => [...value.data]),
    gradients: layer.parameters.map(({ gradient }) => [...gradient.data]),
    buffers: layer.buffers.map(({ value }) => [...value.data]),
    frozen: layer.parameters.map(({ frozen }) => frozen),
    modes: modesOf(layer),
  };
}

function modesOf(layer: Layer): boolean[] {
  return layer.layers ? layer.layers.flatMap(modesOf) : [layer.training];
}
