import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Dataset } from '../../src/data/dataset.ts';
import { type Flags, parseFlags } from '../flags.ts';
import { fingerprintOfData } from './fingerprint.ts';

/** What config.json says of a run, and the notes of each of its checkpoints. */
export interface RunConfig {
  readonly model: string;
  /** All that the run was told, and all that it does because it was told nothing. */
  readonly flags: Readonly<Record<string, string | number | boolean>>;
  /** Those that were in use: others round differently. */
  readonly kernels: string;
  /** A hash of what the run is trained on, where that was given with --data. */
  readonly dataFingerprint?: string;
}

export const CONFIG = 'config.json';

/** Flags that say nothing of the numbers that come out. */
const WITHOUT_EFFECT = ['out', 'checks'];

export function runConfig(
  model: string,
  flags: Readonly<Record<string, unknown>>,
  kernels: string,
  trainedOn: Dataset,
): RunConfig {
  const telling = Object.entries(flags).filter(
    ([name, value]) => value !== undefined && !WITHOUT_EFFECT.includes(name),
  );
  const config = { model, flags: Object.fromEntries(telling) as RunConfig['flags'], kernels };
  return flags.data === undefined ? config : { ...config, dataFingerprint: fingerprintOfData(trainedOn) };
}

/** The config.json of a run's folder. Throws where there is none that can be read. */
export function readConfig(folder: string): RunConfig {
  const file = join(folder, CONFIG);
  if (!existsSync(file)) {
    throw new RangeError(`${folder} has no ${CONFIG}: it is not the folder of a run, or of one that was never begun`);
  }
  let config: Partial<RunConfig> | null;
  try {
    config = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new RangeError(`${file} is not JSON (${error instanceof Error ? error.message : error})`);
  }
  if (typeof config?.model !== 'string' || typeof config.flags !== 'object' || typeof config.kernels !== 'string') {
    throw new RangeError(`${file} is not the ${CONFIG} of a run: it has no model, flags and kernels`);
  }
  return config as RunConfig;
}

/** The flags of a run as they were, or an Error that names the first that cannot be. */
export function flagsOf<F extends Flags>(config: RunConfig, flags: F): ReturnType<typeof parseFlags<F>> {
  const argv = Object.entries(config.flags).flatMap(([name, value]) => {
    if (typeof value === 'boolean') return value ? [`--${name}`] : [];
    return [`--${name}=${value}`];
  });
  return parseFlags(flags, argv);
}
