import { performance } from 'node:perf_hooks';
import { kernels } from '../../src/kernels/index.ts';
import type { Layer } from '../../src/layers/layer.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { middleHalf } from './measure.ts';
import type { Training } from './workloads.ts';

/** Where the milliseconds of a step go. */
export interface Profile {
  readonly layers: readonly LayerTimes[];
  readonly optimizers: number;
  /** Losses, noise, checks, and imageGradient as nested arrays. */
  readonly rest: number;
  readonly step: number;
  /** Of all that, products and convolutions. */
  readonly kernels: number;
}

export interface LayerTimes {
  /** 'generator.4 ConvTranspose2d' */
  readonly name: string;
  readonly forward: number;
  readonly backward: number;
}

/** Trains so many steps with the kernels in use, a clock around each method. A layer's passes are added up. */
export function profile({ step, networks, optimizers }: Training, steps: number): Profile {
  const clocks: { name: string; forward: () => number; backward: () => number }[] = [];
  for (const [network, root] of Object.entries(networks)) {
    for (const { path, layer } of leaves(root, network)) {
      clocks.push({
        name: `${path} ${layer.constructor.name}`,
        forward: clockAround(layer, 'forward'),
        backward: clockAround(layer, 'backward'),
      });
    }
  }
  const updates = optimizers.flatMap((each) => [clockAround(each, 'step'), clockAround(each, 'zeroGradients')]);
  const sums = [
    clockAround(kernels, 'matmul'),
    clockAround(kernels, 'correlate'),
    clockAround(kernels, 'correlateAdjoint'),
    clockAround(kernels, 'addWeightGradient'),
  ];

  step();
  step();
  const rounds = Array.from({ length: steps }, () => {
    for (const clock of [...clocks.flatMap((each) => [each.forward, each.backward]), ...updates, ...sums]) clock();
    const start = performance.now();
    step();
    return {
      step: performance.now() - start,
      layers: clocks.map(({ forward, backward }) => [forward(), backward()]),
      optimizers: total(updates.map((clock) => clock())),
      kernels: total(sums.map((clock) => clock())),
    };
  });
  for (const name of ['matmul', 'correlate', 'correlateAdjoint', 'addWeightGradient'] as const) restore(kernels, name);

  // Means over the same steps, so that the parts add up to the whole.
  const calm = middleHalf(rounds, (round) => round.step);
  const mean = (of: (round: (typeof rounds)[number]) => number) => total(calm.map(of)) / calm.length;
  const layers = clocks.map(({ name }, i) => ({
    name,
    forward: mean((round) => round.layers[i][0]),
    backward: mean((round) => round.layers[i][1]),
  }));
  return {
    layers,
    optimizers: mean((round) => round.optimizers),
    rest: mean((round) => round.step - total(round.layers.flat()) - round.optimizers),
    step: mean((round) => round.step),
    kernels: mean((round) => round.kernels),
  };
}

/** The layers that have no layers inside, by their place: 'generator.4'. */
function leaves(layer: Layer, path: string): { path: string; layer: Layer }[] {
  if (!layer.layers?.length) return [{ path, layer }];
  return layer.layers.flatMap((child, i) => leaves(child, `${path}.${i}`));
}

/**
 * Puts a clock around a method of this one object. The function that it returns reads how many milliseconds the method
 * has taken, and sets the clock back to 0.
 */
function clockAround<Name extends string>(object: { [name in Name]: Method }, name: Name): () => number {
  const method = object[name];
  let elapsed = 0;
  Object.defineProperty(object, name, {
    configurable: true,
    value(...parameters: Tensor[]) {
      const start = performance.now();
      const result = method.apply(object, parameters as never);
      elapsed += performance.now() - start;
      return result;
    },
  });
  originals.set(object, { ...originals.get(object), [name]: method });
  return () => {
    const read = elapsed;
    elapsed = 0;
    return read;
  };
}

type Method = (...parameters: never) => unknown;

/** What the methods were. */
const originals = new WeakMap<object, Record<string, Method>>();

/** Takes the clock away again: the kernels are used by others. */
function restore(object: object, name: string): void {
  Object.defineProperty(object, name, { configurable: true, writable: true, value: originals.get(object)?.[name] });
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
