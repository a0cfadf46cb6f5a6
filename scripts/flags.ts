import { parseArgs } from 'node:util';

/** One `--name value` that a command takes. */
export interface Flag<Value> {
  /** How the value is written in the help: N, RATE, a|b. Empty for a flag that takes none. */
  readonly placeholder: string;
  readonly help: string;
  /** What it is when it is left out, as it would be typed; undefined for a flag that may be missing. */
  readonly fallback: string | undefined;
  /** The value that was typed, or an Error that says what it must be. */
  readonly read: (text: string) => Value | Error;
}

export type Flags = Readonly<Record<string, Flag<unknown>>>;
export type Values<F extends Flags> = { [Name in keyof F]: F[Name] extends Flag<infer Value> ? Value : never };

export function wholeNumber(fallback: string | undefined, help: string, least: number, most = Infinity): Flag<number> {
  const range = most === Infinity ? `from ${least}` : `from ${least} to ${most}`;
  const read = (text: string) => {
    const value = Number(text);
    const fits = /^\d+$/.test(text) && value >= least && value <= most;
    return fits ? value : new Error(`a whole number ${range}`);
  };
  return { placeholder: 'N', help, fallback, read };
}

export function positiveNumber(fallback: string, help: string): Flag<number> {
  const read = (text: string) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    return Number.isFinite(value) && value > 0 ? value : new Error('a number above 0, such as 0.001');
  };
  return { placeholder: 'RATE', help, fallback, read };
}

export function choice<const Names extends readonly string[]>(
  fallback: Names[number],
  help: string,
  names: Names,
): Flag<Names[number]> {
  const read = (text: string) => names.find((name) => name === text) ?? new Error(`one of ${names.join(', ')}`);
  return { placeholder: names.join('|'), help, fallback, read };
}

/** True where the flag stands there, by itself. */
export function onRequest(help: string): Flag<boolean> {
  return { placeholder: '', help, fallback: undefined, read: (text) => text === 'true' };
}

export function optional<Value>(flag: Flag<Value>): Flag<Value | undefined> {
  return { ...flag, fallback: undefined };
}

export function filePath(help: string): Flag<string | undefined> {
  const read = (text: string) => (text === '' ? new Error('the name of a file') : text);
  return { placeholder: 'FILE', help, fallback: undefined, read };
}

export function folderPath(help: string): Flag<string> {
  const read = (text: string) => (text === '' ? new Error('the name of a folder') : text);
  return { placeholder: 'FOLDER', help, fallback: undefined, read };
}

export function fileName(help: string, endings: readonly string[]): Flag<string | undefined> {
  const read = (text: string) =>
    endings.some((ending) => text.endsWith(ending)) ? text : new Error(`the name of a file, ${endings.join(' or ')}`);
  return { placeholder: 'FILE', help, fallback: undefined, read };
}

/**
 * The flags in `argv`. Prints the help and ends the process with 0 for --help; names the first wrong flag or
 * value and ends it with 2.
 */
export function readFlags<F extends Flags>(
  command: string,
  about: string,
  flags: F,
  argv: readonly string[],
): Values<F> {
  if (argv.includes('--help') || argv.includes('-h')) {
    console.log(help(command, about, flags));
    process.exit(0);
  }
  const values = parseFlags(flags, argv);
  return values instanceof Error ? refuse(command, values.message) : values;
}

/** Says on standard error what is wrong with the command line, and ends the process with 2. */
export function refuse(command: string, message: string, hint = '--help lists what there is.'): never {
  console.error(`${command}: ${message}\n${asTyped(command)} ${hint}`);
  process.exit(2);
}

/** How a command is typed: 'train gan' is `npm run train -- gan`. */
function asTyped(command: string): string {
  const [script, ...rest] = command.split(' ');
  return ['npm run', script, '--', ...rest].join(' ');
}

/** The flags in `argv`, or an Error that names the first wrong flag or value. */
export function parseFlags<F extends Flags>(flags: F, argv: readonly string[]): Values<F> | Error {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => [name, { type: takesValue(flag) ? 'string' : 'boolean' } as const]),
  );
  let typed: Record<string, string | boolean | undefined>;
  try {
    typed = parseArgs({ args: [...argv], options }).values;
  } catch (error) {
    return new Error(firstLine(error));
  }
  const values: Record<string, unknown> = {};
  for (const [name, flag] of Object.entries(flags)) {
    const text = takesValue(flag) ? (typed[name]?.toString() ?? flag.fallback) : String(typed[name] ?? false);
    const value = text === undefined ? undefined : flag.read(text);
    if (value instanceof Error) return new Error(`--${name} must be ${value.message}, not '${text}'`);
    values[name] = value;
  }
  return values as Values<F>;
}

function takesValue({ placeholder }: Flag<unknown>): boolean {
  return placeholder !== '';
}

/** node:util's messages go on to explain `--`; what is wrong stands first. */
function firstLine(error: unknown): string {
  const message = (error instanceof Error ? error.message : String(error)).split(/\. |\.?\n/)[0];
  const [, flag] = message.match(/^Option '(--\S+)' argument is ambiguous$/) ?? [];
  return flag ? `${flag} needs a value; write one that begins with a dash as ${flag}=-1` : message;
}

/** Where the explanations of the help begin. */
const COLUMN = 36;

function help(command: string, about: string, flags: Flags): string {
  const rows = Object.entries(flags).map(([name, { placeholder, help, fallback }]) => [
    `  --${name} ${placeholder}`.trimEnd(),
    fallback === undefined ? help : `${help} (${fallback})`,
  ]);
  rows.push(['  --help', 'this text']);
  // What is too long for its column has its explanation on the next line.
  const lines = rows.map(([left, right]) =>
    left.length < COLUMN - 1 ? left.padEnd(COLUMN) + right : `${left}\n${' '.repeat(COLUMN)}${right}`,
  );
  return [`${asTyped(command)} [flags]`, '', about, '', ...lines].join('\n');
}
