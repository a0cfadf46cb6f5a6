import { folderPath, onRequest, optional, positiveNumber, type Values, wholeNumber } from '../flags.ts';
import { kernelFlags } from '../kernels.ts';

/** What a run of a classifier can be told, and what it does when it is told nothing. `images`: how many there are. */
export function classifierFlags(
  model: string,
  defaults: { images: number; epochs: string; learningRate: string; shift: string },
) {
  return {
    ...runFlags(defaults.images, defaults.epochs),
    'learning-rate': positiveNumber(defaults.learningRate, "Adam's, which sinks to 0 in the course of the run"),
    shift: wholeNumber(defaults.shift, 'trains on images moved by up to N pixels each way, anew in each epoch', 0, 27),
    out: outFlag(model),
  };
}

/** The same for a GAN. */
export function ganFlags(
  model: string,
  defaults: { epochs: string; generatorRate: string; discriminatorRate: string },
) {
  return {
    ...runFlags(9000, defaults.epochs),
    'generator-rate': positiveNumber(defaults.generatorRate, "learning rate of the generator's optimizer"),
    'discriminator-rate': positiveNumber(defaults.discriminatorRate, "learning rate of the discriminator's optimizer"),
    samples: optional(wholeNumber(undefined, 'also write N samples of the finished generator to samples.npy', 1)),
    out: outFlag(model),
  };
}

export type ClassifierFlags = Values<ReturnType<typeof classifierFlags>>;
/** What every run can be told. */
export type RunFlags = Values<ReturnType<typeof runFlags>>;
export type GanFlags = Values<ReturnType<typeof ganFlags>>;

function runFlags(images: number, epochs: string) {
  return {
    epochs: wholeNumber(epochs, 'passes over the digits', 1, 1_000_000),
    'batch-size': wholeNumber('64', 'images in one step', 2, images),
    data: optional(folderPath('train on the IDX or PNG files in there, and not on the digits of the package mnist')),
    images: optional(wholeNumber(undefined, `train on only so many of the images, drawn at random (all ${images})`, 2)),
    seed: wholeNumber('1', 'the same seed gives the same weights', 0, 0xffffffff),
    ...kernelFlags,
    'save-every': optional(wholeNumber(undefined, 'save the state after every N steps too, not only after epochs', 1)),
    checks: onRequest('look for NaN and infinity after every layer'),
  };
}

function outFlag(model: string) {
  return folderPath(`where to write (the first free one of runs/${model}-1, runs/${model}-2, …)`);
}
