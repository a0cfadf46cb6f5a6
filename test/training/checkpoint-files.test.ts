import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { Adam, createCheckpoint, Linear, Random, tensor, toSafetensors } from '../../src/index.ts';
import { loadCheckpoint, readCheckpoint, saveCheckpoint } from '../../src/node.ts';
import { writeWhole } from '../../src/training/write-whole.ts';

function emptyFolder(): string {
  return mkdtempSync(join(tmpdir(), 'handgrad-'));
}

function small(seed: number) {
  const random = new Random(seed);
  const network = new Linear({ inFeatures: 2, outFeatures: 2, random });
  return { networks: { network }, optimizers: { adam: new Adam(network.parameters) }, randoms: { random } };
}

const bits = (training: ReturnType<typeof small>) => toSafetensors(createCheckpoint(training, {}));

test('what is saved is loaded again, notes included, and a file of the same name is replaced', () => {
  const file = join(emptyFolder(), 'c.safetensors');
  const [first, second] = [small(1), small(2)];
  saveCheckpoint(file, second, { epoch: 1 });
  saveCheckpoint(file, first, { epoch: 2 });
  expect(readdirSync(join(file, '..'))).toEqual(['c.safetensors']);
  expect(bits(second)).not.toEqual(bits(first));
  expect(loadCheckpoint(file, second)).toEqual({ epoch: 2 });
  expect(bits(second)).toEqual(bits(first));
  saveCheckpoint(file, first);
  expect(loadCheckpoint(file, second)).toEqual({});
});

describe('a file that is not what was written', () => {
  const folder = emptyFolder();
  const file = join(folder, 'whole.safetensors');
  saveCheckpoint(file, small(1), { note: 'a "sha256":"… in a text' });
  const whole = readFileSync(file);
  const changed = join(folder, 'changed.safetensors');
  const training = small(2);
  const before = bits(training);
  const refusal = (bytes: Uint8Array): string => {
    writeFileSync(changed, bytes);
    try {
      loadCheckpoint(changed, training);
    } catch (error) {
      return String(error).replace(changed, 'FILE');
    }
    return 'none';
  };

  it('is refused where a single bit has changed: each in turn', () => {
    for (let at = 0; at < whole.length; at++) {
      const bytes = Buffer.from(whole);
      bytes[at] ^= 1 << (at % 8);
      expect(refusal(bytes), `byte ${at}`).toMatch(/^RangeError: FILE: .{20}/);
    }
    expect(bits(training)).toEqual(before);
  });

  it('is refused where it has been cut off or grown', () => {
    for (let length = 0; length < whole.length; length += 5) {
      expect(refusal(whole.subarray(0, length))).toMatch(
        /^RangeError: FILE: not a safetensors file that can be read: /,
      );
    }
    expect(refusal(Buffer.concat([whole, Buffer.of(0)]))).toMatch(/something has been added/);
    expect(bits(training)).toEqual(before);
  });

  it('says what is wrong', () => {
    const value = Buffer.from(whole);
    value[value.length - 1] ^= 1;
    expect(refusal(value)).toBe('RangeError: FILE: it is damaged: its bytes are not those that were written');
    const foreign = toSafetensors({ tensors: new Map([['x', tensor([1])]]), metadata: new Map() });
    expect(refusal(foreign)).toBe('RangeError: FILE: it holds tensors, but it is no checkpoint of handgrad');
    expect(refusal(whole)).toBe('none');
    const other = { ...small(3), tensors: { noise: tensor([1]) } };
    expect(() => loadCheckpoint(file, other)).toThrow(`${file}: it is no checkpoint of this training: it has no noise`);
    expect(() => readCheckpoint(join(folder, 'nowhere'))).toThrow(/ENOENT.*nowhere/);
  });

  it('is refused 1,000 times, whatever has been done to it', () => {
    const random = new Random(7);
    const draw = (below: number) => Math.floor(random.next() * below);
    const count = Number(process.env.HANDGRAD_MUTATIONS ?? 1000);
    const untouched = small(4);
    const before = bits(untouched);
    for (let n = 0; n < count; n++) {
      let bytes = Buffer.from(whole);
      const [from, to, length] = [draw(bytes.length), draw(bytes.length), 1 + draw(40)];
      // A byte, a stretch of zeros or of something from elsewhere; cut off, cut out, put in twice.
      if (n % 6 === 0) bytes[from] = bytes[from] ^ (1 + draw(255));
      else if (n % 6 === 1) bytes.fill(0, from, Math.min(from + length, bytes.length));
      else if (n % 6 === 2) bytes.copy(bytes, to, from, from + length);
      else if (n % 6 === 3) bytes = bytes.subarray(0, from);
      else if (n % 6 === 4) bytes = Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + length)]);
      else bytes = Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
      if (bytes.equals(whole)) continue;
      writeFileSync(changed, bytes);
      expect(() => loadCheckpoint(changed, untouched)).toThrow(/^.+changed\.safetensors: .{20}/);
    }
    expect(bits(untouched)).toEqual(before);
  });
});

describe('writeWhole', () => {
  it('writes bytes and texts, and leaves nothing else behind', () => {
    const folder = emptyFolder();
    writeWhole(join(folder, 'a'), Uint8Array.of(1, 2));
    writeWhole(join(folder, 'b'), 'grün');
    expect(readdirSync(folder).sort()).toEqual(['a', 'b']);
    expect([...readFileSync(join(folder, 'a'))]).toEqual([1, 2]);
    expect(readFileSync(join(folder, 'b'), 'utf8')).toBe('grün');
  });

  it('where it cannot, it says of what file, and the one that was there stays', () => {
    const folder = emptyFolder();
    expect(() => writeWhole(join(folder, 'gone', 'a'), 'x')).toThrow(
      new RegExp(`^a cannot be written to ${join(folder, 'gone')}: ENOENT`),
    );
    // A folder in the place of the file: the last step fails.
    mkdirSync(join(folder, 'a'));
    expect(() => writeWhole(join(folder, 'a'), 'x')).toThrow(/^a cannot be written to .*: EISDIR|ENOTEMPTY/);
    expect(existsSync(join(folder, 'a.part'))).toBe(false);
    try {
      writeWhole(join(folder, 'gone', 'a'), 'x');
    } catch (error) {
      expect(error).toMatchObject({ code: 'ENOENT', cause: { code: 'ENOENT' } });
    }
  });

  it.runIf(existsSync('/dev/full'))('a full disk is called that', async () => {
    const { cannotWrite } = await import('../../src/training/write-whole.ts');
    let caught: unknown;
    try {
      writeFileSync('/dev/full', 'x');
    } catch (error) {
      caught = error;
    }
    expect(cannotWrite('/data/a', caught)).toMatchObject({
      message: 'a cannot be written to /data: the disk is full',
      code: 'ENOSPC',
    });
  });
});
