import { checkLayer } from '../layers/checks.ts';
import type { Layer } from '../layers/layer.ts';
import type { Loss } from '../losses/loss.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import { checkCount, checkOptions, checkRandom, checkTensor, firstNotFinite } from '../tensor/checks.ts';
import type { Random } from '../tensor/random.ts';
import { type Dtype, dtypeOf, type Shape, sameShape, show, type Tensor, toNested, zeros } from '../tensor/tensor.ts';
import { freeze, restoreFrozen } from './freezing.ts';
import { checkLoss, checkWeightClip } from './gan-checks.ts';
import { modesOf, restoreModes } from './modes.ts';
import { checkOptimizer, explained } from './trainer-checks.ts';
import { type GanLoss, meanScore, type VerdictKind, verdictKinds } from './verdict.ts';
import { clipWeights } from './weight-clipping.ts';

export interface GanTrainerOptions {
  /** Noise [N, latentSize] → images. */
  readonly generator: Layer;
  /** Images → verdicts [N, 1], or [N, 2] for the loss 'two-output'. */
  readonly discriminator: Layer;
  readonly generatorOptimizer: Optimizer;
  readonly discriminatorOptimizer: Optimizer;
  /** How many random numbers an image is made from. */
  readonly latentSize: number;
  /** Where the noise is drawn from. */
  readonly random: Random;
  /**
   * What D's output is: a probability ('bce', the default), a logit ('bce-logits'), the logits of two classes
   * ('two-output'), or a raw score ('least-squares', 'hinge', 'wasserstein').
   */
  readonly loss?: GanLoss;
  /**
   * What G minimises: −log D(G(z)) ('non-saturating', the default), or log(1 − D(G(z))) ('minimax'). With scores:
   * the loss for being called real, or minus the loss for being called generated, which with 'least-squares' and
   * 'hinge' points the wrong way or nowhere once D is sure (derivations/22-critics.md).
   */
  readonly generatorLoss?: 'non-saturating' | 'minimax';
  /** What D is to give to real images: 1, or .9 for one-sided label smoothing. */
  readonly realLabel?: number;
  /** Holds D's weights between −weightClip and weightClip: one way to bound the slope of a critic; .01 in the paper. */
  readonly weightClip?: number;
}

const OPTIONS = [
  'generator',
  'discriminator',
  'generatorOptimizer',
  'discriminatorOptimizer',
  'latentSize',
  'random',
  'loss',
  'generatorLoss',
  'realLabel',
  'weightClip',
] as const satisfies readonly (keyof GanTrainerOptions)[];

/** What happened in one update of D. */
export interface DiscriminatorStep {
  /** D's loss on the real images plus its loss on the generated ones. */
  readonly discriminatorLoss: number;
  /** The mean probability of "real" that D gave the real images, before its update; of a critic, the mean score. */
  readonly realScore: number;
  /** The same for the generated images. */
  readonly fakeScore: number;
}

/** What happened in one step. */
export interface GanStep extends DiscriminatorStep {
  readonly generatorLoss: number;
  /**
   * dL/dG(z), the gradient that arrived at the generated images: [N][C][H][W], or as deep as whatever the
   * generator makes. G's update goes against it: a negative number asks for a brighter pixel.
   */
  readonly imageGradient: number[][][][];
}

/**
 * Trains a generator G against a discriminator D, every gradient passed on by hand.
 *
 * Derivation: derivations/20-gan.md
 */
export class GanTrainer {
  readonly generator: Layer;
  readonly discriminator: Layer;
  readonly generatorOptimizer: Optimizer;
  readonly discriminatorOptimizer: Optimizer;
  readonly latentSize: number;
  readonly random: Random;
  readonly generatorLoss: 'non-saturating' | 'minimax';
  readonly realLabel: number;
  readonly weightClip: number | undefined;
  private readonly verdictKind: VerdictKind;
  private readonly loss: Loss;
  /** What G minimises to be called real. */
  private readonly lossOfReal: Loss;
  private readonly dtype: Dtype;
  /** [C, H, W] of what the generator makes. */
  private readonly imageShape: Shape;

  /** Throws where the two networks do not fit each other or the loss. */
  constructor(options: GanTrainerOptions) {
    checkOptions('GanTrainer', options, OPTIONS);
    checkLayer('GanTrainer', 'generator', options.generator);
    checkLayer('GanTrainer', 'discriminator', options.discriminator);
    checkRandom('GanTrainer', options.random);
    const { loss = 'bce', generatorLoss = 'non-saturating', realLabel = 1, weightClip } = options;
    this.generator = options.generator;
    this.discriminator = options.discriminator;
    this.generatorOptimizer = options.generatorOptimizer;
    this.discriminatorOptimizer = options.discriminatorOptimizer;
    this.latentSize = options.latentSize;
    this.random = options.random;
    this.generatorLoss = generatorLoss;
    this.realLabel = realLabel;
    this.weightClip = weightClip;
    checkCount('GanTrainer', 'latentSize', this.latentSize);
    checkLoss(loss, generatorLoss, realLabel);
    checkWeightClip(weightClip);
    checkOptimizer('GanTrainer', 'generatorOptimizer', this.generatorOptimizer, 'generator', this.generator);
    checkOptimizer(
      'GanTrainer',
      'discriminatorOptimizer',
      this.discriminatorOptimizer,
      'discriminator',
      this.discriminator,
    );
    if (this.generator.parameters.some((parameter) => this.discriminator.parameters.includes(parameter))) {
      throw new Error('GanTrainer: generator and discriminator share a parameter; make two networks');
    }
    this.verdictKind = verdictKinds[loss];
    this.loss = this.verdictKind.createLoss();
    this.lossOfReal = (this.verdictKind.createGeneratorLoss ?? this.verdictKind.createLoss)();
    this.dtype = this.generator.parameters.length > 0 ? dtypeOf(this.generator.parameters[0].value) : 'float32';
    this.imageShape = this.checkNetworks(loss);
  }

  /**
   * One update of D and one of G on a batch of real images [N, C, H, W]; for conditional networks with labels [N],
   * the class of each image, and G is asked for the same classes. Both networks run in the mode they are in:
   * whoever has sampled in evaluation mode sets `training = true` again.
   *
   * Throws where the images are not shaped like the generator's or hold a NaN or an infinity, or where there is not
   * one label for each; nothing is changed then. (Labels that a network needs and is not given, or that it does not
   * know, are found by its forward, when the noise has been drawn.)
   */
  step(realImages: Tensor, labels?: Tensor): GanStep {
    const { generator, discriminator, generatorOptimizer } = this;
    realImages = this.checkBatch(realImages, labels);

    // The images serve twice, in D's update and in G's. What this forward keeps waits for the one
    // generator.backward below; G does not change in between.
    const noise = this.random.normal([realImages.shape[0], this.latentSize], 0, 1, this.dtype);
    const fakeImages = generator.forward(noise, labels);

    // D's update: real images are to be called real, generated ones generated.
    const judged = this.updateDiscriminator(realImages, fakeImages, labels);

    // G's update: the same images are now to be called real. D is frozen: its parameters get no gradient, but
    // the gradient passes through all of its layers, down to the pixels.
    generatorOptimizer.zeroGradients();
    const wereFrozen = freeze(discriminator.parameters);
    try {
      // D judges again: it has just changed, and its last forward has been used up by its backward.
      const verdict = discriminator.forward(fakeImages, labels);
      const { generatorLoss, dVerdict } = this.judgeGenerator(verdict);

      // dL/dimages [N, C, H, W]: a negative number asks for a brighter pixel.                            (gan.4)
      const dImages = discriminator.backward(dVerdict);

      // What leaves D at its input is what G gets at its output: a dOut like any other.                  (gan.5)
      generator.backward(dImages);

      generatorOptimizer.step();

      return { ...judged, generatorLoss, imageGradient: toNested<number[][][][]>(dImages) };
    } finally {
      restoreFrozen(discriminator.parameters, wereFrozen);
    }
  }

  /**
   * One update of D alone, with images that G makes for it: for critics that are to be some steps ahead of G. (The
   * running statistics of G's batch norms move, as in every forward of training mode.)
   */
  discriminatorStep(realImages: Tensor, labels?: Tensor): DiscriminatorStep {
    realImages = this.checkBatch(realImages, labels);
    const noise = this.random.normal([realImages.shape[0], this.latentSize], 0, 1, this.dtype);
    return this.updateDiscriminator(realImages, this.generator.forward(noise, labels), labels);
  }

  /** Both losses of D, one after the other, and one step on their sum. */
  private updateDiscriminator(realImages: Tensor, fakeImages: Tensor, labels: Tensor | undefined): DiscriminatorStep {
    const { discriminator, discriminatorOptimizer, loss, verdictKind } = this;
    discriminatorOptimizer.zeroGradients();

    const realVerdict = discriminator.forward(realImages, labels);
    const realLoss = loss.forward(realVerdict, verdictKind.target(realVerdict, this.realLabel));
    discriminator.backward(loss.backward());

    const fakeVerdict = discriminator.forward(fakeImages, labels);
    const fakeLoss = loss.forward(fakeVerdict, verdictKind.target(fakeVerdict, 0));
    // This too returns dL/dimages. It is dropped, and that is all that "detach" means: passed on to G, it would
    // teach G to make images that D recognises. (A framework also saves itself the work.)                (gan.6)
    discriminator.backward(loss.backward());

    // Both backwards have added to the same gradients: they are those of realLoss + fakeLoss.              (gan.1)
    discriminatorOptimizer.step();

    if (this.weightClip !== undefined) clipWeights(discriminator.parameters, this.weightClip);

    return {
      discriminatorLoss: realLoss + fakeLoss,
      realScore: meanScore(verdictKind, realVerdict),
      fakeScore: meanScore(verdictKind, fakeVerdict),
    };
  }

  /** G's loss for D's verdict on generated images, and its gradient dL/dverdict. */
  private judgeGenerator(verdict: Tensor): { generatorLoss: number; dVerdict: Tensor } {
    if (this.generatorLoss === 'non-saturating') {
      // L = −log D(G(z)): D's own loss for the answer "real"                                         (gan.2)
      const generatorLoss = this.lossOfReal.forward(verdict, this.verdictKind.target(verdict, 1));
      return { generatorLoss, dVerdict: this.lossOfReal.backward() };
    }
    // L = log(1 − D(G(z))): D's own loss for the answer "generated", with its sign turned               (gan.3)
    const generatorLoss = -this.loss.forward(verdict, this.verdictKind.target(verdict, 0));
    const dVerdict = this.loss.backward();
    for (let i = 0; i < dVerdict.data.length; i++) dVerdict.data[i] *= -1;
    return { generatorLoss, dVerdict };
  }

  /**
   * dL/dimages of G's loss at any images [N, C, H, W], as D stands now. A step against it is what makes D find
   * the image more real: a negative number asks for a brighter pixel. The 1/N is that of these images. For
   * looking: in evaluation mode, and nothing is changed.
   */
  imageGradientAt(images: Tensor, labels?: Tensor): Tensor {
    const { discriminator } = this;
    const modes = modesOf(discriminator);
    const wereFrozen = freeze(discriminator.parameters);
    discriminator.training = false;
    try {
      const { dVerdict } = this.judgeGenerator(discriminator.forward(images, labels));
      return discriminator.backward(dVerdict);
    } finally {
      restoreModes(discriminator, modes);
      restoreFrozen(discriminator.parameters, wereFrozen);
    }
  }

  /** Sends one image through both networks and back, frozen and in evaluation mode. Returns its shape. */
  private checkNetworks(loss: GanLoss): Shape {
    const { generator, discriminator } = this;
    const parameters = [...generator.parameters, ...discriminator.parameters];
    const modes = [modesOf(generator), modesOf(discriminator)];
    const wereFrozen = freeze(parameters);
    generator.training = false;
    discriminator.training = false;
    try {
      const noise = zeros([1, this.latentSize], this.dtype);
      const label = zeros([1]);
      const image = explained('GanTrainer', 'the generator does not take the noise', () =>
        generator.forward(noise, label),
      );
      const verdict = explained('GanTrainer', "the discriminator does not take the generator's images", () =>
        discriminator.forward(image, label),
      );
      if (!sameShape(verdict.shape, [1, this.verdictKind.outputs])) {
        throw new RangeError(
          `GanTrainer: with the loss '${loss}' the discriminator must give [N, ${this.verdictKind.outputs}], ` +
            `but for one image it gave ${show(verdict.shape)}`,
        );
      }
      this.loss.forward(verdict, this.verdictKind.target(verdict, 0));
      generator.backward(discriminator.backward(this.loss.backward()));
      return image.shape.slice(1);
    } finally {
      restoreModes(generator, modes[0]);
      restoreModes(discriminator, modes[1]);
      restoreFrozen(parameters, wereFrozen);
    }
  }

  /** The images dense, after making sure that they are such as the generator makes, and that the labels fit. */
  private checkBatch(images: Tensor, labels: Tensor | undefined): Tensor {
    const checked = checkTensor('GanTrainer', 'realImages', images);
    if (dtypeOf(checked) !== this.dtype) {
      throw new TypeError(
        `GanTrainer: realImages are ${dtypeOf(checked)}, but the generator is ${this.dtype}; make both the same dtype`,
      );
    }
    const [N, ...shape] = checked.shape;
    if (!sameShape(shape, this.imageShape) || N === 0) {
      throw new RangeError(
        `GanTrainer: realImages must be ${show(['N', ...this.imageShape])} like the generator's, ` +
          `but they are ${show(checked.shape)}`,
      );
    }
    const at = firstNotFinite(checked);
    if (at !== -1) {
      throw new RangeError(
        `GanTrainer: realImages must hold finite numbers, but image ${Math.floor((at * N) / checked.data.length)} ` +
          `holds ${checked.data[at]}; nothing has been changed`,
      );
    }
    if (labels !== undefined && !sameShape(checkTensor('GanTrainer', 'labels', labels).shape, [N])) {
      throw new RangeError(
        `GanTrainer: there are ${N} images, so labels must be ${show([N])}, not ${show(labels.shape)}`,
      );
    }
    return checked;
  }
}
