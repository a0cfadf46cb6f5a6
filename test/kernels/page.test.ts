import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loops } from '../../src/kernels/loops/loops.ts';
import { Random } from '../../src/tensor/random.ts';
import { findChromium } from '../chromium.ts';
import type { Report } from './page.ts';

const executablePath = findChromium();
const required = process.env.CI === 'true' && process.env.HANDGRAD_REQUIRE === '1';

if (!executablePath) console.warn('No Chromium found: the kernels in a page are skipped. HANDGRAD_CHROMIUM names one.');

test.runIf(required)('Chromium is there', () => {
  expect(executablePath, 'HANDGRAD_REQUIRE is 1: install Chromium, or set HANDGRAD_CHROMIUM').toBeDefined();
});

describe.skipIf(!executablePath)(`in Chromium${executablePath ? '' : ' (none found)'}`, () => {
  let server: Server;
  let browser: Browser;

  beforeAll(async () => {
    const script = await bundle('page.ts');
    server = createServer(({ url }, response) => {
      if (url?.startsWith('/isolated')) {
        response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
        response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
      }
      if (url === '/isolated-without-workers') response.setHeader('Content-Security-Policy', "worker-src 'none'");
      const isScript = url === '/script.js';
      response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html');
      response.end(isScript ? script : '<!doctype html><script type="module" src="/script.js"></script>');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    browser = await chromium.launch({ ...(executablePath && { executablePath }), args: ['--no-sandbox'], timeout: 0 });
  });

  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  test.each([
    { url: '/isolated', isolated: true, threads: 3 },
    { url: '/plain', isolated: false, threads: 1 },
    { url: '/isolated-without-workers', isolated: true, threads: 1 },
  ])('$url: $threads threads, and the numbers of one', async ({ url, isolated, threads }) => {
    const report = await open(url);
    expect(report).toMatchObject({ isolated, threads });
    for (const [one, several] of report.results) {
      expect(one.length).toBeGreaterThan(1000);
      expect(several).toEqual(one);
    }
    const random = new Random(3);
    const product = loops.matmul(random.normal([130, 170]), random.normal([170, 90]));
    report.results[0][0].forEach((value, i) => {
      expect(Math.abs(value - product.data[i])).toBeLessThan(1e-4);
    });
  });

  async function open(url: string): Promise<Report> {
    const page = await browser.newPage();
    const error = new Promise<never>((_, reject) => page.on('pageerror', reject));
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}${url}`);
    const done = page.waitForFunction('globalThis.report', undefined, { timeout: 0 });
    const handle = await Promise.race([done, error]);
    return (await handle.jsonValue()) as Report;
  }
});

/** A page's script with all that it imports: what any bundler would make of the library. */
async function bundle(entry: string): Promise<string> {
  const input = fileURLToPath(new URL(entry, import.meta.url));
  const result = await build({
    configFile: false,
    logLevel: 'silent',
    build: { write: false, target: 'es2022', rollupOptions: { input } },
  });
  if (Array.isArray(result) || !('output' in result)) throw new Error('one bundle was expected');
  expect(result.output).toHaveLength(1);
  return result.output[0].code;
}
