export { type Dataset, shuffledBatches } from './data/dataset.ts';
export {
  type CheckOptions,
  checkGradients,
  checkLossGradient,
  type GradientError,
} from './gradient-check/check-gradients.ts';
export { type KernelName, useKernels } from './kernels/index.ts';
export type { Pair } from './kernels/kernels.ts';
export type { BatchNormOptions } from './layers/batch-norm.ts';
export { BatchNorm1d } from './layers/batch-norm1d.ts';
export { BatchNorm2d } from './layers/batch-norm2d.ts';
export { ConvTranspose2d, type ConvTranspose2dOptions } from './layers/conv-transpose2d.ts';
export { Conv2d } from './layers/conv2d.ts';
export { Flatten } from './layers/flatten.ts';
export type { Conv2dOptions } from './layers/geometry.ts';
export { dcganNormal, heNormal, xavierUniform } from './layers/initialisers.ts';
export type { Layer, LayerBuffer } from './layers/layer.ts';
export { LeakyReLU } from './layers/leaky-relu.ts';
export { Linear, type LinearOptions } from './layers/linear.ts';
export { Parameter } from './layers/parameter.ts';
export { ReLU } from './layers/relu.ts';
export { Reshape } from './layers/reshape.ts';
export { Sequential } from './layers/sequential.ts';
export { Sigmoid } from './layers/sigmoid.ts';
export { Tanh } from './layers/tanh.ts';
export { BCELoss } from './losses/bce-loss.ts';
export { BCEWithLogitsLoss } from './losses/bce-with-logits-loss.ts';
export { CrossEntropyLoss } from './losses/cross-entropy-loss.ts';
export type { Loss } from './losses/loss.ts';
export { convDiscriminator, convGenerator } from './models/gan.ts';
export { Adam, type AdamOptions } from './optimizers/adam.ts';
export type { Optimizer } from './optimizers/optimizer.ts';
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
export { type GanStep, GanTrainer, type GanTrainerOptions } from './training/gan-trainer.ts';
export { MovingAverage } from './training/moving-average.ts';
export type { GanLoss } from './training/verdict.ts';
