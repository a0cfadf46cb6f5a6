import { describe, expect, test } from 'vitest';
import { readChapters, readSources } from '../../scripts/book/manuscript.ts';
import { citationsIn, equationsIn } from '../../scripts/book/tags.ts';

const chapters = readChapters();
const sources = readSources();

/** An equation that ends up in code has a tag, (conv.4); the line that implements it ends with the tag in a comment. */
const defined = chapters.flatMap(equationsIn);
const cited = sources.flatMap(citationsIn);

describe('equations and code', () => {
  test('every tag is well formed and defined once', () => {
    expect(defined.filter(({ tag }) => !/^[a-z]+\.\d+$/.test(tag))).toEqual([]);
    const tags = defined.map(({ tag }) => tag);
    expect(tags.filter((tag, index) => tags.indexOf(tag) !== index)).toEqual([]);
    expect(tags.length).toBeGreaterThan(40);
  });

  test('every tag cited in src/ has an equation', () => {
    const tags = new Set(defined.map(({ tag }) => tag));
    expect(cited.filter(({ tag }) => !tags.has(tag))).toEqual([]);
  });

  test('every tagged equation is cited in src/', () => {
    const tags = new Set(cited.map(({ tag }) => tag));
    expect(defined.filter(({ tag }) => !tags.has(tag))).toEqual([]);
  });

  test('tags named in the text of a chapter exist', () => {
    const tags = new Set(defined.map(({ tag }) => tag));
    const named = chapters.flatMap(({ file, text }) =>
      [...text.matchAll(/\(([a-z]+\.\d+)\)/g)].map(([, tag]) => ({ tag, file })),
    );
    expect(named.filter(({ tag }) => !tags.has(tag))).toEqual([]);
  });

  const withBackward = sources
    .filter(({ file }) => /^src\/(layers|losses)\//.test(file))
    .flatMap(({ file, text }) =>
      [...text.matchAll(/^ {2}backward\([^)]*\): Tensor \{\n([\s\S]*?)^ {2}\}$/gm)].map(([, body]) => ({ file, body })),
    );

  test('there are backward methods to look at', () => {
    expect(withBackward.length).toBeGreaterThanOrEqual(35);
  });

  test.each(withBackward)('the backward in $file cites its equation', ({ body }) => {
    expect(body).toMatch(/\/\/.*\([a-z]+\.\d+\)$/m);
  });

  test.each(sources.filter(({ text }) => /Derivation: /.test(text)))(
    '$file names a chapter that exists',
    ({ text }) => {
      const names = [...text.matchAll(/Derivation: derivations\/(\S+\.md)/g)].map(([, name]) => name);
      expect(names.length).toBe(text.match(/Derivation: /g)?.length);
      for (const name of names) expect(chapters.map(({ file }) => file)).toContain(name);
    },
  );
});
