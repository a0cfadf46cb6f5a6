import { dtypeOf, empty, type Shape, type Tensor, type TypedArray, zeros } from '../../tensor/tensor.ts';
import { checkConvolution, productSizes } from '../fitting.ts';
import type { ConvGeometry, Kernels, MatmulOptions, Pair } from '../kernels.ts';
import { fastLoopsIn } from './fast-loops.ts';
import { type Instance, instantiate, reserve, viewOf } from './module.ts';
import { startThreads, type Threads } from './threads.ts';
import { type Product, winograd } from './winograd.ts';

// Which of the tensors of a convolution is computed from the other two, as assembly/convolution.ts numbers them.
const OUT = 0;
const D_X = 1;
const D_WEIGHT = 2;

export interface WasmKernels extends Kernels {
  /** How many threads compute: as many as were asked for, or one where there can be no more. */
  readonly threads: number;
  /** Ends the threads; the kernels go on with one. */
  stopThreads(): void;
}

/**
 * The kernels in SIMD WebAssembly: the numbers of `loops` up to rounding, and the same bits every run, whatever the
 * number of threads.
 *
 * Convolutions go by way of winograd.ts where that takes less time.
 *
 * A call copies its operands into the module's memory, one behind the other from the bottom up, and its
 * result out into an array of its own. The tensors themselves stay ordinary typed arrays. The memory grows to
 * what the largest call needs, and is kept; it cannot grow beyond 4 GiB, and a call that needs more is a RangeError.
 *
 * Several threads need a SharedArrayBuffer, which a browser gives only to a page that is cross-origin isolated
 * (the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp), and workers.
 * Where one of them is missing, one thread does it all.
 */
export async function loadWasm({ threads = 1 }: { threads?: number } = {}): Promise<WasmKernels> {
  if (threads > 1 && typeof SharedArrayBuffer !== 'undefined') {
    try {
      const instance = await instantiate({ shared: true });
      return kernelsOf(instance, await startThreads(instance, threads));
    } catch {
      // Workers may be forbidden, and 4 GiB of addresses too much to ask. One thread computes the same.
    }
  }
  return kernelsOf(await instantiate({ shared: false }));
}

function kernelsOf(instance: Instance, others?: Threads): WasmKernels {
  const { wasm } = instance;
  /** Only addresses are kept: when the memory grows, every view of it is lost. */
  const room = ({ data }: Tensor): number => reserve(instance, data.byteLength);

  const view = (address: number, t: Tensor): TypedArray => viewOf(instance, address, t.data.length, dtypeOf(t));

  const copyIn = (t: Tensor): number => {
    const address = room(t);
    view(address, t).set(t.data);
    return address;
  };

  const copyOut = (address: number, t: Tensor): void => t.data.set(view(address, t));

  /** Empties the memory and says what the call is about: x, weight [O, C, kH, kW] and out [N, O, outH, outW]. */
  const begin = (x: Shape, weight: Shape, out: Shape, { stride, padding, dilation }: ConvGeometry): void => {
    wasm.reset();
    wasm.setGeometry(...x, weight[0], weight[2], weight[3], out[2], out[3], ...stride, ...padding, ...dilation);
  };

  const finish = (parts: number): void => {
    if (parts > 1) others?.finish(parts);
  };

  const multiply: Product = (transposeA, transposeB, M, N, K, a, b, out, add, dtype) => {
    // A transposed operand is the same array, read with its strides exchanged.
    if (transposeA) wasm.setA(a, 1, M);
    else wasm.setA(a, K, 1);
    if (transposeB) wasm.setB(b, 1, K);
    else wasm.setB(b, N, 1);
    finish(wasm.matmul(M, N, K, out, !add, dtype === 'float64'));
  };

  const convolve = (sum: number, x: number, weight: number, out: number, t: Tensor): void =>
    finish(wasm.convolve(sum, x, weight, out, dtypeOf(t) === 'float64'));

  const byWinograd = winograd(instance, multiply, finish);

  return {
    name: 'wasm',
    get threads() {
      return others?.count ?? 1;
    },
    stopThreads: () => others?.stop(),
    fastLoops: fastLoopsIn(instance),

    matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
      const [M, K, N] = productSizes(a, b, options);
      const { transposeA = false, transposeB = false, addTo } = options;
      if (K === 0) return addTo ?? zeros([M, N], dtypeOf(a));
      const out = addTo ?? empty([M, N], dtypeOf(a));
      wasm.reset();
      const [aAt, bAt] = [copyIn(a), copyIn(b)];
      const outAt = addTo ? copyIn(addTo) : room(out);
      multiply(transposeA, transposeB, M, N, K, aAt, bAt, outAt, addTo !== undefined, dtypeOf(a));
      copyOut(outAt, out);
      return out;
    },

    correlate(x: Tensor, weight: Tensor, geometry: ConvGeometry, outputSize: Pair): Tensor {
      checkConvolution({ x, weight });
      const out = empty([x.shape[0], weight.shape[0], ...outputSize], dtypeOf(x));
      if (byWinograd('out', { x, weight, out }, geometry)) return out;
      begin(x.shape, weight.shape, out.shape, geometry);
      const outAt = room(out);
      convolve(OUT, copyIn(x), copyIn(weight), outAt, x);
      copyOut(outAt, out);
      return out;
    },

    correlateAdjoint(dOut: Tensor, weight: Tensor, geometry: ConvGeometry, imageSize: Pair): Tensor {
      checkConvolution({ weight, out: dOut });
      const dX = empty([dOut.shape[0], weight.shape[1], ...imageSize], dtypeOf(dOut));
      if (byWinograd('x', { x: dX, weight, out: dOut }, geometry)) return dX;
      begin(dX.shape, weight.shape, dOut.shape, geometry);
      const dXAt = room(dX);
      convolve(D_X, dXAt, copyIn(weight), copyIn(dOut), dOut);
      copyOut(dXAt, dX);
      return dX;
    },

    addWeightGradient(dWeight: Tensor, x: Tensor, dOut: Tensor, geometry: ConvGeometry): void {
      checkConvolution({ x, weight: dWeight, out: dOut });
      if (byWinograd('weight', { x, weight: dWeight, out: dOut }, geometry)) return;
      begin(x.shape, dWeight.shape, dOut.shape, geometry);
      const dW = copyIn(dWeight);
      convolve(D_WEIGHT, copyIn(x), dW, copyIn(dOut), x);
      copyOut(dW, dWeight);
    },
  };
}
