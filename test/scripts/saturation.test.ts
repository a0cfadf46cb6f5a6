import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** The rows of every table that a short run prints, as numbers. */
function tables(folder: string): number[][][] {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'ts-blank-space/register', 'scripts/saturation.ts', '--steps', '3', '--out', folder],
    { encoding: 'utf8' },
  );
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return stdout.split('\nG minimises ').flatMap((part, index) => {
    const rows = part.split('\n').filter((line) => /^\| +\d+ \|/.test(line));
    return index === 0 ? [] : [rows.map((row) => row.split('|').slice(1, -1).map(Number))];
  });
}

test('npm run saturation tells both losses from the same start, and how they differ in one state', () => {
  const folder = mkdtempSync(join(tmpdir(), 'handgrad-'));
  const [nonSaturating, minimax] = tables(folder);
  expect(readdirSync(folder).sort()).toEqual(['step-0001.png', 'step-0003.png']);
  expect([nonSaturating, minimax].map((rows) => rows.map(([step]) => step))).toEqual([
    [1, 3],
    [1, 3],
  ]);
  // Before the first update the two runs are one; the verdict is D's before its update.
  expect(minimax[0][1]).toBe(nonSaturating[0][1]);
  // At each image log(1 − D) over −log D is D/(1 − D); in a batch whose verdicts differ little, nearly so.
  for (const [, , imageGradient, weightGradient, verdict, minusLogD, logOneMinusD, quotient, odds] of [
    ...nonSaturating,
    ...minimax,
  ]) {
    expect(imageGradient).toBeGreaterThan(0);
    expect(weightGradient).toBeGreaterThan(imageGradient);
    expect(quotient / (logOneMinusD / minusLogD)).toBeCloseTo(1, 1);
    expect(odds / (verdict / (1 - verdict))).toBeCloseTo(1, 1);
    expect(quotient / odds).toBeGreaterThan(0.6);
    expect(quotient / odds).toBeLessThan(1.1);
  }
});
