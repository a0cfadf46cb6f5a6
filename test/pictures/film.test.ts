import { describe, expect, test } from 'vitest';
import type { Picture } from '../../src/index.ts';
import { toGif } from '../../src/node.ts';

const plain = (width: number, height: number, colour: readonly number[]): Picture => ({
  width,
  height,
  data: Uint8Array.from({ length: width * height * 3 }, (_, i) => colour[i % 3]),
});
const [black, red] = [plain(6, 4, [0, 0, 0]), plain(6, 4, [248, 0, 0])];

/** The fields of a GIF's graphic control extensions: one stands before each frame. */
function frames(gif: Uint8Array): { delay: number }[] {
  const found: { delay: number }[] = [];
  for (let at = 0; at < gif.length - 5; at++) {
    if (gif[at] === 0x21 && gif[at + 1] === 0xf9 && gif[at + 2] === 4)
      found.push({ delay: gif[at + 4] + 256 * gif[at + 5] });
  }
  return found;
}

describe('toGif', () => {
  test('is a GIF of that size that starts over, with a frame for each picture, the last held longer', () => {
    const gif = toGif([black, red, black], { milliseconds: 100 });
    expect(new TextDecoder().decode(gif.subarray(0, 6))).toBe('GIF89a');
    expect([gif[6], gif[7], gif[8], gif[9]]).toEqual([6, 0, 4, 0]);
    // The delays are in hundredths of a second.
    expect(frames(gif)).toEqual([{ delay: 10 }, { delay: 10 }, { delay: 50 }]);
    expect(new TextDecoder('latin1').decode(gif)).toContain('NETSCAPE2.0\x03\x01\x00\x00');
    expect(gif.at(-1)).toBe(0x3b);
    expect(frames(toGif([black]))).toEqual([{ delay: 200 }]);
  });

  test('the palette of a frame has its colours', () => {
    const gif = toGif([red]);
    expect([...gif].join()).toContain([248, 0, 0].join());
    expect([...toGif([black])].join()).not.toContain([248, 0, 0].join());
  });

  test('refuses no pictures, and pictures of different sizes', () => {
    expect(() => toGif([])).toThrow(/^toGif: a film needs at least one picture$/);
    const message = /^toGif: the pictures of a film must be of one size, but the first is 6 × 4 and number 2 is 4 × 6$/;
    expect(() => toGif([red, plain(4, 6, [0, 0, 0])])).toThrow(message);
    expect(() => toGif([red, plain(6, 5, [0, 0, 0])])).toThrow(/number 2 is 6 × 5/);
  });
});
