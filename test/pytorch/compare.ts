import { expect } from 'vitest';
import type { Dtype } from '../../src/index.ts';
import '../matchers.ts';
import { type Case, describeCase, type Plain, type Result } from './cases.ts';
import { float32Bounds } from './float32-bounds.ts';
import { run } from './run.ts';

/**
 * Runs a case and holds every number to PyTorch's in float64: in float64 to 1e-9 of each entry and 1e-11 beside it
 * (the inputs are of the order of 1), in float32 to what rounding can do at most.
 */
export function expectSameAsPyTorch(given: Case, theirs: Result, dtype: Dtype = 'float64'): void {
  const bounds = dtype === 'float32' ? new Map(leaves(float32Bounds(given))) : undefined;
  const ours = new Map(leaves(run(given, dtype)));
  const expected = leaves(theirs);
  expect([...ours.keys()].sort(), describeCase(given)).toEqual(expected.map(([path]) => path).sort());
  for (const [path, value] of expected) {
    const tolerance = bounds ? { rtol: 0, atol: bounds.get(path)?.data ?? Number.NaN } : { rtol: 1e-9 };
    expect(ours.get(path), `${path} of ${describeCase(given)}`).toBeAllclose(value, tolerance);
  }
}

/** Every tensor and every number in a result, by its path: 'rounds.0.dX'. Numbers become tensors of rank 0. */
function leaves(part: unknown, path = ''): [string, Plain][] {
  if (typeof part === 'number') return [[path, { shape: [], data: [part] }]];
  if (typeof part !== 'object' || part === null) throw new TypeError(`${path} is ${String(part)}`);
  if ('shape' in part && 'data' in part) return [[path, part as Plain]];
  return Object.entries(part).flatMap(([key, child]) => leaves(child, path ? `${path}.${key}` : key));
}
