import type { Dtype, Shape, TypedArray } from '../../tensor/tensor.ts';
import type { ConvGeometry, Pair } from '../kernels.ts';
import { type Instance, reserve, viewOf } from './module.ts';

/** x [N, C, H, W], a kernel [kH, kW] that stands on it at [outH, outW] places. */
export interface ColumnsOf {
  readonly x: Shape;
  readonly kernelSize: Pair;
  readonly outputSize: Pair;
  readonly geometry: ConvGeometry;
}

/**
 * im2col and col2im in WebAssembly memory, for kernels that multiply with something else: arrays are reserved in
 * the memory and known by their address, and `view` shows them to who computes with them.
 */
export interface Columns {
  /** Empties the memory: what was reserved before is no more. Every call of a kernel begins with it. */
  reset(): void;

  /**
   * Room for an array, and its address; what is in it is whatever was there before. The memory grows to what is
   * needed, which takes every earlier view's buffer away: reserve everything first, then view.
   */
  reserve(length: number, dtype: Dtype): number;

  view(address: number, length: number, dtype: Dtype): TypedArray;

  /**
   * x [N, C, H, W] → patches [N · outH · outW, C · kH · kW]. One padded image is reserved for the time of the call, so
   * that here, too, the memory may grow: view afterwards.
   */
  im2col(x: number, patches: number, of: ColumnsOf, dtype: Dtype): void;

  /** patches [N · outH · outW, C · kH · kW] → dX [N, C, H, W], which is overwritten: each pixel the sum of its copies. View afterwards. */
  col2im(patches: number, dX: number, of: ColumnsOf, dtype: Dtype): void;
}

/** In the memory of this instance, which no other thread shares. */
export function columnsIn(instance: Instance): Columns {
  const { wasm } = instance;

  const setGeometry = ({ x, kernelSize, outputSize, geometry: { stride, padding, dilation } }: ColumnsOf): void =>
    wasm.setGeometry(...x, 1, ...kernelSize, ...outputSize, ...stride, ...padding, ...dilation);

  return {
    reset: () => wasm.reset(),

    reserve: (length, dtype) => reserve(instance, length * (dtype === 'float64' ? 8 : 4)),

    view: (address, length, dtype) => viewOf(instance, address, length, dtype),

    im2col(x, patches, of, dtype) {
      setGeometry(of);
      if (dtype === 'float64') wasm.im2col64(x, patches);
      else wasm.im2col32(x, patches);
    },

    col2im(patches, dX, of, dtype) {
      setGeometry(of);
      if (dtype === 'float64') wasm.col2im64(patches, dX);
      else wasm.col2im32(patches, dX);
    },
  };
}
