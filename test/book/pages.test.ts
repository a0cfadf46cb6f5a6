import MiniSearch from 'minisearch';
import { afterAll, describe, expect, test } from 'vitest';
import { makeBook } from '../../scripts/book/book.ts';
import { siteOf } from '../../scripts/book/build.ts';
import { Definitions } from '../../scripts/book/definitions.ts';
import { readManuscript } from '../../scripts/book/manuscript.ts';
import type { Check } from '../../scripts/book/measure.ts';
import { searchIndex, searchOptions } from '../../scripts/book/search-index.ts';

const definitions = new Definitions();
afterAll(() => definitions.close());

const check = (name: string, largestError: number): Check => {
  return { name, kind: 'layer', configurations: 2, entries: 30, largestError };
};
const checks = [check('Linear', 2e-9), check('LayerNorm', 3e-10), check('InstanceNorm2d', 4e-10)];
const manuscript = readManuscript();
const book = makeBook(manuscript, definitions, { checks, examples: {}, mistakes: [] });
const site = siteOf(book, '');
const page = (path: string) => String(site.get(path)?.());
const sourceLines = (file: string) => book.sources.get(file)?.text.split('\n') ?? [];

/** What stands below an equation: its number, its lines, what was measured. */
const captionOf = (path: string, tag: string) =>
  page(path).match(new RegExp(`<figcaption><a class="number" data-tag="${tag}".*?</figcaption>`, 's'))?.[0] ?? '';

test('chapters are numbered without gaps', () => {
  const chapters = manuscript.chapters.map((each) => ({ ...each, file: each.file.replace(/^2/, '3') }));
  expect(() => makeBook({ ...manuscript, chapters }, definitions, { checks, examples: {}, mistakes: [] })).toThrow(
    'one mistake\n  30-gan.md: the chapters are numbered without gaps, so its name must begin with 20-',
  );
});

test('next and previous lead through the chapters', () => {
  const links = [...page('02-neuron.html').matchAll(/<a rel="(\w+)" href="([^"]+)"/g)].map(([, rel, href]) => [
    rel,
    href,
  ]);
  expect(links).toEqual([
    ['prev', '01-chain-rule.html'],
    ['next', '03-linear.html'],
  ]);
  expect(page('01-chain-rule.html')).not.toContain('rel="prev"');
  expect(page('23-conditional-gan.html')).not.toContain('rel="next"');
});

describe('what was measured stands beside', () => {
  test('the equations of a backward', () => {
    expect(captionOf('03-linear.html', 'linear.2')).toContain('within 2.0 × 10<sup>−9</sup> of centred differences');
  });

  test('no equation of a forward', () => {
    expect(captionOf('03-linear.html', 'linear.1')).toContain('linear.ts:');
    expect(captionOf('03-linear.html', 'linear.1')).not.toContain('within');
  });

  test('the largest error of those layers that share the line', () => {
    expect(captionOf('13-layer-norm.html', 'norm.4')).toContain('within 4.0 × 10<sup>−10</sup>');
  });
});

test('what a link to a definition leads to is the line that defines it', () => {
  const [, href, line] = page('src/models/mlp.ts.html').match(/href="([^"]*)#L(\d+)"[^>]*>(?:<[^>]+>)?Linear</) ?? [];
  expect(href).toBe('../../src/layers/linear.ts.html');
  expect(sourceLines('src/layers/linear.ts')[Number(line) - 1]).toContain('class Linear');
  expect(page('src/layers/linear.ts.html')).toContain(`id="L${line}"`);
});

test('each line of a source page has its number, and a comment the anchor of its first line', () => {
  const html = page('src/layers/flatten.ts.html');
  const lines = sourceLines('src/layers/flatten.ts');
  for (const [, number, code] of html.matchAll(/data-n="(\d+)"[^>]*>(.*?)\n<\/span>/g)) {
    const text = code.replace(/<[^>]+>/g, '').replace(/&#(\d+);/g, (_, each) => String.fromCharCode(Number(each)));
    expect(text.replace(/\s+/g, '')).toBe(lines[Number(number) - 1].replace(/\s+/g, ''));
  }
  const comment = lines.findIndex((line) => line.startsWith('/**')) + 1;
  expect(html).toContain(`<section class="row" id="L${comment}">`);
});

test('all lines of a passage know their equation', () => {
  const lines = [...page('03-linear.html').matchAll(/data-n="(\d+)" data-tags="linear\.1"/g)].map(([, n]) => Number(n));
  const from = sourceLines('src/layers/linear.ts').findIndex((line) => line.includes('(linear.1)')) + 1;
  expect(lines).toEqual([from, from + 1, from + 2, from + 3]);
});

test('the list of the source begins with the layers', () => {
  const folders = [...page('source.html').matchAll(/<h2[^>]*>([^<]*)</g)].map(([, folder]) => folder);
  expect(folders.slice(0, 2)).toEqual(['src/layers/', 'src/losses/']);
  expect(folders.indexOf('src/')).toBeGreaterThan(folders.indexOf('src/export/'));
});

test('a page says what it is about', () => {
  expect(page('02-neuron.html')).toContain(
    '<meta name="description" content="One neuron weighs its inputs, adds a bias and sends the sum through a sigmoid. Which way should each of its weights move?">',
  );
  expect(page('src/layers/flatten.ts.html')).toContain('<meta name="description" content="Each sample as one row:');
});

describe('search', () => {
  const index = MiniSearch.loadJSON<{ url: string }>(searchIndex(book), searchOptions);
  const found = (query: string) => index.search(query, { combineWith: 'AND' }).map(({ url }) => url);

  test('finds words of a chapter', () => {
    expect(found('Bessel correction')[0]).toMatch(/^12-batch-norm\.html#/);
  });

  test('shows the beginning of the text, not of a table or a picture', () => {
    const forward = index.search('latentSize noise symbol').find(({ url }) => url === '20-gan.html#forward');
    expect(forward?.excerpt).not.toMatch(/^symbol/);
    expect(forward?.excerpt.length).toBeGreaterThan(40);
  });

  test('finds code, and leads to where its comment begins', () => {
    const line = sourceLines('src/layers/flatten.ts').findIndex((each) => each.startsWith('/**')) + 1;
    expect(found('class Flatten')).toContain(`src/layers/flatten.ts.html#L${line}`);
  });
});
