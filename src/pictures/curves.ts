/** One line of a panel: its points [x, y] from left to right. */
export interface Curve {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Panel {
  readonly title: string;
  readonly scale: 'linear' | 'log';
  readonly curves: readonly Curve[];
}

/**
 * Panels of curves below one another over one x axis, as an SVG picture. Of a curve with very many points the mean of
 * each stretch is drawn, and behind it, pale, from the least to the greatest of the stretch. On a logarithmic scale
 * what is not above 0 is left out.
 */
export function curvesToSvg(panels: readonly Panel[], xTitle: string): string {
  const drawn = panels.map(({ curves, ...panel }) => ({
    ...panel,
    curves: curves
      .map(({ name, points }) => ({
        name,
        points: points.filter(
          ([x, y]) => Number.isFinite(x) && Number.isFinite(y) && (panel.scale === 'linear' || y > 0),
        ),
      }))
      .filter(({ points }) => points.length > 0),
  }));
  const xs = drawn.flatMap(({ curves }) => curves.flatMap(({ points }) => points.map(([x]) => x)));
  const x = axis('linear', xs, LEFT, LEFT + PLOT_WIDTH);
  const height = TOP + drawn.length * PANEL + 34;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" ` +
      'font-family="system-ui, sans-serif" font-size="12" fill="#333">',
    `<rect width="${WIDTH}" height="${height}" fill="white"/>`,
    ...drawn.flatMap((panel, index) => drawPanel(panel, x, TOP + index * PANEL)),
    ...x.ticks.map((tick) => text(x.place(tick), height - 22, 'middle', String(tick))),
    text(LEFT + PLOT_WIDTH / 2, height - 5, 'middle', xTitle),
    '</svg>',
    '',
  ].join('\n');
}

const WIDTH = 900;
const LEFT = 70;
const PLOT_WIDTH = 620;
const TOP = 12;
/** The height of a panel with its title and the room below it. */
const PANEL = 210;
const PLOT_TOP = 26;
const PLOT_HEIGHT = 164;
/** As many stretches as a curve is drawn in at most. */
const STRETCHES = 310;
/** Told apart by the colour-blind too (Okabe and Ito). */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#777777', '#111111'];

interface Axis {
  readonly place: (value: number) => number;
  readonly ticks: readonly number[];
}

function drawPanel({ title, scale, curves }: Panel, x: Axis, top: number): string[] {
  const [plotTop, bottom] = [top + PLOT_TOP, top + PLOT_TOP + PLOT_HEIGHT];
  const values = curves.flatMap(({ points }) => points.map(([, y]) => y));
  const y = axis(scale, values, bottom, plotTop);
  const lines = [text(LEFT, top + 14, 'start', title, 'font-weight="600"')];
  for (const tick of y.ticks) {
    const at = round(y.place(tick));
    lines.push(
      `<path d="M${LEFT} ${at}H${LEFT + PLOT_WIDTH}" stroke="#ddd"/>`,
      text(LEFT - 8, at + 4, 'end', label(tick)),
    );
  }
  for (const tick of x.ticks) lines.push(`<path d="M${round(x.place(tick))} ${bottom}v4" stroke="#999"/>`);
  const thinned = curves.map(({ points }) => stretches(points));
  const onPlot = (points: readonly (readonly [number, number])[]) =>
    points.map(([px, py]) => `${round(x.place(px))} ${round(y.place(py))}`).join('L');
  for (const [index, parts] of thinned.entries()) {
    if (parts.length === curves[index].points.length) continue;
    const around = [
      ...parts.map((part) => [part.x, part.greatest] as const),
      ...parts.map((part) => [part.x, part.least] as const).reverse(),
    ];
    lines.push(`<path d="M${onPlot(around)}Z" fill="${colour(index)}" opacity="0.15"/>`);
  }
  for (const [index, parts] of thinned.entries()) {
    const means = parts.map((part) => [part.x, part.mean] as const);
    const shape =
      means.length > 1 ? 'fill="none" stroke-width="1.5"' : 'fill="none" stroke-width="5" stroke-linecap="round"';
    // A single point is a line of no length, whose round ends make a dot.
    lines.push(`<path d="M${onPlot(means)}${means.length > 1 ? '' : 'h0'}" ${shape} stroke="${colour(index)}"/>`);
    const row = plotTop + 10 + index * 18;
    lines.push(
      `<path d="M${LEFT + PLOT_WIDTH + 14} ${row - 4}h16" stroke="${colour(index)}" stroke-width="3"/>`,
      text(LEFT + PLOT_WIDTH + 36, row, 'start', curves[index].name),
    );
  }
  if (curves.length === 0) lines.push(text(LEFT + PLOT_WIDTH / 2, plotTop + PLOT_HEIGHT / 2, 'middle', 'nothing yet'));
  lines.push(`<path d="M${LEFT} ${plotTop}V${bottom}H${LEFT + PLOT_WIDTH}" fill="none" stroke="#999"/>`);
  return lines;
}

/** The values spread over the pixels between `from` and `to`, with some round numbers among them. */
function axis(scale: 'linear' | 'log', values: readonly number[], from: number, to: number): Axis {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  if (low > high) [low, high] = scale === 'log' ? [1, 10] : [0, 1];
  if (scale === 'log') {
    const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
    const end = Math.max(last, first + 1);
    const every = Math.ceil((end - first) / 6);
    const ticks = Array.from({ length: Math.floor((end - first) / every) + 1 }, (_, n) => 10 ** (first + n * every));
    return { ticks, place: (value) => from + ((Math.log10(value) - first) / (end - first)) * (to - from) };
  }
  if (low === high) [low, high] = [low - 0.5, high + 0.5];
  const step = roundStep((high - low) / 5);
  [low, high] = [Math.floor(low / step) * step, Math.ceil(high / step) * step];
  const ticks = Array.from({ length: Math.round((high - low) / step) + 1 }, (_, n) =>
    Number((low + n * step).toPrecision(12)),
  );
  return { ticks, place: (value) => from + ((value - low) / (high - low)) * (to - from) };
}

/** The least of 1, 2, 5, 10, 20, 50, … (and .5, .2, …) that is not below `size`. */
function roundStep(size: number): number {
  const power = 10 ** Math.floor(Math.log10(size));
  return ([1, 2, 5].find((factor) => factor * power >= size) ?? 10) * power;
}

function stretches(points: Curve['points']) {
  const size = Math.ceil(points.length / STRETCHES);
  return Array.from({ length: Math.ceil(points.length / size) }, (_, n) => {
    const part = points.slice(n * size, (n + 1) * size);
    const ys = part.map(([, y]) => y);
    return {
      x: part[Math.floor(part.length / 2)][0],
      mean: ys.reduce((sum, y) => sum + y) / ys.length,
      least: Math.min(...ys),
      greatest: Math.max(...ys),
    };
  });
}

function colour(index: number): string {
  return COLOURS[index % COLOURS.length];
}

function label(value: number): string {
  return value !== 0 && (Math.abs(value) < 0.001 || Math.abs(value) >= 1e5) ? value.toExponential() : String(value);
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}

function text(x: number, y: number, anchor: 'start' | 'middle' | 'end', content: string, style = ''): string {
  const safe = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}" ${style}>${safe}</text>`;
}
