import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { encode, type ImageData } from 'fast-png';
import { afterEach, describe, expect, test } from 'vitest';
import { loadImages } from '../../src/node.ts';
import { toIdx } from './idx.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A folder with these files, the names as paths in it. */
function folderOf(files: Readonly<Record<string, Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'handgrad-'));
  folders.push(folder);
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), bytes);
  }
  return folder;
}

/** A grey PNG of 2 × 3 pixels, all of this grey. */
function png(grey: number): Uint8Array {
  return encode({ width: 3, height: 2, channels: 1, depth: 8, data: new Uint8Array(6).fill(grey) });
}

const imageSize = [2, 3] as const;
const images = toIdx([2, 2, 3], [0, 255, 51, 102, 153, 204, 1, 2, 3, 4, 5, 6]);
const labels = toIdx([2], [7, 3]);
const test1 = {
  't10k-images-idx3-ubyte': toIdx([1, 2, 3], [9, 9, 9, 9, 9, 9]),
  't10k-labels-idx1-ubyte': toIdx([1], [4]),
};

describe('IDX files', () => {
  test.each([
    ['as MNIST names them', 'train-images-idx3-ubyte', 'train-labels-idx1-ubyte', (bytes: Buffer) => bytes],
    ['gzipped', 'train-images-idx3-ubyte.gz', 'train-labels-idx1-ubyte.gz', (bytes: Buffer) => gzipSync(bytes)],
    ['gzipped under another name', 'train-images.idx3-ubyte', 'train-labels.idx1-ubyte', gzipSync],
  ])('%s', async (_, imageFile, labelFile, pack) => {
    const folder = folderOf({ [imageFile]: pack(images), [labelFile]: pack(labels), ...test1 });
    const { train, test, labelled } = await loadImages(folder, { imageSize });
    expect(labelled).toBe(true);
    expect(train.images.shape).toEqual([2, 1, 2, 3]);
    // byte / 127.5 − 1, and 51 is a fifth of 255.
    expect([...train.images.data.subarray(0, 6)].map((value) => Math.round(value * 1e6) / 1e6)).toEqual([
      -1, 1, -0.6, -0.2, 0.2, 0.6,
    ]);
    expect([...train.labels.data]).toEqual([7, 3]);
    expect([test.images.shape, [...test.labels.data]]).toEqual([[1, 1, 2, 3], [4]]);
  });

  test('packed and unpacked side by side are one', async () => {
    const folder = folderOf({ 'train-images-idx3-ubyte': images, 'train-images-idx3-ubyte.gz': gzipSync(images) });
    expect((await loadImages(folder, { imageSize })).train.images.shape).toEqual([2, 1, 2, 3]);
  });

  test("EMNIST's rows and columns are put in order", async () => {
    const folder = folderOf({
      'emnist-letters-train-images-idx3-ubyte': toIdx([1, 2, 2], [0, 51, 102, 153]),
      'emnist-letters-train-labels-idx1-ubyte': toIdx([1], [1]),
      'emnist-letters-test-images-idx3-ubyte': toIdx([1, 2, 2], [0, 51, 102, 153]),
      'emnist-letters-test-labels-idx1-ubyte': toIdx([1], [1]),
    });
    const { train } = await loadImages(folder, { imageSize: [2, 2] });
    expect([...train.images.data].map((value) => Math.round((value + 1) * 127.5))).toEqual([0, 102, 51, 153]);
  });

  test('without labels all are 0, and without test files a tenth of each class is held out, by the seed', async () => {
    const N = 100;
    const pixels = Array.from({ length: N * 6 }, (_, i) => Math.floor(i / 6));
    const files = { 'train-images-idx3-ubyte': toIdx([N, 2, 3], pixels) };
    expect(await loadImages(folderOf(files), { imageSize })).toMatchObject({ labelled: false });
    const folder = folderOf({
      ...files,
      'train-labels-idx1-ubyte': toIdx(
        [N],
        pixels.filter((_, i) => i % 6 === 0).map((n) => n % 5),
      ),
    });
    const numbers = async (seed: number) => {
      const { train, test } = await loadImages(folder, { imageSize, seed });
      return [train, test].map(({ images }) =>
        Array.from({ length: images.shape[0] }, (_, n) => Math.round((images.data[6 * n] + 1) * 127.5)),
      );
    };
    const [train, test] = await numbers(1);
    expect([...train, ...test].sort((a, b) => a - b)).toEqual(Array.from({ length: N }, (_, n) => n));
    expect(test.map((n) => n % 5).sort()).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 4, 4]);
    expect(await numbers(1)).toEqual([train, test]);
    expect(await numbers(2)).not.toEqual([train, test]);
  });

  const name = 'train-images-idx3-ubyte';
  const huge = toIdx([0xffffffff, 2, 3], [1, 2, 3]);
  test.each<[string, Record<string, Uint8Array>, string]>([
    [
      'cut off',
      { [name]: images.subarray(0, -1) },
      'its header says [2, 2, 3], but a file of 27 bytes cannot hold that',
    ],
    [
      'cut off in the header',
      { [name]: images.subarray(0, 11) },
      'it ends within the header of an IDX file, after 11 bytes',
    ],
    ['empty', { [name]: new Uint8Array(0) }, 'after 0 bytes'],
    ['longer', { [name]: Buffer.concat([images, Buffer.alloc(1)]) }, 'but more bytes follow'],
    [
      'gzipped and longer',
      { [name]: gzipSync(Buffer.concat([images, Buffer.alloc(2 ** 24)])) },
      'but more bytes follow',
    ],
    ['gzipped after it was cut off', { [name]: gzipSync(images.subarray(0, -1)) }, 'it ends after 11 values'],
    [
      'cut off after it was gzipped',
      { [name]: gzipSync(images).subarray(0, -9) },
      'its gzip is damaged (unexpected end of file)',
    ],
    ['that claims to be huge', { [name]: huge }, 'its header says [4294967295, 2, 3], but a file of 19 bytes'],
    ['that claims to be huge, gzipped', { [name]: gzipSync(huge) }, 'cannot hold that'],
    [
      'of another size',
      { [name]: toIdx([1, 3, 2], [1, 2, 3, 4, 5, 6]) },
      'it holds [1, 3, 2], but [N, 2, 3] are expected',
    ],
    ['of labels', { [name]: labels }, 'it has 1 axes, and [N, 2, 3] are expected: are images and labels mixed up?'],
    [
      'of floats',
      { [name]: Buffer.from([0, 0, 13, 3, ...Array(30).fill(0)]) },
      'it begins with 00 00 0d, and not with 00 00 08',
    ],
    [
      'and too few labels',
      { [name]: images, 'train-labels-idx1-ubyte': toIdx([1], [1]) },
      'it holds [1], but [2] are expected',
    ],
    [
      'to test without labels',
      { [name]: images, 'train-labels-idx1-ubyte': labels, 't10k-images-idx3-ubyte': images },
      'has labels for train-images-idx3-ubyte and none for t10k-images-idx3-ubyte; they belong in t10k-labels-idx1-ubyte',
    ],
    ['twice', { [name]: images, 'other-images-idx3-ubyte': images }, 'give each data set a folder of its own'],
    [
      'none',
      { 'readme.txt': images },
      'has no images: neither IDX files such as train-images-idx3-ubyte.gz nor .png files',
    ],
  ])('images %s: refused', async (_, files, message) => {
    await expect(loadImages(folderOf(files), { imageSize })).rejects.toThrow(message);
  });
});

describe('PNG files', () => {
  test('one folder a class, 10 after 9', async () => {
    const names = ['10', '9', '0'];
    const files = Object.fromEntries(
      names.flatMap((name) => ['a', 'b'].map((file) => [`train/${name}/${file}.png`, png(Number(name))])),
    );
    const { train, test, labelled } = await loadImages(folderOf({ ...files, 'test/9/c.png': png(9) }), { imageSize });
    expect(labelled).toBe(true);
    expect([...train.labels.data]).toEqual([0, 0, 1, 1, 2, 2]);
    expect(Math.round((train.images.data[24] + 1) * 127.5)).toBe(10);
    expect([...test.labels.data]).toEqual([1]);
  });

  test('a folder of images without labels', async () => {
    const files = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`${n}.png`, png(n)]));
    const { train, test, labelled } = await loadImages(folderOf(files), { imageSize });
    expect([labelled, train.images.shape, test.images.shape]).toEqual([false, [18, 1, 2, 3], [2, 1, 2, 3]]);
  });

  test('links are followed, and a pipe is no file', async () => {
    const elsewhere = folderOf({ 'a.png': png(7), 'b.png': png(8) });
    const folder = folderOf({ '1/c.png': png(9) });
    symlinkSync(elsewhere, join(folder, '0'));
    expect((await loadImages(folder, { imageSize })).train.images.shape[0]).toBe(3);
    spawnSync('mkfifo', [join(elsewhere, 'd.png')]);
    await expect(loadImages(folder, { imageSize })).rejects.toThrow('d.png: it is no file');
  });

  // Luma .299 R + .587 G + .114 B; half transparent over white; a 16-bit grey; bits and a palette by hand.
  test.each<[string, ImageData | Uint8Array, number[]]>([
    [
      'colours',
      { width: 3, height: 1, channels: 3, data: new Uint8Array([255, 0, 0, 0, 255, 0, 0, 0, 255]) },
      [76, 150, 29],
    ],
    [
      'transparency',
      { width: 3, height: 1, channels: 2, data: new Uint8Array([0, 0, 0, 51, 100, 255]) },
      [255, 204, 100],
    ],
    [
      'colours and transparency',
      { width: 3, height: 1, channels: 4, data: new Uint8Array([0, 0, 0, 0, 9, 9, 9, 255, 255, 0, 0, 255]) },
      [255, 9, 76],
    ],
    [
      '16 bits',
      { width: 3, height: 1, channels: 1, depth: 16, data: new Uint16Array([0, 257 * 7, 65535]) },
      [0, 7, 255],
    ],
    ['1 bit', { width: 3, height: 1, channels: 1, depth: 1, data: new Uint8Array([0b10100000]) }, [255, 0, 255]],
    [
      'a palette',
      {
        width: 3,
        height: 1,
        channels: 1,
        depth: 8,
        data: new Uint8Array([1, 0, 1]),
        palette: [
          [10, 10, 10],
          [255, 0, 0],
        ],
      },
      [76, 10, 76],
    ],
  ])('%s become greys', async (_, image, expected) => {
    const bytes = image instanceof Uint8Array ? image : encode(image);
    const { train } = await loadImages(folderOf({ 'a.png': bytes }), { imageSize: [1, 3] });
    expect([...train.images.data].map((value) => Math.round((value + 1) * 127.5))).toEqual(expected);
  });

  test.each<[string, Record<string, Uint8Array>, string]>([
    [
      'of another size',
      { 'a.png': encode({ width: 2, height: 3, channels: 1, data: new Uint8Array(6) }) },
      'it is 2 pixels wide and 3 high; scale it to 3 × 2 first',
    ],
    ['that is none', { 'a.png': Buffer.from('GIF89a') }, 'it is no PNG file'],
    ['cut off', { 'a.png': png(1).subarray(0, -5) }, 'it was cut off, or is damaged'],
    ['beside folders', { 'a.png': png(1), '0/b.png': png(1) }, 'put each into the folder of its class'],
    [
      'of a class that is not trained on',
      { 'train/0/a.png': png(1), 'test/1/a.png': png(1) },
      'there is no such class to train on',
    ],
  ])('one %s: refused', async (_, files, message) => {
    await expect(loadImages(folderOf(files), { imageSize })).rejects.toThrow(message);
  });
});
