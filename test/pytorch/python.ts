import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Case, Result } from './cases.ts';

/** What oracle.py writes. */
export interface Oracle {
  readonly python: string;
  readonly torch: string;
  readonly results: readonly Result[];
}

/** A Python that has PyTorch: HANDGRAD_PYTHON, else the first of the usual ones; undefined where there is none. */
export function findPython(): string | undefined {
  const given = process.env.HANDGRAD_PYTHON;
  const candidates = given ? [given] : ['python3', '/usr/bin/python3'];
  return candidates.find((python) => spawnSync(python, ['-c', 'import torch'], { stdio: 'ignore' }).status === 0);
}

/** Sends all the cases through one process. Throws with Python's own message where it fails. */
export function askPyTorch(python: string, cases: readonly Case[]): Oracle {
  const script = fileURLToPath(new URL('oracle.py', import.meta.url));
  const { status, stdout, stderr, error } = spawnSync(python, [script], {
    input: JSON.stringify({ cases }),
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  });
  if (status !== 0) throw new Error(`oracle.py failed: ${error?.message ?? stderr}`);
  return JSON.parse(stdout);
}
