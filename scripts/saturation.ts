import { join } from 'node:path';
import { select, shuffledBatches } from '../src/data/dataset.ts';
import { loadMnist } from '../src/data/mnist.ts';
import { BCELoss } from '../src/losses/bce-loss.ts';
import { imageGrid, sideBySide, toPng } from '../src/pictures/picture.ts';
import { Random } from '../src/tensor/random.ts';
import { full, type Tensor } from '../src/tensor/tensor.ts';
import { writeWhole } from '../src/training/write-whole.ts';
import { folderPath, parseFlags, readFlags, wholeNumber } from './flags.ts';
import { openFolder } from './output-folder.ts';
import { reportErrors } from './report-errors.ts';
import { gan } from './train/gans.ts';

const about = `Runs the beginning of npm run train -- gan twice from the same start: first G minimises −log D(G(z)), then
log(1 − D(G(z))). Prints how strong a gradient reaches G, and what each state would give with the other loss.`;

const saturationFlags = {
  steps: wholeNumber('300', 'training steps of each run', 1, 1_000_000),
  seed: wholeNumber('1', 'the same seed gives the same numbers', 0, 0xffffffff),
  out: folderPath('where to write pictures (the first free one of runs/saturation-1, …)'),
};

reportErrors('saturation');
const flags = readFlags('saturation', about, saturationFlags, process.argv.slice(2));

/** The tables have a row after each of these steps. */
const ROWS = [...[1, 10, 25, 50, 75, 100, 150, 200, 300, 500].filter((step) => step < flags.steps), flags.steps];
const GRID = 8;

const folder = openFolder('saturation', flags.out, 'saturation');
console.log(`
First what the training steps since the last row have given, their median: the mean D(G(z)) before D's update, and
the norms of the gradients that G's update got. Then the networks as they stand after the step, 64 images made of
the same noise each time: the mean D(G(z)), and ‖dL/dimage‖ with either loss.`);
const nonSaturating = train('non-saturating', '−log D');
const minimax = train('minimax', 'log(1 − D)');

for (const [row, step] of ROWS.entries()) {
  const [left, right] = [nonSaturating[row], minimax[row]].map((images) => imageGrid(images, { columns: GRID }));
  writeWhole(join(folder, `step-${String(step).padStart(4, '0')}.png`), toPng(sideBySide(left, right)));
}
console.log(`\nWhat G made at each of these steps, −log D on the left and log(1 − D) on the right: ${folder}`);

/** One run, with its table. Returns the images [64, 1, 28, 28] of each row. */
function train(generatorLoss: 'non-saturating' | 'minimax', formula: string): readonly Tensor[] {
  console.log(`
G minimises ${formula}

|  step |  D(G(z)) | ‖dL/dimage‖ |  ‖dL/dθ‖ | D(G(z)) now |   −log D | log(1 − D) | quotient | D/(1 − D) |
| ----: | -------: | ----------: | -------: | ----------: | -------: | ---------: | -------: | --------: |`);
  const defaults = parseFlags(gan.flags, ['--generator-loss', generatorLoss]);
  if (defaults instanceof Error) throw defaults;
  const random = new Random(flags.seed);
  const digits = select(loadMnist().train, random.permutation(9000));
  const { trainer } = gan.create(defaults, random);
  const { generator, discriminator } = trainer;
  const fixedNoise = random.normal([GRID * GRID, trainer.latentSize]);
  const [real, generated] = [full([GRID * GRID, 1], 1), full([GRID * GRID, 1], 0)];
  const loss = new BCELoss();

  const rows: Tensor[] = [];
  const since = { fakeScore: [] as number[], imageGradient: [] as number[], weightGradient: [] as number[] };
  for (let step = 0; ; ) {
    for (const batch of shuffledBatches(digits, defaults['batch-size'], random)) {
      const { fakeScore, imageGradient } = trainer.step(batch.images);
      since.fakeScore.push(fakeScore);
      since.imageGradient.push(norm(imageGradient.flat(3)));
      since.weightGradient.push(norm(generator.parameters.flatMap(({ gradient }) => [...gradient.data])));
      step++;
      if (step !== ROWS[rows.length]) continue;

      // In training mode, as in a step. Batch norm's running statistics move, but nothing here looks at them.
      const images = generator.forward(fixedNoise);
      const verdict = discriminator.forward(images);
      loss.forward(verdict, real);
      const dNonSaturating = discriminator.backward(loss.backward());
      // log(1 − D) is D's own loss for "generated" with its sign turned, which the norm does not see.
      loss.forward(discriminator.forward(images), generated);
      const dMinimax = discriminator.backward(loss.backward());

      const mean = Array.from(verdict.data).reduce((sum, p) => sum + p) / verdict.data.length;
      const either = [norm(dNonSaturating.data), norm(dMinimax.data)];
      const medians = [since.fakeScore, since.imageGradient, since.weightGradient].map((all) => median(all.splice(0)));
      const numbers = [...medians, mean, ...either, either[1] / either[0], mean / (1 - mean)];
      const cells = numbers.map((value, column) => threeDigits(value).padStart([8, 11, 8, 11, 8, 10, 8, 9][column]));
      console.log(`| ${[String(step).padStart(5), ...cells].join(' | ')} |`);
      rows.push(images);
      if (step === flags.steps) return rows;
    }
  }
}

/** The Euclidean norm. */
function norm(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] ** 2;
  return Math.sqrt(sum);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.floor(sorted.length / 2)]) / 2;
}

function threeDigits(value: number): string {
  return String(Number(value.toPrecision(3)));
}
