import { describe, expect, test } from 'vitest';
import { blocksOf } from '../../src/kernels/blas/blocks.ts';
import type { Pair } from '../../src/kernels/kernels.ts';
import { type ColumnsOf, columnsIn } from '../../src/kernels/wasm/columns.ts';
import { instantiate } from '../../src/kernels/wasm/module.ts';
import { type Dtype, full, sizeOf } from '../../src/tensor/tensor.ts';

const columns = columnsIn(await instantiate({ shared: false }));
const dtypes: Dtype[] = ['float32', 'float64'];

describe.each(dtypes)('%s', (dtype) => {
  test('im2col writes what lies under each tap, 0 where that is outside', () => {
    for (const of of cases()) {
      const x = counting(sizeOf(of.x));
      const [xAt, patchesAt] = place(of, x, dtype);
      columns.im2col(xAt, patchesAt, of, dtype);
      const patches = columns.view(patchesAt, sizeOf(patchesShape(of)), dtype);
      forEachCopy(of, (at, pixel) => {
        if (patches[at] !== (pixel < 0 ? 0 : x[pixel]))
          throw new Error(`${JSON.stringify(of)}: patches[${at}] = ${patches[at]}`);
      });
    }
  });

  test('col2im adds up the copies of each pixel', () => {
    for (const of of cases()) {
      const patches = counting(sizeOf(patchesShape(of)));
      const sums = new Array<number>(sizeOf(of.x)).fill(0);
      forEachCopy(of, (at, pixel) => {
        if (pixel >= 0) sums[pixel] += patches[at];
      });
      const [xAt, patchesAt] = place(
        of,
        sums.map(() => -1),
        dtype,
      );
      columns.view(patchesAt, patches.length, dtype).set(patches);
      columns.col2im(patchesAt, xAt, of, dtype);
      // Small whole numbers: sums are exact in any order.
      expect([...columns.view(xAt, sums.length, dtype)]).toEqual(sums);
    }
  });
});

test('blocks begin at the bottom of the memory at every call, and see it where it has gone to as it grew', async () => {
  const instance = await instantiate({ shared: false });
  const columns = columnsIn(instance);
  const geometry = { stride: [2, 2], padding: [1, 1], dilation: [1, 1] } as const;
  for (const [H, images] of [
    [6, 5],
    [200, 2],
  ]) {
    const x = full([images, 1, H, H], 1);
    const call = () => {
      for (const block of blocksOf(columns, x.shape, [1, 1, 4, 4], [images, 1, H / 2, H / 2], geometry, 'float32')) {
        block.im2col(x.data);
        expect(block.patches()).toHaveLength(16 * block.q);
      }
      return instance.memory.buffer.byteLength;
    };
    const first = call();
    for (let i = 0; i < 20; i++) expect(call()).toBe(first);
  }
});

function cases(): ColumnsOf[] {
  const list: ColumnsOf[] = [];
  const sizes: Pair[] = [
    [8, 8],
    [7, 10],
    [5, 23],
  ];
  for (const [H, W] of sizes) {
    for (const stride of [
      [1, 1],
      [2, 2],
      [3, 1],
      [1, 2],
      [2, 3],
    ] as Pair[]) {
      for (const padding of [
        [0, 0],
        [1, 1],
        [2, 3],
      ] as Pair[]) {
        for (const [kernelSize, dilation] of [
          [
            [1, 1],
            [1, 1],
          ],
          [
            [4, 4],
            [1, 1],
          ],
          [
            [2, 3],
            [2, 1],
          ],
          [
            [3, 2],
            [1, 3],
          ],
        ] as Pair[][]) {
          const [outH, outW] = [0, 1].map(
            (axis) =>
              Math.floor(
                ([H, W][axis] + 2 * padding[axis] - dilation[axis] * (kernelSize[axis] - 1) - 1) / stride[axis],
              ) + 1,
          );
          if (outH < 1 || outW < 1) continue;
          const geometry = { stride, padding, dilation };
          list.push({
            x: [1 + (list.length % 3), 1 + (list.length % 2), H, W],
            kernelSize,
            outputSize: [outH, outW],
            geometry,
          });
        }
      }
    }
  }
  return list;
}

function patchesShape({ x, kernelSize, outputSize }: ColumnsOf): [number, number] {
  return [x[0] * outputSize[0] * outputSize[1], x[1] * kernelSize[0] * kernelSize[1]];
}

/** Every entry of the patches and the pixel it is a copy of; −1 where the tap lies outside the image. */
function forEachCopy(of: ColumnsOf, visit: (at: number, pixel: number) => void): void {
  const { x, kernelSize, outputSize, geometry } = of;
  const [N, C, H, W] = x;
  let at = 0;
  for (let n = 0; n < N; n++) {
    for (let i = 0; i < outputSize[0]; i++) {
      for (let j = 0; j < outputSize[1]; j++) {
        for (let c = 0; c < C; c++) {
          for (let k = 0; k < kernelSize[0]; k++) {
            for (let l = 0; l < kernelSize[1]; l++) {
              const h = i * geometry.stride[0] - geometry.padding[0] + k * geometry.dilation[0];
              const w = j * geometry.stride[1] - geometry.padding[1] + l * geometry.dilation[1];
              visit(at++, h < 0 || h >= H || w < 0 || w >= W ? -1 : ((n * C + c) * H + h) * W + w);
            }
          }
        }
      }
    }
  }
}

/** 1, 2, 3 and so on, in an order that is none. */
function counting(length: number): number[] {
  return Array.from({ length }, (_, i) => 1 + ((i * 7919) % 251));
}

function place(of: ColumnsOf, x: number[], dtype: Dtype): [number, number] {
  columns.reset();
  const xAt = columns.reserve(x.length, dtype);
  const patchesAt = columns.reserve(sizeOf(patchesShape(of)), dtype);
  columns.view(xAt, x.length, dtype).set(x);
  return [xAt, patchesAt];
}
