import { existsSync } from 'node:fs';

/** A Chromium or Chrome: HANDGRAD_CHROMIUM, else the first of the usual places; undefined where there is none. */
export function findChromium(): string | undefined {
  const usual = [
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    'C:/Program Files/Google/Chrome/Application/chrome.exe',
  ];
  return process.env.HANDGRAD_CHROMIUM ?? usual.find((path) => existsSync(path));
}
