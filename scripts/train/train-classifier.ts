import { type Dataset, select } from '../../src/data/dataset.ts';
import { randomShifts } from '../../src/data/random-shifts.ts';
import { heatMapGrid, imageGrid, type Picture, sideBySide } from '../../src/pictures/picture.ts';
import { Random } from '../../src/tensor/random.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import type { ClassifierTrainer } from '../../src/training/classifier-trainer.ts';
import { chooseKernels } from '../kernels.ts';
import { openFolder } from '../output-folder.ts';
import { fingerprint } from './fingerprint.ts';
import { classifierMetrics } from './metrics.ts';
import { classifierFigures, Progress, percent } from './progress.ts';
import type { ClassifierRecipe } from './recipe.ts';
import { Run } from './run.ts';
import { runConfig } from './run-config.ts';
import type { ClassifierFlags } from './run-flags.ts';
import { trainingData } from './training-data.ts';
import { classifierState, scheduleOf, stepsPerEpoch } from './training-state.ts';

export const aboutClassifiers = `Trains on handwritten digits, and after every epoch asks about 1,000 others that training never sees. The
picture of an epoch shows the 64 of those that are hardest, and beside each the gradient of its loss by its pixels.`;

/** `resumed`: the folder of a run to go on with. */
export async function trainClassifier(
  recipe: ClassifierRecipe,
  flags: ClassifierFlags,
  resumed?: string,
): Promise<void> {
  const kernels = await chooseKernels(flags);
  const random = new Random(flags.seed);
  const { name: model, classes } = recipe;
  const { train: digits, test: heldOut } = await trainingData(
    { model, data: flags.data, images: flags.images, classes },
    random,
  );
  const N = digits.images.shape[0];
  if (heldOut.images.shape[0] === 0)
    throw new RangeError(`--data ${flags.data} has no images left to test ${model} with`);
  const folder = resumed ?? openFolder(`train ${recipe.name}`, flags.out, recipe.name);

  const trainer = recipe.create(flags, random);
  const steps = stepsPerEpoch(N, flags['batch-size']);
  const schedule = scheduleOf(trainer, flags.epochs * steps);
  const training = classifierState(trainer, random, schedule);
  const config = runConfig(recipe.name, { ...flags, images: N }, kernels, digits);
  const run = new Run({ folder, config, flags, resumed: resumed !== undefined, training, random });
  const progress = new Progress(flags.epochs, steps, run.step);
  console.log(`Kernels: ${kernels}.\nThe run is in ${folder}; its report.html shows it.`);

  try {
    for (let epoch = run.epoch; epoch <= flags.epochs; epoch++) {
      for await (const { images, labels } of run.batches(digits)) {
        const step = trainer.step(randomShifts(images, flags.shift, random), labels);
        schedule.step();
        run.record(classifierMetrics(trainer, step));
        progress.show(epoch, classifierFigures(step));
      }
      const { loss, accuracy, losses } = trainer.evaluate(heldOut);
      const { picture, hardest } = pictureOfHardest(trainer, heldOut, losses);
      const file = run.endEpoch(picture, { heldOutLoss: loss, heldOutAccuracy: accuracy });
      const how = `held-out loss ${loss.toFixed(3)}, accuracy ${percent(accuracy)}`;
      progress.say(`epoch ${epoch}: ${how}: ${file}`, hardest);
    }
  } catch (error) {
    throw run.explain(error, (images, labels) => trainer.step(randomShifts(images, flags.shift, random), labels));
  }
  run.end();

  const { accuracy, losses } = trainer.evaluate(heldOut);
  const right = Math.round(accuracy * losses.length);
  console.log(`${right} of ${losses.length.toLocaleString('en')} held-out digits right (${percent(accuracy)})`);
  console.log(`weights ${fingerprint(trainer.network)} (the same seed, kernels, threads and Node give the same)`);
}

/** At the left the images with the largest losses, the worst first, and at the right dL/dimage for each. */
function pictureOfHardest(
  trainer: ClassifierTrainer,
  dataset: Dataset,
  losses: readonly number[],
): { picture: Picture; hardest: Tensor } {
  const worstFirst = [...losses.keys()].sort((a, b) => losses[b] - losses[a]);
  const { images, labels } = select(dataset, worstFirst.slice(0, 64));
  const picture = sideBySide(
    imageGrid(images, { columns: 8 }),
    heatMapGrid(trainer.imageGradientAt(images, labels), { columns: 8 }),
  );
  return { picture, hardest: images };
}
