import {
  BatchNorm1d,
  BatchNorm2d,
  Conv2d,
  ConvTranspose2d,
  type Dtype,
  Flatten,
  type Layer,
  LeakyReLU,
  Linear,
  Random,
  ReLU,
  Reshape,
  Sequential,
  type Shape,
  Sigmoid,
  Tanh,
  type Tensor,
} from '../../src/index.ts';

/** A layer to make, and the shape of an input for it: a batch above 1, sizes that do not divide. */
export interface LayerKind {
  readonly name: string;
  readonly create: (dtype: Dtype) => Layer;
  readonly xShape: Shape;
}

export const allLayers: readonly LayerKind[] = [
  { name: 'Linear', create: (dtype) => new Linear({ inFeatures: 4, outFeatures: 3, dtype }), xShape: [5, 4] },
  {
    name: 'Linear without bias',
    create: (dtype) => new Linear({ inFeatures: 4, outFeatures: 3, bias: false, dtype }),
    xShape: [5, 4],
  },
  {
    name: 'Conv2d',
    create: (dtype) =>
      new Conv2d({ inChannels: 2, outChannels: 3, kernelSize: [3, 2], stride: [2, 1], padding: [1, 0], dtype }),
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
    xShape: [3, 3, 4, 2],
  },
  { name: 'BatchNorm1d', create: (dtype) => new BatchNorm1d({ numFeatures: 3, dtype }), xShape: [5, 3] },
  {
    name: 'BatchNorm1d with lengths',
    create: (dtype) => new BatchNorm1d({ numFeatures: 3, dtype }),
    xShape: [2, 3, 4],
  },
  { name: 'BatchNorm2d', create: (dtype) => new BatchNorm2d({ numFeatures: 3, dtype }), xShape: [3, 3, 2, 4] },
  { name: 'ReLU', create: () => new ReLU(), xShape: [3, 4, 2] },
  { name: 'LeakyReLU', create: () => new LeakyReLU({ negativeSlope: 0.2 }), xShape: [3, 4, 2] },
  { name: 'Sigmoid', create: () => new Sigmoid(), xShape: [3, 4] },
  { name: 'Tanh', create: () => new Tanh(), xShape: [3, 4] },
  { name: 'Flatten', create: () => new Flatten(), xShape: [3, 2, 4] },
  { name: 'Reshape', create: () => new Reshape({ shape: [4, 2] }), xShape: [3, 2, 2, 2] },
  {
    name: 'Sequential',
    create: (dtype) =>
      new Sequential([
        new Linear({ inFeatures: 4, outFeatures: 3, dtype }),
        new Sequential([new BatchNorm1d({ numFeatures: 3, dtype }), new Tanh()]),
        new Linear({ inFeatures: 3, outFeatures: 2, dtype }),
      ]),
    xShape: [5, 4],
  },
];

/** Those that have something to train. */
export const trainable = allLayers.filter(({ create }) => create('float64').parameters.length > 0);

/** A layer with random parameters, biases included, random running statistics, and gradients that are not zero. */
export function drawLayer({ create }: LayerKind, dtype: Dtype = 'float64', seed = 1): Layer {
  return randomise(create(dtype), new Random(seed));
}

/** Gives a layer random parameters, running statistics and gradients. */
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
  return layer;
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
