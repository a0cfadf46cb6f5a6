import { BatchNorm, type BatchNormOptions } from './batch-norm.ts';

/** Batch norm over rows: x [N, numFeatures], or [N, numFeatures, L]. The mathematics is in batch-norm.ts. */
export class BatchNorm1d extends BatchNorm {
  constructor(options: BatchNormOptions) {
    super('BatchNorm1d', [2, 3], options);
  }
}
