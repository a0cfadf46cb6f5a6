import * as handgrad from '../../src/index.ts';
import type { Layer } from '../../src/layers/layer.ts';
import type { Parameter } from '../../src/layers/parameter.ts';
import type { Loss } from '../../src/losses/loss.ts';
import type { Optimizer } from '../../src/optimizers/optimizer.ts';
import { copy, type Tensor } from '../../src/tensor/tensor.ts';
import { intercept } from '../../src/trace/intercept.ts';
import { namedLayers } from '../../src/trace/named-layers.ts';
import type { Prepared } from './prepare.ts';
import { callers, type Excerpt, equationsOf, excerptAt, type Frame } from './source.ts';
import { type Statistics, statisticsOf } from './statistics.ts';

/** One call of a training step, as it is shown. */
export interface Call {
  /** What the step is about at that moment: G's update. */
  readonly part: string;
  /** What is called: discriminator, layer 2: Conv2d.backward. */
  readonly title: string;
  /** The lines that led here, the trainer's first; the last one is what is about to run. */
  readonly path: readonly Excerpt[];
  /** The equations of what is about to run. */
  readonly equations: readonly Excerpt[];
  /** What goes in and comes out, and the gradients of the parameters. */
  readonly rows: readonly Row[];
  readonly pictures?: Pictures;
}

export interface Row {
  readonly name: string;
  /** Its numbers, or what is to be said instead of them. */
  readonly of: Statistics | string;
}

export interface Pictures {
  /** [N, 1, H, W], from −1 to 1. */
  readonly images: Tensor;
  /** dL/dimages. */
  readonly gradient?: Tensor;
}

/** Takes the step, and notes its calls: every backward of every layer, what the losses do, and the updates. */
export function record({ networks, optimizers, step }: Prepared): Call[] {
  const calls: Call[] = [];
  const restore = [
    ...Object.entries(networks).flatMap(([name, network]) => watchNetwork(name, network, calls)),
    ...watchLosses(calls),
    ...optimizers.map((optimizer) => watchOptimizer(optimizer, networks, calls)),
  ];
  try {
    step();
  } finally {
    for (const putBack of restore.reverse()) putBack();
  }
  return calls;
}

/** A network's forwards, each a page with what every layer gave, and its backwards, one page a layer. */
function watchNetwork(name: string, network: Layer, calls: Call[]): (() => void)[] {
  let images: Tensor | undefined;
  let outputs: Row[] = [];
  const layers = namedLayers(network);
  return [
    ...layers.map(({ name: place, layer }) =>
      intercept(layer, 'forward', (forward, x, labels) => {
        const at = outputs.push({ name: '', of: '' });
        const out = forward(x, labels);
        outputs[at - 1] = { name: `${place} ${layer.constructor.name}`, of: statisticsOf(out) };
        return out;
      }),
    ),
    intercept(network, 'forward', (forward, x, labels) => {
      const where = whereWeAre(calls);
      outputs = [{ name: 'x', of: statisticsOf(x) }];
      const out = forward(x, labels);
      images = isImages(x) ? x : undefined;
      calls.push({ ...where, title: `${name}.forward: what each layer makes of it`, equations: [], rows: outputs });
      if (isImages(out)) {
        const rows = [{ name: 'images', of: statisticsOf(out) }];
        calls.push({
          ...where,
          title: `${name}.forward has made images`,
          equations: [],
          rows,
          pictures: { images: out },
        });
      }
      return out;
    }),
    ...layers.map(({ name: place, layer }) =>
      intercept(layer, 'backward', (backward, dOut) => {
        const title = `${name}, layer ${place}: ${layer.constructor.name}.backward`;
        const call = { ...whereWeAre(calls), title, equations: equationsOf(Object.getPrototypeOf(layer), 'backward') };
        // Takes its place before the layers inside it take theirs.
        const at = calls.push({ ...call, rows: [] });
        const dX = backward(dOut);
        const rows = [
          { name: 'dOut', of: statisticsOf(dOut) },
          { name: 'dX', of: statisticsOf(dX) },
        ];
        calls[at - 1] = { ...call, rows: [...rows, ...layer.parameters.map(gradientRow)] };
        return dX;
      }),
    ),
    intercept(network, 'backward', (backward, dOut) => {
      const where = whereWeAre(calls);
      const dX = backward(dOut);
      if (images && isImages(dX)) {
        const rows = [{ name: 'dL/dimages', of: statisticsOf(dX) }];
        const title = `${name}.backward has reached the images`;
        calls.push({ ...where, title, equations: [], rows, pictures: { images, gradient: dX } });
      }
      return dX;
    }),
  ];
}

function gradientRow({ name, frozen, gradient }: Parameter): Row {
  return { name: `d ${name}`, of: frozen ? 'frozen: nothing is added' : statisticsOf(gradient) };
}

/** The losses are the trainers' own: every loss of the library is watched. */
function watchLosses(calls: Call[]): (() => void)[] {
  return losses().flatMap((prototype) => {
    const name = prototype.constructor.name;
    return [
      intercept(prototype, 'forward', (forward, prediction, target) => {
        const call = { ...whereWeAre(calls), title: `${name}.forward`, equations: equationsOf(prototype, 'forward') };
        const loss = forward(prediction, target);
        const rows = [
          { name: 'prediction', of: statisticsOf(prediction) },
          { name: 'target', of: statisticsOf(target) },
          { name: 'L', of: String(loss) },
        ];
        calls.push({ ...call, rows });
        return loss;
      }),
      intercept(prototype, 'backward', (backward) => {
        const call = { ...whereWeAre(calls), title: `${name}.backward`, equations: equationsOf(prototype, 'backward') };
        const dPrediction = backward();
        calls.push({ ...call, rows: [{ name: 'dL/dprediction', of: statisticsOf(dPrediction) }] });
        return dPrediction;
      }),
    ];
  });
}

/** The prototypes of all losses: what takes no dOut in its backward. */
function losses(): Loss[] {
  return Object.values(handgrad).flatMap((value) => {
    const prototype = typeof value === 'function' ? value.prototype : undefined;
    return typeof prototype?.backward === 'function' && prototype.backward.length === 0 ? [prototype] : [];
  });
}

function watchOptimizer(optimizer: Optimizer, networks: Prepared['networks'], calls: Call[]): () => void {
  const { parameters } = optimizer;
  const [name = 'network'] =
    Object.entries(networks).find(([, network]) => network.parameters.includes(parameters[0])) ?? [];
  return intercept(optimizer, 'step', (step) => {
    const title = `${name}: ${optimizer.constructor.name}.step, how far each parameter moves`;
    const call = { ...whereWeAre(calls), title, equations: equationsOf(Object.getPrototypeOf(optimizer), 'step') };
    const before = parameters.map(({ value }) => copy(value));
    step();
    const rows = parameters.map(({ name, value }, p) => {
      for (let i = 0; i < value.data.length; i++) before[p].data[i] = value.data[i] - before[p].data[i];
      return { name: `Δ ${name}`, of: statisticsOf(before[p]) };
    });
    calls.push({ ...call, rows });
  });
}

/** Which part of the trainer's step has called, and through which lines. */
function whereWeAre(calls: readonly Call[]): Pick<Call, 'part' | 'path'> {
  const frames = callers();
  const trainer = frames.findIndex(({ file }) => file.startsWith('src/training/'));
  return {
    part: partOf(frames, calls),
    path: frames
      .slice(0, trainer + 1)
      .map(excerptAt)
      .reverse(),
  };
}

function partOf(frames: readonly Frame[], calls: readonly Call[]): string {
  if (frames.some(({ caller }) => caller === 'GanTrainer.updateDiscriminator')) return DISCRIMINATOR;
  if (frames.some(({ caller }) => caller === 'ClassifierTrainer.step')) return 'Update';
  return calls.some(({ part }) => part === DISCRIMINATOR) ? "G's update" : 'Images for both updates';
}

const DISCRIMINATOR = "D's update";

function isImages({ shape }: Tensor): boolean {
  return shape.length === 4 && shape[1] === 1;
}
