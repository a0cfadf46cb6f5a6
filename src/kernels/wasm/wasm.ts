import { fromData, type Shape, sizeOf, type Tensor, type TypedArray } from '../../tensor/tensor.ts';
import type { ConvGeometry, Kernels, MatmulOptions, Pair } from '../kernels.ts';
import { instantiate } from './module.ts';

// Which of the tensors of a convolution is computed from the other two, as assembly/convolution.ts numbers them.
const OUT = 0;
const D_X = 1;
const D_WEIGHT = 2;

/**
 * The kernels in SIMD WebAssembly, on one thread: the numbers of `loops` up to rounding, and the same bits
 * every run.
 *
 * A call copies its operands into the module's memory, one behind the other from the bottom up, and its
 * result out into an array of its own. The tensors themselves stay ordinary typed arrays. The memory grows to
 * what the largest call needs, and is kept.
 */
export async function loadWasm(): Promise<Kernels> {
  const wasm = await instantiate();

  /** Room for a tensor. Only the address is kept: when the memory grows, every view of it is lost. */
  const reserve = (length: number, like: TypedArray): number => wasm.allocate(length * like.BYTES_PER_ELEMENT) >>> 0;

  const viewOf = (address: number, length: number, like: TypedArray): TypedArray =>
    isDouble(like)
      ? new Float64Array(wasm.memory.buffer, address, length)
      : new Float32Array(wasm.memory.buffer, address, length);

  const copyIn = ({ data }: Tensor): number => {
    const address = reserve(data.length, data);
    viewOf(address, data.length, data).set(data);
    return address;
  };

  const copyOut = (address: number, shape: Shape, like: TypedArray): Tensor =>
    fromData(viewOf(address, sizeOf(shape), like).slice(), shape);

  const copyOver = (address: number, { data }: Tensor): void => data.set(viewOf(address, data.length, data));

  /** Empties the memory and says what the call is about: x, weight [O, C, kH, kW] and out [N, O, outH, outW]. */
  const begin = (x: Shape, weight: Shape, out: Shape, { stride, padding, dilation }: ConvGeometry): void => {
    wasm.reset();
    wasm.setGeometry(...x, weight[0], weight[2], weight[3], out[2], out[3], ...stride, ...padding, ...dilation);
  };

  return {
    name: 'wasm',

    matmul(a: Tensor, b: Tensor, { transposeA = false, transposeB = false, addTo }: MatmulOptions = {}): Tensor {
      const [M, K] = transposeA ? [a.shape[1], a.shape[0]] : a.shape;
      const N = transposeB ? b.shape[0] : b.shape[1];
      wasm.reset();
      // A transposed operand is the same array, read with its strides exchanged.
      if (transposeA) wasm.setA(copyIn(a), 1, M);
      else wasm.setA(copyIn(a), K, 1);
      if (transposeB) wasm.setB(copyIn(b), 1, K);
      else wasm.setB(copyIn(b), N, 1);
      const out = addTo ? copyIn(addTo) : reserve(M * N, a.data);
      if (!addTo) viewOf(out, M * N, a.data).fill(0);
      if (isDouble(a.data)) wasm.matmul64(M, N, K, out);
      else wasm.matmul32(M, N, K, out);
      if (!addTo) return copyOut(out, [M, N], a.data);
      copyOver(out, addTo);
      return addTo;
    },

    correlate(x: Tensor, weight: Tensor, geometry: ConvGeometry, outputSize: Pair): Tensor {
      const shape = [x.shape[0], weight.shape[0], ...outputSize];
      begin(x.shape, weight.shape, shape, geometry);
      const out = reserve(sizeOf(shape), x.data);
      if (isDouble(x.data)) wasm.convolve64(OUT, copyIn(x), copyIn(weight), out);
      else wasm.convolve32(OUT, copyIn(x), copyIn(weight), out);
      return copyOut(out, shape, x.data);
    },

    correlateAdjoint(dOut: Tensor, weight: Tensor, geometry: ConvGeometry, imageSize: Pair): Tensor {
      const shape = [dOut.shape[0], weight.shape[1], ...imageSize];
      begin(shape, weight.shape, dOut.shape, geometry);
      const dX = reserve(sizeOf(shape), dOut.data);
      if (isDouble(dOut.data)) wasm.convolve64(D_X, dX, copyIn(weight), copyIn(dOut));
      else wasm.convolve32(D_X, dX, copyIn(weight), copyIn(dOut));
      return copyOut(dX, shape, dOut.data);
    },

    addWeightGradient(dWeight: Tensor, x: Tensor, dOut: Tensor, geometry: ConvGeometry): void {
      begin(x.shape, dWeight.shape, dOut.shape, geometry);
      const dW = copyIn(dWeight);
      if (isDouble(x.data)) wasm.convolve64(D_WEIGHT, copyIn(x), dW, copyIn(dOut));
      else wasm.convolve32(D_WEIGHT, copyIn(x), dW, copyIn(dOut));
      copyOver(dW, dWeight);
    },
  };
}

function isDouble(data: TypedArray): boolean {
  return data instanceof Float64Array;
}
