import type { Picture } from '../../src/pictures/picture.ts';
import { escapeHtml } from './html.ts';

type Colour = readonly [red: number, green: number, blue: number];
type Scale = (value: number) => Colour;

const WHITE: Colour = [255, 255, 255];
const RED: Colour = [178, 24, 43];
const BLUE: Colour = [33, 102, 172];

/** Pixels: −1 is black, 1 is white. */
export const grey: Scale = (value) => {
  const level = Math.round((Math.min(Math.max(value, -1), 1) + 1) * 127.5);
  return [level, level, level];
};

/** A gradient, as the library's own pictures show it: red above zero, blue below, white at zero. */
export function heat(values: readonly (readonly number[])[]): Scale {
  const largest = Math.max(...values.flat().map(Math.abs));
  return (value) => mix(WHITE, value < 0 ? BLUE : RED, Math.abs(value) / largest);
}

/** A few pixels as SVG, each with its number. */
export function pixels(values: readonly (readonly number[])[], scale: Scale, label: string): string {
  const size = 84;
  const cells = values.flatMap((row, y) =>
    row.map((value, x) => {
      const colour = scale(value);
      const text = luminance(colour) > 0.4 ? '#111' : '#fff';
      return `<rect x="${x * size}" y="${y * size}" width="${size}" height="${size}" fill="rgb(${colour.join(' ')})"/><text x="${(x + 0.5) * size}" y="${(y + 0.5) * size + 6}" text-anchor="middle" fill="${text}">${value.toFixed(4).replace('-', '−')}</text>`;
    }),
  );
  const [width, height] = [values[0].length * size, values.length * size];
  return `<svg class="pixels" viewBox="-1 -1 ${width + 2} ${height + 2}" width="${width + 2}" height="${height + 2}" role="img" aria-label="${escapeHtml(label)}">${cells.join('')}<rect x="0" y="0" width="${width}" height="${height}" fill="none" stroke="#8a8a8a"/></svg>`;
}

/** What a shared link shows: the generated image, and the gradient that reaches it. 1200 × 630. */
export function sharedPicture(
  image: readonly (readonly number[])[],
  gradient: readonly (readonly number[])[],
): Picture {
  const [width, height] = [1200, 630];
  const data = new Uint8Array(width * height * 3);
  const fill = (left: number, top: number, w: number, h: number, colour: Colour) => {
    for (let y = top; y < top + h; y++) for (let x = left; x < left + w; x++) data.set(colour, (y * width + x) * 3);
  };
  fill(0, 0, width, height, [250, 249, 246]);
  const cell = 180;
  const square = (values: readonly (readonly number[])[], scale: Scale, left: number) => {
    fill(left - 3, 132, 2 * cell + 6, 2 * cell + 6, [120, 118, 112]);
    for (const [y, row] of values.entries()) {
      for (const [x, value] of row.entries()) fill(left + x * cell, 135 + y * cell, cell, cell, scale(value));
    }
  };
  square(image, grey, 150);
  square(gradient, heat(gradient), 690);
  // An arrow from the gradient to the image: backward.
  fill(566, 311, 84, 8, [180, 69, 31]);
  for (let i = 0; i < 34; i++) fill(550 + i, 315 - Math.floor(i * 0.7), 1, 2 * Math.floor(i * 0.7) + 1, [180, 69, 31]);
  return { width, height, data };
}

function mix(from: Colour, to: Colour, share: number): Colour {
  const part = (i: 0 | 1 | 2) => Math.round(from[i] + share * (to[i] - from[i]));
  return [part(0), part(1), part(2)];
}

/** Of white 1, of black 0, as WCAG defines it. */
function luminance(colour: Colour): number {
  const [red, green, blue] = colour.map((part) =>
    part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
