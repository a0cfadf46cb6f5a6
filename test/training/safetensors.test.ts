import { describe, expect, test } from 'vitest';
import { Random, tensor, toNested, zeros } from '../../src/index.ts';
import { fromSafetensors, toSafetensors } from '../../src/training/safetensors.ts';

/** A file written out by hand: the header's length, the header, the values. */
function file(header: string | object, values: readonly number[] = [], length?: number): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + values.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length ?? json.length), true);
  bytes.set(json, 8);
  bytes.set(values, 8 + json.length);
  return bytes;
}

// 1.5 is 0x3fc00000 as a float, and 0x3ff8000000000000 as a double; -2 is 0xc0000000.
const ONE_AND_A_HALF = [0, 0, 0xc0, 0x3f];
const MINUS_TWO = [0, 0, 0, 0xc0];
const ONE_AND_A_HALF_DOUBLE = [0, 0, 0, 0, 0, 0, 0xf8, 0x3f];
const pair = { dtype: 'F32', shape: [2], data_offsets: [0, 8] };
const eight = [...ONE_AND_A_HALF, ...MINUS_TWO];

describe('fromSafetensors', () => {
  test('reads a file written by hand, wherever its values begin and whatever the order of the names', () => {
    const header = {
      b: { dtype: 'F32', shape: [1, 2], data_offsets: [8, 16] },
      __metadata__: { format: 'pt', who: 'by hand' },
      a: { dtype: 'F64', shape: [], data_offsets: [0, 8] },
      empty: { dtype: 'F32', shape: [0, 3], data_offsets: [8, 8] },
    };
    for (const blanks of ['', ' ', '   ']) {
      const bytes = file(JSON.stringify(header) + blanks, [...ONE_AND_A_HALF_DOUBLE, ...eight]);
      const { tensors, metadata } = fromSafetensors(bytes);
      expect([...tensors.keys()]).toEqual(['b', 'a', 'empty']);
      expect(toNested(tensors.get('a') ?? zeros([1]))).toBe(1.5);
      expect(tensors.get('a')?.data).toBeInstanceOf(Float64Array);
      expect(tensors.get('b')).toMatchObject({ shape: [1, 2], data: Float32Array.of(1.5, -2) });
      expect(tensors.get('empty')).toMatchObject({ shape: [0, 3] });
      expect([...metadata]).toEqual([
        ['format', 'pt'],
        ['who', 'by hand'],
      ]);
    }
  });

  test('copies: what is in the file afterwards changes nothing, be it a Buffer of the shared pool', () => {
    const bytes = Buffer.from(file({ x: pair }, eight));
    const x = fromSafetensors(bytes).tensors.get('x');
    bytes.fill(0);
    expect(x?.data).toEqual(Float32Array.of(1.5, -2));
    expect(x?.data.buffer.byteLength).toBe(8);
  });

  test.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(0), /has 0 bytes, and not even the 8/],
    ['seven bytes', new Uint8Array(7), /has 7 bytes/],
    ['only a length', file(''), /no safetensors file, or damaged/],
    ['a picture', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0), /no safetensors file, or damaged/],
    ['a header too long to be one', file('{}', [], 100_000_001), /no safetensors file, or damaged/],
    ['a header of 2⁶³ bytes', file('{}', [], 2 ** 63), /no safetensors file, or damaged/],
    ['a header that begins with a blank', file(' {}'), /no safetensors file, or damaged/],
    ['a header cut off', file('{}', [], 3), /should be 3 bytes long, but only 2 are there: it has been cut off/],
    ['no JSON', file('{"x":}'), /its header is not JSON \(.*\): it is damaged/],
    ['no UTF-8', file('{}', [0xff], 3), /its header is not JSON/],
    ['one name twice', file(`{"x":${JSON.stringify(pair)},"x":${JSON.stringify(pair)}}`, eight), /each tensor once/],
    ['a tensor that is no object', file('{"x":1}'), /each tensor once/],
    ['metadata that is no object', file({ __metadata__: [] }), /__metadata__ must be an object of texts$/],
    ['metadata that is null', file({ __metadata__: null }), /__metadata__ must be an object of texts$/],
    ['metadata with a number', file({ __metadata__: { a: '', b: 1 } }), /an object of texts, but "b" is none/],
    [
      'another dtype',
      file({ x: { ...pair, dtype: 'BF16' } }, eight),
      /"x" is of dtype "BF16"; F32 and F64 can be read/,
    ],
    ['no dtype', file({ x: { shape: [2], data_offsets: [0, 8] } }, eight), /"x" is of dtype undefined/],
    ['no shape', file({ x: { dtype: 'F32', data_offsets: [0, 8] } }, eight), /"x" has the shape undefined/],
    ['half an axis', file({ x: { ...pair, shape: [0.5, 4] } }, eight), /"x" has the shape \[0.5,4\], which is not/],
    ['a negative axis', file({ x: { ...pair, shape: [-1, -2] } }, eight), /"x" has the shape \[-1,-2\], which is not/],
    ['axes in words', file({ x: { ...pair, shape: ['2'] } }, eight), /"x" has the shape \["2"\], which is not/],
    ['17 axes', file({ x: { ...pair, shape: [2, ...new Array(16).fill(1)] } }, eight), /a list of at most 16 whole/],
    ['a size past counting', file({ x: { ...pair, shape: new Array(16).fill(2 ** 52) } }, eight), /but it has 8$/],
    ['0 times a size past counting', file({ x: { ...pair, shape: [2 ** 53, 0] } }, eight), /"x" has the shape/],
    ['no offsets', file('{"x":{"dtype":"F32","shape":[2],"data_offsets":7}}', eight), /"x" has the data_offsets 7/],
    ['three offsets', file({ x: { ...pair, data_offsets: [0, 8, 8] } }, eight), /data_offsets \[0,8,8\]/],
    ['offsets backwards', file({ x: { ...pair, data_offsets: [8, 0] } }, eight), /data_offsets \[8,0\]/],
    ['negative offsets', file({ x: { ...pair, data_offsets: [-8, 0] } }, eight), /data_offsets \[-8,0\]/],
    [
      'a shape for more values',
      file({ x: { ...pair, shape: [3] } }, eight),
      /F32 \[3\], which takes 12 bytes, but it has 8/,
    ],
    ['a shape for wider values', file({ x: { ...pair, dtype: 'F64' } }, eight), /F64 \[2\], which takes 16 bytes/],
    [
      'a gap',
      file({ x: { dtype: 'F32', shape: [1], data_offsets: [0, 4] }, y: { ...pair, data_offsets: [8, 16] } }, [
        ...eight,
        ...eight,
      ]),
      /have a gap between them: "y" begins at 8, and the one before it ends at 4/,
    ],
    ['a gap at the front', file({ x: { dtype: 'F32', shape: [1], data_offsets: [4, 8] } }, eight), /have a gap/],
    [
      'an overlap',
      file({ x: pair, y: { dtype: 'F32', shape: [1], data_offsets: [4, 8] } }, eight),
      /overlap: "y" begins at 4/,
    ],
    [
      'values cut off',
      file({ x: pair }, eight.slice(1)),
      /describes 8 bytes of values, but it holds 7: it has been cut off/,
    ],
    [
      'values added',
      file({ x: pair }, [...eight, 0]),
      /describes 8 bytes of values, but it holds 9: something has been added/,
    ],
    ['many petabytes', file({ x: { dtype: 'F32', shape: [2 ** 50], data_offsets: [0, 2 ** 52] } }), /cut off/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => fromSafetensors(bytes)).toThrow(RangeError);
    expect(() => fromSafetensors(bytes)).toThrow(message);
    expect(() => fromSafetensors(bytes)).toThrow(/^not a safetensors file that can be read: /);
  });

  test('what is quoted from the file is kept short', () => {
    expect(() => fromSafetensors(file({ ['x'.repeat(1000)]: { ...pair, shape: [3] } }, eight))).toThrow(/^.{1,200}$/);
  });

  test('16 axes, and names that mean something to JavaScript, are read', () => {
    const header = `{"__proto__":${JSON.stringify({ ...pair, shape: [2, ...new Array(15).fill(1)] })}}`;
    expect([...fromSafetensors(file(header, eight)).tensors.keys()]).toEqual(['__proto__']);
  });
});

describe('toSafetensors', () => {
  test('writes the bytes that the format says, values at a multiple of 8, doubles first', () => {
    const tensors = new Map([
      ['x', tensor([1.5, -2])],
      ['d', tensor(1.5, 'float64')],
    ]);
    const json =
      '{"__metadata__":{"k":"v"},"d":{"dtype":"F64","shape":[],"data_offsets":[0,8]},' +
      '"x":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}';
    const bytes = toSafetensors({ tensors, metadata: new Map([['k', 'v']]) });
    expect(bytes).toEqual(file(json.padEnd(Math.ceil(json.length / 8) * 8), [...ONE_AND_A_HALF_DOUBLE, ...eight]));
    expect(json.length % 8).not.toBe(0);
  });

  test('without metadata there is none in the file, and without tensors only a header', () => {
    expect(toSafetensors({ tensors: new Map(), metadata: new Map() })).toEqual(file('{}      '));
  });

  test('what is written is read again, bit for bit, NaNs and strided views included', () => {
    const view = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]).transpose(1, 0);
    const tensors = new Map([
      ['__proto__', new Random(1).normal([2, 1, 3])],
      ['a "quoted" näme', tensor([Number.NaN, -0, Infinity], 'float64')],
      ['view', view],
      ['none', zeros([4, 0])],
    ]);
    const metadata = new Map([['__proto__', '"data_offsets": {}']]);
    const read = fromSafetensors(toSafetensors({ tensors, metadata }));
    expect([...read.tensors.keys()].sort()).toEqual([...tensors.keys()].sort());
    expect([...read.metadata]).toEqual([...metadata]);
    for (const [name, t] of tensors) {
      expect(read.tensors.get(name)?.shape).toEqual(t.shape);
      expect(toNested(read.tensors.get(name) ?? zeros([0]))).toEqual(toNested(t));
    }
    expect(toNested(read.tensors.get('view') ?? zeros([0]))).toEqual([
      [1, 4],
      [2, 5],
      [3, 6],
    ]);
  });

  test('refuses what is no tensor, and the one name that is taken', () => {
    const metadata = new Map<string, string>();
    expect(() => toSafetensors({ tensors: new Map([['x', [1] as never]]), metadata })).toThrow(
      /toSafetensors: x must be a float32/,
    );
    expect(() => toSafetensors({ tensors: new Map([['__metadata__', zeros([1])]]), metadata })).toThrow(
      /no tensor can be called __metadata__/,
    );
  });
});

test('5,000 damaged files: read, or refused with a message', () => {
  const random = new Random(11);
  const whole = toSafetensors({
    tensors: new Map([
      ['0.weight', random.normal([3, 4])],
      ['step', tensor([7, 8], 'float64')],
    ]),
    metadata: new Map([['format', 'pt']]),
  });
  const draw = (below: number) => Math.floor(random.next() * below);
  let refused = 0;
  for (let n = 0; n < 5000; n++) {
    let bytes = whole.slice();
    // Mostly in the header, where it hurts.
    for (let changes = 1 + draw(3); changes > 0; changes--) bytes[draw(n % 4 === 0 ? bytes.length : 190)] = draw(256);
    if (n % 5 === 0) bytes = bytes.slice(0, draw(bytes.length));
    try {
      const { tensors } = fromSafetensors(bytes);
      for (const { data } of tensors.values()) expect(data.byteLength).toBeLessThanOrEqual(bytes.length);
    } catch (error) {
      expect(String(error)).toMatch(/^RangeError: not a safetensors file that can be read: .{10}/);
      refused++;
    }
  }
  // A change among the values is no damage that the format could know of; one in the header mostly is.
  expect(refused).toBeGreaterThan(3000);
});
