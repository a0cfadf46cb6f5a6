import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { useKernels } from '../../src/kernels/index.ts';
import type { Layer } from '../../src/layers/layer.ts';
import { Random } from '../../src/tensor/random.ts';
import { sameShape, type Tensor } from '../../src/tensor/tensor.ts';
import { notesOf } from '../../src/training/checkpoint.ts';
import { readCheckpoint } from '../../src/training/checkpoint-files.ts';
import type { Safetensors } from '../../src/training/safetensors.ts';
import { checkpointsIn } from './checkpoint-list.ts';
import { models } from './models.ts';
import { flagsOf, type RunConfig } from './run-config.ts';

/** The networks of a checkpoint, in evaluation mode. */
export type Trained = {
  /** Of the run that the checkpoint belongs to. */
  readonly folder: string;
  readonly config: RunConfig;
} & (
  | { readonly kind: 'classifier'; readonly network: Layer }
  | {
      readonly kind: 'gan';
      /** The averaged one: the pictures of the run are its. */
      readonly generator: Layer;
      readonly discriminator: Layer;
      readonly latentSize: number;
      /** A conditional generator is asked for one of so many. */
      readonly classes: number | undefined;
    }
);

/** A checkpoint of a run, and what the run was told. */
export interface Opened {
  readonly file: string;
  readonly checkpoint: Safetensors;
  readonly config: RunConfig;
  readonly model: (typeof models)[number];
}

/** The checkpoint, or the newest of a run's folder. Throws a RangeError where there is none. */
export function openCheckpoint(path: string): Opened {
  const file = checkpointAt(path);
  const checkpoint = readCheckpoint(file);
  const { config } = notesOf(checkpoint) as { config?: RunConfig };
  const model = models.find(({ name }) => name === config?.model);
  if (!config || !model) throw new RangeError(`${file}: it is of no model that npm run train trains`);
  return { file, checkpoint, config, model };
}

/** The networks that a checkpoint holds, or the newest of a run's folder. Throws a RangeError where there is none. */
export async function openTrained(path: string): Promise<Trained> {
  const { file, checkpoint, config, model } = openCheckpoint(path);
  // Whatever they were trained with: the numbers agree to float32's precision.
  await useKernels('wasm');
  const inFolder = dirname(file);
  const folder = basename(inFolder) === 'checkpoints' ? dirname(inFolder) : inFolder;
  const fill = (network: Layer, name: string) => fillFrom(checkpoint.tensors, network, name, file);
  const random = new Random(0);
  if (model.kind === 'classifier') {
    const { network } = model.create(checkedFlags(flagsOf(config, model.flags), file), random);
    return { kind: 'classifier', folder, config, network: fill(network, 'network') };
  }
  const { trainer, average } = model.create(checkedFlags(flagsOf(config, model.flags), file), random);
  return {
    kind: 'gan',
    folder,
    config,
    generator: fill(average.average, 'averaged_generator'),
    discriminator: fill(trainer.discriminator, 'discriminator'),
    latentSize: trainer.latentSize,
    classes: model.classes,
  };
}

function checkpointAt(path: string): string {
  if (!existsSync(path)) throw new RangeError(`there is no ${path}: name the folder of a run, or a checkpoint`);
  if (!statSync(path).isDirectory()) return path;
  const newest = checkpointsIn(join(path, 'checkpoints')).at(-1);
  if (newest === undefined) throw new RangeError(`${path} has no checkpoints: it is not the folder of a run`);
  return newest;
}

function fillFrom(tensors: ReadonlyMap<string, Tensor>, network: Layer, name: string, file: string): Layer {
  for (const part of [...network.parameters, ...network.buffers]) {
    const saved = tensors.get(`${name}.${part.name}`);
    if (!saved || !sameShape(saved.shape, part.value.shape)) {
      throw new RangeError(`${file}: its ${name}.${part.name} is missing, or of another shape than the model's`);
    }
    part.value.data.set(saved.data);
  }
  for (const parameter of network.parameters) parameter.changed();
  network.training = false;
  return network;
}

/** The flags that config.json or a checkpoint had. Throws a RangeError where they cannot be. */
export function checkedFlags<Values>(flags: Values | Error, file: string): Values {
  if (flags instanceof Error) throw new RangeError(`${file}: ${flags.message}`);
  return flags;
}
