import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** A Chromium: HANDGRAD_CHROMIUM, else the first of the usual places; undefined where there is none. */
export function findChromium(): string | undefined {
  const given = process.env.HANDGRAD_CHROMIUM;
  const candidates = given ? [given] : ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
  return candidates.find((path) => existsSync(path) && spawnSync(path, ['--version']).status === 0);
}
