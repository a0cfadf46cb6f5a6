import type { Tensor } from './tensor.ts';

/** How many rows are printed: of a tensor that is printed for itself, and of one that stands inside something. */
const ROWS = { alone: 28, inside: 6 };

/** The part of util.inspect's options that matters here. */
export interface InspectOptions {
  /** How deep it was told to look. */
  readonly depth?: number | null;
  /** How wide a line may be. */
  readonly breakLength?: number;
}

/** Tensor float32 [64, 1, 28, 28] */
export function titleOf({ dtype, shape }: Tensor): string {
  return `Tensor ${dtype} [${shape.join(', ')}]`;
}

/**
 * What console.log shows in Node: the title, and the values in rows, every row a row of the last axis, with the index
 * of each matrix [n, c] above it. What is too long is cut in the middle. `depth` is how much deeper inspect may look.
 */
export function printed(
  t: Tensor,
  depth: number | null | undefined,
  { depth: most, breakLength = 80 }: InspectOptions = {},
): string {
  if (typeof depth === 'number' && depth < 0) return `[${titleOf(t)}]`;
  if (t.data.length === 0) return titleOf(t);
  const lines = matrices(t, depth === most ? ROWS.alone : ROWS.inside);
  const format = formatOf(lines.filter((line) => typeof line !== 'string').flat());
  const rows = lines.map((line) => (typeof line === 'string' ? line : line.map(format)));
  const cell = Math.max(...rows.flatMap((row) => (typeof row === 'string' ? [] : row.map(({ length }) => length))));
  const room = Math.max(Math.floor(Math.min(breakLength, 120) / (cell + 2)), 3);
  return [titleOf(t), ...rows.map((row) => `  ${typeof row === 'string' ? row : aligned(row, cell, room)}`)].join('\n');
}

/** The rows of the first matrices, as many as there is room for, and between them the lines that say where they stand. */
function matrices(t: Tensor, room: number): (string | readonly number[])[] {
  const W = t.shape.at(-1) ?? 1;
  const H = t.shape.at(-2) ?? 1;
  const leading = t.shape.slice(0, -2);
  const count = t.data.length / (H * W);
  const row = (m: number, h: number) => {
    const values = t.data.subarray((m * H + h) * W, (m * H + h + 1) * W);
    // No line has room for as many as that: the middle will be left out.
    return W <= 100 ? Array.from(values) : [...values.subarray(0, 50), ...values.subarray(-50)];
  };
  const lines: (string | readonly number[])[] = [];
  let m = 0;
  for (; m < count && (m === 0 || lines.length + H + 1 <= room); m++) {
    if (leading.length > 0) lines.push(`[${indexOf(m, leading).join(', ')}]`);
    const shown = H <= room ? H : room - 1;
    const head = Math.ceil(shown / 2);
    for (let h = 0; h < head; h++) lines.push(row(m, h));
    if (shown < H) lines.push(`… ${H - shown} more rows`);
    for (let h = H - (shown - head); h < H; h++) lines.push(row(m, h));
  }
  if (m < count) lines.push(`… ${count - m} more of [${H}, ${W}]`);
  return lines;
}

/** Which entry of the leading axes matrix m is. */
function indexOf(m: number, leading: readonly number[]): number[] {
  const index = leading.map(() => 0);
  for (let axis = leading.length - 1; axis >= 0; axis--) {
    index[axis] = m % leading[axis];
    m = Math.floor(m / leading[axis]);
  }
  return index;
}

/** The cells of a row under those of the other rows, without its middle where there is not room for all. */
function aligned(row: readonly string[], cell: number, room: number): string {
  const left = Math.ceil((room - 1) / 2);
  const shown = row.length <= room ? row : [...row.slice(0, left), '…', ...row.slice(row.length - (room - 1 - left))];
  return shown.map((text) => text.padStart(cell)).join('  ');
}

/** Whole numbers as they are; others with four digits of the largest, and 0 for what is exactly zero. */
function formatOf(values: readonly number[]): (value: number) => string {
  const finite = values.filter(Number.isFinite);
  const largest = finite.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const exponent = Math.floor(Math.log10(largest));
  if (finite.every(Number.isInteger) && exponent <= 6) return String;
  return (value) => {
    if (value === 0 || !Number.isFinite(value)) return String(value);
    return exponent < -3 || exponent > 6 ? value.toExponential(3) : value.toFixed(Math.max(3 - exponent, 0));
  };
}
