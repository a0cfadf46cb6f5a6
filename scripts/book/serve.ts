import { existsSync, type FSWatcher, readdirSync, watch } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { makeBook } from './book.ts';
import { makeAll, type Site, siteOf } from './build.ts';
import { colourAhead } from './code.ts';
import { Definitions } from './definitions.ts';
import { escapeHtml } from './html.ts';
import { readManuscript, root } from './manuscript.ts';
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
 * Serves the book. Each page is made when it is asked for first, so that what has been saved shows at once; the others
 * follow while nobody waits, and what is wrong with them is said then. What was measured stays until it has been
 * measured again.
 */
export async function serve(port: number): Promise<void> {
  const readers = new Set<ServerResponse>();
  const definitions = new Definitions();
  let measurements: Measurements | undefined;
  let site: Site = new Map();
  let trouble = '';

  const tellReaders = () => {
    for (const reader of readers) reader.write('data: changed\n\n');
  };
  const complain = (error: unknown) => {
    trouble = error instanceof Mistakes ? error.message : String(error);
    console.error(error instanceof Mistakes ? error.message : error);
    tellReaders();
  };
  const rebuild = () => {
    if (!measurements) return;
    trouble = '';
    try {
      site = siteOf(makeBook(readManuscript(), definitions, measurements), '');
      tellReaders();
      makeTheRest(site).catch(complain);
    } catch (error) {
      complain(error);
    }
  };
  const makeTheRest = async (current: Site) => {
    await setTimeout(500);
    for (const make of current.values()) {
      if (site !== current) return;
      made(make);
      await setImmediate();
    }
    makeAll(current);
    console.log('every page is sound');
  };
  const measureAgain = latest(async () => {
    try {
      const now = await measureApart();
      if (JSON.stringify(now) === JSON.stringify(measurements)) return;
      measurements = now;
      rebuild();
    } catch (error) {
      if (measurements) console.error(error instanceof Error ? error.message : error);
      else complain(error);
    }
  });
  const changed = afterPause(() => {
    // The old numbers may contradict the new text; the new ones decide.
    if (measurements) measurements = { ...measurements, mistakes: [] };
    rebuild();
    measureAgain();
  });
  // Before anything is read: what is saved from here on is not missed.
  watchFolders(['derivations', 'src', 'scripts/book/assets', 'scripts/book/client'], changed);
  const ready = measureAgain();

  const server = createServer(async (request, response) => {
    const path = request.url?.slice(1).replace(/[?#].*/, '') || 'index.html';
    if (path === 'changes') {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      response.write(': open\n\n');
      readers.add(response);
      request.on('close', () => readers.delete(response));
      return;
    }
    await ready;
    const isPage = path.endsWith('.html');
    const { content, mistakes } = made(site.get(path));
    const wrong = trouble || mistakes;
    if (isPage && wrong) {
      response.writeHead(500, { 'content-type': types['.html'] });
      response.end(
        `<!doctype html><title>Not sound</title><pre>${escapeHtml(`The book is not built, for ${wrong}`)}</pre>${RELOAD}`,
      );
      return;
    }
    if (content === undefined) {
      response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' });
      response.end(`There is no ${path} in the book. The contents are at /index.html.`);
      return;
    }
    response.writeHead(200, {
      'content-type': types[extname(path)] ?? 'application/octet-stream',
      'cache-control': 'no-store',
    });
    response.end(isPage ? String(content).replace('</body>', `${RELOAD}\n</body>`) : content);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') error.message = `port ${port} is taken; choose another one with --port`;
      reject(error);
    });
    server.listen(port, 'localhost', resolve);
  });
  const address = server.address();
  console.log(`The book: http://localhost:${typeof address === 'object' && address ? address.port : port}/`);
  colourAhead(readManuscript().sources);
}

/** A file of the site, or what is wrong with it. */
function made(make: (() => string | Uint8Array) | undefined) {
  try {
    return { content: make?.(), mistakes: '' };
  } catch (error) {
    return { content: undefined, mistakes: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * Watches folders, those inside them and those to come. Each has a watcher of its own: a recursive one may lose a file
 * when an editor puts another in its place (Node 20 on Linux).
 */
function watchFolders(folders: readonly string[], changed: () => void): void {
  const watchers = new Map<string, FSWatcher>();
  const look = () => {
    const there = folders.flatMap((folder) => {
      const path = fileURLToPath(new URL(folder, root));
      const inside = readdirSync(path, { recursive: true, withFileTypes: true }).filter((each) => each.isDirectory());
      return [path, ...inside.map((each) => join(each.parentPath, each.name))];
    });
    for (const [path, watcher] of watchers) {
      if (there.includes(path)) continue;
      watcher.close();
      watchers.delete(path);
    }
    for (const path of there) {
      if (watchers.has(path) || !existsSync(path)) continue;
      const watcher = watch(path, () => {
        look();
        changed();
      });
      watcher.on('error', () => watcher.close());
      watchers.set(path, watcher);
    }
  };
  look();
}

/** Runs once when calls have stopped coming: an editor writes a file more than once. */
function afterPause(run: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  return () => {
    clearTimeout(timer);
    timer = globalThis.setTimeout(run, 40);
  };
}

/** Never two at a time; a call while one runs starts one more after it. */
function latest(run: () => Promise<void>): () => Promise<void> {
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
