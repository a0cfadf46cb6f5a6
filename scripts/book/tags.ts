import type { TextFile } from './manuscript.ts';
import { fencedBlocks } from './manuscript.ts';

/** An equation that ends up in code: its tag is unique in the book, and a line of src/ cites it. */
export interface Equation {
  readonly tag: string;
  /** The chapter. */
  readonly file: string;
  /** Without its tag. */
  readonly tex: string;
}

/** A line of code that says which equation it implements. */
export interface Citation {
  readonly tag: string;
  readonly file: string;
  /** Lines are counted from 1. */
  readonly line: number;
  /** The lines that belong together: the comment that ends with the tag, and the paragraph of code below it. */
  readonly first: number;
  readonly last: number;
  /** The method or the function that they stand in: 'backward'. */
  readonly inside: string | undefined;
}

/** Every name of an equation in a running text: (conv.4). */
export const REFERENCE = /\(([a-z]+\.\d+)\)/g;

/** A comment that ends with one. */
const CITES = /\/\/.*\(([a-z]+\.\d+)\)$/;

export function equationsIn({ file, text }: TextFile): Equation[] {
  return fencedBlocks(text, 'math').flatMap((block) => {
    const { tag, tex } = splitTag(block);
    return tag === undefined ? [] : [{ tag, file, tex }];
  });
}

/** The TeX of an equation without its \tag{…}, which KaTeX is not to see: the page has its own number. */
export function splitTag(block: string): { tag: string | undefined; tex: string } {
  const tag = block.match(/\\tag\{([^}]*)\}/)?.[1];
  return { tag, tex: block.replace(/\s*\\tag\{[^}]*\}/, '').trim() };
}

export function citationsIn({ file, text }: TextFile): Citation[] {
  const lines = text.split('\n');
  return lines.flatMap((line, index) => {
    const tag = line.match(CITES)?.[1];
    if (tag === undefined) return [];
    return [{ tag, file, line: index + 1, ...passage(lines, index), inside: enclosingFunction(lines, index) }];
  });
}

/** What contradicts what: equations without code, code without equations, and names of neither. */
export function mistakesInTags(chapters: readonly TextFile[], sources: readonly TextFile[]): string[] {
  const equations = chapters.flatMap(equationsIn);
  const citations = sources.flatMap(citationsIn);
  const byTag = new Map<string, Equation>();
  const cited = new Set(citations.map(({ tag }) => tag));
  const mistakes: string[] = [];
  for (const equation of equations) {
    const { tag, file } = equation;
    const other = byTag.get(tag);
    if (!/^[a-z]+\.\d+$/.test(tag)) mistakes.push(`${file}: the tag '${tag}' must be like conv.4`);
    if (other)
      mistakes.push(`${file}: the tag (${tag}) is taken by an equation of ${other.file}; give it another number`);
    if (!cited.has(tag)) {
      mistakes.push(
        `${file}: no line of src/ ends with ${tag} in a comment; cite (${tag}) there, or take its tag away`,
      );
    }
    byTag.set(tag, equation);
  }
  for (const { tag, file, line } of citations) {
    if (!byTag.has(tag)) mistakes.push(`${file}:${line} cites (${tag}), but no chapter has an equation of that name`);
  }
  for (const { file, text } of chapters) {
    for (const [index, line] of text.split('\n').entries()) {
      for (const [, tag] of line.matchAll(REFERENCE)) {
        if (!byTag.has(tag)) mistakes.push(`${file}:${index + 1} names (${tag}), but no chapter has that equation`);
      }
    }
  }
  return mistakes;
}

/** A passage longer than this lights up the comment and the first line alone. */
const LONGEST = 14;

function passage(lines: readonly string[], index: number): { first: number; last: number } {
  const isComment = (at: number) => /^\s*\/\//.test(lines[at] ?? '');
  if (!isComment(index)) return { first: index + 1, last: index + 1 };
  let first = index;
  while (isComment(first - 1) && !/\([a-z]+\.\d+\)$/.test(lines[first - 1])) first--;
  let code = index + 1;
  while (isComment(code)) code++;
  if (!lines[code]?.trim()) return { first: first + 1, last: index + 1 };
  let last = endOfStatement(lines, code);
  if (last - first >= LONGEST) return { first: first + 1, last: code + 1 };
  while (lines[last].endsWith(';') || lines[last].endsWith('}')) {
    const next = last + 1;
    if (!lines[next]?.trim() || isComment(next) || indentation(lines[next]) < indentation(lines[code])) break;
    const end = endOfStatement(lines, next);
    if (end - first >= LONGEST || lines.slice(next, end + 1).some((line) => CITES.test(line))) break;
    last = end;
  }
  return { first: first + 1, last: last + 1 };
}

function endOfStatement(lines: readonly string[], from: number): number {
  let last = from;
  for (let depth = bracketsLeftOpen(lines[last]); depth > 0 && last + 1 < lines.length; last++) {
    depth += bracketsLeftOpen(lines[last + 1]);
  }
  return last;
}

function enclosingFunction(lines: readonly string[], index: number): string | undefined {
  const opening = lines
    .slice(0, index)
    .findLast((line) => /^(export )?function |^ {2}(private |async )*\w+\(.*\{$/.test(line));
  return opening?.match(/(\w+)(?:<.*>)?\(/)?.[1];
}

function indentation(line: string): number {
  return line.length - line.trimStart().length;
}

function bracketsLeftOpen(line: string): number {
  const code = line.replace(/\/\/.*$/, '').replace(/'[^']*'|`[^`]*`/g, '');
  return [...code].reduce((depth, each) => depth + Number('([{'.includes(each)) - Number(')]}'.includes(each)), 0);
}
