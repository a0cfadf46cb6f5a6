import type { Dataset } from '../data/dataset.ts';
import { checkLayer } from '../layers/checks.ts';
import type { Layer } from '../layers/layer.ts';
import type { Loss } from '../losses/loss.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import { checkCount, checkOptions } from '../tensor/checks.ts';
import { type Dtype, dtypeOf, fromData, type Shape, sameShape, show, type Tensor, zeros } from '../tensor/tensor.ts';
import { checkImages, checkLabels, checkPrediction } from './classifier-checks.ts';
import { type ClassifierLoss, type OutputKind, outputKinds } from './classifier-output.ts';
import { freeze, restoreFrozen } from './freezing.ts';
import { modesOf, restoreModes } from './modes.ts';
import { checkOptimizer, explained } from './trainer-checks.ts';

export interface ClassifierTrainerOptions {
  /** Images → [N, 1], or [N, classes] for the loss 'cross-entropy'. */
  readonly network: Layer;
  readonly optimizer: Optimizer;
  /** What the network's output is: a probability ('bce'), a logit, or a logit for each class. */
  readonly loss: ClassifierLoss;
}

/** What happened in one step. */
export interface ClassifierStep {
  /** The mean over the batch, before the update. */
  readonly loss: number;
  /** The share of the batch, from 0 to 1, whose class was found before the update. */
  readonly accuracy: number;
}

/** How a network does on a data set. */
export interface Evaluation {
  /** The mean over the data set. */
  readonly loss: number;
  /** The share of the data set, from 0 to 1, whose class is found. */
  readonly accuracy: number;
  /** The loss of each image alone, in their order: the largest are those of the hardest images. */
  readonly losses: readonly number[];
}

/**
 * Trains a network to tell classes apart, every gradient passed on by hand.
 *
 * Derivation: derivations/06-multi-layer-network.md
 */
export class ClassifierTrainer {
  readonly network: Layer;
  readonly optimizer: Optimizer;
  private readonly lossName: ClassifierLoss;
  private readonly outputKind: OutputKind;
  private readonly loss: Loss;
  private readonly dtype: Dtype;
  /** The shape [C, H, W] of the images so far, and how many classes the network tells apart. */
  private known: { readonly imageShape: Shape; readonly classes: number } | undefined;

  /** Throws where the loss is unknown, or the optimizer trains another network. */
  constructor(options: ClassifierTrainerOptions) {
    checkOptions('ClassifierTrainer', options, ['network', 'optimizer', 'loss']);
    const { network, optimizer, loss } = options;
    checkLayer('ClassifierTrainer', 'network', network);
    checkOptimizer('ClassifierTrainer', 'optimizer', optimizer, 'network', network);
    if (!Object.hasOwn(outputKinds, loss)) {
      const names = Object.keys(outputKinds).join(', ');
      throw new RangeError(`ClassifierTrainer: loss must be one of ${names}, not '${loss}'`);
    }
    if (network.parameters.length === 0) {
      throw new RangeError(
        'ClassifierTrainer: the network has no parameters to train; put a Linear or a Conv2d into it',
      );
    }
    this.network = network;
    this.optimizer = optimizer;
    this.lossName = loss;
    this.outputKind = outputKinds[loss];
    this.loss = this.outputKind.createLoss();
    this.dtype = dtypeOf(network.parameters[0].value);
  }

  /**
   * One update on images [N, …] and their class indices [N]. The network runs in the mode it is in.
   *
   * Throws where images or labels do not fit the network; nothing is changed then.
   */
  step(images: Tensor, labels: Tensor): ClassifierStep {
    const { network, optimizer, loss, outputKind } = this;
    ({ images, labels } = this.checkDataset({ images, labels }));

    optimizer.zeroGradients();

    const prediction = network.forward(images);
    const meanLoss = loss.forward(prediction, outputKind.target(labels, prediction));

    const dPrediction = loss.backward();

    // From the last layer to the first, each adds dL/dθ to the gradients of its own parameters and hands on dL/dx.
    // What comes out at the front is dL/dimages. Nobody trains the images: it is dropped (see imageGradientAt).
    network.backward(dPrediction);

    optimizer.step();

    return { loss: meanLoss, accuracy: accuracyOf(outputKind.choose(prediction), labels) };
  }

  /** How the network does on a data set, in evaluation mode. Nothing is changed. */
  evaluate(dataset: Dataset, batchSize = 250): Evaluation {
    const { images, labels } = this.checkDataset(dataset);
    const prediction = this.predictionFor(images, batchSize);
    const target = this.outputKind.target(labels, prediction);
    const loss = this.outputKind.createLoss();
    return {
      loss: loss.forward(prediction, target),
      accuracy: accuracyOf(this.outputKind.choose(prediction), labels),
      losses: Array.from(labels.data, (_, n) => loss.forward(rows(prediction, n, n + 1), rows(target, n, n + 1))),
    };
  }

  /** For each image the class that the network finds most likely, in evaluation mode. Nothing is changed. */
  predict(images: Tensor, batchSize = 250): number[] {
    images = checkImages(images, this.dtype);
    this.classesFor(images);
    return this.outputKind.choose(this.predictionFor(images, batchSize));
  }

  /**
   * dL/dimages at any images, as the network stands now. A step against it is what makes the network surer of
   * the labels: a negative number asks for a brighter pixel. The 1/N is that of these images. For looking: in
   * evaluation mode, and nothing is changed.
   */
  imageGradientAt(images: Tensor, labels: Tensor): Tensor {
    ({ images, labels } = this.checkDataset({ images, labels }));
    return this.lookingAt((network) => {
      const prediction = network.forward(images);
      const loss = this.outputKind.createLoss();
      loss.forward(prediction, this.outputKind.target(labels, prediction));
      return network.backward(loss.backward());
    });
  }

  /** What the network gives for the images, [N, outputs]. In batches, since every layer keeps what it has seen. */
  private predictionFor(images: Tensor, batchSize: number): Tensor {
    checkCount('ClassifierTrainer', 'batchSize', batchSize);
    const N = images.shape[0];
    return this.lookingAt((network) => {
      const batches: Tensor[] = [];
      for (let n = 0; n < N; n += batchSize) batches.push(network.forward(rows(images, n, Math.min(n + batchSize, N))));
      const prediction = zeros([N, batches[0].shape[1]], dtypeOf(images));
      for (const [index, { data, shape }] of batches.entries()) prediction.data.set(data, index * batchSize * shape[1]);
      return checkPrediction(prediction);
    });
  }

  /** Whatever `look` finds with the network in evaluation mode and frozen; modes and flags are put back. */
  private lookingAt<Found>(look: (network: Layer) => Found): Found {
    const { network } = this;
    const modes = modesOf(network);
    const wereFrozen = freeze(network.parameters);
    network.training = false;
    try {
      return look(network);
    } finally {
      restoreModes(network, modes);
      restoreFrozen(network.parameters, wereFrozen);
    }
  }

  private checkDataset(dataset: Dataset): Dataset {
    const images = checkImages(dataset?.images, this.dtype);
    return { images, labels: checkLabels(dataset.labels, images.shape[0], this.classesFor(images)) };
  }

  /** How many classes the network tells apart; the first image of each new shape is sent through it to see. */
  private classesFor(images: Tensor): number {
    const imageShape = images.shape.slice(1);
    if (!this.known || !sameShape(this.known.imageShape, imageShape)) {
      this.known = { imageShape, classes: this.tryOut(rows(images, 0, 1)) };
    }
    return this.known.classes;
  }

  /** Throws where the network does not take the image, or its output is not what the loss needs. */
  private tryOut(image: Tensor): number {
    return this.lookingAt((network) => {
      const prediction = explained('ClassifierTrainer', 'the network does not take the images', () =>
        network.forward(image),
      );
      const classes = this.outputKind.classes(prediction.shape);
      if (classes === undefined) {
        throw new RangeError(
          `ClassifierTrainer: with the loss '${this.lossName}' the network must give ${this.outputKind.expected}, ` +
            `but for one image it gave ${show(prediction.shape)}`,
        );
      }
      this.outputKind.createLoss().forward(prediction, this.outputKind.target(zeros([1], this.dtype), prediction));
      return classes;
    });
  }
}

/** Images (or labels, or predictions) `from` to before `to`, not copied. */
function rows({ data, shape: [N, ...shape] }: Tensor, from: number, to: number): Tensor {
  const size = data.length / N;
  return fromData(data.subarray(from * size, to * size), [to - from, ...shape]);
}

/** The share of the images whose class has been found. */
function accuracyOf(chosen: readonly number[], labels: Tensor): number {
  return chosen.filter((c, n) => c === labels.data[n]).length / chosen.length;
}
