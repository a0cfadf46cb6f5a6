import { dtypeOf, type Tensor } from '../../tensor/tensor.ts';
import type { AdamUpdate } from '../kernels.ts';
import { type Instance, reserve, viewOf } from './module.ts';

/** So many weights at a time: θ, g, m and v of them stay in the first-level cache, and copying them costs little. */
const CHUNK = 2048;

/** Adam's update in the instance's memory, in the dtype of the weights, on one thread. */
export function adamIn(instance: Instance): AdamUpdate {
  const { wasm } = instance;

  return ({ theta, gradient, mean, square }, settings) => {
    const { beta1, beta2, eps, weightDecay, stepSize, rootCorrection } = settings;
    const dtype = dtypeOf(theta);
    wasm.setAdam(beta1, beta2, eps, weightDecay, stepSize, rootCorrection);
    wasm.reset();
    const at = [theta, gradient, mean, square].map(({ data }) => reserve(instance, CHUNK * data.BYTES_PER_ELEMENT));
    const [thetaIn, gradientIn, meanIn, squareIn] = at.map((address) => viewOf(instance, address, CHUNK, dtype));

    for (let start = 0; start < theta.data.length; start += CHUNK) {
      const count = Math.min(CHUNK, theta.data.length - start);
      const part = ({ data }: Tensor) => data.subarray(start, start + count);
      thetaIn.set(part(theta));
      gradientIn.set(part(gradient));
      meanIn.set(part(mean));
      squareIn.set(part(square));
      wasm.adam(count, at[0], at[1], at[2], at[3], dtype === 'float64');
      part(theta).set(thetaIn.subarray(0, count));
      part(mean).set(meanIn.subarray(0, count));
      part(square).set(squareIn.subarray(0, count));
    }
  };
}
