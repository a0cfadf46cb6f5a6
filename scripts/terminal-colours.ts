import { WriteStream } from 'node:tty';
import type { TerminalColours } from '../src/pictures/half-blocks.ts';

/** What the terminal can show, or FORCE_COLOR says it can; NO_COLOR and a terminal without colours get none. */
export function terminalColours(): TerminalColours | undefined {
  if (!process.stdout.isTTY && process.env.FORCE_COLOR === undefined) return undefined;
  const bits = WriteStream.prototype.getColorDepth.call(process.stdout);
  return bits >= 24 ? 'rgb' : bits >= 8 ? 'palette' : undefined;
}
