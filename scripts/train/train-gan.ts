import { join } from 'node:path';
import { toNpy } from '../../src/data/npy.ts';
import { heatMapGrid, imageGrid, sideBySide } from '../../src/pictures/picture.ts';
import { Random } from '../../src/tensor/random.ts';
import { tensor } from '../../src/tensor/tensor.ts';
import { writeWhole } from '../../src/training/write-whole.ts';
import { chooseKernels } from '../kernels.ts';
import { openFolder } from '../output-folder.ts';
import { drawSamples } from '../sample/draw-samples.ts';
import { fingerprint } from './fingerprint.ts';
import { discriminatorMetrics, ganMetrics } from './metrics.ts';
import { type Figures, ganFigures, Progress } from './progress.ts';
import type { GanRecipe } from './recipe.ts';
import { Run } from './run.ts';
import { runConfig } from './run-config.ts';
import type { GanFlags } from './run-flags.ts';
import { trainingData } from './training-data.ts';
import { ganState, picturedCount, stepsPerEpoch } from './training-state.ts';

export const aboutGans = `Learns to make handwritten digits from 9,000 of them. After every epoch it writes a picture: what the
generator makes of the same noise each time, and beside it the gradient that reaches each of those images.`;

/** `resumed`: the folder of a run to go on with. */
export async function trainGan(recipe: GanRecipe, flags: GanFlags, resumed?: string): Promise<void> {
  const kernels = await chooseKernels(flags);
  const random = new Random(flags.seed);
  const { name: model, classes } = recipe;
  const { train: digits } = await trainingData({ model, data: flags.data, images: flags.images, classes }, random);
  const N = digits.images.shape[0];
  const folder = resumed ?? openFolder(`train ${recipe.name}`, flags.out, recipe.name);

  const created = recipe.create(flags, random);
  const { trainer, average, discriminatorSteps = 1, columns = 8 } = created;
  const generator = average.average;
  generator.training = false;

  const pictured = picturedCount(created);
  const fixedNoise = random.normal([pictured, trainer.latentSize]);
  const fixedLabels = tensor(Array.from({ length: pictured }, (_, n) => n % columns));
  const training = ganState(created, random, fixedNoise);
  const config = runConfig(recipe.name, { ...flags, images: N }, kernels, digits);
  const run = new Run({ folder, config, flags, resumed: resumed !== undefined, training, random });
  const progress = new Progress(flags.epochs, stepsPerEpoch(N, flags['batch-size']), run.step);
  console.log(`Kernels: ${kernels}.\nThe run is in ${folder}; its report.html shows it.`);
  let figures: Figures = [];

  try {
    for (let epoch = run.epoch; epoch <= flags.epochs; epoch++) {
      for await (const { images, labels } of run.batches(digits)) {
        if ((run.step + 1) % discriminatorSteps === 0) {
          const step = trainer.step(images, labels);
          average.update();
          run.record(ganMetrics(trainer, step));
          figures = ganFigures(step);
        } else {
          // Here D is to be some steps ahead of G.
          run.record(discriminatorMetrics(trainer, trainer.discriminatorStep(images, labels)));
        }
        progress.show(epoch, figures);
      }
      const samples = generator.forward(fixedNoise, fixedLabels);
      const picture = sideBySide(
        imageGrid(samples, { columns }),
        heatMapGrid(trainer.imageGradientAt(samples, fixedLabels), { columns }),
      );
      progress.say(`epoch ${epoch}: ${run.endEpoch(picture)}`, samples);
    }
  } catch (error) {
    throw run.explain(error, (images, labels) => trainer.step(images, labels));
  }
  run.end();

  if (flags.samples !== undefined) {
    const noise = random.normal([flags.samples, trainer.latentSize]);
    const samples = drawSamples(generator, noise, tensor(Array.from({ length: flags.samples }, (_, n) => n % 10)));
    const file = join(folder, 'samples.npy');
    writeWhole(file, toNpy(samples));
    console.log(`${flags.samples} samples: ${file}`);
  }
  const weights = fingerprint(trainer.generator, trainer.discriminator);
  console.log(`weights ${weights} (the same seed, kernels, threads and Node give the same)`);
}
