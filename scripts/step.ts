import { useKernels } from '../src/kernels/index.ts';
import { choice, filePath, optional, readFlags, refuse, wholeNumber } from './flags.ts';
import { reportErrors } from './report-errors.ts';
import { browse } from './step/browse.ts';
import { pageOf } from './step/page.ts';
import { type Prepared, prepare, prepareFrom } from './step/prepare.ts';
import { record } from './step/record.ts';
import { terminalColours } from './terminal-colours.ts';
import { list, models } from './train/models.ts';
import { openCheckpoint } from './train/trained.ts';

const about = `One training step, call by call: the line about to run, its equations, and what goes into it and comes out. After
the discriminator's backward: the images, and beside each the gradient that reaches it. In a terminal Enter goes on,
b back, a prints all the rest and q quits; elsewhere everything is printed at once.

${list()}`;

const stepFlags = {
  model: optional(
    choice(
      'gan',
      'what is stepped through (gan)',
      models.map(({ name }) => name),
    ),
  ),
  checkpoint: optional(filePath('step through the model of this checkpoint, as it is there; or the folder of a run')),
  after: wholeNumber('0', 'take so many training steps before', 0, 1_000_000),
  'batch-size': wholeNumber('8', 'images in the step', 2, 1000),
  seed: wholeNumber('1', 'the same seed gives the same numbers', 0, 0xffffffff),
};

reportErrors('step');
const flags = readFlags('step', about, stepFlags, process.argv.slice(2));
const { after, seed, checkpoint, 'batch-size': batchSize } = flags;
const options = { after, seed, batchSize };
if (after > 0 && process.stdout.isTTY) console.log(`${after} training steps first …`);
const ready = await prepared();
// What is shown is what computes: the loops of the layers.
await useKernels('loops');
const calls = record(ready);

const inTerminal = process.stdin.isTTY && process.stdout.isTTY;
const colours = terminalColours();
const page = (index: number) => {
  const { columns = 100, rows } = process.stdout;
  return pageOf(calls, index, { width: Math.min(columns, 120), height: inTerminal ? rows - 1 : Infinity, colours });
};

if (inTerminal) browse(calls.length, page);
else console.log(calls.map((_, index) => page(index).join('\n')).join('\n\n'));

async function prepared(): Promise<Prepared> {
  if (checkpoint === undefined) {
    const [model] = models.filter(({ name }) => name === (flags.model ?? 'gan'));
    return prepare(model, options);
  }
  const opened = openCheckpoint(checkpoint);
  if (flags.model !== undefined && flags.model !== opened.model.name) {
    refuse('step', `--model ${flags.model}, but ${opened.file} is of ${opened.model.name}; --checkpoint is enough`);
  }
  return prepareFrom(opened, options);
}
