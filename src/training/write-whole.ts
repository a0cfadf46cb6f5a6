import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname } from 'node:path';

/**
 * Writes a file whole or not at all, whatever happens in between, a kill or a power cut included: the bytes go to
 * another name, down to the disk, and only then under their own.
 *
 * Throws where the system refuses (a full disk, a folder that is read-only or gone), and says of what file.
 */
export function writeWhole(file: string, bytes: Uint8Array | string): void {
  const part = `${file}.part`;
  try {
    const descriptor = openSync(part, 'w');
    try {
      writeAll(descriptor, typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(part, file);
    flushFolder(dirname(file));
  } catch (error) {
    rmSync(part, { force: true });
    throw cannotWrite(file, error);
  }
}

/** A write may take only a part of what it is given. */
export function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
}

/** The system's error with the file's name and in plain words, and with its code. */
export function cannotWrite(file: string, error: unknown): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  const why = code === 'ENOSPC' ? 'the disk is full' : message;
  return Object.assign(new Error(`${basename(file)} cannot be written to ${dirname(file)}: ${why}`, { cause: error }), {
    code,
  });
}

/** A new name in a folder is safe once the folder is on the disk too. */
function flushFolder(folder: string): void {
  // Windows opens no folders, and keeps names safe without.
  if (process.platform === 'win32') return;
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
