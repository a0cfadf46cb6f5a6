import type { Book } from '../book.ts';
import { codeLines, exampleHtml, placeName, preformatted } from '../code.ts';
import { chapterPath, equationAddress, escapeHtml, sourcePath } from '../html.ts';
import { renderMarkdown } from '../markdown.ts';
import { math } from '../math.ts';
import type { Computed } from '../measure.ts';
import { Mistakes } from '../mistakes.ts';
import { asWritten } from '../numbers.ts';
import { grey, heat, pixels } from '../pictures.ts';
import type { Page } from './layout.ts';

const CHAPTER = '20-gan.md';
const TRAINER = 'src/training/gan-trainer.ts';

/** One link of the chain. */
interface Step {
  readonly id: string;
  readonly title: string;
  /** Markdown. */
  readonly text: string;
  /** The equation, and the file whose line of it is shown. */
  readonly tag: string;
  readonly file: string;
  /** Values of the chapter's example: how they are called, and the statement that computes them. */
  readonly values: readonly { readonly name: string; readonly statement: string }[];
  readonly picture?: 'image' | 'gradient';
}

const forward: readonly Step[] = [
  {
    id: 'noise',
    title: 'Noise goes in',
    text: 'The generator G has one linear layer. It gets one random number, $`z = 0.5`$, and makes four numbers of it.',
    tag: 'linear.1',
    file: 'src/layers/linear.ts',
    values: [
      { name: 'W_G', statement: 'const weightBefore = toNested(weightG.value)' },
      { name: 'b_G', statement: 'const biasBefore = toNested(biasG.value)' },
      { name: 'a', statement: 'toNested(a)' },
    ],
  },
  {
    id: 'image',
    title: 'An image comes out',
    text: 'A tanh makes pixels of them, between −1 (black) and 1 (white). The real images have a bright stroke from top left to bottom right; this is close to the opposite.',
    tag: 'tanh.1',
    file: 'src/layers/tanh.ts',
    values: [{ name: '\\mathit{images}', statement: 'toNested(fakeImages)' }],
    picture: 'image',
  },
  {
    id: 'logit',
    title: 'The discriminator looks at it',
    text: 'The discriminator D has one linear layer as well: each pixel times its weight, and a bias. (D has just been trained on this very image and on a real one. Its gradient with respect to the pixels was dropped there: that is what *detach* means.)',
    tag: 'linear.1',
    file: 'src/layers/linear.ts',
    values: [
      { name: 'W_D', statement: 'toNested(weightD.value)' },
      { name: 'b_D', statement: 'toNested(biasD.value)' },
      { name: 's', statement: 'toNested(logit)' },
    ],
  },
  {
    id: 'verdict',
    title: 'Its verdict',
    text: 'A sigmoid makes a probability of the logit. D is fairly sure that the image is generated.',
    tag: 'sigmoid.1',
    file: 'src/layers/sigmoid.ts',
    values: [{ name: '\\mathit{verdict}', statement: 'toNested(verdict)' }],
  },
  {
    id: 'loss',
    title: 'The generator’s loss',
    text: 'G would like to hear “real”. So its loss is D’s own cross-entropy, with the target 1 for an image that G has made. This is where the generator’s error comes from: nobody says which image it should have made, only how D judges the one that it did.',
    tag: 'gan.2',
    file: TRAINER,
    values: [{ name: 'L_G', statement: 'loss.forward(verdict, real)' }],
  },
];

const backward: readonly Step[] = [
  {
    id: 'd-verdict',
    title: 'Back through the loss',
    text: 'How does the loss change with the verdict? For the target 1 this is $`-1 / \\mathit{verdict}`$, a large number, since D is sure.',
    tag: 'bce.2',
    file: 'src/losses/bce-loss.ts',
    values: [{ name: '\\mathit{dVerdict}', statement: 'toNested(dVerdict)' }],
  },
  {
    id: 'd-logit',
    title: 'Back through the sigmoid',
    text: 'The sigmoid multiplies by its slope, $`\\mathit{verdict} \\, (1 - \\mathit{verdict})`$, and takes back what the logarithm blew up: what is left is the verdict minus 1.',
    tag: 'sigmoid.2',
    file: 'src/layers/sigmoid.ts',
    values: [{ name: 'ds', statement: 'toNested(dLogit)' }],
  },
];

const middle: Step = {
  id: 'd-image',
  title: 'What arrives at the image',
  text: 'D’s linear layer hands each pixel that number times the pixel’s weight. D is *frozen* in this pass: its weights get no gradient, but the gradient goes through all of its layers. What comes out at its input is $`\\partial L_G / \\partial\\, \\mathit{images}`$, an array shaped like the images, and nothing else is needed from D.',
  tag: 'linear.2',
  file: 'src/layers/linear.ts',
  values: [{ name: '\\mathit{dImages}', statement: 'toNested(dImages)' }],
  picture: 'gradient',
};

const intoG: readonly Step[] = [
  {
    id: 'd-a',
    title: 'Back through the tanh',
    text: 'To G, dImages is the gradient of its output: a dOut like any other. The tanh multiplies each pixel’s number by $`1 - \\mathit{pixel}^2`$. The brightest pixel is where tanh is flattest, so there the wish shrinks most.',
    tag: 'tanh.2',
    file: 'src/layers/tanh.ts',
    values: [{ name: 'da', statement: 'toNested(da)' }],
  },
  {
    id: 'd-weights',
    title: 'Down to the generator’s weights',
    text: 'The linear layer: each weight gets its output’s number times its input, $`z = 0.5`$; each bias gets the number itself. That is the generator’s gradient. Nobody moves the pixels; G moves its weights, and the pixels follow.',
    tag: 'linear.3',
    file: 'src/layers/linear.ts',
    values: [
      { name: 'dW_G', statement: 'toNested(weightG.gradient)' },
      { name: 'db_G', statement: 'toNested(biasG.gradient)' },
    ],
  },
];

const update: Step = {
  id: 'update',
  title: 'One step, and the same noise again',
  text: 'Each parameter moves against its gradient, here with the learning rate 0.5. From the same noise G now makes another image: every pixel has moved the way it was asked to, and D’s verdict has doubled.',
  tag: 'sgd.4',
  file: 'src/optimizers/sgd.ts',
  values: [
    { name: 'W_G', statement: 'toNested(weightG.value)' },
    { name: '\\mathit{images}', statement: 'toNested(newImages)' },
    { name: '\\mathit{verdict}', statement: 'toNested(newVerdict)' },
  ],
  picture: 'image',
};

/** The whole chain on one page: how the gradient gets from the loss through D and the image into G. */
export function generatorPage(book: Book): Page {
  const computed = book.measurements.examples[CHAPTER] ?? [];
  const firstBlock =
    book.chapters.find(({ file }) => file === CHAPTER)?.text.match(/^```ts\n([\s\S]*?)^```$/m)?.[1] ?? '';
  const chapter = chapterPath(CHAPTER);
  const prose = (markdown: string) =>
    renderMarkdown(markdown, {
      file: `derivations/${CHAPTER}`,
      page: 'generator.html',
      equations: book.equations,
      badge: () => '',
      code: (code, language) => exampleHtml(code, language),
      sources: new Set(book.sources.keys()),
      chapters: new Set(book.chapters.map(({ file }) => `derivations/${file}`)),
      pictures: new Set(),
    }).html;
  const step = (each: Step) => stepHtml(book, computed, prose, each);
  const pixelCheck = computedBy(computed, '(pixelLoss(h) - pixelLoss(-h)) / (2 * h)');
  const weightCheck = computedBy(computed, '(weightLoss(h) - weightLoss(-h)) / (2 * h)');
  const page = { page: 'generator.html', tags: new Set<string>(), anchors: false };
  const trainer = codeLines(book, TRAINER, page);
  const inTrainer = linesBetween(
    book,
    TRAINER,
    "// G's update:",
    'generatorOptimizer.step();',
    '    const wereFrozen = freeze',
  );

  const main = `<header class="title"><h1>How is backprop done for the generator of a GAN?</h1></header>
<section class="row answer"><div class="prose">
<p class="lead">The generator’s error is <strong>the gradient of its loss with respect to the pixels it made</strong>, and the discriminator’s own <code>backward</code> returns it. Start at the loss, go back through D down to its input, and hand what comes out to G.</p>
<p>To D that array is the <code>dX</code> of its first layer; to G it is the <code>dOut</code> of its last. D’s weights stay as they are. That is the whole answer, and the function beside this is the whole code.</p>
<p>Below, one such pass through a GAN with four pixels: every equation, the line of code that implements it, and its numbers, which that code computed when this page was built.</p>
</div><div class="listing">${exampleHtml(firstBlock, 'ts')}</div></section>
<h2 id="forward">Forward: from noise to the loss</h2>
${forward.map(step).join('\n')}
<h2 id="backward">Backward: from the loss to the image</h2>
${backward.map(step).join('\n')}
${step(middle)}
${reading()}
<h2 id="into-g">Backward: from the image into the generator</h2>
${intoG.map(step).join('\n')}
<h2 id="check">Is it right?</h2>
<section class="row"><div class="prose">${prose(`Ask somebody who knows nothing of the chain rule. Move the top right pixel by $\`h = 0.01\`$ both ways, run D and the loss forward, and take the difference over $\`2h\`$: **${asWritten(pixelCheck)}**, as in dImages. Move G’s weight of the bottom left pixel, through all of G and all of D: **${asWritten(weightCheck)}**, as in $\`dW_G\`$.`)}
${prose(`A check of all five tensors at once, with a smaller step and in float64, is part of [the chapter](20-gan.md#6-is-it-right), where D’s own update is worked through as well.`)}</div><div class="listing">${preformatted(snippet(book, 'check.1', 'src/gradient-check/check-gradients.ts'))}</div></section>
<h2 id="step">The update</h2>
${step(update)}
<h2 id="trainer">The same in the library</h2>
<section class="row"><div class="prose">${prose(`A batch of any size and networks of any depth change nothing in this. Here is the generator’s half of the training step as [\`gan-trainer.ts\`](../src/training/gan-trainer.ts) has it: the line (gan.4) is *What arrives at the image*, the line (gan.5) is everything after it.`)}
${prose(`Where to go on: [why D is run again for this](20-gan.md#why-d-is-run-again-and-g-is-not), [what D’s step drops](20-gan.md#what-ds-step-drops), [log(1 − D) or −log D](20-gan.md#saturating-and-non-saturating), [the mistakes that people make](20-gan.md#mistakes-that-people-make).`)}</div><div class="listing">${preformatted(trainer.slice(inTrainer.first - 1, inTrainer.last))}</div></section>
<nav class="neighbours" aria-label="Where to go on"><a href="index.html"><span>Contents</span> The book</a><a rel="next" href="${chapter}"><span>The full story</span> The generator’s gradient</a></nav>`;
  return {
    path: 'generator.html',
    title: 'How is backprop done for the generator of a GAN?',
    description:
      'The gradient of the generator’s loss with respect to the pixels comes out of the discriminator’s own backward. The whole chain on one page: each equation, its line of code, and the numbers of a GAN with four pixels.',
    kind: 'generator',
    main,
  };
}

function reading(): string {
  return `<section class="row"><div class="prose">
<p>Read it as D’s list of wishes, drawn on the image. Raise one pixel by a small ε, and the loss changes by ε times its number:</p>
<ul><li><strong>negative</strong> (blue): brighten this pixel, and D finds the image more real;</li>
<li><strong>positive</strong> (red): darken it;</li>
<li><strong>near zero</strong>: D does not mind.</li></ul>
<p>It asks for the stroke from top left to bottom right. G has never seen a real image: it learns of the stroke through this array alone.</p>
</div><div class="listing"></div></section>`;
}

function stepHtml(book: Book, computed: readonly Computed[], prose: (markdown: string) => string, step: Step): string {
  const equation = book.equations.get(step.tag);
  if (!equation) throw new Mistakes([`generator.html: no chapter has the equation (${step.tag})`]);
  const values = step.values.map(({ name, statement }) => {
    const value = computedBy(computed, statement);
    const written = asWritten(value);
    return `<div class="value">${math(`${name} = ${matrix(written)}`, true)}<code class="array">${escapeHtml(written)}</code></div>`;
  });
  const picture = step.picture
    ? pictureOf(
        computed,
        step.picture,
        step.values.map(({ statement }) => statement),
      )
    : '';
  const citation = (book.citations.get(step.tag) ?? []).find(({ file }) => file === step.file);
  const where = citation ? `<a href="${sourcePath(step.file)}#L${citation.first}">${placeName(citation)}</a>` : '';
  return `<section class="row step${step.picture === 'gradient' ? ' middle' : ''}" id="${step.id}"><div class="prose"><h3>${escapeHtml(step.title)}<a class="anchor" href="#${step.id}" aria-label="Link to this step">§</a></h3>
${prose(step.text)}
<div class="equation"><div class="display">${math(equation.tex, true)}</div><a class="number" href="${equationAddress(equation)}">(${step.tag})</a></div>
</div><div class="listing"><p class="where">${where}</p>${preformatted(snippet(book, step.tag, step.file))}
<div class="values">${picture}${values.join('\n')}</div></div></section>`;
}

/** The lines of a file that implement an equation. */
function snippet(book: Book, tag: string, file: string) {
  const citation = (book.citations.get(tag) ?? []).find((each) => each.file === file);
  if (!citation) throw new Mistakes([`generator.html: ${file} does not cite (${tag})`]);
  const lines = codeLines(book, file, { page: 'generator.html', tags: new Set(), anchors: false });
  return lines.slice(citation.first - 1, citation.last);
}

function linesBetween(book: Book, file: string, from: string, to: string, includes: string) {
  const lines = (book.sources.get(file)?.text ?? '').split('\n');
  const first = lines.findIndex((line) => line.includes(from));
  const last = lines.findIndex((line, index) => index > first && line.includes(to));
  if (first === -1 || last === -1 || !lines.slice(first, last).some((line) => line.startsWith(includes))) {
    throw new Mistakes([`generator.html: ${file} has no lines from '${from}' to '${to}'`]);
  }
  return { first: first + 1, last: last + 1 };
}

/** The value of a statement in the chapter's example; of the last one where it stands there twice. */
function computedBy(computed: readonly Computed[], statement: string): Computed {
  const found = computed.findLast((each) => each.statement === statement || each.statement.endsWith(`= ${statement}`));
  if (!found) throw new Mistakes([`generator.html: the example of ${CHAPTER} does not compute '${statement}'`]);
  return found;
}

/** '[[-0.4621, 0.4621]]' as TeX. */
export function matrix(written: string): string {
  if (!written.startsWith('[')) return written;
  let value: unknown = JSON.parse(written.replace(/-?[\d.]+(e-?\d+)?/g, '"$&"'));
  // Batch and channel are 1 here.
  while (Array.isArray(value) && value.length === 1 && Array.isArray(value[0]) && Array.isArray(value[0][0]))
    value = value[0];
  const rows = (Array.isArray(value) && Array.isArray(value[0]) ? value : [value]) as string[][];
  if (rows.length === 1 && rows[0].length === 1) return rows[0][0];
  return `\\begin{bmatrix} ${rows.map((row) => row.join(' & ')).join(' \\\\ ')} \\end{bmatrix}`;
}

/** The four pixels of one of the chapter's values. */
export function fourPixels(book: Book, statement: string): number[][] {
  return JSON.parse(computedBy(book.measurements.examples[CHAPTER] ?? [], statement).actual)[0][0];
}

function pictureOf(computed: readonly Computed[], kind: 'image' | 'gradient', statements: readonly string[]): string {
  const statement = statements.find((each) => /Images\)$/.test(each)) ?? statements[0];
  const values: number[][] = JSON.parse(computedBy(computed, statement).actual)[0][0];
  const numbers = values
    .flat()
    .map((value) => value.toFixed(4))
    .join(', ');
  return kind === 'image'
    ? pixels(values, grey, `The image of 2 × 2 pixels: ${numbers}`)
    : pixels(
        values,
        heat(values),
        `The gradient at each of the 2 × 2 pixels: ${numbers}. Blue is negative, red positive.`,
      );
}
