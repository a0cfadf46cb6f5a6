import MiniSearch from 'minisearch';
import type { Book } from './book.ts';
import { Anchors, chapterPath, RUN_IN, sourcePath } from './html.ts';
import { plain } from './pages/chapter-page.ts';
import { questions } from './questions.ts';
import { sectionsOf } from './sections.ts';

/** Something that can be found: a section of a chapter, or a piece of a source file. */
interface Entry {
  readonly id: number;
  readonly url: string;
  readonly title: string;
  /** Where it stands: the chapter, the file. */
  readonly place: string;
  readonly text: string;
  readonly excerpt: string;
}

/** What the page's search must be told as well, to read the index. */
export const searchOptions = { fields: ['title', 'text'], storeFields: ['url', 'title', 'place', 'excerpt'] };

/** The index of text and code, as JSON. */
export function searchIndex(book: Book): string {
  const index = new MiniSearch<Entry>({
    ...searchOptions,
    // 'dImages' is found as it stands, and by 'images'.
    processTerm: (term) => {
      const parts = term.split(/(?<=[a-z])(?=[A-Z])/);
      return parts.length > 1 ? [term, ...parts].map((part) => part.toLowerCase()) : term.toLowerCase();
    },
  });
  const entries: Omit<Entry, 'id'>[] = [...questionEntries(), ...chapterEntries(book), ...sourceEntries(book)];
  index.addAll(entries.map((entry, id) => ({ id, ...entry })));
  return JSON.stringify(index);
}

/** A question leads to its answer; it is found by the words that learners use for it, too. */
function questionEntries(): Omit<Entry, 'id'>[] {
  return questions.map(({ question, at, words = '' }) => {
    return { url: at, title: question, place: 'asked often', text: words, excerpt: '' };
  });
}

/** The sections of a chapter, and in them the paragraphs that have a name. */
function chapterEntries({ chapters }: Book): Omit<Entry, 'id'>[] {
  return chapters.flatMap(({ file, number, title, body }) => {
    const anchors = new Anchors();
    return body.split(/^(?=#{2,} |(?:- )?\*\*[^*\n]+[.,?]\*\*)/m).flatMap((section) => {
      const heading = section.match(/^#{2,} (.+)\n/)?.[1] ?? section.match(RUN_IN)?.[1];
      if (heading === undefined) return [];
      const below = section.slice(section.indexOf(heading) + heading.length);
      const words = wordsOf(below);
      return {
        url: `${chapterPath(file)}#${anchors.of(heading)}`,
        title: plain(heading).replace(/[.,]$/, ''),
        place: `${number}. ${title}`,
        text: `${title} ${words}`,
        excerpt: excerptOf(wordsOf(below.replace(/^(\||!\[).*$/gm, '')) || words),
      };
    });
  });
}

function wordsOf(markdown: string): string {
  return plain(markdown)
    .replace(/[|#]|-{3,}/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

function sourceEntries({ sources }: Book): Omit<Entry, 'id'>[] {
  return [...sources.values()].flatMap(({ file, text }) =>
    sectionsOf(text).map(({ comment, code, line }) => {
      const lines = code.map((each) => each.text).join('\n');
      const words = comment.join(' ').replace(/\s+/g, ' ').trim();
      return {
        url: `${sourcePath(file)}#L${line}`,
        title: nameOf(lines) ?? file.split('/').slice(-1)[0],
        place: `${file}, line ${line}`,
        text: `${words} ${lines.length > 20000 ? '' : lines}`,
        excerpt: excerptOf(words || lines.replace(/\s+/g, ' ').trim()),
      };
    }),
  );
}

/** What a piece of code begins by defining: 'class Conv2d', 'backward'. */
function nameOf(code: string): string | undefined {
  const first = code.split('\n').find((line) => line.trim() !== '') ?? '';
  const [, kind, name] = first.match(/^(?:export )?(?:async )?(class|interface|function|const|type) (\w+)/) ?? [];
  if (name !== undefined) return kind === 'class' ? `class ${name}` : name;
  return first.match(/^ {2}(?:private |readonly |static |get |async )*(\w+)[(?:;=<]/)?.[1];
}

function excerptOf(text: string): string {
  return text.length > 150 ? `${text.slice(0, 150).replace(/\s\S*$/, '')} …` : text;
}
