import { checkLayer } from '../layers/checks.ts';
import type { Layer } from '../layers/layer.ts';
import { checkOptions } from '../tensor/checks.ts';
import { dtypeOf, show, type Tensor } from '../tensor/tensor.ts';

/**
 * A network whose weights are the moving average of another's. A GAN's generator circles around what it
 * learns; the average stands closer to the middle.
 *
 * Derivation: derivations/18-optimizers.md
 */
export class MovingAverage {
  readonly source: Layer;
  /** A network of the same structure as `source`; its values are overwritten, here and by every update. */
  readonly average: Layer;
  readonly decay: number;
  /** How many updates there have been: a checkpoint puts this back. */
  updates = 0;

  /** Throws where the two networks differ in structure. */
  constructor(source: Layer, average: Layer, options: { readonly decay: number }) {
    checkLayer('MovingAverage', 'source', source);
    checkLayer('MovingAverage', 'average', average);
    checkOptions('MovingAverage', options, ['decay']);
    const { decay } = options;
    if (!Number.isFinite(decay) || decay < 0 || decay >= 1) {
      throw new RangeError(`MovingAverage: decay must be from 0 and below 1, such as .99, not ${decay}`);
    }
    const [theirs, ours] = [valuesOf(source), valuesOf(average)];
    if (ours.some((t) => theirs.includes(t))) {
      throw new Error('MovingAverage: the two networks share a parameter; make two networks');
    }
    const kinds = (tensors: readonly Tensor[]) => tensors.map((t) => dtypeOf(t) + show(t.shape)).join();
    if (kinds(theirs) !== kinds(ours)) {
      throw new RangeError(
        'MovingAverage: the two networks must have parameters and buffers of the same shapes and dtype',
      );
    }
    this.source = source;
    this.average = average;
    this.decay = decay;
    for (const [index, t] of ours.entries()) t.data.set(theirs[index].data);
    for (const parameter of average.parameters) parameter.changed();
  }

  /** To be called after each step of the source's optimizer. */
  update(): void {
    // A short memory first, so that the random start is soon forgotten; t is the number of updates so far.
    // decay[t] = min(decay, (1 + t) / (10 + t))                                                        (average.2)
    const decay = Math.min(this.decay, (1 + this.updates) / (10 + this.updates));
    this.updates++;

    const theirs = valuesOf(this.source);
    const directions = this.average.buffers.filter(({ isDirection }) => isDirection).map(({ value }) => value);
    for (const [index, ours] of valuesOf(this.average).entries()) {
      const { data } = ours;
      const theta = theirs[index].data;
      if (directions.includes(ours)) {
        data.set(theta);
        continue;
      }
      for (let i = 0; i < data.length; i++) {
        // average = decay[t] · average + (1 − decay[t]) · θ                                            (average.1)
        data[i] = decay * data[i] + (1 - decay) * theta[i];
      }
    }
    for (const parameter of this.average.parameters) parameter.changed();
  }
}

function valuesOf(layer: Layer): readonly Tensor[] {
  return [...layer.parameters, ...layer.buffers].map(({ value }) => value);
}
