import { dirname } from 'node:path/posix';
import type { Book } from '../book.ts';
import { chapterPath, escapeHtml, sourcePath } from '../html.ts';
import { questions } from '../questions.ts';
import { questionOf } from './chapter-page.ts';
import type { Page } from './layout.ts';
import { summaryOf } from './source-page.ts';

/** The first page: what the book is, the questions that it answers, its chapters. */
export function contentsPage(book: Book): Page {
  const chapters = book.chapters.map(
    (chapter) =>
      `<li value="${chapter.number}"><a href="${chapterPath(chapter.file)}">${escapeHtml(chapter.title)}</a><p>${escapeHtml(questionOf(chapter))}</p></li>`,
  );
  const checks = book.measurements.checks;
  const compared = checks.reduce((sum, { entries }) => sum + entries, 0).toLocaleString('en-US');
  const largest = Math.max(...checks.map(({ largestError }) => largestError));
  const computed = Object.values(book.measurements.examples).reduce((sum, { length }) => sum + length, 0);
  const description =
    'Every layer of a neural network with a forward and a hand-derived backward, all the way through a GAN: the derivations and the code they end in, side by side.';
  const main = `<article>
<header class="title"><h1>Backpropagation, with nothing hidden</h1></header>
<p class="lead">Every layer here is a class with a <code>forward</code> and a <code>backward</code> that was derived by hand. There is no autograd anywhere. The derivation stands on the left, the code that it ends in on the right, and each equation knows its line.</p>
<p class="start"><a class="button" href="generator.html">How is backprop done for the generator of a GAN?</a> <a class="button plain" href="${chapterPath(book.chapters[0].file)}">Begin with the chain rule</a> <a class="button plain" href="#chapters">The chapters</a></p>
<h2 id="questions">Questions that people ask</h2>
<ul class="questions">
${questions.map(({ question, at }) => `<li><a href="${at}">${escapeHtml(question)}</a></li>`).join('\n')}
</ul>
<h2 id="chapters">The chapters</h2>
<ol class="chapters">
${chapters.join('\n')}
</ol>
<h2 id="measured">What was measured when these pages were built</h2>
<p>${checks.length} layers, losses and training steps against centred differences, ${compared} numbers in all: the largest relative error of a tensor is ${largest.toExponential(1)}. ${computed} numbers in the worked examples, each computed by the line of code that it stands beside. A chapter that contradicts the code is not built.</p>
</article>`;
  return { path: 'index.html', title: 'Backpropagation, with nothing hidden', description, kind: 'contents', main };
}

/** The folders of src/ in the order in which they are read; others come last. */
const FOLDERS = [
  'layers',
  'losses',
  'optimizers',
  'training',
  'models',
  'gradient-check',
  'trace',
  'kernels',
  'tensor',
  'data',
  'pictures',
  'export',
];

/** All source files, folder by folder, each with its first sentence. */
export function filesPage(book: Book): Page {
  const folders = new Map<string, string[]>();
  for (const { file, text } of book.sources.values()) {
    const name = file.slice(dirname(file).length + 1);
    const summary = escapeHtml(summaryOf({ file, text }) ?? '');
    const item = `<li><a href="${sourcePath(file)}">${escapeHtml(name)}</a>${summary && `<p>${summary}</p>`}</li>`;
    folders.set(dirname(file), [...(folders.get(dirname(file)) ?? []), item]);
  }
  const rank = (folder: string) => [...FOLDERS, folder.split('/')[1]].indexOf(folder.split('/')[1]);
  const inOrder = [...folders].sort(([one], [other]) => rank(one) - rank(other) || (one < other ? -1 : 1));
  const lists = inOrder.map(
    ([folder, items]) =>
      `<h2 id="${folder.replaceAll('/', '-')}">${folder}/</h2>\n<ul class="files">\n${items.join('\n')}\n</ul>`,
  );
  const description = 'The whole source of handgrad, file by file, its comments as prose beside the code.';
  const main = `<article><header class="title"><h1>The source</h1></header>
<p class="lead">Each file with its comments as prose beside the code that they belong to. Every name leads to its definition, every tag to its equation.</p>
${lists.join('\n')}</article>`;
  return { path: 'source.html', title: 'The source', description, kind: 'files', main };
}
