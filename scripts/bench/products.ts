import { type KernelName, kernels } from '../../src/kernels/index.ts';
import type { Kernels, Pair } from '../../src/kernels/kernels.ts';
import { Random } from '../../src/tensor/random.ts';
import { zeros } from '../../src/tensor/tensor.ts';
import { type Contestant, timed } from './measure.ts';
import { switchTo } from './switch-to.ts';

/** Some work in the kernels, with how many operations (a product and a sum are two) it takes. */
export interface KernelWork {
  readonly name: string;
  readonly operations: number;
  /** [M, N, K] of a plain product. */
  readonly product?: readonly [number, number, number];
  readonly work: (kernels: Kernels) => void;
}

/** Products [M, K] · [K, N], named M × K × N: of squares, and such as the models have. */
export function products(quick: boolean): readonly KernelWork[] {
  const sizes = quick
    ? [[256, 256, 256]]
    : [
        [256, 256, 256],
        [512, 512, 512],
        [1024, 1024, 1024],
        [64, 256, 64],
        [64, 784, 512],
        [64, 1, 3136],
        [64, 3136, 512],
        [128, 3136, 1024],
      ];
  return sizes.map(([M, N, K]) => {
    const random = new Random(1);
    const [a, b] = [random.normal([M, K]), random.normal([K, N])];
    return {
      name: `${M} × ${K} × ${N}`,
      operations: 2 * M * N * K,
      product: [M, N, K],
      work: (kernels) => void kernels.matmul(a, b),
    };
  });
}

/** The three sums of the convolutions of `gan` and of `gan-128`, for a batch. */
export function convolutions(quick: boolean, batch: number): readonly KernelWork[] {
  const sizes = quick
    ? [[1, 32, 28]]
    : [
        [1, 32, 28],
        [32, 64, 14],
        [1, 64, 28],
        [64, 128, 14],
      ];
  return sizes.flatMap(([C, O, size]) => {
    const random = new Random(1);
    const half: Pair = [size / 2, size / 2];
    const geometry = { stride: [2, 2], padding: [1, 1], dilation: [1, 1] } as const;
    const x = random.normal([batch, C, size, size]);
    const weight = random.normal([O, C, 4, 4]);
    const dOut = random.normal([batch, O, ...half]);
    const dWeight = zeros(weight.shape);
    const operations = 2 * batch * O * half[0] * half[1] * C * 16;
    const name = `${C} → ${O} at ${size} × ${size}`;
    return [
      { name: `${name}: out`, operations, work: (k: Kernels) => void k.correlate(x, weight, geometry, half) },
      {
        name: `${name}: dX`,
        operations,
        work: (k: Kernels) => void k.correlateAdjoint(dOut, weight, geometry, [size, size]),
      },
      { name: `${name}: dW`, operations, work: (k: Kernels) => k.addWeightGradient(dWeight, x, dOut, geometry) },
    ];
  });
}

/** Our kernels at this work. */
export function withKernels(name: KernelName, threads: number, { work }: KernelWork): Contestant<KernelName> {
  return {
    name,
    async run(count) {
      await switchTo(name, threads);
      return timed(() => work(kernels))(count);
    },
  };
}
