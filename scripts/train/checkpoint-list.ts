import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** A run's checkpoints, the newest last. */
export function checkpointsIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /^step-\d{8,}\.safetensors$/.test(name))
    .sort((a, b) => a.length - b.length || (a < b ? -1 : 1))
    .map((name) => join(folder, name));
}
