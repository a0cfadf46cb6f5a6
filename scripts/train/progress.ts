import type { Tensor } from '../../src/tensor/tensor.ts';
import type { ClassifierStep } from '../../src/training/classifier-trainer.ts';
import type { GanStep } from '../../src/training/gan-trainer.ts';
import { terminalPicture } from './terminal-picture.ts';

const BAR = 10;

/** What a line may say of a step, the fullest wording first: a narrow terminal gets a shorter one. */
export type Figures = readonly string[];

export function ganFigures(step: GanStep): Figures {
  const losses = `loss D ${step.discriminatorLoss.toFixed(2)} G ${step.generatorLoss.toFixed(2)}`;
  const verdicts = `D(real) ${step.realScore.toFixed(2)} D(fake) ${step.fakeScore.toFixed(2)}`;
  const gradient = `‖dL/dimage‖ ${norm(step.imageGradient).toFixed(4)}`;
  return [`${losses}  ${verdicts}  ${gradient}`, `${losses}  ${gradient}`, gradient];
}

export function classifierFigures({ loss, accuracy }: ClassifierStep): Figures {
  return [`loss ${loss.toFixed(3)}  accuracy ${percent(accuracy)}`, `accuracy ${percent(accuracy)}`];
}

/** .965 as 96.5 %. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** Tells how a training run is going: in a terminal one line that is written over, elsewhere a line now and then. */
export class Progress {
  private readonly epochs: number;
  private readonly stepsPerEpoch: number;
  private readonly inTerminal = process.stdout.isTTY;
  private readonly started = performance.now();
  private readonly doneBefore: number;
  private done: number;
  private shown = 0;

  /** `done`: how many steps have been taken before. */
  constructor(epochs: number, stepsPerEpoch: number, done: number) {
    this.doneBefore = done;
    this.done = done;
    this.epochs = epochs;
    this.stepsPerEpoch = stepsPerEpoch;
  }

  /** To be called after every step. */
  show(epoch: number, figures: Figures): void {
    this.done++;
    const now = performance.now();
    const last = this.done === this.epochs * this.stepsPerEpoch;
    // A terminal can take ten lines a second; a log file is better served with one every ten seconds.
    if (now - this.shown < (this.inTerminal ? 100 : 10_000) && !last) return;
    this.shown = now;
    const line = this.line(epoch, figures, (now - this.started) / 1000);
    if (this.inTerminal) process.stdout.write(`\r${line}\x1b[K`);
    else console.log(line);
  }

  /** Prints a line of its own above the bar, and in a terminal that can show them some images [N, 1, H, W]. */
  say(text: string, images: Tensor): void {
    if (this.inTerminal) process.stdout.write('\r\x1b[K');
    console.log(text);
    if (this.inTerminal) for (const line of terminalPicture(images, process.stdout)) console.log(line);
  }

  private line(epoch: number, figures: Figures, seconds: number): string {
    const total = this.epochs * this.stepsPerEpoch;
    const filled = Math.floor((BAR * this.done) / total);
    const perSecond = (this.done - this.doneBefore) / seconds;
    const bar = `${'█'.repeat(filled)}${'░'.repeat(BAR - filled)} `;
    const where = `epoch ${epoch}/${this.epochs}`;
    const speed = `${perSecond.toFixed(1)} steps/s`;
    const left = `${minutes((total - this.done) / perSecond)} left`;
    const lines = [
      ...figures.flatMap((text) => [
        [bar + where, text, speed, left],
        [bar + where, text, left],
      ]),
      ...figures.map((text) => [where, text, left]),
      [where, left],
    ].map((parts) => parts.join('  '));
    // The fullest line that fits: one that wraps could not be written over.
    const width = this.inTerminal ? (process.stdout.columns || 80) - 1 : Infinity;
    return lines.find((line) => line.length <= width) ?? where.slice(0, width);
  }
}

/** The Euclidean norm over all images of the batch. */
export function norm(imageGradient: GanStep['imageGradient']): number {
  let sum = 0;
  for (const image of imageGradient) {
    for (const channel of image) for (const row of channel) for (const value of row) sum += value * value;
  }
  return Math.sqrt(sum);
}

/** 83 seconds as 1:23. */
function minutes(seconds: number): string {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
