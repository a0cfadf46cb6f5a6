import { decode } from 'fast-png';
import { describe, expect, test } from 'vitest';
import { heatMapGrid, imageGrid, type Picture, sideBySide, toPng } from '../../src/pictures/picture.ts';
import { tensor, zeros } from '../../src/tensor/tensor.ts';

function pixel({ data, width }: Picture, x: number, y: number): number[] {
  return [...data.slice((y * width + x) * 3, (y * width + x) * 3 + 3)];
}

describe('imageGrid', () => {
  test('puts image n at its row and column, its pixels in place', () => {
    const images = zeros([3, 1, 2, 2]);
    images.data.set([-1, 1, 0, 0.5], 8);
    const picture = imageGrid(images, { columns: 2, scale: 1, gap: 1 });
    expect([picture.width, picture.height]).toEqual([7, 7]);
    expect(pixel(picture, 0, 0)).toEqual([128, 128, 128]);
    expect(pixel(picture, 1, 4)).toEqual([0, 0, 0]);
    expect(pixel(picture, 2, 4)).toEqual([255, 255, 255]);
    expect(pixel(picture, 1, 5)).toEqual([128, 128, 128]);
    expect(pixel(picture, 2, 5)).toEqual([191, 191, 191]);
  });

  test('scales every pixel to a square and holds values to −1..1', () => {
    const picture = imageGrid(tensor([[[[-7, 7]]]]), { columns: 1, scale: 3, gap: 0 });
    expect([picture.width, picture.height]).toEqual([6, 3]);
    expect(pixel(picture, 2, 2)).toEqual([0, 0, 0]);
    expect(pixel(picture, 3, 0)).toEqual([255, 255, 255]);
  });

  test('refuses what is not a list of grey images', () => {
    expect(() => imageGrid(zeros([2, 3, 4, 4]), { columns: 1 })).toThrow('[N, 1, H, W], but these are [2, 3, 4, 4]');
    expect(() => imageGrid(zeros([2, 4]), { columns: 1 })).toThrow('[2, 4]');
  });
});

describe('heatMapGrid', () => {
  test('is white at zero, red above, blue below, each map on its own scale', () => {
    const picture = heatMapGrid(tensor([[[[0, 1, -1]]], [[[1e-9, -2e-9, 0]]]]), { columns: 1, scale: 1, gap: 0 });
    const [red, blue] = [
      [178, 24, 43],
      [33, 102, 172],
    ];
    expect(pixel(picture, 0, 0)).toEqual([255, 255, 255]);
    expect(pixel(picture, 1, 0)).toEqual(red);
    expect(pixel(picture, 2, 0)).toEqual(blue);
    expect(pixel(picture, 1, 1)).toEqual(blue);
    expect(pixel(picture, 0, 1)).toEqual([217, 140, 149]);
  });

  test('a map of zeros is white', () => {
    expect(pixel(heatMapGrid(zeros([1, 1, 1, 1]), { columns: 1, scale: 1, gap: 0 }), 0, 0)).toEqual([255, 255, 255]);
  });
});

test('without being told: two pixels for one, lines of two pixels, twelve between two pictures', () => {
  const picture = imageGrid(zeros([3, 1, 5, 4]), { columns: 2 });
  expect([picture.width, picture.height]).toEqual([2 * (2 * 4 + 2) + 2, 2 * (2 * 5 + 2) + 2]);
  expect(sideBySide(picture, picture).width).toBe(2 * picture.width + 12);
});

test('pictures of two heights stand on white, the left or the right one the taller', () => {
  const [low, high] = [1, 3].map((count) => imageGrid(zeros([count, 1, 1, 1]), { columns: 1, scale: 1, gap: 0 }));
  for (const [left, right] of [
    [low, high],
    [high, low],
  ]) {
    const both = sideBySide(left, right, 1);
    expect([both.width, both.height, both.data.length]).toEqual([3, 3, 27]);
    expect(pixel(both, left === low ? 0 : 2, 2)).toEqual([255, 255, 255]);
    expect(pixel(both, left === low ? 2 : 0, 2)).toEqual([128, 128, 128]);
  }
});

test('sideBySide and toPng keep every pixel', () => {
  const left = imageGrid(tensor([[[[-1, 1]]]]), { columns: 1, scale: 1, gap: 0 });
  const right = heatMapGrid(tensor([[[[1, -1]]]]), { columns: 1, scale: 1, gap: 0 });
  const both = sideBySide(left, right, 1);
  const png = decode(toPng(both));
  expect([png.width, png.height, png.channels, png.depth]).toEqual([5, 1, 3, 8]);
  expect([...png.data]).toEqual([0, 0, 0, 255, 255, 255, 255, 255, 255, 178, 24, 43, 33, 102, 172]);
});
