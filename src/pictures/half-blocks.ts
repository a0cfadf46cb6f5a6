import type { Picture } from './picture.ts';

/** The colours that a terminal shows: any, or the 256 of its palette. */
export type TerminalColours = 'rgb' | 'palette';

/**
 * The picture as lines of text for a terminal. Each character is two pixels, one above the other: an upper half block
 * in the colour of the one on a ground in the colour of the other, which makes pixels about square.
 */
export function toHalfBlocks({ width, height, data }: Picture, colours: TerminalColours): string[] {
  const code = colours === 'rgb' ? rgbCode : paletteCode;
  const pixel = (x: number, y: number) => code(data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3));
  return Array.from({ length: Math.ceil(height / 2) }, (_, row) => {
    let line = '';
    for (let x = 0; x < width; x++) {
      // Below the last row of an odd height there is nothing: 49 is the terminal's own ground.
      const ground = 2 * row + 1 < height ? `48;${pixel(x, 2 * row + 1)}` : '49';
      line += `\x1b[38;${pixel(x, 2 * row)};${ground}m▀`;
    }
    return `${line}\x1b[0m`;
  });
}

function rgbCode([red, green, blue]: Uint8Array): string {
  return `2;${red};${green};${blue}`;
}

/**
 * The nearest colour of the palette: one of its greys, 232 to 255, or of its cube of 6 · 6 · 6 colours, 16 to 231.
 */
function paletteCode([red, green, blue]: Uint8Array): string {
  if (red === green && green === blue && red >= 4 && red <= 246) {
    return `5;${232 + Math.min(Math.max(Math.round((red - 8) / 10), 0), 23)}`;
  }
  const [dr, dg, db] = [red - 255, green - 255, blue - 255];
  const length = Math.hypot(dr, dg, db) || 1;
  let [nearest, least] = [16, Infinity];
  for (let c = 0; c < 216; c++) {
    const [r, g, b] = [CUBE[Math.floor(c / 36)] - 255, CUBE[Math.floor(c / 6) % 6] - 255, CUBE[c % 6] - 255];
    // A pale red may become a paler one, but not a pale violet: what leads away from the line to white counts more.
    const along = (r * dr + g * dg + b * db) / length;
    const away = r * r + g * g + b * b - along * along;
    const distance = (along - length) ** 2 + 8 * away;
    if (distance < least) [nearest, least] = [16 + c, distance];
  }
  return `5;${nearest}`;
}

const CUBE = [0, 95, 135, 175, 215, 255];
