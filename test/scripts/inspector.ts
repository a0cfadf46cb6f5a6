import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import WebSocket from 'ws';

/** Where a debugged process stands. */
export interface Stop {
  readonly reason: string;
  readonly frames: readonly Frame[];
}

export interface Frame {
  readonly id: string;
  readonly functionName: string;
  readonly url: string;
  /** From 1, as editors count. */
  readonly line: number;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: never;
  readonly result?: never;
  readonly error?: { readonly message: string };
}

/** A debugger as DevTools and VS Code are: a process that waits for it, and their protocol over a WebSocket. */
export class Inspector {
  readonly process: ChildProcess;
  /** All that the process has printed. */
  output = '';
  private readonly socket: WebSocket;
  private readonly answers = new Map<number, (message: Message) => void>();
  private readonly scripts = new Map<string, string>();
  private readonly stops: Stop[] = [];
  private readonly waiting: ((stop: Stop | undefined) => void)[] = [];
  private sent = 0;

  /** Starts a command line in which `--inspect-brk=127.0.0.1:0` stands, and attaches. Returns where it stops first. */
  static async attach(
    command: string,
    args: readonly string[],
    env: Record<string, string> = {},
  ): Promise<[Inspector, Stop | undefined]> {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    let said = '';
    const address = await new Promise<string>((resolve, reject) => {
      child.stderr.on('data', (data) => {
        said += data;
        const [url] = said.match(/ws:\S+/) ?? [];
        if (url) resolve(url);
      });
      child.on('exit', () => reject(new Error(`the process ended before a debugger could attach: ${said}`)));
    });
    const socket = new WebSocket(address);
    await once(socket, 'open');
    const inspector = new Inspector(child, socket);
    await inspector.send('Runtime.enable');
    await inspector.send('Debugger.enable');
    await inspector.send('Runtime.runIfWaitingForDebugger');
    return [inspector, await inspector.stopped()];
  }

  private constructor(child: ChildProcess, socket: WebSocket) {
    this.process = child;
    this.socket = socket;
    child.stdout?.on('data', (data) => {
      this.output += data;
    });
    child.stderr?.on('data', (data) => {
      this.output += data;
    });
    child.on('exit', () => {
      for (const resolve of this.waiting.splice(0)) resolve(undefined);
    });
    socket.on('message', (data) => this.receive(JSON.parse(String(data))));
  }

  send(method: string, params: object = {}): Promise<Record<string, never>> {
    const id = ++this.sent;
    this.socket.send(JSON.stringify({ id, method, params }));
    return new Promise((resolve, reject) => {
      this.answers.set(id, ({ result, error }) => (error ? reject(new Error(error.message)) : resolve(result ?? {})));
    });
  }

  /** The next stop; undefined when the process has come to its end instead. */
  stopped(): Promise<Stop | undefined> {
    const [stop] = this.stops.splice(0, 1);
    if (stop) return Promise.resolve(stop);
    if (this.process.exitCode !== null) return Promise.resolve(undefined);
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  async resume(): Promise<Stop | undefined> {
    await this.send('Debugger.resume');
    return this.stopped();
  }

  async step(how: 'Over' | 'Into'): Promise<Stop | undefined> {
    await this.send(`Debugger.step${how}`);
    return this.stopped();
  }

  /** Stops at a line of the files whose URL matches. Returns the breakpoint's id. */
  async breakAt(urlRegex: string, line: number): Promise<string> {
    const { breakpointId } = await this.send('Debugger.setBreakpointByUrl', { urlRegex, lineNumber: line - 1 });
    return breakpointId;
  }

  /** The value of an expression where the process stands, as JSON carries it. */
  async value<Value>({ frames: [{ id }] }: Stop, expression: string): Promise<Value> {
    const options = { callFrameId: id, expression, returnByValue: true };
    const { result, exceptionDetails } = await this.send('Debugger.evaluateOnCallFrame', options);
    if (exceptionDetails) throw new Error(`${expression}: ${JSON.stringify(result)}`);
    return (result as { value: Value }).value;
  }

  end(): void {
    this.socket.close();
    this.process.kill();
  }

  private receive(message: Message): void {
    if (message.id !== undefined) {
      this.answers.get(message.id)?.(message);
    } else if (message.method === 'Debugger.scriptParsed') {
      const { scriptId, url } = message.params as unknown as { scriptId: string; url: string };
      this.scripts.set(scriptId, url);
    } else if (message.method === 'Debugger.paused') {
      this.pausedAt(message.params as unknown as Paused);
    } else if (message.method === 'Runtime.executionContextDestroyed') {
      // The process waits for us to go.
      this.socket.close();
    }
  }

  private pausedAt({ reason, callFrames }: Paused): void {
    const frames = callFrames.map(({ callFrameId, functionName, location }) => ({
      id: callFrameId,
      functionName,
      url: this.scripts.get(location.scriptId) ?? '',
      line: location.lineNumber + 1,
    }));
    const [resolve] = this.waiting.splice(0, 1);
    if (resolve) resolve({ reason, frames });
    else this.stops.push({ reason, frames });
  }
}

interface Paused {
  readonly reason: string;
  readonly callFrames: readonly {
    readonly callFrameId: string;
    readonly functionName: string;
    readonly location: { readonly scriptId: string; readonly lineNumber: number };
  }[];
}
