import { readdirSync, readFileSync } from 'node:fs';

/** A line of src/, without its indentation. */
export interface SourceLine {
  readonly number: number;
  readonly text: string;
}

/** Some lines of one file, in their order. */
export interface Excerpt {
  /** From the top of the project: src/layers/conv2d.ts. */
  readonly file: string;
  readonly lines: readonly SourceLine[];
}

const root = new URL('../../', import.meta.url);
const files = new Map(
  readdirSync(new URL('src/', root), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `src/${name.replaceAll('\\', '/')}`)
    .map((file) => [file, readFileSync(new URL(file, root), 'utf8').split('\n')]),
);

/** One call on the way to where we are, the innermost first. */
export interface Frame {
  readonly file: string;
  readonly line: number;
  /** As the stack names it: GanTrainer.updateDiscriminator. */
  readonly caller: string;
}

/** The calls of the layers and trainers in src/ that have led here. */
export function callers(): Frame[] {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 100;
  const { stack = '' } = new Error();
  Error.stackTraceLimit = stackTraceLimit;
  const frames = [...stack.matchAll(/at (?:(\S+) )?\(?\S*\/(src\/\S+\.ts):(\d+):\d+/g)].map(
    ([, caller = '', file, line]) => ({ file, line: Number(line), caller }),
  );
  return frames.filter(({ file }) => files.has(file) && !file.startsWith('src/trace/'));
}

/** The line of a frame, and the comment above it. */
export function excerptAt({ file, line }: Frame): Excerpt {
  const source = files.get(file) ?? [];
  let first = line;
  while (source[first - 2]?.trim().startsWith('//')) first--;
  const lines = source.slice(first - 1, line).map((text, l) => ({ number: first + l, text: text.trim() }));
  return { file, lines };
}

/**
 * What the method of a class computes, the class given by its prototype: each equation that it cites, and the line of
 * code that follows. Loops that it leaves to another function of the same file are part of it. Nothing for a class that
 * is not in src/.
 */
export function equationsOf(prototype: object, method: string): Excerpt[] {
  const name = classWith(prototype, method);
  const declares = (line: string) => new RegExp(`^export (abstract )?class ${name}\\b`).test(line);
  const [file, source] = [...files].find(([, lines]) => lines.some(declares)) ?? ['', []];
  const shown = new Set<number>();
  for (const [start, end] of withItsLoops(source, method)) {
    for (let i = start + 1; i < end; i++) {
      if (!/\/\/.*\([a-z]+\.\d+\)$/.test(source[i])) continue;
      shown.add(i).add(source.findIndex((line, at) => at > i && !line.trim().startsWith('//')));
    }
  }
  const lines = [...shown].sort((a, b) => a - b).map((i) => ({ number: i + 1, text: source[i].trim() }));
  return lines.length > 0 ? [{ file, lines }] : [];
}

/** The first and the last line of a method, and of the functions and private methods with loops that it names. */
function withItsLoops(source: readonly string[], method: string): [number, number][] {
  const own = linesOf(source, new RegExp(`^ {2}${method}\\(.*\\{$`));
  const text = source
    .slice(...own)
    .map((line) => line.replace(/\/\/.*/, ''))
    .join('\n');
  const declared = source.flatMap((line) => line.match(/^(?: {2}private |function )(\w+).*\{$/)?.[1] ?? []);
  const others = declared
    .filter((name) => new RegExp(`\\b${name}\\b`).test(text))
    .map((name) => linesOf(source, new RegExp(`^( {2}private |function )${name}\\b.*\\{$`)))
    .filter((lines) => source.slice(...lines).some((line) => line.trim().startsWith('for (')));
  return [own, ...others];
}

/** Where a function begins and ends: with the brace that stands as far in as it does. */
function linesOf(source: readonly string[], declaration: RegExp): [number, number] {
  const start = source.findIndex((line) => declaration.test(line));
  const indentation = source[start]?.match(/^ */)?.[0] ?? '';
  return [start, source.indexOf(`${indentation}}`, start)];
}

/** The name of the class that has the method: BatchNorm for a BatchNorm2d. */
function classWith(prototype: object, method: string): string {
  const parent = Object.getPrototypeOf(prototype);
  return Object.hasOwn(prototype, method) || !parent ? prototype.constructor.name : classWith(parent, method);
}
