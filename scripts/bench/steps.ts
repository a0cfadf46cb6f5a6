import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { KernelName } from '../../src/kernels/index.ts';
import type { Pytorch } from './competitors.ts';
import { alternate, type Contestant, type Rounds, timed } from './measure.ts';
import { switchTo } from './switch-to.ts';
import type { Workload } from './workloads.ts';

/** Training steps with each of the kernels, and in PyTorch where it is there and has the model: in turn. */
export async function measureSteps(
  { name, create }: Workload,
  kernels: readonly KernelName[],
  threads: number,
  pytorch: Pytorch | undefined,
  seconds: number,
): Promise<Rounds<KernelName | 'pytorch'>> {
  const contestants: Contestant<KernelName | 'pytorch'>[] = kernels.map((each) => {
    const { step } = create();
    return {
      name: each,
      async run(count) {
        await switchTo(each, threads);
        return timed(step)(count);
      },
    };
  });
  const { pytorch: model } = create();
  if (pytorch && model) {
    await pytorch.load(name, model, threads);
    contestants.push({ name: 'pytorch', run: (count) => pytorch.step(name, count) });
  }
  return alternate(contestants, seconds);
}

/** The most memory, in MiB, that a process takes in which the model is trained for so many steps. */
export function peakMemory(model: string, kernels: KernelName, threads: number, steps: number): number {
  const script = fileURLToPath(new URL('memory.ts', import.meta.url));
  const parameters = [model, kernels, kernels === 'loops' ? 1 : threads, steps].map(String);
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--import', 'ts-blank-space/register', script, ...parameters],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`${script} ${parameters.join(' ')} failed: ${stderr}`);
  return Number(stdout) / 2 ** 20;
}
