// How a call is shared among threads. Each is an instance of this module on the same memory, with globals, tables
// and scratch of its own. The call is cut into parts, and each thread takes one after the other until none is left,
// so that one that is late, or busy elsewhere, holds nobody up. Parts are rows, columns or images of the result; no
// sum is ever cut. So whoever computes a part, and however many they are, its bits are the same.

import { allocate, begin, moveTo, peak, position } from './arena';
import { computePart, prepare } from './jobs';

/** What the threads tell one another: u32[7]. */
const board = memory.data(28, 16);
/** The number of the call, times 256, plus how many of its parts nobody has taken yet: one word, taken at one stroke. */
const CALL = 0;
/** How many parts are done. */
const DONE = 4;
const PARTS = 8;
const JOB = 12;
const DOUBLE = 16;
/** Where the threads' scratch begins, and how many bytes each has. */
const SCRATCH = 20;
const SCRATCH_BYTES = 24;

/** Below so many multiplications, to wake a thread takes longer than it saves. */
const SMALL: f64 = 500000;
/** No part is much larger, so that who waits for a thread can tell a slow one from a dead one. */
const LARGE: f64 = 1000000000;
/** How often a thread looks for the next call before it sleeps: some ten microseconds. */
const LOOKS = 20000;

let threads = 1;
let thread = 0;
let prepared: u32 = 0;

export function setThreads(count: i32): void {
  threads = count;
}

export function boardAddress(): usize {
  return board;
}

/** On the main thread: cuts a job up, does its share and returns the number of parts. All done: DONE has reached it. */
export function run(job: i32, double: bool, multiplications: f64): i32 {
  const before = position();
  begin((before + 63) & ~63);
  const scratch = position();
  const most = prepare(job, double);
  if (threads === 1 || most < 2 || multiplications < SMALL) {
    computePart(job, double, 0, 1);
    moveTo(before);
    return 1;
  }
  const mark = position();
  const bytes = (peak() - scratch + 63) & ~63;
  moveTo(scratch + bytes);
  allocate(f64(bytes) * (threads - 1));
  moveTo(mark);

  const parts = i32(min(255, min(f64(most), max(f64(2 * threads), multiplications / LARGE))));
  store<u32>(board, parts, PARTS);
  store<u32>(board, job, JOB);
  store<u32>(board, double, DOUBLE);
  store<u32>(board, scratch, SCRATCH);
  store<u32>(board, bytes, SCRATCH_BYTES);
  atomic.store<u32>(board, 0, DONE);
  const call = (atomic.load<u32>(board, CALL) & ~255) + 256;
  prepared = call;
  atomic.store<u32>(board, call | parts, CALL);
  atomic.notify(board + CALL, threads - 1);
  takeParts();
  // The scratch is free again when the other threads have finished, which the caller waits for before the next call.
  moveTo(before);
  return parts;
}

/** On every other thread, for ever. */
export function serve(which: i32): void {
  thread = which;
  for (;;) {
    takeParts();
    const seen = atomic.load<u32>(board, CALL);
    let looks = 0;
    while (atomic.load<u32>(board, CALL) === seen && looks < LOOKS) looks++;
    // Sleeps unless there has been a call in between.
    if (looks === LOOKS) atomic.wait<u32>(board + CALL, seen, -1);
  }
}

function takeParts(): void {
  for (;;) {
    const call = atomic.load<u32>(board, CALL);
    const left = call & 255;
    if (left === 0) return;
    if (atomic.cmpxchg<u32>(board, call, call - 1, CALL) !== call) continue;
    // From here until it is counted as done, the call cannot end, and what it is about stays.
    const job = load<i32>(board, JOB);
    const double = load<bool>(board, DOUBLE);
    if (prepared !== (call & ~255)) {
      prepared = call & ~255;
      begin(load<usize>(board, SCRATCH) + usize(thread) * load<usize>(board, SCRATCH_BYTES));
      prepare(job, double);
    }
    computePart(job, double, left - 1, load<i32>(board, PARTS));
    atomic.add<u32>(board, 1, DONE);
  }
}
