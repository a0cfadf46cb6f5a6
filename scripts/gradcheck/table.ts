import { styleText } from 'node:util';
import type { GradientError } from '../../src/gradient-check/check-gradients.ts';
import { BOUND, type Outcome, type Subject } from '../../src/gradient-check/subjects/index.ts';

/** Each kind of subject has its heading, and columns for the errors of its tensors. */
const sections: Readonly<Record<Subject['kind'], { readonly heading: string; readonly columns: readonly string[] }>> = {
  layer: { heading: 'Layers', columns: ['dX', 'weight', 'bias'] },
  loss: { heading: 'Losses', columns: ['dŷ'] },
  model: { heading: 'Models', columns: ['dX', 'weight', 'bias'] },
  'GAN step': { heading: 'GAN step', columns: ['images', 'G', 'D'] },
};

/** Widths of columns, the first for the name and the configurations. With the verdict they fit in 80. */
const [NAME, ERROR, ENTRIES] = [28, 9, 19];
/** As many columns of errors as the widest section has. */
const ERRORS = 3;

export const explanation = `\
Every backward against centred differences of its forward, in float64. The
numbers are the largest relative errors ‖a − b‖ / (‖a‖ + ‖b‖) of whole tensors;
up to ${BOUND.toExponential()} passes.`;

/** The line above the rows of one kind. */
export function heading(kind: Subject['kind']): string {
  const { heading, columns } = sections[kind];
  return heading + 'configs'.padStart(NAME - heading.length) + cells(columns) + 'entries'.padStart(ENTRIES);
}

/** One line for the subject, and one more for each configuration that failed. */
export function row(subject: Subject, outcomes: readonly Outcome[]): string {
  const failed = outcomes.filter(({ passed }) => !passed);
  return [
    subject.name +
      String(outcomes.length).padStart(NAME - subject.name.length) +
      numbers(subject, outcomes, ENTRIES) +
      verdict(failed.length === 0),
    ...failed.map((outcome) => `  ${outcome.description}: ${reason(outcome)}`),
  ].join('\n');
}

/**
 * One line for each configuration of the subject, and one for each tensor where a column stands for several.
 * Descriptions that do not fit in `width` go on below themselves.
 */
export function details(subject: Subject, outcomes: readonly Outcome[], width: number): string {
  const { columns } = sections[subject.kind];
  const entries = Math.max('entries'.length, ...outcomes.map(({ errors }) => entriesOf(errors).length)) + 2;
  const indent = ERRORS * ERROR + entries + '  pass  '.length;
  const title = `${subject.name} (${subject.kind})`;
  const lines = [subject.base ? `${title}: ${subject.base} where nothing else is said` : title];
  lines.push('', cells(columns) + 'entries'.padStart(entries));
  for (const outcome of outcomes) {
    const description = wrap(outcome.description, width - indent).join(`\n${' '.repeat(indent)}`);
    lines.push(`${numbers(subject, [outcome], entries)}${verdict(outcome.passed)}  ${description}`);
    if (outcome.failure !== undefined) lines.push(`  ${outcome.failure}`);
    if (outcome.errors.length > columns.length) lines.push(...outcome.errors.map((e) => tensorLine(e, entries)), '');
  }
  return lines.join('\n').trimEnd();
}

/** '45 checked, 44 passed, 1 failed' */
export function summary(checked: number, failed: number): string {
  const counts = `${checked} checked, ${checked - failed} passed`;
  return failed === 0 ? counts : `${counts}, ${failed} failed`;
}

/** The errors of some outcomes of one subject, column by column, and how many entries were compared. */
function numbers({ kind }: Subject, outcomes: readonly Outcome[], entries: number): string {
  const errors = outcomes.flatMap((outcome) => outcome.errors);
  const columns = sections[kind].columns.map((column) => {
    const inColumn = errors.filter(({ name }) => columnOf(name) === column);
    return inColumn.length === 0 ? '' : scientific(Math.max(...inColumn.map(({ relativeError }) => relativeError)));
  });
  return cells(columns) + entriesOf(errors).padStart(entries);
}

/** '0.embedding.weight' is a weight, and 'weight_orig' too; of a GAN's step the network counts. */
function columnOf(name: string): string {
  if (name === 'x') return 'dX';
  if (name === 'prediction') return 'dŷ';
  if (name.startsWith('generator.')) return 'G';
  if (name.startsWith('discriminator.')) return 'D';
  return name.split('.').at(-1)?.replace('_orig', '') ?? name;
}

function tensorLine(error: GradientError, entries: number): string {
  const name = `    ${error.name === 'x' ? 'dX' : error.name}`.padEnd(ERRORS * ERROR);
  return `${name}${entriesOf([error]).padStart(entries)}  ${scientific(error.relativeError)}`;
}

/** '1,234', or '50 of 1,234' where the others were left out. */
function entriesOf(errors: readonly GradientError[]): string {
  const sum = (counts: readonly number[]) => counts.reduce((a, b) => a + b, 0);
  const [entries, size] = [sum(errors.map((error) => error.entries)), sum(errors.map((error) => error.size))];
  const compared = entries.toLocaleString('en-US');
  return entries === size ? compared : `${compared} of ${size.toLocaleString('en-US')}`;
}

function reason({ errors, failure }: Outcome): string {
  const wrong = errors.filter(({ relativeError }) => !(relativeError <= BOUND));
  return failure ?? wrong.map(({ name, relativeError }) => `${name} ${scientific(relativeError)}`).join(', ');
}

function verdict(passed: boolean): string {
  if (passed) return '  pass';
  return `  ${process.stdout.isTTY ? styleText('red', 'FAIL') : 'FAIL'}`;
}

/** The parts between commas, as many in a line as fit. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const part of text.split(/(?<=, )/)) {
    const last = lines.at(-1);
    if (last !== undefined && (last + part).trimEnd().length <= width) lines[lines.length - 1] = last + part;
    else lines.push(part);
  }
  return lines.map((line) => line.trimEnd());
}

function cells(texts: readonly string[]): string {
  return Array.from({ length: ERRORS }, (_, i) => (texts[i] ?? '').padStart(ERROR)).join('');
}

function scientific(error: number): string {
  return error === 0 ? '0' : error.toExponential(1);
}
