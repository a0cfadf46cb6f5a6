import { join } from 'node:path';
import { toOnnx } from '../../src/export/to-onnx.ts';
import type { Layer } from '../../src/layers/layer.ts';
import { toSafetensors } from '../../src/training/safetensors.ts';
import { writeWhole } from '../../src/training/write-whole.ts';

export interface Exported {
  readonly model: string;
  /** Of the run: what pytorch.py builds the same layers from. */
  readonly flags: Readonly<Record<string, unknown>>;
  /** What the network is in the model: generator, discriminator or network. */
  readonly name: string;
  readonly network: Layer;
  /** The shape of what one sample of its input is. */
  readonly sample: readonly number[];
}

/** Writes NAME.safetensors and NAME.onnx to the folder. */
export function writeNetwork(folder: string, { model, flags, name, network, sample }: Exported): void {
  const tensors = new Map([...network.parameters, ...network.buffers].map((part) => [part.name, part.value]));
  const metadata = new Map([
    ['format', 'pt'],
    ['model', model],
    ['network', name],
    ['flags', JSON.stringify(flags)],
  ]);
  writeWhole(join(folder, `${name}.safetensors`), toSafetensors({ tensors, metadata }));
  writeWhole(join(folder, `${name}.onnx`), toOnnx(network, sample));
}
