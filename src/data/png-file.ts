import { readFileSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import { decode } from 'fast-png';

/**
 * The greys of a PNG file, row by row, from 0 for black to 255 for white. A colour becomes its luma; what is
 * transparent shows white through.
 *
 * Throws a RangeError that says what is wrong with a file that is no PNG of this size. What is unpacked is cut off at
 * the size that the checked header declares.
 */
export function readPng(file: string, [height, width]: readonly [height: number, width: number]): Uint8Array {
  const bytes = readFileSync(file);
  try {
    return greys(decode(checked(bytes, height, width), { checkCrc: true }));
  } catch (error) {
    throw new RangeError(`${file}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Length, type and check sum of a chunk. */
const AROUND = 12;
/** What makes the picture. The rest describes it, and a packed description may unpack to any size. */
const NEEDED = ['IHDR', 'PLTE', 'IDAT', 'IEND'];
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
const INDEXED = 3;

/** The file with nothing in it but the picture, which unpacks to the size that it declares. */
function checked(bytes: Buffer, height: number, width: number): Uint8Array {
  if (!SIGNATURE.every((byte, at) => bytes[at] === byte)) throw new RangeError('it is no PNG file');
  const chunks: { readonly type: string; readonly all: Buffer; readonly data: Buffer }[] = [];
  for (let at = SIGNATURE.length; chunks.at(-1)?.type !== 'IEND'; ) {
    const length = at + AROUND <= bytes.length ? bytes.readUInt32BE(at) : Infinity;
    if (at + AROUND + length > bytes.length) throw new RangeError('it was cut off, or is damaged');
    const all = bytes.subarray(at, at + AROUND + length);
    chunks.push({ type: all.toString('latin1', 4, 8), all, data: all.subarray(8, 8 + length) });
    at += all.length;
  }

  const [{ type, data: header }] = chunks;
  if (type !== 'IHDR' || header.length !== 13) throw new RangeError('its header is damaged');
  const [w, h] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  if (w !== width || h !== height) {
    throw new RangeError(`it is ${w} pixels wide and ${h} high; scale it to ${width} × ${height} first`);
  }
  const [depth, colour, , , interlace] = header.subarray(8);
  const channels = CHANNELS[colour] ?? 0;
  if (channels === 0 || depth > 16) throw new RangeError('its header is damaged: there is no such kind of colour');
  if (interlace !== 0) throw new RangeError('it is interlaced; save it without interlacing');
  if (colour === INDEXED && (depth > 8 || !chunks.some(({ type }) => type === 'PLTE'))) {
    throw new RangeError('its palette is missing or damaged');
  }

  // A byte before each row says how it was filtered.
  const size = height * (1 + Math.ceil((width * channels * depth) / 8));
  const packed = Buffer.concat(chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data));
  let unpacked: Buffer | undefined;
  try {
    unpacked = inflateSync(packed, { maxOutputLength: size });
  } catch (error) {
    throw new RangeError(`its pixels are damaged (${error instanceof Error ? error.message : error})`);
  }
  if (unpacked.length !== size) throw new RangeError(`its pixels are damaged: ${unpacked.length} bytes, not ${size}`);

  const needed = chunks.filter(({ type }) => NEEDED.includes(type) || (type === 'tRNS' && colour === INDEXED));
  return Buffer.concat([bytes.subarray(0, SIGNATURE.length), ...needed.map(({ all }) => all)]);
}

function greys({ width, height, depth, channels, data, palette }: ReturnType<typeof decode>): Uint8Array {
  const rowLength = data.length / height;
  const most = 2 ** depth - 1;
  /** Entry i of row y: several of them share a byte where the depth is less than 8. */
  const entry = (y: number, i: number) => {
    if (depth >= 8) return data[y * rowLength + i];
    const bit = i * depth;
    return (data[y * rowLength + (bit >> 3)] >> (8 - depth - (bit & 7))) & most;
  };
  const pixel = (y: number, x: number): readonly number[] => {
    if (palette) {
      const colour = palette[entry(y, x)];
      if (!colour) throw new RangeError('its pixels are damaged: one has a colour that the palette lacks');
      return [...colour].map((value) => value / 255);
    }
    return Array.from({ length: channels }, (_, c) => entry(y, x * channels + c) / most);
  };
  return Uint8Array.from({ length: height * width }, (_, i) => {
    const parts = pixel(Math.floor(i / width), i % width);
    const coloured = parts.length > 2;
    const [red, green, blue] = coloured ? parts : [parts[0], parts[0], parts[0]];
    const opaque = parts[coloured ? 3 : 1] ?? 1;
    // The luma of ITU-R BT.601, over white.
    const grey = 0.299 * red + 0.587 * green + 0.114 * blue;
    return Math.round(255 * (opaque * grey + 1 - opaque));
  });
}
