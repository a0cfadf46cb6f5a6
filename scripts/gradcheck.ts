import { checkSubject, type Subject, subjects } from '../src/gradient-check/subjects/index.ts';
import { type Flag, readFlags, refuse, wholeNumber } from './flags.ts';
import { details, explanation, heading, row, summary, wrap } from './gradcheck/table.ts';
import { reportErrors } from './report-errors.ts';

const about = `Compares every backward with centred differences of its forward: layers, losses, whole networks, and the
training step of a GAN. Ends with 1 where one of them is further off than rounding explains.`;

const name: Flag<string | undefined> = {
  placeholder: 'NAME',
  help: 'one row of the table alone, with all of its configurations: Conv2d',
  fallback: undefined,
  read: (text) => text,
};
const seed = wholeNumber('1', 'the same seed draws the same numbers', 0, 0xffffffff);

reportErrors('gradcheck');
const argv = process.argv.slice(2);
if (argv[0] && !argv[0].startsWith('-')) refuse('gradcheck', `for ${argv[0]} alone, write --layer ${argv[0]}`);
const flags = readFlags('gradcheck', about, { layer: name, seed }, argv);
const one = flags.layer === undefined ? undefined : find(flags.layer);

console.log(explanation);
if (one) {
  const outcomes = checkSubject(one, flags.seed);
  console.log(`\n${details(one, outcomes, process.stdout.columns || 100)}`);
  conclude(outcomes.map(({ passed }) => passed));
} else {
  conclude(
    subjects.map((subject, index) => {
      if (subject.kind !== subjects[index - 1]?.kind) console.log(`\n${heading(subject.kind)}`);
      const outcomes = checkSubject(subject, flags.seed);
      console.log(row(subject, outcomes));
      return outcomes.every(({ passed }) => passed);
    }),
  );
}

function conclude(passed: readonly boolean[]): void {
  const failed = passed.filter((each) => !each).length;
  console.log(`\n${summary(passed.length, failed)}`);
  if (failed > 0) process.exitCode = 1;
}

function find(name: string): Subject {
  const names = subjects.map((subject) => subject.name);
  return (
    subjects[names.findIndex((each) => each.toLowerCase() === name.toLowerCase())] ??
    refuse(
      'gradcheck',
      `there is no '${name}'; there are\n  ${wrap(names.join(', '), 78).join('\n  ')}`,
      '--layer NAME takes one of them.',
    )
  );
}
