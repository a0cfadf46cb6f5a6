import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import blankSpace from 'ts-blank-space';
import { toPng } from '../../src/pictures/picture.ts';
import type { Book } from './book.ts';
import { chapterPath, sourcePath } from './html.ts';
import { picturePaths, root } from './manuscript.ts';
import { Mistakes, refuseMistakes } from './mistakes.ts';
import { chapterPage } from './pages/chapter-page.ts';
import { contentsPage, filesPage } from './pages/contents-page.ts';
import { fourPixels, generatorPage } from './pages/generator-page.ts';
import { type Address, layout, type Page } from './pages/layout.ts';
import { sourcePage } from './pages/source-page.ts';
import { sharedPicture } from './pictures.ts';
import { searchIndex, searchOptions } from './search-index.ts';

type Content = string | Uint8Array;

/** The files of the site by their paths. Each is made when it is asked for first, and then kept. */
export type Site = ReadonlyMap<string, () => Content>;

/** The site, of which nothing has been made yet. A page with mistakes throws them. */
export function siteOf(book: Book, address: Address): Site {
  const site = new Map<string, () => Content>();
  const add = (path: string, make: () => Content) => {
    let made: Content | undefined;
    site.set(path, () => {
      made ??= make();
      return made;
    });
  };
  const addPage = (path: string, make: () => Page) => add(path, () => layout(make(), address));
  const pictures = picturePaths();
  for (const { file } of book.sources.values()) addPage(sourcePath(file), () => sourcePage(book, file));
  addPage('index.html', () => contentsPage(book));
  addPage('generator.html', () => generatorPage(book));
  addPage('source.html', () => filesPage(book));
  for (const chapter of book.chapters) addPage(chapterPath(chapter.file), () => chapterPage(book, chapter, pictures));
  for (const path of pictures) add(`assets/${path}`, () => readFileSync(new URL(path, root)));
  add('assets/picture.png', () =>
    toPng(sharedPicture(fourPixels(book, 'toNested(fakeImages)'), fourPixels(book, 'toNested(dImages)'))),
  );
  add('assets/book.css', () => `${fontFaces()}\n${readFileSync(new URL('assets/book.css', import.meta.url), 'utf8')}`);
  add('assets/book.js', clientScript);
  // As a script and not as JSON: a page that was opened from a folder may load the one and not the other.
  add('assets/search-index.js', () => `window.handgradSearch(${JSON.stringify(searchIndex(book))});\n`);
  add('assets/minisearch.js', () => readFileSync(`${dirname(packaged('minisearch'))}/../umd/index.js`));
  for (const [path, file] of fonts()) add(`assets/${path}`, () => readFileSync(file));
  add('assets/katex/katex.min.css', katexStyles);
  return site;
}

/** Makes every file of the site. Throws Mistakes where it is not sound. */
export function makeAll(site: Site): ReadonlyMap<string, Content> {
  const files = new Map<string, Content>();
  const mistakes: string[] = [];
  for (const [path, make] of site) {
    try {
      files.set(path, make());
    } catch (error) {
      if (!(error instanceof Mistakes)) throw error;
      mistakes.push(...error.list);
    }
  }
  refuseMistakes(mistakes);
  refuseMistakes(brokenLinks(files));
  return files;
}

/** Links inside the site that lead to no page, or to no place on it. */
export function brokenLinks(files: ReadonlyMap<string, Content>): string[] {
  const anchors = new Map<string, Set<string>>();
  const broken = new Set<string>();
  const pages = [...files].filter((file): file is [string, string] => file[0].endsWith('.html'));
  for (const [path, html] of pages) {
    const ids = [...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
    anchors.set(path, new Set(ids));
    if (anchors.get(path)?.size !== ids.length) {
      const twice = ids.find((id, index) => ids.indexOf(id) !== index);
      broken.add(`${path}: two places have the anchor #${twice}`);
    }
  }
  for (const [path, html] of pages) {
    for (const [, href] of html.matchAll(/<a [^>]*href="([^"]*)"/g)) {
      if (/^https?:/.test(href)) continue;
      const { pathname, hash } = new URL(href, `file:///${path}`);
      const target = decodeURIComponent(pathname.slice(1));
      const ids = anchors.get(target);
      if (!ids) broken.add(`${path}: the link to ${href} leads to no page`);
      else if (hash !== '' && !ids.has(decodeURIComponent(hash.slice(1)))) {
        broken.add(`${path}: the link to ${href} leads to no place on that page`);
      }
    }
  }
  return [...broken];
}

/** What runs in the page: each part in a scope of its own, as one script that a page from a folder may load. */
function clientScript(): string {
  const folder = new URL('client/', import.meta.url);
  const parts = readdirSync(folder)
    .filter((file) => file.endsWith('.ts'))
    .sort()
    .map((file) => blankSpace(readFileSync(new URL(file, folder), 'utf8')).replace(/^export \{\};$/m, ''));
  const options = `const searchOptions = ${JSON.stringify(searchOptions)};`;
  return `'use strict';\n${options}\n${parts.map((part) => `(() => {\n${part}\n})();`).join('\n')}\n`;
}

const require = createRequire(import.meta.url);

function packaged(path: string): string {
  return require.resolve(path);
}

const katex = dirname(packaged('katex/dist/katex.min.css'));

interface Face {
  readonly family: string;
  readonly file: string;
  readonly style: 'normal' | 'italic';
  readonly weights: string;
  readonly range: string;
}

const LATIN =
  'U+0000-00FF,U+0131,U+0152-0153,U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+2000-206F,U+20AC,U+2122,U+2191,U+2193,U+2212,U+2215';
const LATIN_EXTENDED = 'U+0100-02BA,U+1D00-1DBF,U+1E00-1E9F,U+2C60-2C7F,U+A720-A7FF';
const GREEK = 'U+0370-03FF';

/** The text is set in Source Serif, the code in JetBrains Mono, without its ligatures. */
const faces: readonly Face[] = [
  ...faceOf('Source Serif 4', 'source-serif-4', 'wght', '200 900'),
  ...faceOf('JetBrains Mono', 'jetbrains-mono', 'wght', '100 800'),
];

function faceOf(family: string, name: string, axes: string, weights: string): Face[] {
  const ranges = { latin: LATIN, 'latin-ext': LATIN_EXTENDED, greek: GREEK };
  return Object.entries(ranges).flatMap(([subset, range]) =>
    (['normal', 'italic'] as const).map((style) => ({
      family,
      file: `${name}-${subset}-${axes}-${style}.woff2`,
      style,
      weights,
      range,
    })),
  );
}

function fontFaces(): string {
  return faces
    .map(
      ({ family, file, style, weights, range }) =>
        `@font-face{font-family:'${family}';font-style:${style};font-weight:${weights};font-display:swap;src:url(fonts/${file}) format('woff2');unicode-range:${range}}`,
    )
    .join('\n');
}

/** The fonts of text, code and mathematics: their paths in the site, and where they lie here. */
function* fonts(): Generator<[string, string]> {
  for (const { file } of faces) {
    const name = file.replace(/-(latin|latin-ext|greek)-wght.*$/, '').replace(/-(latin|greek).*$/, '');
    yield [`fonts/${file}`, packaged(`@fontsource-variable/${name}/files/${file}`)];
  }
  for (const file of readdirSync(`${katex}/fonts`).filter((each) => each.endsWith('.woff2'))) {
    yield [`katex/fonts/${file}`, `${katex}/fonts/${file}`];
  }
}

/** Every browser that the book is for takes WOFF2. */
function katexStyles(): string {
  return readFileSync(`${katex}/katex.min.css`, 'utf8').replace(/,url\([^)]*\.(?:woff|ttf)\) format\("[^"]*"\)/g, '');
}
