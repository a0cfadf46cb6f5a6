import type { Instance } from './module.ts';

// What a page has and TypeScript's library knows only together with the whole DOM.
declare const Worker: undefined | (new (url: string) => WebWorker);
interface WebWorker {
  postMessage(message: unknown): void;
  terminate(): void;
  onmessage: () => void;
  onerror: (event: { message: string }) => void;
}

/** Threads that take parts of each call: assembly/threads.ts tells how. */
export interface Threads {
  /** How many compute, the one that calls among them; 1 after stop. */
  readonly count: number;
  /** Waits until this many parts of the call are done. Throws an Error when a thread has died over one. */
  finish(parts: number): void;
  stop(): void;
}

/**
 * What a thread runs, as a string: a file of its own would be missing in every bundle. `serve` does not return.
 */
const THREAD = `
const port = globalThis.process?.getBuiltinModule?.('node:worker_threads').parentPort ?? globalThis;
port.onmessage = async ({ data: { module, memory, thread } }) => {
  const outOfMemory = () => { throw new Error('wasm kernels: a thread ran out of memory') };
  const { exports } = await WebAssembly.instantiate(module, { env: { memory }, arena: { outOfMemory } });
  port.postMessage('ready');
  exports.serve(thread);
};`;

/** Where on the board (u32s) the number of parts stands that are done. */
const DONE = 1;

/** No part takes a hundredth of this, so a thread that is at one for longer has died. */
const PATIENCE = 60_000;

/** Starts count − 1 threads beside this one, on the instance's shared memory. Rejects where that cannot be done. */
export async function startThreads({ module, memory, wasm }: Instance, count: number): Promise<Threads> {
  const workers: { stop(): void }[] = [];
  let alive = count;
  const stop = (): void => {
    alive = 1;
    wasm.setThreads(1);
    for (const worker of workers) worker.stop();
  };

  try {
    await Promise.all(
      Array.from({ length: count - 1 }, (_, i) => {
        const start = typeof Worker === 'undefined' ? startInNode : startInPage;
        return start({ module, memory, thread: i + 1 }, (worker) => workers.push(worker));
      }),
    );
  } catch (error) {
    stop();
    throw error;
  }
  wasm.setThreads(count);

  const board = new Int32Array(memory.buffer, wasm.boardAddress(), DONE + 1);
  return {
    get count() {
      return alive;
    },
    stop,
    finish(parts) {
      // A page's own thread may not sleep, so this one looks again and again; it has done its share, and the others
      // are at their last parts.
      let seen = -1;
      let since = 0;
      for (let looks = 0; ; looks++) {
        const done = Atomics.load(board, DONE);
        if (done === parts) return;
        if (looks % 10_000 !== 0) continue;
        if (done !== seen) {
          seen = done;
          since = performance.now();
        } else if (performance.now() - since > PATIENCE) {
          stop();
          throw new Error(
            'wasm kernels: a thread died in the middle of a call, whose result is lost. The next calls run on one ' +
              "thread; useKernels('wasm', { threads }) starts new ones.",
          );
        }
      }
    },
  };
}

/** Resolves when the thread is ready to serve. */
function startInNode(message: object, started: (worker: { stop(): void }) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const { Worker } = process.getBuiltinModule('node:worker_threads');
    // Without this process's own flags: a thread needs no loaders.
    const worker = new Worker(THREAD, { eval: true, execArgv: [] });
    started({ stop: () => void worker.terminate() });
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('the thread ended')));
    worker.once('message', () => {
      // From here on it keeps no process from ending.
      worker.unref();
      resolve();
    });
    worker.postMessage(message);
  });
}

function startInPage(message: object, started: (worker: { stop(): void }) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    if (typeof Worker === 'undefined') throw new Error('there are no workers here');
    const url = URL.createObjectURL(new Blob([THREAD], { type: 'text/javascript' }));
    const worker = new Worker(url);
    started({ stop: () => worker.terminate() });
    worker.onerror = ({ message }) => {
      URL.revokeObjectURL(url);
      reject(new Error(message));
    };
    worker.onmessage = () => {
      URL.revokeObjectURL(url);
      resolve();
    };
    worker.postMessage(message);
  });
}
