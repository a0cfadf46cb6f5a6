import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { encode } from 'fast-png';
import { afterAll, expect, test } from 'vitest';
import { readIdx } from '../../src/data/idx-file.ts';
import { readPng } from '../../src/data/png-file.ts';
import { Random } from '../../src/index.ts';
import { toIdx } from './idx.ts';

// HANDGRAD_SEED and HANDGRAD_CASES look elsewhere, or longer.
const random = new Random(Number(process.env.HANDGRAD_SEED ?? 1));
const count = Number(process.env.HANDGRAD_CASES ?? 1000);

const folder = mkdtempSync(join(tmpdir(), 'handgrad-'));
const file = join(folder, 'damaged');
afterAll(() => rmSync(folder, { recursive: true }));

const below = (most: number) => Math.floor(random.next() * most);
const values = Uint8Array.from({ length: 20 * 28 * 28 }, () => below(256));
const idx = toIdx([20, 28, 28], values);
const png = (channels: 1 | 3) =>
  Buffer.from(encode({ width: 28, height: 28, channels, data: values.subarray(0, 784 * channels) }));

/** The bytes with a few of them changed, mostly near the beginning, or cut off, or with others added or doubled. */
function damage(bytes: Buffer): Buffer {
  const at = below(2) === 0 ? below(40) : below(bytes.length);
  switch (below(4)) {
    case 0:
      return bytes.subarray(0, at);
    case 1:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(below(bytes.length))]);
    case 2:
      return Buffer.concat([bytes, Buffer.alloc(1 + below(100_000), below(256))]);
    default: {
      const changed = Buffer.from(bytes);
      for (let n = 0; n <= below(4); n++) changed[Math.min(at + n, bytes.length - 1)] = below(256);
      return changed;
    }
  }
}

test.each<[string, () => Buffer]>([
  ['IDX files', () => damage(idx)],
  ['gzipped IDX files', () => damage(gzipSync(idx, { level: 1 }))],
  ['IDX files, gzipped afterwards', () => gzipSync(damage(idx), { level: 1 })],
  ['grey PNG files', () => damage(png(1))],
  ['coloured PNG files', () => damage(png(3))],
])(`${count} damaged %s: read to the size that was asked for, or refused by name`, async (kind, make) => {
  let refused = 0;
  for (let n = 0; n < count; n++) {
    writeFileSync(file, make());
    try {
      if (kind.includes('PNG')) {
        expect(readPng(file, [28, 28])).toHaveLength(784);
      } else {
        const { shape, data } = await readIdx(file, ['N', 28, 28]);
        expect(data).toHaveLength(shape[0] * 784);
        expect(shape[0]).toBeLessThanOrEqual(20);
      }
    } catch (error) {
      refused++;
      expect(error).toBeInstanceOf(RangeError);
      expect((error as RangeError).message).toMatch(/^.*damaged: \w.{10}/);
    }
  }
  expect(refused).toBeGreaterThan(count / 4);
});
