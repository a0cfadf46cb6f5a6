import { basename } from 'node:path/posix';
import type { Book } from './book.ts';
import { highlight, type Mark } from './highlight.ts';
import { equationAddress, escapeHtml, sourcePath, upFrom } from './html.ts';
import type { TextFile } from './manuscript.ts';
import { type Citation, REFERENCE } from './tags.ts';

/** A line of a source file, ready to be put on a page. */
export interface CodeLine {
  readonly line: number;
  readonly html: string;
}

export interface LineOptions {
  /** The page that the code is on, from the top of the book. */
  readonly page: string;
  /** The equations that are on the same page: their lines get an anchor and light up with them. */
  readonly tags: ReadonlySet<string>;
  /** Whether each line has an anchor of its own, #L81. */
  readonly anchors: boolean;
}

/** Colours the source before anybody asks for it, so that this is done while something else is waited for. */
export function colourAhead(sources: readonly TextFile[]): void {
  for (const { text } of sources) highlight(shown(text), 'typescript');
}

/** The lines of a source file: highlighted, with links to definitions and equations. */
export function codeLines(book: Book, file: string, { page, tags, anchors }: LineOptions): CodeLine[] {
  const text = shown(book.sources.get(file)?.text ?? '');
  const up = upFrom(page);
  const citations = [...book.citations.values()].flat().filter((each) => each.file === file);
  const definitions = book.definitions.of(file).map((use): Mark => {
    const where = `${up}${sourcePath(use.file)}#L${use.line}`;
    return {
      start: use.start,
      end: use.end,
      open: `<a class="def" href="${where}" title="${use.file}, line ${use.line}">`,
      close: '</a>',
    };
  });
  const references = [...text.matchAll(REFERENCE)].flatMap(({ 0: name, 1: tag, index }): Mark[] => {
    const equation = book.equations.get(tag);
    if (!equation) return [];
    const href = tags.has(tag) ? `#${tag}` : `${up}${equationAddress(equation)}`;
    const open = `<a class="cite" data-tag="${tag}" href="${href}">`;
    return [{ start: index, end: index + name.length, open, close: '</a>' }];
  });
  const lines = text.split('\n');
  const html = highlight(text, 'typescript', [...definitions, ...references]);
  return lines.map((line, index) => {
    const number = index + 1;
    const lit = citations.filter(({ tag, first, last }) => tags.has(tag) && first <= number && number <= last);
    const cited = citations.find((each) => tags.has(each.tag) && each.line === number);
    const id = cited ? codeAnchor(book, cited) : anchors ? `L${number}` : undefined;
    const attributes = [
      `class="line"`,
      id && `id="${id}"`,
      `data-n="${number}"`,
      lit.length > 0 && `data-tags="${[...new Set(lit.map(({ tag }) => tag))].join(' ')}"`,
      // Where a long line goes on: below its own beginning.
      `style="--indent:${line.search(/\S|$/)}"`,
    ].filter(Boolean);
    // The tags stand in a column of their own in the source; on a page they follow the text.
    return {
      line: number,
      html: `<span ${attributes.join(' ')}>${html[index].replace(/ {2,}<\/span>(?=<a class="cite")/, '</span>')}\n</span>`,
    };
  });
}

/** Where the line stands on its chapter's page: #code.conv.4, and #code.conv.4.2 for the second that cites it. */
export function codeAnchor(book: Book, citation: Citation): string {
  const all = book.citations.get(citation.tag) ?? [];
  const place = all.findIndex(({ file, line }) => file === citation.file && line === citation.line);
  return `code.${citation.tag}${place > 0 ? `.${place + 1}` : ''}`;
}

/** 'conv2d.ts:81' */
export function placeName({ file, line }: { readonly file: string; readonly line: number }): string {
  return `${basename(file)}:${line}`;
}

export function preformatted(lines: readonly CodeLine[]): string {
  return `<pre><code>${lines.map(({ html }) => html).join('')}</code></pre>`;
}

/** The embedded WebAssembly is one line of some ten thousand characters: its beginning is enough. */
function shown(text: string): string {
  return text.replace(/'[^'\n]{400,}'/g, (each) => `${each.slice(0, 60)}…'`).replace(/\n$/, '');
}

/** A chapter's own code: an example, with what it has just computed in place of what was written. */
export function exampleHtml(code: string, language: string, marks: readonly Mark[] = []): string {
  const known = language === 'sh' ? 'shellscript' : language === 'ts' ? 'typescript' : undefined;
  const lines = known ? highlight(code.trimEnd(), known, marks) : code.trimEnd().split('\n').map(escapeHtml);
  const html = lines.map((line, index) => {
    const indent = code.split('\n')[index].search(/\S|$/);
    return `<span class="line" style="--indent:${indent}">${line}\n</span>`;
  });
  return `<pre class="example"><code>${html.join('')}</code></pre>\n`;
}
