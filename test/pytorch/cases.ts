import type {
  AdamOptions,
  BatchNormOptions,
  Conv2dOptions,
  ConvTranspose2dOptions,
  LinearOptions,
  SGDOptions,
  Shape,
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
  | { readonly kind: 'LeakyReLU'; readonly options: { readonly negativeSlope?: number } }
  | { readonly kind: 'Reshape'; readonly options: { readonly shape: Shape } }
  | { readonly kind: 'ReLU' | 'Sigmoid' | 'Tanh' | 'Flatten' }
  | { readonly kind: 'Sequential'; readonly options: { readonly layers: readonly LayerSpec[] } };

export type OptimizerSpec =
  | { readonly kind: 'SGD'; readonly options: SGDOptions }
  | { readonly kind: 'Adam'; readonly options: AdamOptions };

/** Some rounds of forward and backward through one layer; gradients and running statistics run on. */
export interface LayerCase {
  readonly type: 'layer';
  readonly layer: LayerSpec;
  /** Parameters and buffers by their PyTorch names. */
  readonly values: Values;
  readonly rounds: readonly { readonly training: boolean; readonly x: Plain; readonly dOut: Plain }[];
}

export interface LayerResult {
  readonly rounds: readonly { readonly out: Plain; readonly dX: Plain }[];
  readonly gradients: Values;
  readonly values: Values;
}

export interface LossCase {
  readonly type: 'loss';
  readonly kind: 'BCELoss' | 'BCEWithLogitsLoss' | 'CrossEntropyLoss';
  readonly prediction: Plain;
  readonly target: Plain;
}

export interface LossResult {
  readonly loss: number;
  readonly dPrediction: Plain;
}

/** Some steps of one optimizer, with these gradients. */
export interface OptimizerCase {
  readonly type: 'optimizer';
  readonly optimizer: OptimizerSpec;
  readonly parameters: readonly Plain[];
  readonly gradients: readonly (readonly Plain[])[];
}

export interface OptimizerResult {
  /** All parameters after each step. */
  readonly after: readonly (readonly Plain[])[];
}

/** Some steps of GanTrainer. */
export interface GanCase {
  readonly type: 'gan';
  readonly loss: 'bce' | 'bce-logits' | 'two-output';
  readonly generatorLoss: 'non-saturating' | 'minimax';
  readonly realLabel: number;
  readonly generator: LayerSpec;
  readonly discriminator: LayerSpec;
  readonly generatorValues: Values;
  readonly discriminatorValues: Values;
  readonly generatorOptimizer: OptimizerSpec;
  readonly discriminatorOptimizer: OptimizerSpec;
  readonly steps: readonly { readonly noise: Plain; readonly realImages: Plain }[];
}

export interface GanResult {
  readonly steps: readonly {
    readonly discriminatorLoss: number;
    readonly generatorLoss: number;
    readonly realScore: number;
    readonly fakeScore: number;
    readonly imageGradient: Plain;
  }[];
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
      return given.optimizer.kind;
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
