import { describe, expect, test } from 'vitest';
import { randomShifts } from '../../src/data/random-shifts.ts';
import { Random } from '../../src/tensor/random.ts';
import { tensor, toNested, zeros } from '../../src/tensor/tensor.ts';

/** All places of a 3 × 4 image different, in two channels, and 200 times the same. */
const one = [0, 1].map((c) => [0, 1, 2].map((h) => [0, 1, 2, 3].map((w) => (1 + 12 * c + 4 * h + w) / 100)));
const images = tensor(
  Array.from({ length: 200 }, () => one),
  'float64',
);

/** `one`, moved, with paper at the edges. */
function moved(down: number, right: number): number[][][] {
  return one.map((rows) => rows.map((row, h) => row.map((_, w) => rows[h - down]?.[w - right] ?? -1)));
}

describe('randomShifts', () => {
  test.each([0, 1, 2, 5])('moves each image by up to %i pixels each way, and every such move occurs', (most) => {
    const places = Array.from({ length: 2 * most + 1 }, (_, i) => i - most);
    const all = places.flatMap((down) => places.map((right) => JSON.stringify(moved(down, right))));
    const shifted = toNested<number[][][][]>(randomShifts(images, most, new Random(1))).map((x) => JSON.stringify(x));
    expect(shifted.filter((image) => !all.includes(image))).toEqual([]);
    // With 121 places for 200 images some are left out.
    if (most < 5) expect(new Set(shifted).size).toBe(new Set(all).size);
  });

  test('leaves the images that it is given alone', () => {
    const before = toNested(images);
    randomShifts(images, 2, new Random(1));
    expect(toNested(images)).toEqual(before);
  });

  test('refuses what is no batch of images, and moves that are none', () => {
    const random = new Random(1);
    expect(() => randomShifts(zeros([3, 4]), 1, random)).toThrow(
      'randomShifts: images must be [N, C, H, W], but they are [3, 4]',
    );
    expect(() => randomShifts(images, -1, random)).toThrow(/most must be a whole number from 0, not -1/);
    expect(() => randomShifts(images, 0.5, random)).toThrow(/most must be a whole number from 0/);
    expect(() => randomShifts(images, 1, undefined as never)).toThrow(/random must be a generator/);
  });
});
