import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

/** A program that answers each line with a line. */
export class LineProcess {
  private readonly child: ChildProcessByStdio<Writable, Readable, null>;
  private readonly lines: AsyncIterator<string>;
  private readonly name: string;

  /** The program must be there: who starts it has found it. What it says on standard error is shown. */
  constructor(command: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
    this.name = [command, ...args].join(' ');
    this.child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...environment } });
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
    // A program that has ended is noticed where its answer is missing.
    this.child.stdin.on('error', () => {});
  }

  async ask(line: string): Promise<string> {
    this.child.stdin.write(`${line}\n`);
    const { value, done } = await this.lines.next();
    if (done) throw new RangeError(`${this.name} has ended without an answer to ${line.slice(0, 60)}`);
    return value;
  }

  end(): void {
    this.child.stdin.end();
  }
}
