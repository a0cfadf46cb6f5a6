import type {
  AdagradOptions,
  AdamOptions,
  AvgPool2dOptions,
  BatchNormOptions,
  ConcatLabelsOptions,
  Conv2dOptions,
  ConvTranspose2dOptions,
  DiscriminatorStep,
  EmbeddingOptions,
  GanLoss,
  InstanceNorm2dOptions,
  LayerNormOptions,
  LinearLROptions,
  LinearOptions,
  MaxPool2dOptions,
  RMSpropOptions,
  SGDOptions,
  Shape,
  SpectralNormOptions,
  UpsampleOptions,
} from '../../src/index.ts';

/** A tensor in JSON. Inputs are multiples of 1/64, which are short in JSON and exact in float32. */
export interface Plain {
  readonly shape: Shape;
  readonly data: readonly number[];
}

export type LayerSpec =
  | { readonly kind: 'Linear'; readonly options: LinearOptions }
  | { readonly kind: 'Conv2d'; readonly options: Conv2dOptions }
  | { readonly kind: 'ConvTranspose2d'; readonly options: ConvTranspose2dOptions }
  | { readonly kind: 'BatchNorm1d' | 'BatchNorm2d'; readonly options: BatchNormOptions }
  | { readonly kind: 'LayerNorm'; readonly options: LayerNormOptions }
  | { readonly kind: 'InstanceNorm2d'; readonly options: InstanceNorm2dOptions }
  | { readonly kind: 'MaxPool2d'; readonly options: MaxPool2dOptions }
  | { readonly kind: 'AvgPool2d'; readonly options: AvgPool2dOptions }
  | { readonly kind: 'Upsample'; readonly options: UpsampleOptions }
  | { readonly kind: 'LeakyReLU'; readonly options: { readonly negativeSlope?: number } }
  | { readonly kind: 'ELU'; readonly options: { readonly alpha?: number } }
  | { readonly kind: 'Softplus'; readonly options: { readonly beta?: number; readonly threshold?: number } }
  | { readonly kind: 'Reshape'; readonly options: { readonly shape: Shape } }
  | { readonly kind: 'Dropout'; readonly options: { readonly p?: number } }
  | { readonly kind: 'Embedding'; readonly options: EmbeddingOptions }
  | { readonly kind: 'ConcatLabels'; readonly options: ConcatLabelsOptions }
  | {
      readonly kind: 'ReLU' | 'Sigmoid' | 'Tanh' | 'SiLU' | 'GELU' | 'Softmax' | 'GlobalAvgPool2d' | 'Flatten';
    }
  | { readonly kind: 'SpectralNorm'; readonly options: SpectralNormOptions & { readonly layer: LayerSpec } }
  | { readonly kind: 'Residual'; readonly options: { readonly path: LayerSpec } }
  | { readonly kind: 'Sequential'; readonly options: { readonly layers: readonly LayerSpec[] } };

export type OptimizerSpec =
  | { readonly kind: 'SGD'; readonly options: SGDOptions }
  | { readonly kind: 'RMSprop'; readonly options: RMSpropOptions }
  | { readonly kind: 'Adagrad'; readonly options: AdagradOptions }
  | { readonly kind: 'Adam' | 'AdamW'; readonly options: AdamOptions };

export type ScheduleSpec =
  | { readonly kind: 'StepLR'; readonly options: { readonly stepSize: number; readonly gamma?: number } }
  | { readonly kind: 'CosineAnnealingLR'; readonly options: { readonly tMax: number; readonly etaMin?: number } }
  | { readonly kind: 'LinearLR'; readonly options: LinearLROptions }
  | {
      readonly kind: 'SequentialLR';
      readonly options: { readonly schedules: readonly ScheduleSpec[]; readonly milestones: readonly number[] };
    };

/** What is done to the gradients before every step. */
export interface ClipSpec {
  readonly kind: 'clipGradientNorm' | 'clipGradientValue';
  readonly bound: number;
}

/** Some rounds of forward and backward through one layer; gradients and running statistics run on. */
export interface LayerCase {
  readonly type: 'layer';
  readonly layer: LayerSpec;
  /** Parameters and buffers by their PyTorch names. */
  readonly values: Values;
  readonly rounds: readonly LayerRound[];
}

export interface LayerRound {
  readonly training: boolean;
  readonly x: Plain;
  readonly dOut: Plain;
  /** For the layers that take labels. */
  readonly labels?: Plain;
  /** For Dropout in training mode: the random numbers from [0, 1) that decide what is dropped, one for each entry. */
  readonly draws?: Plain;
}

export interface LayerResult {
  readonly rounds: readonly { readonly out: Plain; readonly dX: Plain }[];
  readonly gradients: Values;
  readonly values: Values;
}

export type LossKind =
  | 'BCELoss'
  | 'BCEWithLogitsLoss'
  | 'CrossEntropyLoss'
  | 'MSELoss'
  | 'L1Loss'
  | 'LeastSquaresLoss'
  | 'HingeLoss'
  | 'WassersteinLoss';

export interface LossCase {
  readonly type: 'loss';
  readonly kind: LossKind;
  readonly prediction: Plain;
  readonly target: Plain;
}

export interface LossResult {
  readonly loss: number;
  readonly dPrediction: Plain;
}

/** Some steps of one optimizer, with these gradients; after each of them a step of the schedule, where there is one. */
export interface OptimizerCase {
  readonly type: 'optimizer';
  readonly optimizer: OptimizerSpec;
  readonly schedule?: ScheduleSpec;
  readonly clip?: ClipSpec;
  readonly parameters: readonly Plain[];
  readonly gradients: readonly (readonly Plain[])[];
}

export interface OptimizerResult {
  /** All parameters after each step. */
  readonly after: readonly (readonly Plain[])[];
  /** The learning rate before the first step, and after each step of the schedule. */
  readonly learningRates: readonly number[];
  /** What clipping the norm returned, at each step. */
  readonly norms: readonly number[];
}

/** What the trainer is handed, and the noise that it will draw. */
export interface GanBatch {
  readonly noise: Plain;
  readonly realImages: Plain;
  /** For conditional networks. */
  readonly labels?: Plain;
}

/** Some steps of GanTrainer. */
export interface GanCase {
  readonly type: 'gan';
  readonly loss: GanLoss;
  readonly generatorLoss: 'non-saturating' | 'minimax';
  readonly realLabel: number;
  readonly weightClip?: number;
  readonly generator: LayerSpec;
  readonly discriminator: LayerSpec;
  readonly generatorValues: Values;
  readonly discriminatorValues: Values;
  readonly generatorOptimizer: OptimizerSpec;
  readonly discriminatorOptimizer: OptimizerSpec;
  /** Before each step of both networks, the steps of the discriminator alone. */
  readonly steps: readonly (GanBatch & { readonly discriminatorSteps: readonly GanBatch[] })[];
}

export interface GanResult {
  readonly steps: readonly (DiscriminatorStep & {
    readonly generatorLoss: number;
    readonly imageGradient: Plain;
    readonly discriminatorSteps: readonly DiscriminatorStep[];
  })[];
  readonly generatorValues: Values;
  readonly discriminatorValues: Values;
}

export type Values = Readonly<Record<string, Plain>>;
export type Case = LayerCase | LossCase | OptimizerCase | GanCase;
export type Result = LayerResult | LossResult | OptimizerResult | GanResult;

/** The name under which a case is counted and stored. */
export function kindOf(given: Case): string {
  switch (given.type) {
    case 'layer':
      return given.layer.kind;
    case 'loss':
      return given.kind;
    case 'optimizer':
      return given.schedule?.kind ?? given.clip?.kind ?? given.optimizer.kind;
    case 'gan':
      return 'GanTrainer';
  }
}

/** A case without its numbers, for the message of a test that fails. */
export function describeCase(given: Case): string {
  const short = (_: string, value: unknown) =>
    typeof value === 'object' && value !== null && 'data' in value && 'shape' in value
      ? `tensor [${String(value.shape)}]`
      : value;
  return JSON.stringify(given, short);
}
