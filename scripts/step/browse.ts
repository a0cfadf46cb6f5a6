import { emitKeypressEvents } from 'node:readline';

interface Key {
  readonly name?: string;
  readonly ctrl?: boolean;
}

const KEYS = 'Enter: on   b: back   a: all the rest   q: quit';

/**
 * Shows one page after the other in the terminal, as the keys ask for. `page` gives the lines of a page for the width and
 * height that the terminal has at that moment.
 */
export function browse(count: number, page: (index: number) => string[]): void {
  const { stdin, stdout } = process;
  let index = 0;
  const draw = () => {
    const lines = page(index);
    // The keys stand in the last line of the terminal.
    const below = '\n'.repeat(Math.max(stdout.rows - lines.length, 1));
    stdout.write(`\x1b[2J\x1b[H${lines.join('\n')}${below}${KEYS} `);
  };
  const end = () => {
    stdin.setRawMode(false);
    stdin.pause();
    stdout.write('\r\x1b[K');
  };
  emitKeypressEvents(stdin);
  stdin.setRawMode(true);
  stdin.on('keypress', (_, { name, ctrl }: Key) => {
    if (name === 'q' || (ctrl && (name === 'c' || name === 'd'))) return end();
    if (name === 'a') {
      end();
      while (++index < count) console.log(`\n${page(index).join('\n')}`);
    } else if (name === 'b' || name === 'left' || name === 'up') {
      index = Math.max(index - 1, 0);
      draw();
    } else if (name === 'return' || name === 'enter' || name === 'space' || name === 'right' || name === 'down') {
      if (++index === count) return end();
      draw();
    }
  });
  stdout.on('resize', draw);
  draw();
}
