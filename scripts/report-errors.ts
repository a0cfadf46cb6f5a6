/**
 * From here on a failure of the system (a full disk, a closed pipe) or of the training (numbers that are no longer
 * finite) ends the process with one line that says what it was. Anything else is a mistake of ours, and shows its
 * stack.
 */
export function reportErrors(command: string): void {
  // Whoever reads our output may have seen enough: `npm run train | head`.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => end(command, error));
  process.on('uncaughtException', (error: NodeJS.ErrnoException) => end(command, error));
}

function end(command: string, error: NodeJS.ErrnoException): never {
  if (error.code === 'EPIPE') process.exit(0);
  const expected = error.code !== undefined || error instanceof RangeError;
  console.error(`\n${command}: ${expected ? error.message : error.stack}`);
  process.exit(1);
}
