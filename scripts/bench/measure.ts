import { performance } from 'node:perf_hooks';

/** Whoever does the same work as the others, on the same machine, in its own way. */
export interface Contestant<Name extends string = string> {
  readonly name: Name;
  /** Does the work so many times, and returns how many seconds that took. */
  run(count: number): number | Promise<number>;
}

/** Seconds for doing the work once, round by round: entry i of each contestant is of the same round. */
export type Rounds<Name extends string = string> = Partial<Record<Name, readonly number[]>>;

/** A turn lasts about so many seconds, that of work that takes longer as long as it takes. */
const TURN = 0.03;

/** What is done in less is done several times: the first time takes longer, and says little. */
const SLOW = 2;

/**
 * Lets the contestants work in turn for `seconds` altogether, and at least three rounds: what else the machine does
 * then slows down all of them. One that takes longer than that for doing the work once, and longer than SLOW, does it
 * once.
 */
export async function alternate<Name extends string>(
  contestants: readonly Contestant<Name>[],
  seconds: number,
): Promise<Rounds<Name>> {
  const rounds: Partial<Record<Name, number[]>> = {};
  const quick: { contestant: Contestant<Name>; count: number; times: number[] }[] = [];
  for (const contestant of contestants) {
    const first = await contestant.run(1);
    const times: number[] = [];
    rounds[contestant.name] = times;
    if (first > Math.max(seconds, SLOW)) times.push(first);
    else quick.push({ contestant, count: Math.max(1, Math.round(TURN / (await contestant.run(1)))), times });
  }
  const end = performance.now() + seconds * 1000;
  for (let round = 0; round < 3 || performance.now() < end; round++) {
    for (const { contestant, count, times } of quick) times.push((await contestant.run(count)) / count);
  }
  return rounds;
}

/** Work of this process, as a contestant does it. */
export function timed(work: () => void): (count: number) => number {
  return (count) => {
    const start = performance.now();
    for (let i = 0; i < count; i++) work();
    return (performance.now() - start) / 1000;
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.floor(sorted.length / 2)]) / 2;
}

/** The rounds that are neither among the quickest quarter nor among the slowest. */
export function middleHalf<Round>(rounds: readonly Round[], time: (round: Round) => number): Round[] {
  const quarter = Math.floor(rounds.length / 4);
  return [...rounds].sort((a, b) => time(a) - time(b)).slice(quarter, rounds.length - quarter);
}

/** The median of a's time over b's, round by round; of the medians, where one of them was measured once. */
export function ratio(a: readonly number[], b: readonly number[]): number {
  return a.length === b.length ? median(a.map((time, round) => time / b[round])) : median(a) / median(b);
}
