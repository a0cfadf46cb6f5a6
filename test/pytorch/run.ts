import {
  Adam,
  BatchNorm1d,
  BatchNorm2d,
  BCELoss,
  BCEWithLogitsLoss,
  Conv2d,
  ConvTranspose2d,
  CrossEntropyLoss,
  type Dtype,
  Flatten,
  GanTrainer,
  type Layer,
  LeakyReLU,
  Linear,
  type Optimizer,
  Parameter,
  Random,
  ReLU,
  Reshape,
  Sequential,
  SGD,
  Sigmoid,
  Tanh,
  type Tensor,
  tensor,
  zeros,
} from '../../src/index.ts';
import type {
  Case,
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

export function createLayer(spec: LayerSpec, dtype: Dtype): Layer {
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
    case 'LeakyReLU':
      return new LeakyReLU(spec.options);
    case 'Reshape':
      return new Reshape(spec.options);
    case 'ReLU':
      return new ReLU();
    case 'Sigmoid':
      return new Sigmoid();
    case 'Tanh':
      return new Tanh();
    case 'Flatten':
      return new Flatten();
    case 'Sequential':
      return new Sequential(spec.options.layers.map((layer) => createLayer(layer, dtype)));
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
  return spec.kind === 'SGD' ? new SGD(parameters, spec.options) : new Adam(parameters, spec.options);
}

function runLayer(given: LayerCase, dtype: Dtype): LayerResult {
  const layer = load(createLayer(given.layer, dtype), given.values, dtype);
  const rounds = given.rounds.map(({ training, x, dOut }) => {
    layer.training = training;
    const out = toPlain(layer.forward(fromPlain(x, dtype)));
    return { out, dX: toPlain(layer.backward(fromPlain(dOut, dtype))) };
  });
  const gradients = Object.fromEntries(layer.parameters.map(({ name, gradient }) => [name, toPlain(gradient)]));
  return { rounds, gradients, values: valuesOf(layer) };
}

function runLoss(given: LossCase, dtype: Dtype): LossResult {
  const loss = new { BCELoss, BCEWithLogitsLoss, CrossEntropyLoss }[given.kind]();
  const value = loss.forward(fromPlain(given.prediction, dtype), fromPlain(given.target, dtype));
  return { loss: value, dPrediction: toPlain(loss.backward()) };
}

function runOptimizer(given: OptimizerCase, dtype: Dtype): OptimizerResult {
  const parameters = given.parameters.map((value, i) => new Parameter(String(i), fromPlain(value, dtype)));
  const optimizer = createOptimizer(given.optimizer, parameters);
  const after = given.gradients.map((gradients) => {
    optimizer.zeroGradients();
    for (const [i, { data }] of gradients.entries()) parameters[i].gradient.data.set(data);
    optimizer.step();
    return parameters.map(({ value }) => toPlain(value));
  });
  return { after };
}

function runGan(given: GanCase, dtype: Dtype): GanResult {
  const generator = load(createLayer(given.generator, dtype), given.generatorValues, dtype);
  const discriminator = load(createLayer(given.discriminator, dtype), given.discriminatorValues, dtype);
  const trainer = new GanTrainer({
    generator,
    discriminator,
    generatorOptimizer: createOptimizer(given.generatorOptimizer, generator.parameters),
    discriminatorOptimizer: createOptimizer(given.discriminatorOptimizer, discriminator.parameters),
    latentSize: given.steps[0].noise.shape[1],
    random: new Recorded(given.steps.map(({ noise }) => fromPlain(noise, dtype))),
    loss: given.loss,
    generatorLoss: given.generatorLoss,
    realLabel: given.realLabel,
  });
  const steps = given.steps.map(({ realImages }) => {
    const step = trainer.step(fromPlain(realImages, dtype));
    return { ...step, imageGradient: toPlain(tensor(step.imageGradient, dtype)) };
  });
  return { steps, generatorValues: valuesOf(generator), discriminatorValues: valuesOf(discriminator) };
}

/** A generator of random numbers that hands out tensors made before. */
class Recorded extends Random {
  private readonly tensors: Tensor[];

  constructor(tensors: readonly Tensor[]) {
    super(0);
    this.tensors = [...tensors];
  }

  override normal(): Tensor {
    const next = this.tensors.shift();
    if (!next) throw new Error('the case has no more noise');
    return next;
  }
}
