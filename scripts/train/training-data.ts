import { type Dataset, select } from '../../src/data/dataset.ts';
import { loadImages } from '../../src/data/image-folder.ts';
import { loadMnist } from '../../src/data/mnist.ts';
import type { Random } from '../../src/tensor/random.ts';

export interface TrainingDataOptions {
  readonly model: string;
  /** The folder to read; without one the digits of the package mnist are taken. */
  readonly data: string | undefined;
  /** How many images to draw; all of them where it is left out. */
  readonly images: number | undefined;
  /** The model tells so many classes apart; undefined for one that never looks at a label. */
  readonly classes: number | undefined;
}

/** The images that a run trains on, and those that it never sees, of the classes that the model knows. */
export async function trainingData(
  { model, data, images, classes }: TrainingDataOptions,
  random: Random,
): Promise<{ readonly train: Dataset; readonly test: Dataset }> {
  const { train, test, labelled } = data === undefined ? { ...loadMnist(), labelled: true } : await loadImages(data);
  if (classes !== undefined && !labelled) {
    throw new RangeError(`--data ${data} has images without labels, and ${model} needs them; train gan with it`);
  }
  const known = firstClasses(train, classes);
  const N = known.images.shape[0];
  if (data !== undefined) {
    const all = train.images.shape[0];
    const left = N < all ? ` of ${all.toLocaleString('en')}, those of the ${classes} classes that ${model} knows` : '';
    console.log(`${data}: ${N.toLocaleString('en')} images to train on${left}`);
  }
  const wanted = images ?? N;
  if (N < 2) throw new RangeError(`${data} has ${N} images for ${model} to train on; at least 2 are needed`);
  if (wanted > N) throw new RangeError(`--images must be a whole number from 2 to ${N}, not '${wanted}'`);
  return { train: select(known, random.permutation(N).subarray(0, wanted)), test: firstClasses(test, classes) };
}

function firstClasses(dataset: Dataset, classes = Infinity): Dataset {
  const { data } = dataset.labels;
  const known = [...data.keys()].filter((n) => data[n] < classes);
  return known.length === data.length ? dataset : select(dataset, known);
}
