import { type Dataset, select, shuffledBatches } from '../../src/data/dataset.ts';
import { loadMnist } from '../../src/data/mnist.ts';
import { randomShifts } from '../../src/data/random-shifts.ts';
import { LinearLR } from '../../src/optimizers/schedules/linear-lr.ts';
import { heatMapGrid, imageGrid, type Picture, sideBySide, toPng } from '../../src/pictures/picture.ts';
import { Random } from '../../src/tensor/random.ts';
import type { ClassifierTrainer } from '../../src/training/classifier-trainer.ts';
import { chooseKernels } from '../kernels.ts';
import { openFolder, writeWhole } from '../output-folder.ts';
import { fingerprint } from './fingerprint.ts';
import { classifierFigures, Progress, percent } from './progress.ts';
import type { ClassifierRecipe } from './recipe.ts';
import type { ClassifierFlags } from './run-flags.ts';

export const aboutClassifiers = `Trains on handwritten digits, and after every epoch asks about 1,000 others that training never sees. The
picture of an epoch shows the 64 of those that are hardest, and beside each the gradient of its loss by its pixels.`;

export async function trainClassifier(recipe: ClassifierRecipe, flags: ClassifierFlags): Promise<void> {
  const kernels = await chooseKernels(flags);
  const folder = openFolder(`train ${recipe.name}`, flags.out, recipe.name);
  const random = new Random(flags.seed);
  const mnist = loadMnist();
  const heldOut = firstClasses(mnist.test, recipe.classes);
  const everything = firstClasses(mnist.train, recipe.classes);
  const digits = select(everything, random.permutation(everything.labels.data.length).subarray(0, flags.images));

  const trainer = recipe.create(flags, random);
  const batchSize = flags['batch-size'];
  // A last batch of one image is left out: it would leave batch norm without a variance.
  const stepsPerEpoch = Math.ceil(flags.images / batchSize) - (flags.images % batchSize === 1 ? 1 : 0);
  // Large steps first, and in the end small ones, over which the noise of the batches averages out.
  const schedule = new LinearLR(trainer.optimizer, {
    startFactor: 1,
    endFactor: 0,
    totalIters: flags.epochs * stepsPerEpoch,
  });
  console.log(`Kernels: ${kernels}.\nPictures go to ${folder}.`);
  const progress = new Progress(flags.epochs, stepsPerEpoch);

  for (let epoch = 1; epoch <= flags.epochs; epoch++) {
    for (const { images, labels } of shuffledBatches(digits, batchSize, random)) {
      if (images.shape[0] === 1) continue;
      const step = trainer.step(randomShifts(images, flags.shift, random), labels);
      schedule.step();
      progress.show(epoch, classifierFigures(step));
    }
    const { loss, accuracy, losses } = trainer.evaluate(heldOut);
    const png = toPng(pictureOfHardest(trainer, heldOut, losses));
    const file = writeWhole(folder, `epoch-${String(epoch).padStart(2, '0')}.png`, png);
    progress.say(`epoch ${epoch}: held-out loss ${loss.toFixed(3)}, accuracy ${percent(accuracy)}: ${file}`);
  }

  const { accuracy, losses } = trainer.evaluate(heldOut);
  const right = Math.round(accuracy * losses.length);
  console.log(`${right} of ${losses.length.toLocaleString('en')} held-out digits right (${percent(accuracy)})`);
  console.log(`weights ${fingerprint(trainer.network)} (the same seed and kernels give the same ones)`);
}

/** At the left the images with the largest losses, the worst first, and at the right dL/dimage for each. */
function pictureOfHardest(trainer: ClassifierTrainer, dataset: Dataset, losses: readonly number[]): Picture {
  const worstFirst = [...losses.keys()].sort((a, b) => losses[b] - losses[a]);
  const { images, labels } = select(dataset, worstFirst.slice(0, 64));
  return sideBySide(
    imageGrid(images, { columns: 8 }),
    heatMapGrid(trainer.imageGradientAt(images, labels), { columns: 8 }),
  );
}

/** The images of the first `classes` digits. */
function firstClasses(dataset: Dataset, classes: number): Dataset {
  const indices = [...dataset.labels.data.keys()];
  return select(
    dataset,
    indices.filter((n) => dataset.labels.data[n] < classes),
  );
}
