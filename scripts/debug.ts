// First, for the debugger to begin there.
import './debug/break-in-backward.ts';

import { useKernels } from '../src/kernels/index.ts';
import { choice, readFlags, wholeNumber } from './flags.ts';
import { reportErrors } from './report-errors.ts';
import { prepare } from './step/prepare.ts';
import { list, models } from './train/models.ts';

const about = `One training step for a debugger, with the kernels that are plain loops. It waits until one is attached: open
chrome://inspect, or attach VS Code. It stops at the beginning, and when it is continued at the first line of the
discriminator's backward in the generator's update, or where you set a breakpoint.

${list()}`;

const debugFlags = {
  model: choice(
    'gan',
    'what is stepped through',
    models.map(({ name }) => name),
  ),
  'batch-size': wholeNumber('2', 'images in the step', 2, 1000),
  seed: wholeNumber('1', 'the same seed gives the same numbers', 0, 0xffffffff),
};

reportErrors('debug');
const flags = readFlags('debug', about, debugFlags, process.argv.slice(2));
await useKernels('loops');
const [model] = models.filter(({ name }) => name === flags.model);
const { step } = prepare(model, { seed: flags.seed, batchSize: flags['batch-size'], after: 0 });
console.log(step());
