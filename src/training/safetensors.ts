import { checkTensor } from '../tensor/checks.ts';
import { type Dtype, dtypeOf, fromData, type Shape, sizeOf, type Tensor } from '../tensor/tensor.ts';

/** Named tensors, and whatever is said about them in words. */
export interface Safetensors {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * The tensors as the bytes of a safetensors file, the format in which PyTorch's world keeps weights:
 *
 *   8 bytes    the length of the header, little-endian
 *   header     JSON: for each name its dtype, shape and where its values begin and end behind the header
 *   values     one tensor behind the other, little-endian
 */
export function toSafetensors({ tensors, metadata }: Safetensors): Uint8Array<ArrayBuffer> {
  const checked = [...tensors].map(([name, t]) => ({ name, t: checkTensor('toSafetensors', name, t) }));
  // The wide ones first, so that every tensor begins at a multiple of its width.
  const inOrder = [...checked.filter(isWide), ...checked.filter((entry) => !isWide(entry))];
  if (tensors.has(METADATA)) throw new RangeError(`toSafetensors: no tensor can be called ${METADATA}`);

  const header: [string, unknown][] = metadata.size > 0 ? [[METADATA, Object.fromEntries(metadata)]] : [];
  let end = 0;
  for (const { name, t } of inOrder) {
    const begin = end;
    end += t.data.byteLength;
    header.push([name, { dtype: names[dtypeOf(t)], shape: t.shape, data_offsets: [begin, end] }]);
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  // Blanks make the values begin at a multiple of 8.
  const start = Math.ceil((LENGTH + json.length) / 8) * 8;

  const bytes = new Uint8Array(start + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(start - LENGTH), true);
  bytes.fill(BLANK, LENGTH, start).set(json, LENGTH);
  let at = start;
  for (const { t } of inOrder) {
    bytes.set(new Uint8Array(t.data.buffer, t.data.byteOffset, t.data.byteLength), at);
    at += t.data.byteLength;
  }
  return bytes;
}

/**
 * What the bytes of a safetensors file hold, copied out of them. Takes float32 and float64.
 *
 * Throws a RangeError that says what is wrong with any other bytes. Nothing is allocated that the file does not hold.
 */
export function fromSafetensors(bytes: Uint8Array): Safetensors {
  const { header, start } = readHeader(bytes);
  const tensors = new Map<string, Tensor>();
  const metadata = new Map<string, string>();
  const entries: Entry[] = [];
  for (const [name, value] of Object.entries(header)) {
    if (name !== METADATA) {
      entries.push(readEntry(name, value));
      continue;
    }
    if (!isRecord(value)) throw wrong(`${METADATA} must be an object of texts`);
    for (const [key, text] of Object.entries(value)) {
      if (typeof text !== 'string') throw wrong(`${METADATA} must be an object of texts, but ${quoted(key)} is none`);
      metadata.set(key, text);
    }
  }

  let end = 0;
  for (const entry of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (entry.begin !== end) {
      const what = entry.begin < end ? 'overlap' : 'have a gap between them';
      throw wrong(
        `its tensors ${what}: ${quoted(entry.name)} begins at ${entry.begin}, and the one before it ends at ${end}`,
      );
    }
    end = entry.end;
  }
  const held = bytes.length - start;
  if (end !== held) {
    const what = end > held ? 'it has been cut off, or the header is damaged' : 'something has been added to it';
    throw wrong(`its header describes ${end} bytes of values, but it holds ${held}: ${what}`);
  }

  for (const { name, dtype, shape, begin, end } of entries) {
    const values = new Uint8Array(end - begin);
    values.set(bytes.subarray(start + begin, start + end));
    const { buffer } = values;
    tensors.set(name, fromData(dtype === 'float64' ? new Float64Array(buffer) : new Float32Array(buffer), shape));
  }
  return { tensors, metadata };
}

const METADATA = '__metadata__';
/** How many bytes tell the header's length. */
const LENGTH = 8;
const BLANK = 0x20;
/** The limit that the format's own reader sets. */
const LONGEST_HEADER = 100_000_000;
/** More axes than any tensor of ours has; each costs time. */
const MOST_AXES = 16;
const names: Readonly<Record<Dtype, string>> = { float32: 'F32', float64: 'F64' };

interface Entry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: Shape;
  readonly begin: number;
  readonly end: number;
}

function isWide({ t }: { readonly t: Tensor }): boolean {
  return dtypeOf(t) === 'float64';
}

function readHeader(bytes: Uint8Array): { header: Record<string, unknown>; start: number } {
  if (bytes.length < LENGTH)
    throw wrong(`it has ${bytes.length} bytes, and not even the 8 that tell its header's length`);
  const declared = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (declared > LONGEST_HEADER || bytes[LENGTH] !== '{'.charCodeAt(0)) {
    throw wrong('it does not begin with the length of a header and the header; it is no safetensors file, or damaged');
  }
  const start = LENGTH + Number(declared);
  if (start > bytes.length) {
    throw wrong(
      `its header should be ${declared} bytes long, but only ${bytes.length - LENGTH} are there: it has been cut off`,
    );
  }
  let text: string;
  let header: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(LENGTH, start));
    header = JSON.parse(text);
  } catch (error) {
    throw wrong(`its header is not JSON (${error instanceof Error ? error.message : error}): it is damaged`);
  }
  if (!isRecord(header)) throw wrong('its header is not an object');
  // JSON.parse keeps the last of two entries of one name; inside a text the quotes would be escaped.
  const described = text.match(/"data_offsets"\s*:/g)?.length ?? 0;
  if (described !== Object.keys(header).filter((name) => name !== METADATA).length) {
    throw wrong('its header does not describe each tensor once');
  }
  return { header, start };
}

function readEntry(name: string, value: unknown): Entry {
  const { dtype: dtypeName, shape, data_offsets: offsets } = isRecord(value) ? value : {};
  const dtype = dtypeName === 'F32' ? 'float32' : dtypeName === 'F64' ? 'float64' : undefined;
  if (dtype === undefined) throw wrong(`${quoted(name)} is of dtype ${quoted(dtypeName)}; F32 and F64 can be read`);
  if (!isCounts(shape) || shape.length > MOST_AXES) {
    throw wrong(
      `${quoted(name)} has the shape ${quoted(shape)}, which is not a list of at most ${MOST_AXES} whole numbers`,
    );
  }
  if (!isCounts(offsets) || offsets.length !== 2 || offsets[0] > offsets[1]) {
    throw wrong(`${quoted(name)} has the data_offsets ${quoted(offsets)}, which are not where it begins and ends`);
  }
  const [begin, end] = offsets;
  const size = sizeOf(shape) * (dtype === 'float64' ? 8 : 4);
  if (size !== end - begin) {
    throw wrong(
      `${quoted(name)} is ${dtypeName} ${quoted(shape)}, which takes ${size} bytes, but it has ${end - begin}`,
    );
  }
  return { name, dtype, shape, begin, end };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((count) => Number.isSafeInteger(count) && count >= 0);
}

/** For a message: as in JSON, and not all of it where it is long. */
function quoted(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function wrong(what: string): RangeError {
  return new RangeError(`not a safetensors file that can be read: ${what}`);
}
