import type { AdamUpdate } from '../kernels.ts';
import { inChunks } from './chunks.ts';
import type { Instance } from './module.ts';

/** Adam's update of float32 weights in the instance's memory, on one thread. */
export function adamIn(instance: Instance): AdamUpdate {
  const { wasm } = instance;

  return ({ theta, gradient, mean, square }, settings) => {
    const { beta1, beta2, eps, weightDecay, stepSize, rootCorrection } = settings;
    const tensors = { read: [theta, gradient, mean, square], written: [theta, mean, square] };
    wasm.reset();
    wasm.setAdam(beta1, beta2, eps, weightDecay, stepSize, rootCorrection);
    inChunks(instance, tensors, 1, (_start, count, at) => {
      wasm.adam(count, at(theta), at(gradient), at(mean), at(square));
    });
  };
}
