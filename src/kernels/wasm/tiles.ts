import { type Shape, sizeOf } from '../../tensor/tensor.ts';
import type { ConvGeometry } from '../kernels.ts';

/** x [N, C, H, W], weight [O, C, kH, kW] and out [N, O, outH, outW] of a convolution, or their gradients. */
export interface Convolution<Part> {
  readonly x: Part;
  readonly out: Part;
  readonly weight: Part;
}

/** The most points along an axis, of which large tiles alone have the last. */
export const POINTS = 5;
/** Pairs of points: as many matrices are made of a tensor. */
export const PAIRS = POINTS ** 2;

/** A value at a point takes as long to compute as so many multiplications in a product. */
const ENTRY = 16;

/** Where more would be needed, for a single image or for the weight, the convolution is computed as it is defined. */
const MOST_BYTES = 2 ** 28;

/** How many of the tiles of one axis have 5 points, and how many 4. */
export interface Tiles {
  readonly large: number;
  readonly small: number;
}

/** The tiles of both axes. */
export interface Plan {
  readonly rows: Tiles;
  readonly columns: Tiles;
}

/**
 * How to cut a convolution into tiles; undefined where it is better computed as it is defined: where the kernel has a
 * dilation, or not 2 or 3 taps in each phase along each axis, where channels or kernels do not fill vectors, where the
 * values at the points would take too much memory, or where there are so few channels or images that the transforms
 * cost more than they save.
 */
export function planOf(
  { x: [N, C], weight: [O, , ...kernelSize], out: [, , ...outputSize] }: Convolution<Shape>,
  { stride, dilation }: ConvGeometry,
): Plan | undefined {
  // Vectors hold 4 channels.
  if (C % 4 !== 0 || O % 4 !== 0) return undefined;
  const [rows, columns] = [0, 1].map((axis) => {
    const taps = Math.ceil(kernelSize[axis] / stride[axis]);
    return dilation[axis] === 1 && (taps === 2 || taps === 3) ? tilesOf(outputSize[axis], taps) : undefined;
  });
  if (!rows || !columns) return undefined;

  const taps = sizeOf(stride) * C;
  const tiles = tilesWith(rows, 0) * tilesWith(columns, 0);
  if (PAIRS * Math.max(tiles * taps, tiles * O, O * taps) * 8 > MOST_BYTES) return undefined;
  const points = pointsOf(rows) * pointsOf(columns);
  const saved = N * O * (sizeOf(outputSize) * C * sizeOf(kernelSize) - points * taps);
  const entries = N * points * (taps + O) + PAIRS * O * taps;
  return saved > ENTRY * entries ? { rows, columns } : undefined;
}

/** The tiles with the fewest points that cover so many outputs. A tile has taps − 1 outputs fewer than points. */
function tilesOf(length: number, taps: number): Tiles {
  const outputs = POINTS + 1 - taps;
  const choices = Array.from({ length: Math.ceil(length / outputs) + 1 }, (_, large) => ({
    large,
    small: Math.max(0, Math.ceil((length - large * outputs) / (outputs - 1))),
  }));
  return choices.reduce((best, tiles) => (pointsOf(tiles) < pointsOf(best) ? tiles : best));
}

function pointsOf({ large, small }: Tiles): number {
  return POINTS * large + (POINTS - 1) * small;
}

/** How many tiles of an axis have this point. */
export function tilesWith({ large, small }: Tiles, point: number): number {
  return point < POINTS - 1 ? large + small : large;
}
