import { select, shuffledBatches } from '../../src/data/dataset.ts';
import { loadMnist } from '../../src/data/mnist.ts';
import { toNpy } from '../../src/data/npy.ts';
import type { Layer } from '../../src/layers/layer.ts';
import { heatMapGrid, imageGrid, sideBySide, toPng } from '../../src/pictures/picture.ts';
import { Random } from '../../src/tensor/random.ts';
import { type Tensor, tensor, zeros } from '../../src/tensor/tensor.ts';
import { chooseKernels } from '../kernels.ts';
import { openFolder, writeWhole } from '../output-folder.ts';
import { fingerprint } from './fingerprint.ts';
import { type Figures, ganFigures, Progress } from './progress.ts';
import type { GanRecipe } from './recipe.ts';
import type { GanFlags } from './run-flags.ts';

export const aboutGans = `Learns to make handwritten digits from 9,000 of them. After every epoch it writes a picture: what the
generator makes of the same noise each time, and beside it the gradient that reaches each of those images.`;

export async function trainGan(recipe: GanRecipe, flags: GanFlags): Promise<void> {
  const kernels = await chooseKernels(flags);
  const folder = openFolder(`train ${recipe.name}`, flags.out, recipe.name);
  const random = new Random(flags.seed);
  const digits = select(loadMnist().train, random.permutation(9000).subarray(0, flags.images));

  const { trainer, average, discriminatorSteps = 1, columns = 8 } = recipe.create(flags, random);
  const generator = average.average;
  generator.training = false;

  const fixedNoise = random.normal([ROWS * columns, trainer.latentSize]);
  const fixedLabels = tensor(Array.from({ length: ROWS * columns }, (_, n) => n % columns));
  const batchSize = flags['batch-size'];
  // A last batch of one image is left out: it would leave batch norm without a variance.
  const batchesPerEpoch = Math.ceil(flags.images / batchSize) - (flags.images % batchSize === 1 ? 1 : 0);
  console.log(`Kernels: ${kernels}.\nPictures go to ${folder}.`);
  const progress = new Progress(flags.epochs, batchesPerEpoch);
  let figures: Figures = [];
  let batches = 0;

  for (let epoch = 1; epoch <= flags.epochs; epoch++) {
    for (const { images, labels } of shuffledBatches(digits, batchSize, random)) {
      if (images.shape[0] === 1) continue;
      batches++;
      if (batches % discriminatorSteps === 0) {
        figures = ganFigures(trainer.step(images, labels));
        average.update();
      } else {
        // Here D is to be some steps ahead of G.
        trainer.discriminatorStep(images, labels);
      }
      progress.show(epoch, figures);
    }
    const samples = generator.forward(fixedNoise, fixedLabels);
    const picture = sideBySide(
      imageGrid(samples, { columns }),
      heatMapGrid(trainer.imageGradientAt(samples, fixedLabels), { columns }),
    );
    const file = writeWhole(folder, `epoch-${String(epoch).padStart(2, '0')}.png`, toPng(picture));
    progress.say(`epoch ${epoch}: ${file}`);
  }

  if (flags.samples !== undefined) {
    const samples = sample(generator, flags.samples, trainer.latentSize, random);
    const file = writeWhole(folder, 'samples.npy', toNpy(samples));
    console.log(`${flags.samples} samples: ${file}`);
  }
  const weights = fingerprint(trainer.generator, trainer.discriminator);
  console.log(`weights ${weights} (the same seed and kernels give the same ones)`);
}

/** The picture of an epoch has so many rows of images. */
const ROWS = 8;

/** `count` images [count, 1, 28, 28], made a hundred at a time; a conditional generator is asked for 0, 1, …, 9, 0, … */
function sample(generator: Layer, count: number, latentSize: number, random: Random): Tensor {
  const samples = zeros([count, 1, 28, 28]);
  for (let start = 0; start < count; start += 100) {
    const N = Math.min(100, count - start);
    const labels = tensor(Array.from({ length: N }, (_, n) => n % 10));
    const images = generator.forward(random.normal([N, latentSize]), labels);
    samples.data.set(images.data, start * 28 * 28);
  }
  return samples;
}
