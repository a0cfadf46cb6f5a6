import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { checkCount, checkOptions } from '../tensor/checks.ts';
import { Random } from '../tensor/random.ts';
import { zeros } from '../tensor/tensor.ts';
import { type Dataset, select, splitOffTenth } from './dataset.ts';
import { type Idx, readIdx } from './idx-file.ts';
import { readPng } from './png-file.ts';

export interface ImageFolder {
  readonly train: Dataset;
  /** What training never sees: the folder's test files, or a tenth of each class where it has none. */
  readonly test: Dataset;
  /** Whether the folder says what the images show; all labels are 0 where it does not. */
  readonly labelled: boolean;
}

export interface ImageFolderOptions {
  /** How high and wide every image must be. */
  readonly imageSize?: readonly [height: number, width: number];
  /** A tenth for testing is drawn from it where the folder has no test files. */
  readonly seed?: number;
}

/**
 * The images of a folder, [N, 1, H, W] from −1 (black) to 1 (white), and their labels [N]. It holds one of
 *
 *   IDX files, gzipped or not, under the names of MNIST, Fashion-MNIST and EMNIST: train-images-idx3-ubyte.gz,
 *   train-labels-idx1-ubyte.gz, and t10k- or test- for the others; without labels where there is no such file;
 *   PNG files, without labels, or in one folder for each class (the first by name is class 0); the whole of that
 *   may stand twice, in folders named train and test.
 *
 * Throws a RangeError that names the file where one is damaged or does not fit.
 */
export async function loadImages(folder: string, options: ImageFolderOptions = {}): Promise<ImageFolder> {
  checkOptions('loadImages', options, ['imageSize', 'seed']);
  const { imageSize = [28, 28], seed = 0 } = options;
  for (const size of imageSize) checkCount('loadImages', 'imageSize', size);
  const names = readdirSync(folder).sort(byName);
  // Of a file and what it was unpacked to, one is enough.
  const idx = names.filter(
    (name) => /images[.-]idx3/.test(name) && !(name.endsWith('.gz') && names.includes(name.slice(0, -3))),
  );
  const parts = idx.length > 0 ? await readIdxFiles(folder, idx, imageSize) : readPngFiles(folder, imageSize);
  const train = toDataset(parts.train, imageSize);
  const labelled = parts.train.labels !== undefined;
  if (parts.test) return { train, test: toDataset(parts.test, imageSize), labelled };
  const split = splitOffTenth(train.labels, new Random(seed));
  return { train: select(train, split.rest), test: select(train, split.tenth), labelled };
}

/** One byte a pixel, and one a label. */
interface Part {
  readonly pixels: Uint8Array;
  readonly labels: ArrayLike<number> | undefined;
}

interface Parts {
  readonly train: Part;
  readonly test: Part | undefined;
}

type Size = readonly [height: number, width: number];

async function readIdxFiles(folder: string, names: readonly string[], size: Size): Promise<Parts> {
  const isTest = (name: string) => /t10k|test/.test(name);
  const [train, test] = [names.filter((name) => !isTest(name)), names.filter(isTest)];
  if (train.length !== 1 || test.length > 1) {
    throw new RangeError(
      `${folder} must have one IDX file of images to train on, and one or none to test, but it has ${names.join(', ')}; ` +
        'give each data set a folder of its own',
    );
  }
  const parts = {
    train: await readIdxPart(folder, train[0], size),
    test: test.length > 0 ? await readIdxPart(folder, test[0], size) : undefined,
  };
  if (parts.test && (parts.train.labels === undefined) !== (parts.test.labels === undefined)) {
    const [told, untold] = parts.train.labels ? [train[0], test[0]] : [test[0], train[0]];
    throw new RangeError(
      `${folder} has labels for ${told} and none for ${untold}; they belong in ${labelsOf(untold)}, gzipped or not`,
    );
  }
  return parts;
}

async function readIdxPart(folder: string, name: string, [height, width]: Size): Promise<Part> {
  const images = await readIdx(join(folder, name), ['N', height, width]);
  const wanted = labelsOf(name);
  const there = readdirSync(folder).find((other) => other === wanted || other === `${wanted}.gz`);
  const labels = there === undefined ? undefined : (await readIdx(join(folder, there), [images.shape[0]])).data;
  // EMNIST's files have rows and columns exchanged.
  return { pixels: /^emnist/.test(name) ? transposed(images) : images.data, labels };
}

function labelsOf(images: string): string {
  return images.replace('images', 'labels').replace('idx3', 'idx1').replace(/\.gz$/, '');
}

function transposed({ shape: [N, height, width], data }: Idx): Uint8Array {
  const out = new Uint8Array(data.length);
  for (let n = 0; n < N; n++) {
    for (let h = 0; h < height; h++) {
      for (let w = 0; w < width; w++) out[(n * width + w) * height + h] = data[(n * height + h) * width + w];
    }
  }
  return out;
}

function readPngFiles(folder: string, size: Size): Parts {
  const folders = foldersIn(folder);
  const [train, test] = [/^train(ing)?$/i, /^test(ing)?$/i].map((wanted) => folders.find((name) => wanted.test(name)));
  if (train === undefined) return { train: readPngPart(folder, size, foldersIn(folder)), test: undefined };
  const classes = foldersIn(join(folder, train));
  return {
    train: readPngPart(join(folder, train), size, classes),
    test: test === undefined ? undefined : readPngPart(join(folder, test), size, classes),
  };
}

/** `classes`: the folders' names, whose places are the labels; none where the images have no labels. */
function readPngPart(folder: string, size: Size, classes: readonly string[]): Part {
  const here = pngsIn(folder);
  const folders = foldersIn(folder);
  const unknown = folders.find((name) => !classes.includes(name));
  if (unknown !== undefined) throw new RangeError(`${join(folder, unknown)}: there is no such class to train on`);
  if (classes.length > 0 && here.length > 0) {
    throw new RangeError(`${folder} has PNG files beside folders of classes; put each into the folder of its class`);
  }
  const labels: number[] = [];
  const files = classes.flatMap((name, label) => {
    const inside = folders.includes(name) ? pngsIn(join(folder, name)) : [];
    labels.push(...Array<number>(inside.length).fill(label));
    return inside;
  });
  const all = classes.length > 0 ? files : here;
  if (all.length === 0) {
    throw new RangeError(
      `${folder} has no images: neither IDX files such as train-images-idx3-ubyte.gz nor .png files, in it or in a ` +
        'folder for each class',
    );
  }
  const pixels = new Uint8Array(all.length * size[0] * size[1]);
  for (const [n, file] of all.entries()) pixels.set(readPng(file, size), n * size[0] * size[1]);
  return { pixels, labels: classes.length > 0 ? labels : undefined };
}

function foldersIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => !/^[._]/.test(name) && statSync(join(folder, name), { throwIfNoEntry: false })?.isDirectory())
    .sort(byName);
}

function pngsIn(folder: string): string[] {
  const names = readdirSync(folder).filter((name) => /^[^.].*\.png$/i.test(name));
  const files = names.sort(byName).map((name) => join(folder, name));
  // Whoever opens a pipe waits for a writer.
  const other = files.find((file) => !statSync(file).isFile());
  if (other !== undefined) throw new RangeError(`${other}: it is no file`);
  return files;
}

/** 9 stands before 10, and the same everywhere. */
function byName(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true }) || (a < b ? -1 : 1);
}

function toDataset({ pixels, labels }: Part, [height, width]: Size): Dataset {
  const images = zeros([pixels.length / (height * width), 1, height, width]);
  for (let i = 0; i < pixels.length; i++) images.data[i] = pixels[i] / 127.5 - 1;
  const all = zeros([images.shape[0]]);
  if (labels) all.data.set(labels);
  return { images, labels: all };
}
