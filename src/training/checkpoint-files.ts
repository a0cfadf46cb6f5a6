import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createCheckpoint, restoreCheckpoint, type TrainingState } from './checkpoint.ts';
import { fromSafetensors, type Safetensors, toSafetensors } from './safetensors.ts';
import { writeWhole } from './write-whole.ts';

/**
 * Writes the state of training to a safetensors file, with the caller's notes (JSON) beside it. The file is there
 * whole or not at all; one of the same name is replaced.
 */
export function saveCheckpoint(file: string, training: TrainingState, notes: unknown = {}): void {
  const { tensors, metadata } = createCheckpoint(training, notes);
  const bytes = Buffer.from(toSafetensors({ tensors, metadata: new Map([...metadata, [DIGEST, UNKNOWN]]) }).buffer);
  bytes.write(digestOf(bytes), digestAt(bytes));
  writeWhole(file, bytes);
}

/**
 * Puts training back to where saveCheckpoint found it, and returns the notes.
 *
 * Throws where the file is damaged, or of another training; nothing has been changed then.
 */
export function loadCheckpoint(file: string, training: TrainingState): unknown {
  const checkpoint = readCheckpoint(file);
  return inFile(file, () => restoreCheckpoint(training, checkpoint));
}

/** What a checkpoint holds, after making sure that not a bit of it has changed since it was written. */
export function readCheckpoint(file: string): Safetensors {
  const bytes = readFileSync(file);
  return inFile(file, () => {
    const checkpoint = fromSafetensors(bytes);
    const digest = checkpoint.metadata.get(DIGEST);
    if (digest === undefined) throw new RangeError('it holds tensors, but it is no checkpoint of handgrad');
    bytes.write(UNKNOWN, digestAt(bytes));
    if (digest !== digestOf(bytes)) throw new RangeError('it is damaged: its bytes are not those that were written');
    return checkpoint;
  });
}

/** The SHA-256 of the file as it is with zeros in the place of the digest itself. */
const DIGEST = 'sha256';
const UNKNOWN = '0'.repeat(64);

function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Where the digest stands. Inside a name or a text the quotes would be escaped. */
function digestAt(bytes: Buffer): number {
  const key = `"${DIGEST}":"`;
  return bytes.indexOf(key) + key.length;
}

function inFile<Result>(file: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    throw new RangeError(`${file}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}
