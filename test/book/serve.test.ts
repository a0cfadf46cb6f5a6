import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, renameSync } from 'node:fs';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const top = fileURLToPath(new URL('../../', import.meta.url));
const command = ['--import', 'ts-blank-space/register', 'scripts/book.ts', '--port'];

test('npm run book serves the pages, and tells the reader when a chapter has been saved', async () => {
  const server = spawn(process.execPath, [...command, '0'], {
    cwd: top,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void server.kill());
  let address = '';
  for await (const line of createInterface({ input: server.stdout })) {
    address = line.match(/http:\S+/)?.[0] ?? '';
    if (address !== '') break;
  }
  const page = await fetch(`${address}03-linear.html`);
  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  expect(await page.text()).toContain('id="linear.2"');
  for (const nowhere of ['04-linear.html', '%E0%A4%A', '%00', '/', '/[']) {
    expect((await fetch(`${address}${nowhere}`)).status, nowhere).toBe(404);
  }
  expect((await fetch(`${address}?from=a-letter`)).status).toBe(200);

  // As some editors save: a file that was written elsewhere takes the old one's place.
  const written = `${top}node_modules/.03-linear.md`;
  for (const _ of ['first', 'second']) {
    const { body } = await fetch(`${address}changes`);
    const chapter = `${top}derivations/03-linear.md`;
    copyFileSync(chapter, written);
    renameSync(written, chapter);
    let news = '';
    for await (const part of body ?? []) {
      news += Buffer.from(part).toString();
      if (news.includes('data: changed')) break;
    }
    expect(news).toContain('data: changed');
  }
});

test('a port that is taken is said to be', async () => {
  const other = createServer().listen(0, 'localhost');
  onTestFinished(() => void other.close());
  await once(other, 'listening');
  const address = other.address();
  const port = String(typeof address === 'object' ? address?.port : address);
  const { status, stderr } = spawnSync(process.execPath, [...command, port], { cwd: top, encoding: 'utf8' });
  expect([status, stderr.trim()]).toEqual([1, `book: port ${port} is taken; choose another one with --port`]);
});
