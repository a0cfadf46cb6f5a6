import {
  Adagrad,
  Adam,
  AdamW,
  AvgPool2d,
  BatchNorm1d,
  BatchNorm2d,
  BCELoss,
  BCEWithLogitsLoss,
  ConcatLabels,
  Conv2d,
  ConvTranspose2d,
  CosineAnnealingLR,
  CrossEntropyLoss,
  clipGradientNorm,
  clipGradientValue,
  Dropout,
  type Dtype,
  ELU,
  Embedding,
  Flatten,
  GanTrainer,
  GELU,
  GlobalAvgPool2d,
  HingeLoss,
  InstanceNorm2d,
  L1Loss,
  type Layer,
  LayerNorm,
  LeakyReLU,
  LeastSquaresLoss,
  Linear,
  LinearLR,
  MaxPool2d,
  MSELoss,
  type Optimizer,
  Parameter,
  Random,
  ReLU,
  Reshape,
  Residual,
  RMSprop,
  type Schedule,
  Sequential,
  SequentialLR,
  SGD,
  type Shape,
  Sigmoid,
  SiLU,
  Softmax,
  Softplus,
  SpectralNorm,
  StepLR,
  Tanh,
  type Tensor,
  tensor,
  Upsample,
  WassersteinLoss,
  zeros,
} from '../../src/index.ts';
import type {
  Case,
  GanBatch,
  GanCase,
  GanResult,
  LayerCase,
  LayerResult,
  LayerSpec,
  LossCase,
  LossResult,
  OptimizerCase,
  OptimizerResult,
  OptimizerSpec,
  Plain,
  Result,
  ScheduleSpec,
  Values,
} from './cases.ts';

/** What oracle.py does with a case, done by handgrad. */
export function run(given: Case, dtype: Dtype): Result {
  switch (given.type) {
    case 'layer':
      return runLayer(given, dtype);
    case 'loss':
      return runLoss(given, dtype);
    case 'optimizer':
      return runOptimizer(given, dtype);
    case 'gan':
      return runGan(given, dtype);
  }
}

export function fromPlain({ shape, data }: Plain, dtype: Dtype): Tensor {
  const t = zeros(shape, dtype);
  t.data.set(data);
  return t;
}

export function toPlain(t: Tensor): Plain {
  return { shape: [...t.shape], data: [...t.data] };
}

/** A layer as the spec says; those whose forward draws random numbers draw them from `random`. */
export function createLayer(spec: LayerSpec, dtype: Dtype, random = new Random(1)): Layer {
  switch (spec.kind) {
    case 'Linear':
      return new Linear({ ...spec.options, dtype });
    case 'Conv2d':
      return new Conv2d({ ...spec.options, dtype });
    case 'ConvTranspose2d':
      return new ConvTranspose2d({ ...spec.options, dtype });
    case 'BatchNorm1d':
      return new BatchNorm1d({ ...spec.options, dtype });
    case 'BatchNorm2d':
      return new BatchNorm2d({ ...spec.options, dtype });
    case 'LayerNorm':
      return new LayerNorm({ ...spec.options, dtype });
    case 'InstanceNorm2d':
      return new InstanceNorm2d({ ...spec.options, dtype });
    case 'MaxPool2d':
      return new MaxPool2d(spec.options);
    case 'AvgPool2d':
      return new AvgPool2d(spec.options);
    case 'GlobalAvgPool2d':
      return new GlobalAvgPool2d();
    case 'Upsample':
      return new Upsample(spec.options);
    case 'ReLU':
      return new ReLU();
    case 'LeakyReLU':
      return new LeakyReLU(spec.options);
    case 'ELU':
      return new ELU(spec.options);
    case 'SiLU':
      return new SiLU();
    case 'GELU':
      return new GELU();
    case 'Softplus':
      return new Softplus(spec.options);
    case 'Sigmoid':
      return new Sigmoid();
    case 'Tanh':
      return new Tanh();
    case 'Softmax':
      return new Softmax();
    case 'Flatten':
      return new Flatten();
    case 'Reshape':
      return new Reshape(spec.options);
    case 'Dropout':
      return new Dropout({ ...spec.options, random });
    case 'Embedding':
      return new Embedding({ ...spec.options, dtype });
    case 'ConcatLabels':
      return new ConcatLabels({ ...spec.options, dtype });
    case 'SpectralNorm': {
      const { layer, ...options } = spec.options;
      return new SpectralNorm(createLayer(layer, dtype) as Linear | Conv2d, options);
    }
    case 'Residual':
      return new Residual(createLayer(spec.options.path, dtype, random));
    case 'Sequential':
      return new Sequential(spec.options.layers.map((layer) => createLayer(layer, dtype, random)));
  }
}

/** Sets every parameter and buffer of the layer. Throws where a name is missing or too many. */
export function load(layer: Layer, values: Values, dtype: Dtype): Layer {
  const own = [...layer.parameters, ...layer.buffers].map(({ name }) => name).sort();
  if (own.join() !== Object.keys(values).sort().join()) throw new Error(`the layer has ${own.join()}`);
  for (const parameter of layer.parameters) parameter.value = fromPlain(values[parameter.name], dtype);
  for (const buffer of layer.buffers) buffer.value.data.set(values[buffer.name].data);
  return layer;
}

export function valuesOf(layer: Layer): Values {
  return Object.fromEntries([...layer.parameters, ...layer.buffers].map(({ name, value }) => [name, toPlain(value)]));
}

export function createOptimizer(spec: OptimizerSpec, parameters: readonly Parameter[]): Optimizer {
  switch (spec.kind) {
    case 'SGD':
      return new SGD(parameters, spec.options);
    case 'RMSprop':
      return new RMSprop(parameters, spec.options);
    case 'Adagrad':
      return new Adagrad(parameters, spec.options);
    case 'Adam':
      return new Adam(parameters, spec.options);
    case 'AdamW':
      return new AdamW(parameters, spec.options);
  }
}

export function createSchedule(spec: ScheduleSpec, optimizer: Optimizer): Schedule {
  switch (spec.kind) {
    case 'StepLR':
      return new StepLR(optimizer, spec.options);
    case 'CosineAnnealingLR':
      return new CosineAnnealingLR(optimizer, spec.options);
    case 'LinearLR':
      return new LinearLR(optimizer, spec.options);
    case 'SequentialLR': {
      const schedules = spec.options.schedules.map((inner) => createSchedule(inner, optimizer));
      return new SequentialLR(optimizer, { ...spec.options, schedules });
    }
  }
}

function runLayer(given: LayerCase, dtype: Dtype): LayerResult {
  const random = new Recorded(given.rounds.flatMap(({ draws }) => draws ?? []));
  const layer = load(createLayer(given.layer, dtype, random), given.values, dtype);
  const rounds = given.rounds.map(({ training, x, dOut, labels }) => {
    layer.training = training;
    const out = toPlain(layer.forward(fromPlain(x, dtype), labels && fromPlain(labels, dtype)));
    return { out, dX: toPlain(layer.backward(fromPlain(dOut, dtype))) };
  });
  const gradients = Object.fromEntries(layer.parameters.map(({ name, gradient }) => [name, toPlain(gradient)]));
  return { rounds, gradients, values: valuesOf(layer) };
}

const losses = {
  BCELoss,
  BCEWithLogitsLoss,
  CrossEntropyLoss,
  MSELoss,
  L1Loss,
  LeastSquaresLoss,
  HingeLoss,
  WassersteinLoss,
};

function runLoss(given: LossCase, dtype: Dtype): LossResult {
  const loss = new losses[given.kind]();
  const value = loss.forward(fromPlain(given.prediction, dtype), fromPlain(given.target, dtype));
  return { loss: value, dPrediction: toPlain(loss.backward()) };
}

function runOptimizer(given: OptimizerCase, dtype: Dtype): OptimizerResult {
  const parameters = given.parameters.map((value, i) => new Parameter(String(i), fromPlain(value, dtype)));
  const optimizer = createOptimizer(given.optimizer, parameters);
  const schedule = given.schedule && createSchedule(given.schedule, optimizer);
  const learningRates = [optimizer.learningRate];
  const norms: number[] = [];
  const after = given.gradients.map((gradients) => {
    optimizer.zeroGradients();
    for (const [i, { data }] of gradients.entries()) parameters[i].gradient.data.set(data);
    if (given.clip?.kind === 'clipGradientNorm') norms.push(clipGradientNorm(parameters, given.clip.bound));
    if (given.clip?.kind === 'clipGradientValue') clipGradientValue(parameters, given.clip.bound);
    optimizer.step();
    schedule?.step();
    learningRates.push(optimizer.learningRate);
    return parameters.map(({ value }) => toPlain(value));
  });
  return { after, learningRates, norms };
}

function runGan(given: GanCase, dtype: Dtype): GanResult {
  const generator = load(createLayer(given.generator, dtype), given.generatorValues, dtype);
  const discriminator = load(createLayer(given.discriminator, dtype), given.discriminatorValues, dtype);
  const noises = given.steps.flatMap((step) => [...step.discriminatorSteps, step]).map(({ noise }) => noise);
  const trainer = new GanTrainer({
    generator,
    discriminator,
    generatorOptimizer: createOptimizer(given.generatorOptimizer, generator.parameters),
    discriminatorOptimizer: createOptimizer(given.discriminatorOptimizer, discriminator.parameters),
    latentSize: noises[0].shape[1],
    random: new Recorded(noises),
    loss: given.loss,
    generatorLoss: given.generatorLoss,
    realLabel: given.realLabel,
    ...(given.weightClip !== undefined && { weightClip: given.weightClip }),
  });
  const batch = ({ realImages, labels }: GanBatch) =>
    [fromPlain(realImages, dtype), labels && fromPlain(labels, dtype)] as const;
  const steps = given.steps.map((step) => {
    const discriminatorSteps = step.discriminatorSteps.map((each) => trainer.discriminatorStep(...batch(each)));
    const { imageGradient, ...judged } = trainer.step(...batch(step));
    return { ...judged, imageGradient: toPlain(tensor(imageGradient, dtype)), discriminatorSteps };
  });
  return { steps, generatorValues: valuesOf(generator), discriminatorValues: valuesOf(discriminator) };
}

/** A generator of random numbers that hands out what was drawn before: tensor by tensor, or number by number. */
class Recorded extends Random {
  private readonly tensors: Plain[];
  private readonly numbers: number[];

  constructor(tensors: readonly Plain[]) {
    super(0);
    this.tensors = [...tensors];
    this.numbers = tensors.flatMap(({ data }) => data);
  }

  override normal(_shape: Shape, _mean?: number, _deviation?: number, dtype: Dtype = 'float32'): Tensor {
    const next = this.tensors.shift();
    if (!next) throw new Error('the case has no more noise');
    return fromPlain(next, dtype);
  }

  override next(): number {
    const next = this.numbers.shift();
    if (next === undefined) throw new Error('the case has no more numbers');
    return next;
  }
}
