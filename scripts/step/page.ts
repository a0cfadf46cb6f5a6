import { type TerminalColours, toHalfBlocks } from '../../src/pictures/half-blocks.ts';
import { heatMapGrid, imageGrid } from '../../src/pictures/picture.ts';
import { fromData, show, type Tensor } from '../../src/tensor/tensor.ts';
import { toCharacters } from './characters.ts';
import type { Call, Pictures, Row } from './record.ts';
import type { Excerpt, SourceLine } from './source.ts';
import { largestOf } from './statistics.ts';

export interface PageOptions {
  /** The characters in a line. */
  readonly width: number;
  /**
   * How many lines there is room for. A page that needs more of them goes without its blank lines, and then without the
   * code beside its equations.
   */
  readonly height: number;
  /** undefined: none, not even bold. */
  readonly colours: TerminalColours | undefined;
}

/** The lines of the page of call `index`. */
export function pageOf(calls: readonly Call[], index: number, options: PageOptions): string[] {
  const { part, title, path, equations, rows, pictures } = calls[index];
  const { bold, dim } = styles(options);
  const heading = `${part}: ${title}`;
  const count = `${index + 1} of ${calls.length}`;
  const linesWith = (shown: readonly Excerpt[]) => [
    bold(heading) + dim(count.padStart(options.width - heading.length)),
    '',
    ...listing(path, shown, options),
    '',
    ...table(rows, options),
    ...(pictures ? ['', ...pictureLines(pictures, options)] : []),
  ];
  const lines = linesWith(equations);
  if (lines.length <= options.height) return lines;
  const dense = lines.filter((line) => line !== '');
  if (dense.length <= options.height) return dense;
  const bare = equations.map(({ file, lines }) => ({ file, lines: lines.filter(isEquation) }));
  return linesWith(bare).filter((line) => line !== '');
}

function isEquation({ text }: SourceLine): boolean {
  return text.startsWith('//') && text.endsWith(')');
}

/** The lines of source that led here, the last of them marked, and the equations of what they call. */
function listing(path: readonly Excerpt[], equations: readonly Excerpt[], options: PageOptions): string[] {
  const { bold, dim } = styles(options);
  const about = path.at(-1);
  const digits = Math.max(...[...path, ...equations].flatMap(({ lines }) => lines.map((l) => String(l.number).length)));
  let file: string | undefined;
  return [...path, ...equations].flatMap((excerpt) => {
    const lines = excerpt.lines.map(({ number, text }, l) => {
      const runs = excerpt === about && l === excerpt.lines.length - 1;
      const line = `${runs ? '▸' : ' '} ${String(number).padStart(digits)}  ${fitted(text, options.width - digits - 4)}`;
      return runs || isEquation({ number, text }) ? bold(line) : dim(line);
    });
    const heading = excerpt.file === file ? [] : [dim(excerpt.file)];
    file = excerpt.file;
    return [...heading, ...lines];
  });
}

/** A line of source in `width` characters, the equation's tag at the right end. */
function fitted(text: string, width: number): string {
  const [, comment, tag] = text.match(/^(\/\/.*?)\s+(\([a-z]+\.\d+\))$/) ?? [];
  if (tag === undefined) return cut(text, width);
  const shown = cut(comment, width - tag.length - 2);
  return shown + tag.padStart(width - widthOf(shown));
}

function cut(text: string, width: number): string {
  return widthOf(text) <= width ? text : `${text.slice(0, width - 1 + text.length - widthOf(text))}…`;
}

/** How many columns a text takes: the hat of m̂ is a character of its own, and takes none. */
export function widthOf(text: string): number {
  return text.replace(/\p{Mark}/gu, '').length;
}

function table(rows: readonly Row[], options: PageOptions): string[] {
  const { dim } = styles(options);
  const name = Math.max(...rows.map((row) => row.name.length)) + 2;
  const shapes = rows.map(({ of }) => (typeof of === 'string' ? '' : show(of.shape)));
  const shape = Math.max(...shapes.map(({ length }) => length), 5) + 1;
  const header = `${' '.repeat(name)}${'shape'.padEnd(shape)}${['norm', 'least', 'largest', 'zeros'].map((text) => text.padStart(10)).join('')}`;
  return [
    dim(header),
    ...rows.map(({ name: text, of }, r) => {
      if (typeof of === 'string') return `${text.padEnd(name)}${of}`;
      const numbers = [figure(of.norm), figure(of.least), figure(of.largest), percent(of.zeros)];
      return `${text.padEnd(name)}${shapes[r].padEnd(shape)}${numbers.map((number) => number.padStart(10)).join('')}`;
    }),
  ];
}

/** Four digits of a number. */
export function figure(value: number): string {
  const size = Math.abs(value);
  if (value === 0 || !Number.isFinite(value)) return String(value);
  return size >= 9.995e-4 && size < 1e4 ? value.toPrecision(4) : value.toExponential(2);
}

/** 0 % and 100 % are said only of none and of all. */
function percent(share: number): string {
  if (share === 0 || share === 1) return `${share * 100} %`;
  return `${Math.min(Math.max(share * 100, 0.1), 99.9).toFixed(1)} %`;
}

/** As many images as there is room for, and beside each its gradient. */
function pictureLines({ images, gradient }: Pictures, options: PageOptions): string[] {
  const [N, , , W] = images.shape;
  const kinds = gradient ? 2 : 1;
  const block = kinds * W + (kinds - 1) * 2;
  const count = Math.max(Math.min(Math.floor((options.width + 4) / (block + 4)), N), 1);
  const blocks = Array.from({ length: count }, (_, n) => {
    const image = labelled(n === 0 ? 'image' : '', only(images, n), false, options);
    if (!gradient) return image;
    const size = figure(largestOf(only(gradient, n)));
    return beside(image, labelled(`dL/dimage, ± ${size}`, only(gradient, n), true, options), 2);
  });
  const legend = gradient ? ['', legendOf(options)] : [];
  return [...blocks.reduce((left, right) => beside(left, right, 4)), ...legend];
}

function legendOf({ colours }: PageOptions): string {
  const [below, above] = colours ? ['Blue', 'Red'] : ['- and =', '+ and #'];
  return `${below}, below zero: a brighter pixel lowers the loss. ${above}: a darker one does.`;
}

/** One image [1, 1, H, W] in lines of W characters, under a line that says what it is. */
function labelled(text: string, image: Tensor, signed: boolean, { colours }: PageOptions): string[] {
  const W = image.shape[3];
  const options = { columns: 1, scale: 1, gap: 0 };
  const lines = colours
    ? toHalfBlocks(signed ? heatMapGrid(image, options) : imageGrid(image, options), colours)
    : toCharacters(image, signed);
  return [cut(text, W).padEnd(W), ...lines];
}

function beside(left: readonly string[], right: readonly string[], gap: number): string[] {
  return left.map((line, l) => `${line}${' '.repeat(gap)}${right[l]}`);
}

function only({ data, shape: [, ...shape] }: Tensor, n: number): Tensor {
  const size = shape.reduce((product, length) => product * length, 1);
  return fromData(data.subarray(n * size, (n + 1) * size), [1, ...shape]);
}

/** Bold for what matters, dim for the rest: both are readable on a dark and on a light ground. */
function styles({ colours }: PageOptions) {
  const style = (code: number) => (text: string) => (colours ? `\x1b[${code}m${text}\x1b[22m` : text);
  return { bold: style(1), dim: style(2) };
}
