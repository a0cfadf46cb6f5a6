import { basename } from 'node:path/posix';
import type { Definitions } from './definitions.ts';
import { fencedBlocks, type Manuscript, readSource, type TextFile } from './manuscript.ts';
import { mistakeInTex } from './math.ts';
import type { Check, Measurements } from './measure.ts';
import { refuseMistakes } from './mistakes.ts';
import { mistakesInSigns } from './signs.ts';
import { type Citation, citationsIn, type Equation, equationsIn, mistakesInTags } from './tags.ts';

export interface Chapter extends TextFile {
  readonly number: number;
  /** As Markdown. */
  readonly title: string;
  /** The text below the title and the line that names the code. */
  readonly body: string;
  /** The source that stands beside it: what its second line names, and whatever else cites its equations. */
  readonly code: readonly string[];
}

/** Everything that the pages are made of. */
export interface Book {
  readonly chapters: readonly Chapter[];
  readonly sources: ReadonlyMap<string, TextFile>;
  readonly equations: ReadonlyMap<string, Equation>;
  readonly citations: ReadonlyMap<string, readonly Citation[]>;
  readonly definitions: Definitions;
  readonly measurements: Measurements;
}

/** Puts the book together. Throws where chapters and source contradict each other, or what was measured. */
export function makeBook(
  { chapters: texts, sources: inSrc }: Manuscript,
  definitions: Definitions,
  measurements: Measurements,
): Book {
  refuseMistakes([...mistakesInTags(texts, inSrc), ...measurements.mistakes]);
  definitions.read(inSrc);
  const known = new Set(inSrc.map(({ file }) => file));
  const elsewhere = new Set(texts.flatMap(linkedScripts).filter((file) => !known.has(file)));
  const sources = new Map([...inSrc, ...[...elsewhere].map(readSource)].map((source) => [source.file, source]));
  const cited = citationsByTag(inSrc);
  const chapters = texts.map((text) => chapterOf(text, sources, cited));
  refuseMistakes(chapters.flatMap(mistakeInNumber).slice(0, 1));
  const code = squeeze([...sources.values()].map(({ text }) => text).join('\n'));
  refuseMistakes(chapters.flatMap((chapter) => mistakesInTables(chapter, code)));
  const equations = new Map(texts.flatMap(equationsIn).map((equation) => [equation.tag, equation]));
  refuseMistakes(
    [...equations.values()].flatMap(({ file, tex }) => mistakeInTex(tex, true)?.replace(/^/, `${file}: `) ?? []),
  );
  refuseMistakes(mistakesInSigns(equations, inSrc));
  // Of several lines that cite an equation, the one in the file that its chapter names first comes first.
  const citations = new Map(
    [...cited].map(([tag, all]) => {
      const code = chapters.find(({ file }) => file === equations.get(tag)?.file)?.code ?? [];
      return [tag, all.toSorted((a, b) => code.indexOf(a.file) - code.indexOf(b.file))];
    }),
  );
  return { chapters, sources, equations, citations, definitions, measurements };
}

function citationsByTag(sources: readonly TextFile[]): Map<string, Citation[]> {
  const citations = new Map<string, Citation[]>();
  for (const citation of sources.flatMap(citationsIn)) {
    citations.set(citation.tag, [...(citations.get(citation.tag) ?? []), citation]);
  }
  return citations;
}

function mistakeInNumber({ file, number }: Chapter, index: number): string[] {
  const due = String(index + 1).padStart(2, '0');
  return number === index + 1
    ? []
    : [`${file}: the chapters are numbered without gaps, so its name must begin with ${due}-`];
}

/** Scripts that a chapter links to have a page too. */
function linkedScripts({ text }: TextFile): string[] {
  return [...text.matchAll(/\]\(\.\.\/((?:src|scripts)\/[^)#]+\.ts)\)/g)].map(([, file]) => file);
}

export function chapterOf(
  chapter: TextFile,
  sources: ReadonlyMap<string, TextFile>,
  citations: ReadonlyMap<string, readonly Citation[]>,
): Chapter {
  const { file, text } = chapter;
  const [, title, code, body] = text.match(/^# (.+)\n\n_Code: (.+)_\n([\s\S]*)$/) ?? [];
  if (title === undefined) {
    refuseMistakes([`${file}: a chapter begins with '# Title', an empty line, and '_Code: [\`src/…\`](../src/…)_'`]);
  }
  const named = linkedScripts({ file, text: code });
  const citing = equationsIn(chapter).flatMap(({ tag }) => (citations.get(tag) ?? []).map((each) => each.file));
  refuseMistakes(named.filter((each) => !sources.has(each)).map((each) => `${file}: there is no ${each}`));
  return {
    ...chapter,
    number: Number(file.slice(0, 2)),
    title,
    body: body.replace(/\n+Previous: .*\n*/, '\n').replace(/\n+Next: .*\n*$/, '\n'),
    code: [...new Set([...named, ...citing])],
  };
}

/**
 * A table that says which line of code has a formula quotes that line. Each quotation is looked for in the source,
 * all of it without its spaces, and in the chapter's own examples; '…' stands for anything.
 */
export function mistakesInTables(chapter: Chapter, source: string): string[] {
  const code = squeeze(fencedBlocks(chapter.text, 'ts').join('\n')) + source;
  const rows = chapter.text.split('\n');
  const mistakes: string[] = [];
  let column = -1;
  for (const row of rows) {
    const cells = row.startsWith('|') ? row.split(/(?<!\\)\|/).map((cell) => cell.trim()) : [];
    if (cells.length === 0) column = -1;
    else if (column === -1) column = cells.indexOf('line') === -1 ? -2 : cells.indexOf('line');
    else if (column > 0) {
      for (const [, quoted] of (cells[column] ?? '').matchAll(/`([^`]+)`/g)) {
        const parts = quoted.replaceAll('\\|', '|').split('…').map(squeeze).filter(Boolean);
        if (parts.every((part) => code.includes(part))) continue;
        mistakes.push(
          `${chapter.file}: its table quotes the line '${quoted}', which is nowhere in the source or its examples`,
        );
      }
    }
  }
  return mistakes;
}

/** Without its spaces. */
export function squeeze(text: string): string {
  return text.replace(/\s+/g, '');
}

/**
 * The gradient checks that cover a line of a backward: of what its file defines, or, where it holds what several layers
 * share, of the layers that import it.
 */
export function checksOf(book: Book, { file, inside = '' }: Citation): readonly Check[] {
  const { checks } = book.measurements;
  if (file === 'src/training/gan-trainer.ts') return checks.filter(({ kind }) => kind === 'GAN step');
  if (!/^src\/(layers|losses)\//.test(file) || !/backward$/i.test(inside)) return [];
  const defines = (path: string, name: string) =>
    new RegExp(`^export class ${name}\\b`, 'm').test(book.sources.get(path)?.text ?? '');
  const own = checks.filter(({ name }) => defines(file, name));
  if (own.length > 0) return own;
  const importing = [...book.sources.values()].filter(
    (source) => /^src\/(layers|losses)\//.test(source.file) && source.text.includes(`/${basename(file)}'`),
  );
  return checks.filter(({ name }) => importing.some((source) => defines(source.file, name)));
}
