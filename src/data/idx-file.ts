import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { type Shape, show } from '../tensor/tensor.ts';

/** Unsigned bytes, and how they are arranged. */
export interface Idx {
  readonly shape: Shape;
  readonly data: Uint8Array;
}

/**
 * What an IDX file holds, gzipped or not: the format of MNIST, Fashion-MNIST and EMNIST.
 *
 *   2 bytes    zeros
 *   1 byte     what the values are: 8, unsigned bytes
 *   1 byte     how many axes there are
 *   4 bytes    for each axis its size, big-endian
 *   values     row-major
 *
 * `shape` is what the file must hold; a name such as 'N' stands for any size. Throws a RangeError that says what is
 * wrong with any other file. Nothing is allocated before the header has been checked, and nothing beyond it is unpacked.
 */
export async function readIdx(file: string, shape: readonly (number | string)[]): Promise<Idx> {
  const { size, zipped } = await look(file);
  const source = createReadStream(file);
  const bytes = zipped ? source.pipe(createGunzip()) : source;
  // pipe passes no errors on.
  if (bytes !== source) source.on('error', (error) => bytes.destroy(error));
  try {
    return await collectValues(bytes, shape, size, zipped);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const code = 'code' in error ? String(error.code) : '';
    if (code.startsWith('Z_'))
      throw new RangeError(`${file}: its gzip is damaged (${error.message})`, { cause: error });
    if (error instanceof RangeError) throw new RangeError(`${file}: ${error.message}`, { cause: error });
    throw error;
  } finally {
    source.destroy();
  }
}

/** How many bytes gzip makes of one, at most. */
const MOST_PER_BYTE = 1032;

async function look(file: string): Promise<{ size: number; zipped: boolean }> {
  const handle = await open(file);
  try {
    const stats = await handle.stat();
    // Whoever opens a pipe waits for a writer.
    if (!stats.isFile()) throw new RangeError(`${file}: it is no file`);
    const start = new Uint8Array(2);
    await handle.read(start, 0, 2, 0);
    return { size: stats.size, zipped: start[0] === 0x1f && start[1] === 0x8b };
  } finally {
    await handle.close();
  }
}

async function collectValues(
  bytes: AsyncIterable<Uint8Array>,
  expected: readonly (number | string)[],
  fileSize: number,
  zipped: boolean,
): Promise<Idx> {
  const header = new Uint8Array(4 + 4 * expected.length);
  let [inHeader, filled] = [0, 0];
  let idx: Idx | undefined;
  for await (const chunk of bytes) {
    const first = chunk.subarray(0, header.length - inHeader);
    header.set(first, inHeader);
    inHeader += first.length;
    if (inHeader < header.length) continue;
    if (!idx) {
      const shape = readHeader(header, expected);
      const size = shape.reduce((product, axis) => product * axis, 1);
      const possible = zipped ? fileSize * MOST_PER_BYTE : fileSize - header.length;
      if (size > possible) throw tooShort(shape, `a file of ${fileSize} bytes cannot hold that`);
      idx = { shape, data: new Uint8Array(size) };
    }
    const values = chunk.subarray(first.length);
    if (filled + values.length > idx.data.length) {
      throw new RangeError(
        `its header says ${show(idx.shape)}, but more bytes follow: something was added, or the header is wrong`,
      );
    }
    idx.data.set(values, filled);
    filled += values.length;
  }
  if (!idx) {
    if (inHeader >= 4) checkMagic(header, expected);
    throw new RangeError(`it ends within the header of an IDX file, after ${inHeader} bytes`);
  }
  if (filled < idx.data.length) throw tooShort(idx.shape, `it ends after ${filled} values`);
  return idx;
}

function readHeader(header: Uint8Array, expected: readonly (number | string)[]): number[] {
  checkMagic(header, expected);
  const view = new DataView(header.buffer);
  const shape = expected.map((_, axis) => view.getUint32(4 + 4 * axis));
  if (shape.some((size, axis) => typeof expected[axis] === 'number' && size !== expected[axis])) {
    throw new RangeError(`it holds ${show(shape)}, but ${show(expected)} are expected`);
  }
  return shape;
}

function checkMagic([zero, alsoZero, type, rank]: Uint8Array, expected: readonly (number | string)[]): void {
  if (zero !== 0 || alsoZero !== 0 || type !== 8) {
    const magic = [zero, alsoZero, type].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    throw new RangeError(`it is no IDX file of unsigned bytes: it begins with ${magic}, and not with 00 00 08`);
  }
  if (rank !== expected.length) {
    throw new RangeError(`it has ${rank} axes, and ${show(expected)} are expected: are images and labels mixed up?`);
  }
}

function tooShort(shape: Shape, how: string): RangeError {
  return new RangeError(`its header says ${show(shape)}, but ${how}: it was cut off, or the header is wrong`);
}
