import { basename, dirname } from 'node:path/posix';
import type { Book } from '../book.ts';
import { type CodeLine, codeLines, preformatted } from '../code.ts';
import { chapterPath, equationAddress, escapeHtml, sourcePath, upFrom } from '../html.ts';
import type { TextFile } from '../manuscript.ts';
import { renderMarkdown } from '../markdown.ts';
import { math } from '../math.ts';
import { partsOf, type Section, sectionsOf } from '../sections.ts';
import { REFERENCE } from '../tags.ts';
import { plain } from './chapter-page.ts';
import type { Page } from './layout.ts';

/** A source file: its comments as prose on the left, the code that they belong to on the right. */
export function sourcePage(book: Book, file: string): Page {
  const path = sourcePath(file);
  const text = book.sources.get(file)?.text ?? '';
  const lines = codeLines(book, file, { page: path, tags: new Set(), anchors: true });
  const rows = sectionsOf(text).map((section) => row(book, path, section, lines));
  const main = `<header class="title"><p class="number">${escapeHtml(dirname(file))}/</p><h1>${escapeHtml(file.slice(dirname(file).length + 1))}</h1>
${relatedChapters(book, file, path)}</header>
<div class="rows">
${rows.join('\n')}
</div>`;
  const description = summaryOf({ file, text }) ?? `${file}, with its comments beside its code.`;
  return { path, title: file, description, kind: 'source', main };
}

function row(book: Book, page: string, section: Section, lines: readonly CodeLine[]): string {
  const prose = partsOf(section.comment).map((part) => {
    if (part.kind === 'formula') return `<p class="formula"><code>${part.lines.map(escapeHtml).join('\n')}</code></p>`;
    if (part.kind === 'text') return commentHtml(book, page, part.text);
    const equation = book.equations.get(part.tag);
    if (!equation) return '';
    const href = `${upFrom(page)}${equationAddress(equation)}`;
    return `<div class="equation"><div class="display">${math(equation.tex, true)}</div><a class="number" href="${href}">(${part.tag})</a></div>`;
  });
  const code = section.code.map(({ line }) => lines[line - 1]);
  // A comment is left out of the code beside it; its first line's anchor goes with it.
  const anchor = section.comment.length > 0 ? ` id="L${section.line}"` : '';
  return `<section class="row"${anchor}><div class="prose">${prose.join('\n')}</div><div class="listing">${code.length > 0 ? preformatted(code) : ''}</div></section>`;
}

/** A comment is written as text and not as Markdown: only its code spans and lists are taken for such. */
function commentHtml(book: Book, page: string, text: string): string {
  const markdown = text.replace(/`[^`]*`|[\\*_<[\]]/g, (each) => (each.startsWith('`') ? each : `\\${each}`));
  const html = renderMarkdown(markdown, {
    file: page.replace(/\.html$/, ''),
    page,
    equations: book.equations,
    badge: () => '',
    code: (code) => `<pre><code>${escapeHtml(code)}</code></pre>`,
    sources: new Set(),
    chapters: new Set(),
    pictures: new Set(),
  }).html;
  return html.replace(/derivations\/(\S+?\.md)/g, (name, file) => {
    const chapter = book.chapters.find((each) => each.file === file);
    return chapter ? `<a href="${upFrom(page)}${chapterPath(file)}">${escapeHtml(chapter.title)}</a>` : name;
  });
}

/** The chapters beside which this file stands. */
function relatedChapters(book: Book, file: string, page: string): string {
  const links = book.chapters
    .filter(({ code }) => code.includes(file))
    .map(
      ({ file: chapter, number, title }) =>
        `<a href="${upFrom(page)}${chapterPath(chapter)}">${number}. ${escapeHtml(title)}</a>`,
    );
  return links.length > 0 ? `<p class="related">Derived in ${links.join(', ')}</p>` : '';
}

/** The first sentence about what the file is named after; or else about the first class or function that it exports. */
export function summaryOf({ file, text }: TextFile): string | undefined {
  const commented = [
    ...text.matchAll(/^\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\nexport (?:declare |abstract |async )*(\w+) (\w+)/gm),
  ].map(([, comment, kind, name]) => ({ comment, kind, name: name.toLowerCase() }));
  const fileName = basename(file, '.ts').replaceAll('-', '').toLowerCase();
  const { comment } =
    commented.find(({ name }) => name === fileName) ??
    commented.find(({ kind }) => kind === 'class' || kind === 'function') ??
    commented[0] ??
    {};
  const words = comment && plain(comment.replace(/^\s*\* ?/gm, ' ').replace(REFERENCE, ''));
  return words?.match(/^.+?(?:\.(?= )|[.:]$)/)?.[0].replace(/:$/, '.');
}
