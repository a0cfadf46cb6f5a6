import { describe, expect, onTestFinished, test } from 'vitest';
import { type Chapter, chapterOf, mistakesInTables, squeeze } from '../../scripts/book/book.ts';
import { brokenLinks, makeAll } from '../../scripts/book/build.ts';
import { Definitions } from '../../scripts/book/definitions.ts';
import { highlight } from '../../scripts/book/highlight.ts';
import { slug, upFrom } from '../../scripts/book/html.ts';
import { readSources, type TextFile } from '../../scripts/book/manuscript.ts';
import { renderMarkdown, type Surroundings } from '../../scripts/book/markdown.ts';
import { mathText } from '../../scripts/book/math.ts';
import { Mistakes } from '../../scripts/book/mistakes.ts';
import { asWritten, scientific } from '../../scripts/book/numbers.ts';
import { plain, questionOf } from '../../scripts/book/pages/chapter-page.ts';
import { matrix } from '../../scripts/book/pages/generator-page.ts';
import { summaryOf } from '../../scripts/book/pages/source-page.ts';
import { partsOf, sectionsOf } from '../../scripts/book/sections.ts';
import { citationsIn, equationsIn, mistakesInTags } from '../../scripts/book/tags.ts';

const equation = (tag: string) => `\`\`\`math\na = b \\tag{${tag}}\n\`\`\`\n`;
const chapter = (text: string, file = '01-a.md'): TextFile => ({ file, text });
const source = (text: string, file = 'src/a.ts'): TextFile => ({ file, text });

test.each([
  [String.raw`L = \frac{1}{N} \sum_n L_n`, 'L = 1/N ∑_n L_n'],
  [String.raw`\frac{\partial L}{\partial \hat y} = \tfrac12 (\hat y - y)`, '∂L/∂ŷ = 1/2 (ŷ − y)'],
  [String.raw`\mathit{dZ} = -\log(1 - D) - \log D`, 'dZ = −log(1 − D) − log D'],
  [String.raw`x^2 - \sqrt{v_1 + 2} \cdot f'(x)`, 'x^2 − √(v_1 + 2) · f′(x)'],
  [String.raw`\begin{bmatrix} 1 & -2 \\ 3 & 4 \end{bmatrix}`, '[1 −2; 3 4]'],
  [String.raw`\sum_{i = 0}^{N} x[n,i] < \bar x \qquad b`, '∑_(i = 0)^N x[n, i] < x̄ b'],
  [String.raw`a = b \tag{a.1}`, 'a = b (a.1)'],
])('%s in a line of text', (tex, text) => {
  expect(mathText(tex)).toBe(text);
});

describe('the sentence about a source file', () => {
  const options = '/** How wide. It is 2. */\nexport interface Options {\n  /** Of it. */\n  a: 1;\n}\n\n';

  test('is about what the file is named after', () => {
    const text = `${options}/** Helps. */\nexport function help() {}\n\n/**\n * A layer: f(x). More.\n */\nexport class BigLayer {}\n`;
    expect(summaryOf(source(text, 'src/big-layer.ts'))).toBe('A layer: f(x).');
  });

  test('or else about the first class or function', () => {
    const text = `${options}/** Not exported. */\nconst A = 1;\n\n/** Helps. */\nexport function help() {}\n`;
    expect(summaryOf(source(text))).toBe('Helps.');
  });

  test('or else about whatever comes first', () => {
    expect(summaryOf(source(options))).toBe('How wide.');
    expect(summaryOf(source('export const a = 1;\n'))).toBeUndefined();
  });
});

describe('tags', () => {
  test('an equation is known by its tag, and its TeX has none', () => {
    expect(equationsIn(chapter(equation('a.1')))).toEqual([{ tag: 'a.1', file: '01-a.md', tex: 'a = b' }]);
  });

  test('a citation is the comment and the paragraph of code below it', () => {
    const text = `f();
// why
// x = y   (a.1)
const x = g(
  y,
);
h();

i();
`;
    expect(citationsIn(source(text))).toEqual([{ tag: 'a.1', file: 'src/a.ts', line: 3, first: 2, last: 7 }]);
  });

  test.each([
    ['a comment', '// x (a.1)\nf();\n// why\ng();\n', 2],
    ['the end of the block', '{\n  // x (a.1)\n  f();\n}\ng();\n', 3],
    ['a loop with a citation of its own', '// x (a.1)\nf();\nfor (;;) {\n  // y (a.2)\n  g();\n}\n', 2],
    ['the next property', '{\n  // x (a.1)\n  f: 1,\n  g: 2,\n}\n', 3],
    ['what would make it longer than 14 lines', `// x (a.1)\nf();\n{\n${'g();\n'.repeat(12)}}\n`, 2],
  ])('the paragraph ends before %s', (_, text, last) => {
    expect(citationsIn(source(text))[0].last).toBe(last);
  });

  test('two comments with tags do not take each other in', () => {
    const text = '// a (a.1)\n// b (a.2)\nf();\n';
    expect(citationsIn(source(text)).map(({ first, last }) => [first, last])).toEqual([
      [1, 3],
      [2, 3],
    ]);
  });

  test('a comment behind code is that line alone; one with nothing below is itself', () => {
    expect(citationsIn(source('f(); // (a.1)\ng();\n'))).toMatchObject([{ first: 1, last: 1 }]);
    expect(citationsIn(source('// x (a.1)\n\ng();\n'))).toMatchObject([{ first: 1, last: 1 }]);
  });

  test('it stands in a method or a function', () => {
    const text = `export class A {
  forward(x: number): number {
    if (x) {
      return x; // (a.1)
    }
  }

  private async step(): Promise<void> {
    // y (a.2)
    y();
  }
}

export function aBackward(
  x: number,
) {
  z(); // (a.3)
}
`;
    expect(citationsIn(source(text)).map(({ inside }) => inside)).toEqual(['forward', 'step', 'aBackward']);
    expect(citationsIn(source('f(); // (a.1)\n'))[0].inside).toBeUndefined();
  });

  test('a sound book has no mistakes', () => {
    expect(mistakesInTags([chapter(`${equation('a.1')}See (a.1).`)], [source('// x (a.1)\n')])).toEqual([]);
  });

  test.each([
    [
      'a line cites what is not there',
      '',
      '// x (a.1)\n',
      'src/a.ts:1 cites (a.1), but no chapter has an equation of that name',
    ],
    ['a text names what is not there', 'By (b.2).', '', '01-a.md:1 names (b.2), but no chapter has that equation'],
    [
      'an equation has no line',
      equation('a.1'),
      '',
      '01-a.md: no line of src/ ends with a.1 in a comment; cite (a.1) there, or take its tag away',
    ],
    [
      'a tag is taken twice',
      equation('a.1') + equation('a.1'),
      '// x (a.1)\n',
      '01-a.md: the tag (a.1) is taken by an equation of 01-a.md; give it another number',
    ],
    ['a tag is no tag', equation('One'), '', "01-a.md: the tag 'One' must be like conv.4"],
  ])('%s', (_, text, code, message) => {
    expect(mistakesInTags([chapter(text)], [source(code)])).toContain(message);
  });
});

describe('chapters', () => {
  const sources = new Map([['src/a.ts', source('export const a = f(1, 2);\n')]]);
  const text =
    '# A\n\n_Code: [`src/a.ts`](../src/a.ts)_\n\n## The question\n\nIt is so. Why is $`x^2`$ so?\n\nNext: [B](02-b.md)\n';

  test('title, number, code and body', () => {
    expect(chapterOf(chapter(text, '07-a.md'), sources, new Map())).toMatchObject({
      title: 'A',
      number: 7,
      code: ['src/a.ts'],
      body: '\n## The question\n\nIt is so. Why is $`x^2`$ so?\n',
    });
  });

  test('what cites an equation stands beside it too', () => {
    const citations = new Map([['a.1', [{ tag: 'a.1', file: 'src/b.ts', line: 1, first: 1, last: 1, inside: 'f' }]]]);
    expect(chapterOf(chapter(text + equation('a.1')), sources, citations).code).toEqual(['src/a.ts', 'src/b.ts']);
  });

  test('says how a chapter begins, and which file is missing', () => {
    expect(() => chapterOf(chapter('Hello'), sources, new Map())).toThrow("01-a.md: a chapter begins with '# Title'");
    expect(() => chapterOf(chapter(text), new Map(), new Map())).toThrow('01-a.md: there is no src/a.ts');
  });

  test('a table that quotes a line must quote one that is there', () => {
    const table = (line: string) =>
      ({ ...chapter(`| what | line |\n| - | - |\n| $\`x\`$ | \`${line}\` |\n`) }) as unknown as Chapter;
    const code = squeeze('export const a = f(1, 2);\n');
    expect(mistakesInTables(table('a = f(1,2)'), code)).toEqual([]);
    expect(mistakesInTables(table('a = f(…)'), code)).toEqual([]);
    expect(mistakesInTables(table('a = g(1)'), code)).toEqual([
      "01-a.md: its table quotes the line 'a = g(1)', which is nowhere in the source or its examples",
    ]);
  });

  test('the description is the question that the chapter asks', () => {
    expect(questionOf(chapterOf(chapter(text), sources, new Map()))).toBe('It is so. Why is x^2 so?');
    expect(plain('A [link](b.md), **bold**, `code`.')).toBe('A link, bold, code.');
    expect(plain('So $`x_1 = 2`$:\n\n```math\ny = 1\n```\n\n```ts\nstep();\n```')).toBe('So x_1 = 2: y = 1 step();');
  });
});

describe('text', () => {
  const around: Surroundings = {
    file: 'derivations/01-a.md',
    page: '01-a.html',
    equations: new Map([['b.2', { tag: 'b.2', file: '02-b.md', tex: 'x' }]]),
    badge: (tag) => `<figcaption>${tag}</figcaption>`,
    code: (code, language) => `<pre class="${language}">${code}</pre>`,
    sources: new Set(['src/a.ts']),
    chapters: new Set(['derivations/02-b.md']),
    pictures: new Set(),
  };
  const html = (text: string) => renderMarkdown(text, around).html;

  test('mathematics in a line, in a table and on its own', () => {
    expect(html('a $`x_1`$ b')).toContain('<annotation encoding="application/x-tex">x_1</annotation>');
    expect(html('| a |\n| - |\n| $`x_1`$ |\n')).toContain('x_1</annotation>');
    expect(html(equation('b.2'))).toMatch(
      /^<figure class="equation" id="b\.2" data-tag="b\.2">.*<figcaption>b\.2<\/figcaption><\/figure>/s,
    );
  });

  test('a comma stays with the formula in front of it, unless that is long', () => {
    expect(html('a $`x_1`$, b')).toMatch(/<span class="together"><span class="katex">.*<\/span>,<\/span> b/s);
    expect(html('a $`x_1`$ b')).not.toContain('together');
    expect(html('a $`x_1 + x_2 + x_3 + x_4 + x_5`$, b')).toMatch(/<\/span>, b/);
    expect(html('a $`x_1 + x_2 + x_3 + x_4 + x_5`$, b')).not.toContain('together');
  });

  test('the name of an equation and links to chapters and source lead to their pages', () => {
    expect(html('By (b.2).')).toContain('href="02-b.html#b.2">(b.2)</a>');
    expect(html('[b](02-b.md#x)')).toContain('href="02-b.html#x"');
    expect(html('[a](../src/a.ts)')).toContain('href="src/a.ts.html"');
  });

  test('headings get the anchors that GitHub gives them', () => {
    expect(html("### What D's step drops")).toContain('<h3 id="what-ds-step-drops">');
    expect(html('## Again\n\n## Again')).toContain('id="again-1"');
    expect(slug('log(1 − D), or −log D?')).toBe('log1--d-or-log-d');
  });

  test('says what is wrong with a link and with TeX', () => {
    expect(renderMarkdown('[x](03-c.md)', around).mistakes).toEqual([
      'derivations/01-a.md: the link to 03-c.md leads to derivations/03-c.md, which is no chapter and no source file',
    ]);
    expect(renderMarkdown('$`\\nonsense`$', around).mistakes[0]).toContain('derivations/01-a.md: KaTeX parse error');
  });

  test('what looks like HTML is text', () => {
    expect(html('a <script>')).toBe('<p>a &#60;script&#62;</p>\n');
  });
});

describe('source pages', () => {
  test('each comment goes with the code below it', () => {
    const text = `import a;

/**
 * One.
 *
 *   x = y
 */
f();
// Two,
// and more.
g(); // stays
`;
    expect(sectionsOf(text)).toEqual([
      { comment: [], line: 1, code: [{ line: 1, text: 'import a;' }] },
      { comment: ['One.', '', '  x = y'], line: 3, code: [{ line: 8, text: 'f();' }] },
      { comment: ['Two,', 'and more.'], line: 9, code: [{ line: 11, text: 'g(); // stays' }] },
    ]);
  });

  test('no line of the source is lost', () => {
    for (const { text } of readSources()) {
      const shown = sectionsOf(text).flatMap(({ comment, code }) => [...comment, ...code.map((each) => each.text)]);
      const words = (lines: readonly string[]) => lines.join(' ').replace(/[\s*/]+/g, '');
      expect(words(shown)).toBe(words(text.split('\n')));
    }
  });

  test('a comment is prose, formulas and equations', () => {
    expect(partsOf(['Why it is so.', 'dX[i] = Σ o  dOut[o] · W[o, i]     (linear.2)'])).toEqual([
      { kind: 'text', text: 'Why it is so.' },
      { kind: 'formula', lines: ['dX[i] = Σ o  dOut[o] · W[o, i]'] },
      { kind: 'equation', tag: 'linear.2' },
    ]);
    expect(partsOf(['dL/dimages: a negative number asks for a brighter pixel.   (gan.3)'])).toEqual([
      { kind: 'text', text: 'dL/dimages: a negative number asks for a brighter pixel.' },
      { kind: 'equation', tag: 'gan.3' },
    ]);
  });

  test('names lead to their definitions, across files and through types', () => {
    const sources = readSources();
    const definitions = new Definitions();
    onTestFinished(() => definitions.close());
    definitions.read(sources);
    const linear = sources.find(({ file }) => file === 'src/layers/linear.ts');
    const lineOf = (file: string, line: number) =>
      sources.find((each) => each.file === file)?.text.split('\n')[line - 1];
    const found = definitions.of('src/layers/linear.ts').map((use) => {
      return { name: linear?.text.slice(use.start, use.end), file: use.file, text: lineOf(use.file, use.line) };
    });
    expect(found).toContainEqual({
      name: 'Parameter',
      file: 'src/layers/parameter.ts',
      text: expect.stringMatching(/^export class Parameter/),
    });
    // this.weight.frozen: the type of one file, the property of another
    expect(found).toContainEqual({
      name: 'frozen',
      file: 'src/layers/parameter.ts',
      text: expect.stringMatching(/^ {2}frozen/),
    });
    expect(found.filter(({ name, text }) => !text?.includes(String(name)))).toEqual([]);
    // A local variable is defined a few lines above, where one sees it.
    expect(found.map(({ name }) => name)).not.toContain('dOut');
  });
});

describe('code', () => {
  test('keeps its text, and puts marks around it wherever tokens end', () => {
    const code = 'const a = f(b); // (a.1)';
    const start = code.indexOf('f(b)');
    const [line] = highlight(code, 'typescript', [{ start, end: start + 4, open: '<b>', close: '</b>' }]);
    const text = (html: string) => html.replace(/<[^>]*>/g, '').replaceAll('&#39;', "'");
    expect(text(line)).toBe(code);
    expect(text(line.match(/<b>(.*)<\/b>/)?.[1] ?? '')).toBe('f(b)');
  });
});

describe('links', () => {
  test('a page, a place and an anchor that are not there are named', () => {
    const files = new Map([
      ['a.html', '<a href="b.html#x">1</a><a href="c/d.html">2</a><a href="#y">3</a><p id="z"></p><p id="z"></p>'],
      ['b.html', '<p id="w">'],
      ['c/d.html', '<a href="../a.html#z">up</a>'],
    ]);
    expect(brokenLinks(files)).toEqual([
      'a.html: two places have the anchor #z',
      'a.html: the link to b.html#x leads to no place on that page',
      'a.html: the link to #y leads to no place on that page',
    ]);
    expect(brokenLinks(new Map([['a.html', '<a class="x" href="e.html">']]))).toEqual([
      'a.html: the link to e.html leads to no page',
    ]);
    expect(upFrom('src/layers/linear.ts.html')).toBe('../../');
  });

  test('a site is not made while a link is broken or a page has mistakes', () => {
    const site = (...pages: (() => string)[]) => new Map(pages.map((make, index) => [`${index}.html`, make]));
    const refused = (mistake: string) => () => {
      throw new Mistakes([mistake]);
    };
    expect([...makeAll(site(() => '<a href="0.html">'))]).toEqual([['0.html', '<a href="0.html">']]);
    expect(() => makeAll(site(() => '<a href="x.html">'))).toThrow('0.html: the link to x.html leads to no page');
    expect(() => makeAll(site(refused('one'), () => '', refused('two')))).toThrow('2 mistakes\n  one\n  two');
  });
});

describe('numbers', () => {
  const computed = (expected: string, actual: unknown) =>
    asWritten({ statement: '', at: 0, expected, actual: JSON.stringify(actual) });

  test('are shown as the code computed them, as exactly as the chapter gives them', () => {
    expect(computed('[[-0.9, 0.50]]', [[-0.94132, 0.50137]])).toBe('[[-0.9, 0.50]]');
    expect(computed('1.2e-7', 1.24e-7)).toBe('1.2e-7');
    expect(computed('0.0', -0.001)).toBe('0.0');
    expect(computed("'real'", 'real')).toBe("'real'");
    // What was written is not what is shown.
    expect(computed('[0.10, 0.20]', [0.314, 0.271])).toBe('[0.31, 0.27]');
  });

  test('errors in powers of ten, arrays as matrices', () => {
    expect(scientific(1.44e-10)).toBe('1.4 × 10<sup>−10</sup>');
    expect(scientific(0)).toBe('0');
    expect(matrix('[[[[-0.9, 0.5], [1, 2]]]]')).toBe('\\begin{bmatrix} -0.9 & 0.5 \\\\ 1 & 2 \\end{bmatrix}');
    expect(matrix('[[-8.3]]')).toBe('-8.3');
    expect(matrix('[1, 2]')).toBe('\\begin{bmatrix} 1 & 2 \\end{bmatrix}');
  });
});
