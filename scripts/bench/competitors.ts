import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Blas } from '../../src/kernels/blas/library.ts';
import { findPython } from '../../test/pytorch/python.ts';
import { installedBlas } from '../kernels.ts';
import { LineProcess } from './line-process.ts';
import type { PytorchModel } from './torch-layers.ts';

const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** PyTorch in a process that stays open. */
export class Pytorch {
  private readonly process: LineProcess;
  version = '';
  /** The OPENBLAS_CORETYPE that it was given; undefined where the environment is ours. */
  readonly coreType: string | undefined;

  constructor(python: string, coreType: string | undefined) {
    this.process = new LineProcess(python, [file('pytorch.py')], coreTypeVariable(coreType));
    this.coreType = coreType;
  }

  /** Makes the networks, under this name. */
  async load(name: string, model: PytorchModel, threads: number): Promise<void> {
    this.version = JSON.parse(await this.process.ask(JSON.stringify({ load: name, model, threads }))).torch;
  }

  /** Trains so many steps, and returns how many seconds that took. */
  async step(name: string, count: number): Promise<number> {
    return JSON.parse(await this.process.ask(JSON.stringify({ step: name, count }))).seconds;
  }

  end(): void {
    this.process.end();
  }
}

/** undefined where there is no Python with PyTorch. */
export function startPytorch(): Pytorch | undefined {
  const python = findPython();
  // PyTorch may compute with the same library as we, and is compared at its best: what that had to be told it is told.
  return python === undefined ? undefined : new Pytorch(python, installedBlas()?.coreType);
}

function coreTypeVariable(coreType: string | undefined): NodeJS.ProcessEnv {
  return coreType === undefined ? {} : { OPENBLAS_CORETYPE: coreType };
}

/** The BLAS called from C. */
export class CProgram {
  private readonly process: LineProcess;

  constructor(program: string, blas: Blas, threads: number) {
    this.process = new LineProcess(program, [blas.file, String(threads)], coreTypeVariable(blas.coreType));
  }

  /** Seconds for so many products [M, K] · [K, N] in float32. */
  async products(M: number, N: number, K: number, count: number): Promise<number> {
    return Number(await this.process.ask([M, N, K, count].join(' ')));
  }

  end(): void {
    this.process.end();
  }
}

/** undefined where there is no BLAS or no C compiler. */
export function startCProgram(threads: number): CProgram | undefined {
  const blas = installedBlas();
  if (!blas || spawnSync('cc', ['--version'], { stdio: 'ignore' }).status !== 0) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'handgrad-bench-'));
  try {
    const program = join(folder, 'product');
    execFileSync('cc', ['-O2', '-o', program, file('product.c'), '-ldl']);
    const started = new CProgram(program, blas, threads);
    process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
    return started;
  } catch (error) {
    rmSync(folder, { recursive: true });
    throw error;
  }
}
