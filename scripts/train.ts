import { createHash } from 'node:crypto';
import { dump } from 'npyjs';
import { select, shuffledBatches } from '../src/data/dataset.ts';
import { loadMnist } from '../src/data/mnist.ts';
import { useKernels } from '../src/kernels/index.ts';
import { dcganNormal } from '../src/layers/initialisers.ts';
import type { Layer } from '../src/layers/layer.ts';
import { convDiscriminator, convGenerator } from '../src/models/gan.ts';
import { Adam } from '../src/optimizers/adam.ts';
import { heatMapGrid, imageGrid, sideBySide, toPng } from '../src/pictures/picture.ts';
import { Random } from '../src/tensor/random.ts';
import { type Tensor, zeros } from '../src/tensor/tensor.ts';
import { GanTrainer } from '../src/training/gan-trainer.ts';
import { MovingAverage } from '../src/training/moving-average.ts';
import { readFlags, refuse } from './flags.ts';
import { createOutputFolder, writeWhole } from './output-folder.ts';
import { Progress } from './progress.ts';
import { reportErrors } from './report-errors.ts';
import { about, trainFlags } from './train-flags.ts';

reportErrors('train');
const flags = readFlags('train', about, trainFlags, process.argv.slice(2));

/** With 10 or 32 the digits come out worse. */
const LATENT_SIZE = 16;
/** One row of the picture of an epoch holds this many images, and there are as many rows. */
const GRID = 8;

await useKernels(flags.kernels);
const folder = openFolder(flags.out);
const random = new Random(flags.seed);
const digits = select(loadMnist().train, random.permutation(9000).subarray(0, flags.images));

const generator = convGenerator({ latentSize: LATENT_SIZE, random });
const averagedGenerator = convGenerator({ latentSize: LATENT_SIZE, random });
const output = { bce: 'probability', 'bce-logits': 'logit', 'two-output': 'two-logits' } as const;
const discriminator = convDiscriminator({ output: output[flags.loss], random });
dcganNormal(generator, random);
dcganNormal(discriminator, random);

const generatorOptimizer = new Adam(generator.parameters, { learningRate: flags['generator-rate'], beta1: 0.5 });
const discriminatorOptimizer = new Adam(discriminator.parameters, {
  learningRate: flags['discriminator-rate'],
  beta1: 0.5,
});
const trainer = new GanTrainer({
  generator,
  discriminator,
  generatorOptimizer,
  discriminatorOptimizer,
  latentSize: LATENT_SIZE,
  random,
  loss: flags.loss,
  generatorLoss: flags['generator-loss'],
});
const average = new MovingAverage(generator, averagedGenerator, { decay: 0.998 });
averagedGenerator.training = false;

const fixedNoise = random.normal([GRID * GRID, LATENT_SIZE]);
const batchSize = flags['batch-size'];
// A last batch of one image is left out: it would leave batch norm without a variance.
const stepsPerEpoch = Math.ceil(flags.images / batchSize) - (flags.images % batchSize === 1 ? 1 : 0);
console.log(`Pictures go to ${folder}.`);
const progress = new Progress(flags.epochs, stepsPerEpoch);

for (let epoch = 1; epoch <= flags.epochs; epoch++) {
  for (const { images } of shuffledBatches(digits, batchSize, random)) {
    if (images.shape[0] === 1) continue;
    const step = trainer.step(images);
    average.update();
    progress.show(epoch, step);
  }
  const samples = averagedGenerator.forward(fixedNoise);
  const picture = sideBySide(
    imageGrid(samples, { columns: GRID }),
    heatMapGrid(trainer.imageGradientAt(samples), { columns: GRID }),
  );
  const file = writeWhole(folder, `epoch-${String(epoch).padStart(2, '0')}.png`, toPng(picture));
  progress.say(`epoch ${epoch}: ${file}`);
}

if (flags.samples !== undefined) {
  const samples = sample(averagedGenerator, flags.samples);
  const file = writeWhole(folder, 'samples.npy', new Uint8Array(dump(samples.data, samples.shape)));
  console.log(`${flags.samples} samples: ${file}`);
}
console.log(`weights ${fingerprint(generator, discriminator)} (the same seed gives the same ones)`);

/** `count` images [count, 1, 28, 28], made a hundred at a time. */
function sample(layer: Layer, count: number): Tensor {
  const samples = zeros([count, 1, 28, 28]);
  for (let n = 0; n < count; n += 100) {
    const images = layer.forward(random.normal([Math.min(100, count - n), LATENT_SIZE]));
    samples.data.set(images.data, n * 28 * 28);
  }
  return samples;
}

/** A short hash of every bit of every parameter. */
function fingerprint(...layers: readonly Layer[]): string {
  const hash = createHash('sha256');
  for (const { value } of layers.flatMap((layer) => layer.parameters)) hash.update(value.data);
  return hash.digest('hex').slice(0, 16);
}

function openFolder(name: string | undefined): string {
  try {
    return createOutputFolder(name, 'gan');
  } catch (error) {
    return refuse('train', error instanceof Error ? error.message : String(error));
  }
}
