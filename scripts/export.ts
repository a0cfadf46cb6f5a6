import { join } from 'node:path';
import type { Layer } from '../src/layers/layer.ts';
import { writeNetwork } from './export/write-network.ts';
import { folderPath, optional, readFlags, refuse } from './flags.ts';
import { openFolder } from './output-folder.ts';
import { reportErrors } from './report-errors.ts';
import { openTrained, type Trained } from './train/trained.ts';

const about = `The networks of a run for other programs: npm run export -- RUN [flags], where RUN is the folder of a run, or one of
its checkpoints. Each network becomes a .safetensors file, whose names are those of the same layers in torch.nn
(scripts/export/pytorch.py loads it), and an .onnx file of opset 17, which computes what evaluation mode does.`;

const flags = { out: optional(folderPath('where to write (export in the folder of the run)')) };

reportErrors('export');
const [path, ...rest] = process.argv.slice(2);
const named = path !== undefined && !path.startsWith('-');
const { out } = readFlags('export', about, flags, named ? rest : process.argv.slice(2));
if (!named) refuse('export', 'the folder of a run comes first, or a checkpoint: npm run export -- runs/gan-1');

const trained = await openTrained(path);
const { model, flags: runFlags } = trained.config;
const folder = openFolder('export', out ?? join(trained.folder, 'export'), model);
for (const [name, network, sample] of networksOf(trained)) {
  writeNetwork(folder, { model, flags: runFlags, name, network, sample });
  console.log(`${join(folder, name)}.safetensors and .onnx: x [N, ${sample.join(', ')}]`);
}

function networksOf(from: Trained): readonly (readonly [name: string, network: Layer, sample: readonly number[]])[] {
  const image = [1, 28, 28];
  if (from.kind === 'classifier') return [['network', from.network, image]];
  return [
    ['generator', from.generator, [from.latentSize]],
    ['discriminator', from.discriminator, image],
  ];
}
