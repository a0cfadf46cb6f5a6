/** One field of a protobuf message: its number, and its value encoded. */
export type Field = readonly Uint8Array[];

/** A message: its fields one behind the other. */
export function message(...fields: readonly Field[]): Uint8Array<ArrayBuffer> {
  const parts = fields.flat();
  const bytes = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** A field of bytes, which are a text's or another message's as well. */
export function bytesField(number: number, value: Uint8Array | string): Field {
  const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
  return [varint(number * 8 + LENGTH_DELIMITED), varint(bytes.length), bytes];
}

export function integerField(number: number, value: number): Field {
  return [varint(number * 8 + VARINT), varint(value)];
}

export function floatField(number: number, value: number): Field {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return [varint(number * 8 + FIXED_32), bytes];
}

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

/** Seven bits in each byte, the lowest first; the eighth says that more follow. A negative number takes 64 bits. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}
