import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decode } from 'fast-png';
import { curvesToSvg, type Panel } from '../../src/pictures/curves.ts';
import { toGif } from '../../src/pictures/film.ts';
import type { Picture } from '../../src/pictures/picture.ts';
import { writeWhole } from '../../src/training/write-whole.ts';
import type { Metrics } from './metrics.ts';
import type { RunConfig } from './run-config.ts';

const FILM = 'film.gif';

/** Writes film.gif, the pictures of all epochs one after the other. */
export function writeFilm(folder: string): void {
  const pictures = epochs(folder).map((name): Picture => {
    const { width, height, data } = decode(readFileSync(join(folder, name)));
    return { width, height, data: Uint8Array.from(data) };
  });
  if (pictures.length > 0) writeWhole(join(folder, FILM), toGif(pictures));
}

/** Writes curves.svg and report.html, which shows everything in the folder. */
export function writeReport(folder: string, config: RunConfig, metrics: readonly Metrics[]): void {
  const kind = metrics.some((line) => 'discriminatorLoss' in line) ? 'gan' : 'classifier';
  writeWhole(
    join(folder, 'curves.svg'),
    curvesToSvg(kind === 'gan' ? ganPanels(metrics) : classifierPanels(metrics), 'step'),
  );
  writeWhole(join(folder, 'report.html'), page(folder, config, kind, metrics));
}

function ganPanels(metrics: readonly Metrics[]): readonly Panel[] {
  return [
    linear('Loss', { discriminator: 'discriminatorLoss', generator: 'generatorLoss' }, metrics),
    linear(
      "The discriminator's mean verdict",
      { 'on real images': 'realScore', 'on generated ones': 'fakeScore' },
      metrics,
    ),
    {
      title: '‖dL/dimage‖: the length of the gradient that reaches the generated images',
      scale: 'log',
      curves: [{ name: 'dL/dimage', points: points(metrics, (line) => line.imageGradient) }],
    },
    gradients('‖dL/dθ‖ of each layer of the generator', 'generatorGradients', metrics),
    gradients('‖dL/dθ‖ of each layer of the discriminator', 'discriminatorGradients', metrics),
  ];
}

function classifierPanels(metrics: readonly Metrics[]): readonly Panel[] {
  return [
    linear('Loss', { 'of the batch': 'loss', 'of held-out digits': 'heldOutLoss' }, metrics),
    linear('Accuracy', { 'on the batch': 'accuracy', 'on held-out digits': 'heldOutAccuracy' }, metrics),
    gradients('‖dL/dθ‖ of each layer', 'gradients', metrics),
  ];
}

function linear(title: string, named: Readonly<Record<string, string>>, metrics: readonly Metrics[]): Panel {
  const curves = Object.entries(named).map(([name, key]) => ({ name, points: points(metrics, (line) => line[key]) }));
  return { title, scale: 'linear', curves };
}

/** A curve for each member of a group of numbers. */
function gradients(title: string, key: string, metrics: readonly Metrics[]): Panel {
  const group = (line: Metrics) => (typeof line[key] === 'object' ? line[key] : {});
  const names = new Set(metrics.flatMap((line) => Object.keys(group(line))));
  const curves = [...names].map((name) => ({ name, points: points(metrics, (line) => group(line)[name]) }));
  return { title, scale: 'log', curves };
}

function points(metrics: readonly Metrics[], value: (line: Metrics) => Metrics[string] | undefined) {
  return metrics.flatMap((line) => {
    const [x, y] = [line.step, value(line)];
    return typeof x === 'number' && typeof y === 'number' ? [[x, y] as const] : [];
  });
}

function epochs(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => /^epoch-\d+\.png$/.test(name))
    .sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
}

/** What stands at the left and at the right of each picture. */
const pictured = {
  gan: 'what the generator makes of the same noise each time, and beside it the gradient that reaches each image: blue asks for a brighter pixel, red for a darker one',
  classifier:
    'the held-out digits that the network finds hardest, and beside each the gradient of its loss: blue asks for a brighter pixel, red for a darker one',
};

function page(folder: string, config: RunConfig, kind: keyof typeof pictured, metrics: readonly Metrics[]): string {
  const pictures = epochs(folder);
  const last = metrics.at(-1);
  const rows = (entries: readonly (readonly [string, unknown])[]) =>
    entries.map(([name, value]) => `<tr><th>${escaped(name)}<td>${escaped(String(value))}`).join('\n');
  const numbers = Object.entries(last ?? {}).filter(([, value]) => typeof value === 'number');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(config.model)}: a training run</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 960px; margin: 2em auto; padding: 0 1em; color: #222 }
  img { max-width: 100%; height: auto }
  table { border-collapse: collapse; display: inline-table; vertical-align: top; margin: 0 3em 1em 0 }
  th { font-weight: normal; text-align: left; color: #666; padding-right: 1.5em }
  td { font-variant-numeric: tabular-nums }
  pre { white-space: pre-wrap }
  input { width: 100% }
  .epochs img { display: block; margin-bottom: 1em }
</style>
<h1>${escaped(config.model)}</h1>
${pictures.length > 0 ? epochViewer(pictures, pictured[kind]) : '<p>No epoch is over yet.</p>'}
${existsSync(join(folder, FILM)) ? `<p><a href="${FILM}">${FILM}</a> shows them one after the other.</p>` : ''}
<h2>Curves</h2>
<p>A line is the mean over some steps, the pale band behind it from the least to the greatest.</p>
<p><img src="curves.svg" alt="Losses and norms of gradients over the steps"></p>
<h2>The run</h2>
<table>${rows([['kernels', config.kernels], ...Object.entries(config.flags).filter(([name]) => name !== 'kernels')])}</table>
<table>${rows(numbers)}</table>
<p>Every step's numbers are in <a href="metrics.jsonl">metrics.jsonl</a>, the weights in <code>checkpoints</code>.
To go on with the run where it was stopped${kind === 'gan' ? ', or to make it longer' : ''}:</p>
<pre>npm run train -- --resume ${escaped(folder)}${kind === 'gan' ? ' [--epochs N]' : ''}</pre>
`;
}

function epochViewer(pictures: readonly string[], what: string): string {
  const count = pictures.length;
  return `<p>After each epoch: ${what}.</p>
<p><img id="picture" src="${pictures[count - 1]}" alt="The picture of an epoch"></p>
<p><label><output id="name">epoch ${count} of ${count}</output>
<input id="epoch" type="range" min="1" max="${count}" value="${count}"></label></p>
<script>
  const pictures = ${JSON.stringify(pictures)};
  const [picture, name, epoch] = ['picture', 'name', 'epoch'].map((id) => document.getElementById(id));
  epoch.oninput = () => {
    picture.src = pictures[epoch.value - 1];
    name.textContent = 'epoch ' + epoch.value + ' of ' + pictures.length;
  };
</script>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
