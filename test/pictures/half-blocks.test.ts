import { describe, expect, test } from 'vitest';
import { tensor } from '../../src/index.ts';
import { toHalfBlocks } from '../../src/pictures/half-blocks.ts';
import { heatMapGrid, type Picture } from '../../src/pictures/picture.ts';

const picture = (width: number, ...pixels: number[][]): Picture => ({
  width,
  height: pixels.length / width,
  data: new Uint8Array(pixels.flat()),
});

describe('toHalfBlocks', () => {
  test('two rows of pixels make one line: the upper in the colour of the block, the lower in that of its ground', () => {
    const lines = toHalfBlocks(picture(2, [1, 2, 3], [4, 5, 6], [7, 8, 9], [255, 0, 128]), 'rgb');
    expect(lines).toEqual(['\x1b[38;2;1;2;3;48;2;7;8;9m▀\x1b[38;2;4;5;6;48;2;255;0;128m▀\x1b[0m']);
  });

  test('below an odd last row the ground is the terminal’s', () => {
    expect(toHalfBlocks(picture(1, [1, 1, 1], [2, 2, 2], [3, 3, 3]), 'rgb')[1]).toBe('\x1b[38;2;3;3;3;49m▀\x1b[0m');
  });

  // xterm's palette: 16 + 36r + 6g + b with parts 0 95 135 175 215 255, and the greys 8, 18, … 238 from 232.
  test.each([
    [[0, 0, 0], 16],
    [[255, 255, 255], 231],
    [[8, 8, 8], 232],
    [[128, 128, 128], 244],
    [[238, 238, 238], 255],
    [[255, 0, 0], 196],
    [[0, 0, 255], 21],
    [[95, 135, 175], 67],
  ])('%j is colour %i of the palette', (pixel, colour) => {
    expect(toHalfBlocks(picture(1, pixel), 'palette')).toEqual([`\x1b[38;5;${colour};49m▀\x1b[0m`]);
  });

  test('in the palette too every entry above zero is reddish or white, and every one below bluish or white', () => {
    const values = Array.from({ length: 101 }, (_, i) => (i - 50) / 50);
    const map = heatMapGrid(tensor([[values.map((value) => [value])]]), { columns: 1, scale: 1, gap: 0 });
    const codes = toHalfBlocks(map, 'palette').flatMap((line) =>
      [...line.matchAll(/[34]8;5;(\d+)/g)].map(([, code]) => Number(code)),
    );
    expect(codes).toHaveLength(values.length);
    for (const [i, code] of codes.entries()) {
      const [red, blue] = [Math.floor((code - 16) / 36), (code - 16) % 6];
      if (values[i] > 0) expect(red, `${values[i]}`).toBeGreaterThanOrEqual(blue);
      if (values[i] < 0) expect(blue, `${values[i]}`).toBeGreaterThanOrEqual(red);
      if (Math.abs(values[i]) >= 0.4) expect(red).not.toBe(blue);
    }
  });
});
