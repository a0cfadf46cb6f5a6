import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { toNpy } from '../src/data/npy.ts';
import { imageGrid, toPng } from '../src/pictures/picture.ts';
import { Random } from '../src/tensor/random.ts';
import { tensor } from '../src/tensor/tensor.ts';
import { writeWhole } from '../src/training/write-whole.ts';
import { fileName, onRequest, optional, readFlags, refuse, wholeNumber } from './flags.ts';
import { reportErrors } from './report-errors.ts';
import { drawSamples } from './sample/draw-samples.ts';
import { interpolate } from './sample/interpolate.ts';
import { terminalPicture } from './train/terminal-picture.ts';
import { openTrained } from './train/trained.ts';

const about = `What a trained generator makes of noise: npm run sample -- RUN [flags], where RUN is the folder of a run, or one of
its checkpoints. A conditional generator is asked for digit c in column c of ten, or for the one that --digit names.`;

const flags = {
  count: wholeNumber('80', 'so many images', 1, 1_000_000),
  columns: wholeNumber('10', 'so many of them in a row', 2, 100),
  digit: optional(wholeNumber(undefined, 'of a conditional generator, all images show this digit', 0, 9)),
  interpolate: onRequest('each row leads from one noise to another'),
  seed: wholeNumber('1', 'the same seed gives the same images', 0, 0xffffffff),
  out: fileName('where to write, a .png or .npy (the first free one of samples-1.png, … in the run)', ['.png', '.npy']),
};

reportErrors('sample');
const [path, ...rest] = process.argv.slice(2);
const named = path !== undefined && !path.startsWith('-');
const { count, columns, digit, seed, ...others } = readFlags(
  'sample',
  about,
  flags,
  named ? rest : process.argv.slice(2),
);
if (!named) refuse('sample', 'the folder of a run comes first, or a checkpoint: npm run sample -- runs/gan-1');
if (others.out !== undefined && existsSync(others.out)) refuse('sample', `--out ${others.out} is there already`);

const trained = await openTrained(path);
const { folder, config } = trained;
if (trained.kind !== 'gan') refuse('sample', `${path} is a run of ${config.model}, which makes no images`);
const { generator, latentSize, classes } = trained;
if (digit !== undefined && classes === undefined) {
  refuse('sample', `--digit asks a conditional generator, but ${path} is a run of ${config.model}`);
}

const rows = Math.ceil(count / columns);
const random = new Random(seed);
const noise = others.interpolate
  ? interpolate(random.normal([2 * rows, latentSize]), columns)
  : random.normal([count, latentSize]);
const N = noise.shape[0];
// On the way from one noise to another the digit stays the same.
const asked = (n: number) => digit ?? (others.interpolate ? Math.floor(n / columns) : n % columns) % (classes ?? 1);
const samples = drawSamples(generator, noise, tensor(Array.from({ length: N }, (_, n) => asked(n))));

const file = others.out ?? firstFree(folder);
writeWhole(file, file.endsWith('.npy') ? toNpy(samples) : toPng(imageGrid(samples, { columns: Math.min(columns, N) })));
if (process.stdout.isTTY) console.log(terminalPicture(samples, process.stdout).join('\n'));
console.log(`${N} images of ${config.model}: ${file}`);

function firstFree(inFolder: string): string {
  let number = 1;
  while (existsSync(join(inFolder, `samples-${number}.png`))) number++;
  return join(inFolder, `samples-${number}.png`);
}
