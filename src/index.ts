export { type Dataset, shuffledBatches } from './data/dataset.ts';
export { toNpy } from './data/npy.ts';
export { toOnnx } from './export/to-onnx.ts';
export {
  type CheckOptions,
  checkGradients,
  checkLossGradient,
  type GradientError,
} from './gradient-check/check-gradients.ts';
export { type KernelName, type KernelOptions, useKernels } from './kernels/index.ts';
export type { Pair } from './kernels/kernels.ts';
export { AvgPool2d, type AvgPool2dOptions } from './layers/avg-pool2d.ts';
export type { BatchNormOptions } from './layers/batch-norm.ts';
export { BatchNorm1d } from './layers/batch-norm1d.ts';
export { BatchNorm2d } from './layers/batch-norm2d.ts';
export { ConcatLabels, type ConcatLabelsOptions } from './layers/concat-labels.ts';
export { ConvTranspose2d, type ConvTranspose2dOptions } from './layers/conv-transpose2d.ts';
export { Conv2d } from './layers/conv2d.ts';
export { Dropout, type DropoutOptions } from './layers/dropout.ts';
export { ELU } from './layers/elu.ts';
export { Embedding, type EmbeddingOptions } from './layers/embedding.ts';
export { Flatten } from './layers/flatten.ts';
export { GELU } from './layers/gelu.ts';
export type { Conv2dOptions } from './layers/geometry.ts';
export { GlobalAvgPool2d } from './layers/global-avg-pool2d.ts';
export { dcganNormal, heNormal, xavierUniform } from './layers/initialisers.ts';
export { InstanceNorm2d, type InstanceNorm2dOptions } from './layers/instance-norm2d.ts';
export type { Layer, LayerBuffer } from './layers/layer.ts';
export { LayerNorm, type LayerNormOptions } from './layers/layer-norm.ts';
export { LeakyReLU } from './layers/leaky-relu.ts';
export { Linear, type LinearOptions } from './layers/linear.ts';
export { MaxPool2d, type MaxPool2dOptions } from './layers/max-pool2d.ts';
export { Parameter } from './layers/parameter.ts';
export type { PoolOptions } from './layers/pooling.ts';
export { ReLU } from './layers/relu.ts';
export { Reshape } from './layers/reshape.ts';
export { Residual } from './layers/residual.ts';
export { Sequential } from './layers/sequential.ts';
export { Sigmoid } from './layers/sigmoid.ts';
export { SiLU } from './layers/silu.ts';
export { Softmax } from './layers/softmax.ts';
export { Softplus } from './layers/softplus.ts';
export { SpectralNorm, type SpectralNormOptions } from './layers/spectral-norm.ts';
export { Tanh } from './layers/tanh.ts';
export { Upsample, type UpsampleOptions } from './layers/upsample.ts';
export { BCELoss } from './losses/bce-loss.ts';
export { BCEWithLogitsLoss } from './losses/bce-with-logits-loss.ts';
export { CrossEntropyLoss } from './losses/cross-entropy-loss.ts';
export { HingeLoss } from './losses/hinge-loss.ts';
export { L1Loss } from './losses/l1-loss.ts';
export { LeastSquaresLoss } from './losses/least-squares-loss.ts';
export type { Loss } from './losses/loss.ts';
export { MSELoss } from './losses/mse-loss.ts';
export { WassersteinLoss } from './losses/wasserstein-loss.ts';
export { cnn } from './models/cnn.ts';
export { conditionalDiscriminator, conditionalGenerator } from './models/conditional-gan.ts';
export { convCritic, spectralCritic } from './models/critics.ts';
export { convDiscriminator, convGenerator } from './models/gan.ts';
export { mlpDiscriminator, mlpGenerator } from './models/gan-mlp.ts';
export { mlp } from './models/mlp.ts';
export { perceptron } from './models/perceptron.ts';
export { Adagrad, type AdagradOptions } from './optimizers/adagrad.ts';
export { Adam, type AdamOptions } from './optimizers/adam.ts';
export { AdamW } from './optimizers/adamw.ts';
export { clipGradientNorm, clipGradientValue } from './optimizers/clipping.ts';
export type { Optimizer, OptimizerTensor } from './optimizers/optimizer.ts';
export { RMSprop, type RMSpropOptions } from './optimizers/rmsprop.ts';
export { CosineAnnealingLR } from './optimizers/schedules/cosine-annealing-lr.ts';
export { LinearLR, type LinearLROptions } from './optimizers/schedules/linear-lr.ts';
export { Schedule } from './optimizers/schedules/schedule.ts';
export { SequentialLR, type SequentialLROptions } from './optimizers/schedules/sequential-lr.ts';
export { StepLR } from './optimizers/schedules/step-lr.ts';
export { SGD, type SGDOptions } from './optimizers/sgd.ts';
export { type GridOptions, heatMapGrid, imageGrid, type Picture, sideBySide, toPng } from './pictures/picture.ts';
export { Random, type RandomState } from './tensor/random.ts';
export {
  type Dtype,
  fromData,
  full,
  type Nested,
  type Shape,
  type Tensor,
  tensor,
  toNested,
  zeros,
} from './tensor/tensor.ts';
export { type BackwardTrace, type LayerTrace, type ParameterTrace, traceBackward } from './trace/trace-backward.ts';
export { traceToNpy } from './trace/trace-to-npy.ts';
export { createCheckpoint, notesOf, restoreCheckpoint, type TrainingState } from './training/checkpoint.ts';
export type { ClassifierLoss } from './training/classifier-output.ts';
export {
  type ClassifierStep,
  ClassifierTrainer,
  type ClassifierTrainerOptions,
  type Evaluation,
} from './training/classifier-trainer.ts';
export { type DiscriminatorStep, type GanStep, GanTrainer, type GanTrainerOptions } from './training/gan-trainer.ts';
export { MovingAverage } from './training/moving-average.ts';
export { fromSafetensors, type Safetensors, toSafetensors } from './training/safetensors.ts';
export type { GanLoss } from './training/verdict.ts';
