import { watch } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readManuscript } from './book.ts';
import { buildSite, type SiteFiles } from './build.ts';
import { root } from './manuscript.ts';
import type { Measurements } from './measure.ts';
import { measureApart } from './measure-apart.ts';
import { Mistakes } from './mistakes.ts';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

/** Asks to be told of changes, and reloads the page. */
const RELOAD = `<script>new EventSource('/changes').onmessage=()=>location.reload()</script>`;

/**
 * Serves the book, and builds it again when something that it is made of is saved. What was measured stays until it has
 * been measured again, so that a saved page shows at once. With mistakes the last sound pages stay.
 */
export async function serve(port: number): Promise<void> {
  const readers = new Set<ServerResponse>();
  let measurements: Measurements = await measureApart();
  let files: SiteFiles = new Map();
  let trouble = '';

  const rebuild = () => {
    const start = performance.now();
    try {
      files = buildSite(readManuscript(), measurements, '');
      trouble = '';
      console.log(`built in ${Math.round(performance.now() - start)} ms`);
    } catch (error) {
      if (!(error instanceof Mistakes)) throw error;
      trouble = error.message;
      console.error(`not built, for ${trouble}`);
    }
    for (const reader of readers) reader.write('data: changed\n\n');
  };
  rebuild();

  const measureAgain = latest(async () => {
    try {
      measurements = await measureApart();
    } catch (error) {
      console.error(error instanceof Error ? error.message : error);
      return;
    }
    rebuild();
  });
  const changed = afterPause(() => {
    // The old numbers may contradict the new text; the new ones decide.
    measurements = { ...measurements, mistakes: [] };
    rebuild();
    measureAgain();
  });
  for (const folder of ['derivations', 'src']) {
    watch(fileURLToPath(new URL(folder, root)), { recursive: true }, changed);
  }
  watch(fileURLToPath(new URL('assets', import.meta.url)), { recursive: true }, changed);
  watch(fileURLToPath(new URL('client', import.meta.url)), { recursive: true }, changed);

  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname.slice(1)) || 'index.html';
    if (path === 'changes') {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      response.write(': open\n\n');
      readers.add(response);
      request.on('close', () => readers.delete(response));
      return;
    }
    if (trouble !== '' && path.endsWith('.html')) {
      response.writeHead(500, { 'content-type': types['.html'] });
      response.end(
        `<!doctype html><title>Not built</title><pre></pre><script>document.querySelector('pre').textContent=${JSON.stringify(`Not built, for ${trouble}`).replaceAll('<', '\\u003c')}</script>${RELOAD}`,
      );
      return;
    }
    const content = files.get(path);
    if (content === undefined) {
      response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' });
      response.end(`There is no ${path} in the book.`);
      return;
    }
    response.writeHead(200, {
      'content-type': types[extname(path)] ?? 'application/octet-stream',
      'cache-control': 'no-store',
    });
    response.end(path.endsWith('.html') ? String(content).replace('</body>', `${RELOAD}\n</body>`) : content);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, 'localhost', resolve);
  });
  const address = server.address();
  console.log(`The book: http://localhost:${typeof address === 'object' && address ? address.port : port}/`);
}

/** Runs once when calls have stopped coming: an editor writes a file more than once. */
function afterPause(run: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(run, 40);
  };
}

/** Never two at a time; a call while one runs starts one more after it. */
function latest(run: () => Promise<void>): () => void {
  let running = false;
  let again = false;
  return async function start() {
    if (running) {
      again = true;
      return;
    }
    running = true;
    await run();
    running = false;
    if (again) {
      again = false;
      start();
    }
  };
}
