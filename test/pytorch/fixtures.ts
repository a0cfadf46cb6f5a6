import { readdirSync, readFileSync } from 'node:fs';
import type { Case, Result } from './cases.ts';

export const fixtureFolder = new URL('fixtures/', import.meta.url);

/** One file of recorded cases of one kind, with what PyTorch made of them. */
export interface Fixture {
  readonly python: string;
  readonly torch: string;
  readonly recorded: readonly { readonly case: Case; readonly result: Result }[];
}

/** All recorded kinds, from the files' names. */
export function fixtureKinds(): readonly string[] {
  return readdirSync(fixtureFolder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length))
    .sort();
}

export function readFixture(kind: string): Fixture {
  return JSON.parse(readFileSync(new URL(`${kind}.json`, fixtureFolder), 'utf8'));
}
