import type { GradientError } from '../../src/gradient-check/check-gradients.ts';
import { checkSubject, type Subject, subjects } from '../../src/gradient-check/subjects/index.ts';
import { agrees, type Claim, runExample } from './examples.ts';
import { fencedBlocks, type TextFile } from './manuscript.ts';

/** The gradient check of one layer or loss, or of the GAN's training step with one of its losses. */
export interface Check {
  readonly name: string;
  readonly kind: Subject['kind'];
  readonly configurations: number;
  /** How many numbers were compared. */
  readonly entries: number;
  readonly largestError: number;
}

/** An example's number: what was written in the chapter, and what the code has just computed. */
export interface Computed {
  readonly statement: string;
  /** Which line of the chapter's examples, put one below the other. */
  readonly at: number;
  readonly expected: string;
  /** The value as JSON. */
  readonly actual: string;
}

export interface Measurements {
  readonly checks: readonly Check[];
  readonly examples: Readonly<Record<string, readonly Computed[]>>;
  readonly mistakes: readonly string[];
}

/** Checks the gradients of everything but the large models, which are made of the same layers, and runs all examples. */
export async function measure(chapters: readonly TextFile[], checked = subjects): Promise<Measurements> {
  const mistakes: string[] = [];
  const checks = checked
    .filter(({ kind }) => kind !== 'model')
    .map((subject): Check => {
      const outcomes = checkSubject(subject);
      for (const { description, passed, failure, errors } of outcomes) {
        if (passed) continue;
        mistakes.push(`${subject.name} (${description}) fails its gradient check: ${failure ?? worstOf(errors)}`);
      }
      const errors = outcomes.flatMap((outcome) => outcome.errors);
      return {
        name: subject.name,
        kind: subject.kind,
        configurations: outcomes.length,
        entries: errors.reduce((sum, { entries }) => sum + entries, 0),
        largestError: Math.max(...errors.map(({ relativeError }) => relativeError)),
      };
    });
  const examples: Record<string, readonly Computed[]> = {};
  for (const { file, text } of chapters) {
    const claims = await claimsOf(text).catch((error: unknown) => {
      mistakes.push(`${file}: its example does not run: ${error instanceof Error ? error.message : error}`);
      return [];
    });
    for (const { line, expected, actual } of claims) {
      if (agrees(actual, expected)) continue;
      mistakes.push(`${file}: ${line} is ${JSON.stringify(actual)} and not ${expected}`);
    }
    examples[file] = claims.map(({ line: statement, at, expected, actual }) => {
      return { statement, at, expected, actual: JSON.stringify(actual) };
    });
  }
  return { checks, examples, mistakes };
}

function worstOf(errors: readonly GradientError[]): string {
  if (errors.length === 0) return 'it compares nothing';
  // A NaN is worse than any number.
  const badness = ({ relativeError }: GradientError) => (Number.isNaN(relativeError) ? Infinity : relativeError);
  const { name, relativeError } = errors.toSorted((a, b) => badness(b) - badness(a))[0];
  return `the relative error of ${name} is ${relativeError.toPrecision(2)}`;
}

function claimsOf(text: string): Promise<Claim[]> {
  return runExample(fencedBlocks(text, 'ts').join('\n'));
}
