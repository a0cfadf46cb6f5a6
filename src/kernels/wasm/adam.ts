import { dtypeOf, type Tensor, type TypedArray } from '../../tensor/tensor.ts';
import type { AdamUpdate } from '../kernels.ts';
import type { Instance } from './module.ts';

/** So many weights at a time: θ, g, m and v of them stay in the first-level cache, and copying them costs little. */
const CHUNK = 2048;

/** Adam's update in the instance's memory, in the dtype of the weights, on one thread. */
export function adamIn({ wasm, memory }: Instance): AdamUpdate {
  return ({ theta, gradient, mean, square }, settings) => {
    const { beta1, beta2, eps, weightDecay, stepSize, rootCorrection } = settings;
    const double = dtypeOf(theta) === 'float64';
    wasm.setAdam(beta1, beta2, eps, weightDecay, stepSize, rootCorrection);
    wasm.reset();
    const at = [theta, gradient, mean, square].map(() => wasm.allocate(CHUNK * 8) >>> 0);
    const view = (address: number): TypedArray =>
      double
        ? new Float64Array(memory.buffer as ArrayBuffer, address, CHUNK)
        : new Float32Array(memory.buffer as ArrayBuffer, address, CHUNK);
    const inside = at.map(view);

    for (let start = 0; start < theta.data.length; start += CHUNK) {
      const count = Math.min(CHUNK, theta.data.length - start);
      const copyIn = ({ data }: Tensor, i: number): void => inside[i].set(data.subarray(start, start + count));
      const copyOut = ({ data }: Tensor, i: number): void => data.set(inside[i].subarray(0, count), start);
      [theta, gradient, mean, square].forEach(copyIn);
      wasm.adam(count, at[0], at[1], at[2], at[3], double);
      copyOut(theta, 0);
      copyOut(mean, 2);
      copyOut(square, 3);
    }
  };
}
