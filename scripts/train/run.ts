import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Dataset, shuffledBatches } from '../../src/data/dataset.ts';
import { type Picture, toPng } from '../../src/pictures/picture.ts';
import type { Random, RandomState } from '../../src/tensor/random.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { createCheckpoint, notesOf, restoreCheckpoint, type TrainingState } from '../../src/training/checkpoint.ts';
import { readCheckpoint, saveCheckpoint } from '../../src/training/checkpoint-files.ts';
import { checkEveryLayer, NotFinite } from '../../src/training/finite-checks.ts';
import type { Safetensors } from '../../src/training/safetensors.ts';
import { writeWhole } from '../../src/training/write-whole.ts';
import { checkpointsIn } from './checkpoint-list.ts';
import { type Metrics, MetricsFile } from './metrics.ts';
import { writeFilm, writeReport } from './report.ts';
import { CONFIG, type RunConfig, readConfig } from './run-config.ts';
import type { RunFlags } from './run-flags.ts';
import { lockRun } from './run-lock.ts';

/** Where training stands, as a checkpoint notes it. */
interface Position {
  /** From 1; one more than there are when all are done. */
  readonly epoch: number;
  /** How many batches of this epoch have been trained on, and where `random` stood when the epoch was shuffled. */
  readonly batch: number;
  readonly shuffledFrom: RandomState;
  /** How many steps have been taken, over all epochs. */
  readonly step: number;
  /** How many lines metrics.jsonl had. */
  readonly lines: number;
}

/** So many of the newest checkpoints are kept. */
const KEPT = 3;

export interface RunOptions {
  readonly folder: string;
  readonly config: RunConfig;
  readonly flags: RunFlags;
  /** Whether the folder is that of a run which this one goes on with. */
  readonly resumed: boolean;
  readonly training: TrainingState;
  /** What the epochs are shuffled with. */
  readonly random: Random;
}

/** A training run's folder, and how far it has come. One that is resumed goes on from its newest checkpoint. */
export class Run {
  private readonly options: RunOptions;
  private readonly checkpointFolder: string;
  private readonly metrics: MetricsFile;
  private position: Position;
  /** The state before the step that runs now, and its batch: to find out where its numbers stopped being finite. */
  private before: { readonly checkpoint: Safetensors; readonly batch: Dataset; readonly step: number } | undefined;
  private stopSignal: NodeJS.Signals | undefined;

  constructor(options: RunOptions) {
    const { folder, config, flags, resumed, training, random } = options;
    this.options = options;
    this.checkpointFolder = join(folder, 'checkpoints');
    this.position = { epoch: 1, batch: 0, shuffledFrom: random.state, step: 0, lines: 0 };
    lockRun(folder);
    if (resumed) checkUnchanged(folder, config);
    this.position = this.restoreNewest() ?? this.position;
    // A run that is resumed may be made longer than it was.
    const before = resumed ? readConfig(folder).flags.epochs : undefined;
    if (before !== config.flags.epochs) writeWhole(join(folder, CONFIG), `${JSON.stringify(config, undefined, 2)}\n`);
    if (!existsSync(this.checkpointFolder)) mkdirSync(this.checkpointFolder);
    this.metrics = new MetricsFile(join(folder, 'metrics.jsonl'), this.position.lines);
    if (flags.checks) checkEveryLayer(training.networks);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      // More than once: from `npm run`, a Ctrl-C comes from the terminal and from npm.
      process.on(signal, () => {
        this.stopSignal = signal;
      });
    }
  }

  /** The epoch in which training stands, from 1. */
  get epoch(): number {
    return this.position.epoch;
  }

  /** How many steps have been taken. */
  get step(): number {
    return this.position.step;
  }

  /**
   * What is left of the epoch's batches. Between two of them the state is saved where it is time, and the run ends
   * where it has been asked to.
   */
  async *batches(dataset: Dataset): AsyncGenerator<Dataset> {
    const { training, random, flags } = this.options;
    const done = this.position.batch;
    const now = random.state;
    // An epoch that was begun before is shuffled as it was then.
    if (done > 0) random.state = this.position.shuffledFrom;
    else this.position = { ...this.position, shuffledFrom: now };
    const batches = shuffledBatches(dataset, flags['batch-size'], random);
    if (done > 0) random.state = now;

    let batch = 0;
    for (const samples of batches) {
      batch++;
      // A last batch of one image is left out: it would leave batch norm without a variance.
      if (batch <= done || samples.images.shape[0] === 1) continue;
      this.before = { checkpoint: createCheckpoint(training, {}), batch: samples, step: this.step + 1 };
      yield samples;
      this.position = { ...this.position, batch };
      // Signals are heard when nothing else runs.
      await new Promise((resolve) => setImmediate(resolve));
      if (this.stopSignal) this.stop(this.stopSignal);
      if (flags['save-every'] !== undefined && this.step % flags['save-every'] === 0) this.save();
    }
  }

  /** To be called after every step with what was measured. Throws where that is not finite. */
  record(measured: Metrics): void {
    this.position = { ...this.position, step: this.step + 1 };
    this.write(measured);
  }

  /**
   * To be called after every epoch with its picture, and what was measured at its end: both and the report are
   * written, and the state is saved. Returns the picture's file.
   */
  endEpoch(picture: Picture, measured?: Metrics): string {
    const { folder } = this.options;
    if (measured) this.write(measured);
    const file = join(folder, `epoch-${String(this.epoch).padStart(2, '0')}.png`);
    writeWhole(file, toPng(picture));
    writeReport(folder, this.options.config, this.metrics.lines);
    this.position = { ...this.position, epoch: this.epoch + 1, batch: 0 };
    this.save();
    return file;
  }

  /** To be called after the last epoch. */
  end(): void {
    this.finishPictures();
    this.metrics.close();
  }

  /**
   * The error that ended training, with what there is to know of it: where a number stopped being finite, the step is
   * taken again by `takeStep` from where it began, with a look at what every layer gives.
   */
  explain(error: unknown, takeStep: (images: Tensor, labels: Tensor) => unknown): unknown {
    if (!(error instanceof RangeError) || !this.before) return error;
    const { message } = error instanceof NotFinite ? error : (this.findLayer(takeStep) ?? error);
    const newest = this.checkpoints().at(-1);
    this.finishPictures();
    const left = newest ? `the last good state is ${newest}` : 'no state had been saved yet';
    return new RangeError(
      `step ${this.before.step}: ${message}\nIf training has diverged, use a lower learning rate; ${left}.`,
      { cause: error },
    );
  }

  private findLayer(takeStep: (images: Tensor, labels: Tensor) => unknown): NotFinite | undefined {
    if (!this.before) return undefined;
    const { training } = this.options;
    restoreCheckpoint(training, this.before.checkpoint);
    const end = checkEveryLayer(training.networks);
    try {
      takeStep(this.before.batch.images, this.before.batch.labels);
      return undefined;
    } catch (error) {
      return error instanceof NotFinite ? error : undefined;
    } finally {
      end();
    }
  }

  private write(measured: Metrics): void {
    checkFinite(measured);
    this.metrics.add({ epoch: this.epoch, step: this.step, ...measured });
    this.position = { ...this.position, lines: this.metrics.lines.length };
  }

  private save(): void {
    const { training, config } = this.options;
    // A checkpoint counts on its lines being there.
    this.metrics.flush();
    const name = `step-${String(this.step).padStart(8, '0')}.safetensors`;
    saveCheckpoint(join(this.checkpointFolder, name), training, { config, position: this.position });
    for (const old of this.checkpoints().slice(0, -KEPT)) rmSync(old);
  }

  private stop(signal: NodeJS.Signals): never {
    const { folder, config } = this.options;
    this.save();
    writeReport(folder, config, this.metrics.lines);
    this.finishPictures();
    console.log(`\nStopped after step ${this.step}. To go on: npm run train -- --resume ${folder}`);
    process.exit(signal === 'SIGINT' ? 130 : 143);
  }

  private finishPictures(): void {
    const { folder, config } = this.options;
    writeFilm(folder);
    writeReport(folder, config, this.metrics.lines);
  }

  /** The folder's checkpoints, the newest last. */
  private checkpoints(): readonly string[] {
    return checkpointsIn(this.checkpointFolder);
  }

  /**
   * Puts training back to its newest checkpoint that is whole. What comes out is the same: the steps since then are
   * taken again. The damaged ones are kept, under another name.
   */
  private restoreNewest(): Position | undefined {
    const damaged: { readonly file: string; readonly message: string }[] = [];
    for (const file of [...this.checkpoints()].reverse()) {
      let checkpoint: Safetensors;
      try {
        checkpoint = readCheckpoint(file);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        damaged.push({ file, message: error.message });
        continue;
      }
      const position = this.restore(file, checkpoint);
      for (const { file, message } of damaged) {
        renameSync(file, `${file}.damaged`);
        console.warn(`${message}\nIt is kept as ${basename(file)}.damaged.`);
      }
      if (damaged.length > 0) console.warn(`The run goes on from the checkpoint before, ${file}.`);
      return position;
    }
    if (damaged.length === 0) return undefined;
    const messages = damaged.map(({ message }) => message).join('\n');
    throw new RangeError(
      `${messages}\nThere is no other checkpoint; remove what is damaged, and --resume begins the run again.`,
    );
  }

  /** What has a say in the run's numbers. Without a schedule, its length has none. */
  private telling(config: RunConfig): RunConfig {
    return this.options.training.schedules ? config : { ...config, flags: { ...config.flags, epochs: 0 } };
  }

  /** Puts training back to where the checkpoint was made. */
  private restore(file: string, checkpoint: Safetensors): Position {
    const { training, config } = this.options;
    try {
      const notes = notesOf(checkpoint) as { config?: RunConfig; position?: Position };
      const [theirs, ours] = [notes.config, config].map((each) => JSON.stringify(each && this.telling(each)));
      if (theirs !== ours || !notes.position) {
        throw new RangeError(`it is of another run than ${CONFIG} says:\n  ${theirs}\nand not\n  ${ours}`);
      }
      restoreCheckpoint(training, checkpoint);
      return notes.position;
    } catch (error) {
      throw new RangeError(`${file}: ${error instanceof Error ? error.message : error}`, { cause: error });
    }
  }
}

/** Throws where the run was begun with other kernels, which round differently, or with other data. */
function checkUnchanged(folder: string, { kernels, dataFingerprint, flags }: RunConfig): void {
  const before = readConfig(folder);
  if (before.kernels !== kernels) {
    throw new RangeError(
      `${folder} was trained with the kernels '${before.kernels}', which cannot be had here; '${kernels}' round ` +
        'differently, and it would be another run',
    );
  }
  if (before.dataFingerprint !== dataFingerprint) {
    throw new RangeError(
      `${flags.data} no longer holds what ${folder} was trained on, and it would be another run; put the files back`,
    );
  }
}

function checkFinite(measured: Metrics, group = ''): void {
  for (const [name, value] of Object.entries(measured)) {
    if (typeof value !== 'number') checkFinite(value, `${name}: `);
    else if (!Number.isFinite(value)) throw new RangeError(`${group}${name} is ${value}`);
  }
}
