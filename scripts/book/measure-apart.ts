import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Measurements } from './measure.ts';
import { Mistakes } from './mistakes.ts';

/** Measures in a process of its own, which reads the source as it stands now. */
export function measureApart(script = new URL('measure-process.ts', import.meta.url)): Promise<Measurements> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(script), {
      execArgv: ['--import', 'ts-blank-space/register'],
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    });
    let complaint = '';
    child.stderr?.on('data', (chunk) => {
      complaint += chunk;
    });
    child.on('message', (measurements) => resolve(measurements as Measurements));
    child.on('error', reject);
    child.on('exit', (code) => {
      if (code !== 0) reject(new Mistakes([`the source does not run:\n${withoutStack(complaint)}`]));
    });
  });
}

/** Where it happened and what it was. */
function withoutStack(complaint: string): string {
  return complaint
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^ {4}at |^Node\.js v/.test(line))
    .join('\n');
}
