import { type Book, type Chapter, checksOf } from '../book.ts';
import { codeAnchor, codeLines, exampleHtml, placeName, preformatted } from '../code.ts';
import type { Mark } from '../highlight.ts';
import { chapterPath, escapeHtml, sourcePath } from '../html.ts';
import { renderMarkdown } from '../markdown.ts';
import { mathText } from '../math.ts';
import type { Computed } from '../measure.ts';
import { refuseMistakes } from '../mistakes.ts';
import { asWritten, scientific } from '../numbers.ts';
import { equationsIn } from '../tags.ts';
import type { Page } from './layout.ts';

/** A chapter's text on the left, on the right the code that it ends in. */
export function chapterPage(book: Book, chapter: Chapter, pictures: readonly string[]): Page {
  const path = chapterPath(chapter.file);
  const tags = new Set(equationsIn(chapter).map(({ tag }) => tag));
  const marks = exampleMarks(chapter, book.measurements.examples[chapter.file] ?? []);
  const rendered = renderMarkdown(chapter.body, {
    file: `derivations/${chapter.file}`,
    page: path,
    equations: book.equations,
    badge: (tag) => badge(book, tag),
    code: (code, language, index) => exampleHtml(code, language, marks[index]),
    sources: new Set(book.sources.keys()),
    chapters: new Set(book.chapters.map(({ file }) => `derivations/${file}`)),
    pictures: new Set(pictures),
  });
  refuseMistakes(rendered.mistakes);
  const sections = rendered.headings.filter(({ level }) => level === 2);
  const files = chapter.code.map((file) => {
    const lines = codeLines(book, file, { page: path, tags, anchors: false });
    return `<section class="file" aria-label="${file}"><h3><a href="${sourcePath(file)}">${file}</a></h3>\n${withFoldedImports(lines)}</section>`;
  });
  const main = `<article>
<header class="title"><p class="number">Chapter ${chapter.number}</p><h1>${escapeHtml(chapter.title)}</h1>
<nav class="sections" aria-label="In this chapter">${sections.map(({ id, html }) => `<a href="#${id}">${html}</a>`).join(' ')}</nav></header>
${rendered.html}
${neighbours(book, chapter)}
</article>
<aside class="code" aria-label="The code of this chapter"><h2 class="hidden">The code of this chapter</h2>
<button type="button" class="close" hidden>Close the code</button>
<div class="scroll">
${files.join('\n')}
</div></aside>`;
  return { path, title: chapter.title, description: questionOf(chapter), kind: 'chapter', main };
}

/** The imports say little and come first: folded away. */
function withFoldedImports(lines: ReturnType<typeof codeLines>): string {
  const isImport = (html: string) => /^<span[^>]*><span class="keyword">import<\/span>/.test(html);
  let count = 0;
  let end = 0;
  for (const [index, { html }] of lines.entries()) {
    if (isImport(html)) count++;
    if (count > 0 && /<span class="keyword">from<\/span>/.test(html)) end = index + 1;
    else if (end > 0 && /<span class="keyword">(export|const|class|function)<\/span>|comment/.test(html)) break;
  }
  if (end === 0) return preformatted(lines);
  const rest = lines.slice(end);
  while (rest.length > 0 && /">\n<\/span>$/.test(rest[0].html)) rest.shift();
  const summary = count === 1 ? 'One import' : `${count} imports`;
  return `<details><summary>${summary}</summary>${preformatted(lines.slice(0, end))}</details>\n${preformatted(rest)}`;
}

/**
 * What stands beside an equation: its number, the lines that implement it, and of a backward the largest error that was
 * measured.
 */
export function badge(book: Book, tag: string, page = ''): string {
  const citations = book.citations.get(tag) ?? [];
  const links = citations.map((citation) => {
    const href = `${page}#${codeAnchor(book, citation)}`;
    return `<a class="to-code" data-tag="${tag}" href="${href}">${placeName(citation)}</a>`;
  });
  const checks = [...new Set(citations.flatMap((citation) => checksOf(book, citation)))];
  const parts = [`<span class="places">${links.join(' ')}</span>`];
  if (checks.length > 0) {
    const largest = Math.max(...checks.map(({ largestError }) => largestError));
    const details = checks
      .map(({ name, configurations, entries, largestError }) => {
        const settings = configurations === 1 ? 'one configuration' : `${configurations} configurations`;
        return `${name}: ${largestError.toExponential(1)} over ${entries} numbers in ${settings}`;
      })
      .join('; ');
    const title = `Largest relative error of backward against centred differences, measured when this page was built. ${details}.`;
    parts.push(
      `<span class="measured" title="${escapeHtml(title)}">within ${scientific(largest)} of centred differences</span>`,
    );
  }
  return `<figcaption><a class="number" data-tag="${tag}" href="${page}#${tag}">(${tag})</a><span class="badge">${parts.join(' ')}</span></figcaption>`;
}

/** For each block of TypeScript the numbers that its code has computed, in the places where they are claimed. */
export function exampleMarks(chapter: Chapter, computed: readonly Computed[]): Mark[][] {
  const blocks = [...chapter.text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code);
  let first = 0;
  return blocks.map((code) => {
    const lines = code.split('\n');
    // Blocks are run one below the other, with a line break between them.
    // What was computed before the chapter was saved may stand where another claim stands now.
    const here = computed.filter(({ at, expected }) => lines[at - first]?.endsWith(`// → ${expected}`));
    const marks = [...new Map(here.map((each) => [each.at, each])).values()].map((each): Mark => {
      const row = each.at - first;
      const start = lines.slice(0, row).reduce((sum, line) => sum + line.length + 1, 0) + lines[row].indexOf('// → ');
      const title = `Computed by this line when the page was built: ${each.actual}`;
      const value = escapeHtml(asWritten(each));
      return {
        start,
        end: start + lines[row].length - lines[row].indexOf('// → '),
        open: `<output title="${escapeHtml(shorten(title))}"><span aria-hidden="true">→</span> ${value}</output><span hidden>`,
        close: '</span>',
      };
    });
    first += lines.length;
    return marks;
  });
}

function shorten(text: string): string {
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}

function neighbours({ chapters }: Book, { number }: Chapter): string {
  const link = (chapter: Chapter | undefined, rel: string, word: string) =>
    chapter
      ? `<a rel="${rel}" href="${chapterPath(chapter.file)}"><span>${word}</span> ${chapter.number}. ${escapeHtml(chapter.title)}</a>`
      : '<span></span>';
  return `<nav class="neighbours" aria-label="Chapters">${link(chapters[number - 2], 'prev', 'Previous')}${link(chapters[number], 'next', 'Next')}</nav>`;
}

/** What the chapter asks: the first paragraph below 'The question', as plain text. */
export function questionOf({ text, title }: Chapter): string {
  const section = text.split(/^## The question\n+/m)[1] ?? '';
  return plain(section.split('\n\n')[0]) || title;
}

/** Markdown as plain text, its mathematics too. */
export function plain(markdown: string): string {
  return markdown
    .split(/(\$`[^`]*`\$|```math\n.*?```)/s)
    .map((part) => {
      const tex = part.match(/^(?:\$`|```math\n)(.*?)(?:`\$|```)$/s)?.[1];
      if (tex !== undefined) return mathText(tex);
      return part.replace(/```[a-z]*|\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[*_`]/g, '');
    })
    .join('')
    .replace(/\s+/g, ' ')
    .trim();
}
