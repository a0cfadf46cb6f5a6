import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

const SCRIPT = ['--import', 'ts-blank-space/register', 'scripts/train.ts'];

/** A training run, as it is typed, from beginning to end. */
export function train(...flags: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...SCRIPT, ...flags], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

/** A training run that gets a signal as soon as `when` is true of what it has printed and written. */
export async function trainUntil(flags: readonly string[], when: () => boolean, signal: NodeJS.Signals) {
  const child = spawn(process.execPath, [...SCRIPT, ...flags]);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (data) => {
    stdout += data;
  });
  child.stderr.on('data', (data) => {
    stderr += data;
  });
  const look = setInterval(() => when() && child.kill(signal), 1);
  const [status, killedBy] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.on('close', (code, by) => resolve([code, by]));
  });
  clearInterval(look);
  return { status, killedBy, stdout, stderr };
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A folder that is removed when the tests of the file are over. */
export function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'handgrad-'));
  folders.push(folder);
  return folder;
}
