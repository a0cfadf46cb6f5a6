import { closeSync, existsSync, fsyncSync, openSync, readFileSync } from 'node:fs';
import type { ClassifierStep, ClassifierTrainer } from '../../src/training/classifier-trainer.ts';
import type { DiscriminatorStep, GanStep, GanTrainer } from '../../src/training/gan-trainer.ts';
import { cannotWrite, writeAll, writeWhole } from '../../src/training/write-whole.ts';
import { gradientNorms } from './gradient-norms.ts';
import { norm } from './progress.ts';

/** One line of metrics.jsonl: numbers, and under one name a group of them. */
export type Metrics = Readonly<Record<string, number | Readonly<Record<string, number>>>>;

/** What is measured in a run, a line of JSON a step, in the file and here. */
export class MetricsFile {
  readonly lines: Metrics[];
  private readonly file: string;
  private readonly descriptor: number;

  /** Goes on behind the first `count` lines of the file: what stands after them belongs to steps that are done again. */
  constructor(file: string, count: number) {
    this.file = file;
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    const kept = text.split('\n').slice(0, count);
    this.lines = kept.filter(Boolean).map((line) => JSON.parse(line));
    if (count > 0) writeWhole(file, kept.map((line) => `${line}\n`).join(''));
    try {
      this.descriptor = openSync(file, count > 0 ? 'a' : 'w');
    } catch (error) {
      throw cannotWrite(file, error);
    }
  }

  /** The line is with the system when this returns: a process that is killed does not take it along. */
  add(metrics: Metrics): void {
    const line = JSON.stringify(metrics, sevenDigits);
    try {
      writeAll(this.descriptor, Buffer.from(`${line}\n`));
    } catch (error) {
      throw cannotWrite(this.file, error);
    }
    this.lines.push(JSON.parse(line));
  }

  /** All lines are on the disk when this returns. */
  flush(): void {
    fsyncSync(this.descriptor);
  }

  close(): void {
    closeSync(this.descriptor);
  }
}

/** As many digits as a float32 has. */
function sevenDigits(_: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(7)) : value;
}

export function ganMetrics(trainer: GanTrainer, step: GanStep): Metrics {
  return {
    ...discriminatorMetrics(trainer, step),
    generatorLoss: step.generatorLoss,
    imageGradient: norm(step.imageGradient),
    generatorGradients: gradientNorms(trainer.generator),
  };
}

export function discriminatorMetrics({ discriminator }: GanTrainer, step: DiscriminatorStep): Metrics {
  const { discriminatorLoss, realScore, fakeScore } = step;
  return { discriminatorLoss, realScore, fakeScore, discriminatorGradients: gradientNorms(discriminator) };
}

export function classifierMetrics({ network }: ClassifierTrainer, { loss, accuracy }: ClassifierStep): Metrics {
  return { loss, accuracy, gradients: gradientNorms(network) };
}
