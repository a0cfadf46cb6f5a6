import { BatchNorm, type BatchNormOptions } from './batch-norm.ts';

/** Batch norm over images: x [N, numFeatures, H, W]. The mathematics is in batch-norm.ts. */
export class BatchNorm2d extends BatchNorm {
  constructor(options: BatchNormOptions) {
    super('BatchNorm2d', [4], options);
  }
}
