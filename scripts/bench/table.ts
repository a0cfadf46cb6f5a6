/** Tables of 80 columns at most: a name at the left, numbers at the right. */
const WIDTH = 80;

export function heading(text: string): string {
  return `\n${text}\n${'─'.repeat(Math.min(WIDTH, text.length))}`;
}

/** A row whose first cell takes what the others leave. Cells that are missing stay empty. */
export function row(name: string, cells: readonly (string | undefined)[], widths: readonly number[]): string {
  const right = cells.map((cell, i) => (cell ?? '–').padStart(widths[i])).join('');
  return name.padEnd(Math.max(0, nameWidth(widths))) + right;
}

/** So many columns are left for the names. */
function nameWidth(widths: readonly number[]): number {
  return Math.min(34, WIDTH - widths.reduce((sum, width) => sum + width, 0));
}

/** Three digits that count: 0.123, 1.23, 12.3, 123, 1,234. */
export function threeDigits(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en');
  return value.toFixed(Math.min(3, value >= 10 ? 1 : value >= 1 ? 2 : 3));
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** The words in lines of 80 columns at most. */
export function wrap(text: string): string {
  const lines = [''];
  for (const word of text.split(/\s+/)) {
    const last = lines[lines.length - 1];
    if (last === '') lines[lines.length - 1] = word;
    else if (last.length + 1 + word.length <= WIDTH) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.join('\n');
}
