import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Makes sure that this process alone writes to the folder of a run, until it ends. A file is there all the while whose
 * name says which process it is: one that a killed process has left counts for nothing.
 *
 * Throws a RangeError where another process is at work there. Two that begin at the same moment may both be refused;
 * never do both go on.
 */
export function lockRun(folder: string): void {
  const own = `running-${process.pid}-${startOf(process.pid)}`;
  writeFileSync(join(folder, own), '');
  process.on('exit', () => rmSync(join(folder, own), { force: true }));
  for (const name of readdirSync(folder)) {
    const [, pid, start] = name.match(/^running-(\d+)-(\d+)$/) ?? [];
    if (pid === undefined || name === own) continue;
    if (isAlive(Number(pid)) && startOf(Number(pid)) === start) {
      throw new RangeError(
        `process ${pid} is at work on the run in ${folder}; wait for its end, or stop it with Ctrl-C. ` +
          `(If ${pid} is no training run, remove ${join(folder, name)}.)`,
      );
    }
    rmSync(join(folder, name), { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is somebody else's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** When a process was started, where the system tells (Linux, in /proc): a number may belong to another one later. */
function startOf(pid: number): string {
  try {
    // The name, in brackets, may have spaces in it. The start is field 22, and the first behind the name is field 3.
    return readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ')[19];
  } catch {
    return '0';
  }
}
