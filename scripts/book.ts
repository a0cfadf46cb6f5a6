import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeBook } from './book/book.ts';
import { makeAll, siteOf } from './book/build.ts';
import { colourAhead } from './book/code.ts';
import { Definitions } from './book/definitions.ts';
import { readManuscript } from './book/manuscript.ts';
import { measureApart } from './book/measure-apart.ts';
import { Mistakes } from './book/mistakes.ts';
import { serve } from './book/serve.ts';
import { refuse } from './flags.ts';
import { reportErrors } from './report-errors.ts';

const help = `npm run book -- [flags]

Shows the book: the derivations and the source side by side. What is saved in derivations/ or src/ is shown at once.

  --port N        where it is served (4000)
  --build         writes it to dist/book, complete and offline, and ends
  --out FOLDER    writes it there
  --site URL      where what is built will be read; links that are shared then show their picture
  --help          this text`;

reportErrors('book');
const flags = readCommandLine();
if (flags.help) console.log(help);
else if (flags.build) await write(flags.out, flags.site);
else await serve(flags.port);

async function write(folder: string, address: string): Promise<void> {
  const start = performance.now();
  const definitions = new Definitions();
  try {
    const measuring = measureApart();
    // Another process measures; meanwhile this one does what takes longest here.
    const manuscript = readManuscript();
    colourAhead(manuscript.sources);
    const files = makeAll(siteOf(makeBook(manuscript, definitions, await measuring), address));
    rmSync(folder, { recursive: true, force: true });
    for (const [path, content] of files) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    const pages = [...files.keys()].filter((path) => path.endsWith('.html')).length;
    console.log(`${pages} pages in ${folder}, after ${((performance.now() - start) / 1000).toFixed(1)} s`);
  } catch (error) {
    if (!(error instanceof Mistakes)) throw error;
    console.error(`book: not built, for ${error.message}`);
    process.exitCode = 1;
  } finally {
    definitions.close();
  }
}

function readCommandLine() {
  try {
    const { values } = parseArgs({
      options: {
        build: { type: 'boolean', default: false },
        port: { type: 'string', default: '4000' },
        out: { type: 'string', default: 'dist/book' },
        site: { type: 'string', default: '' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const port = Number(values.port);
    if (!Number.isInteger(port) || port < 0 || port > 65535)
      refuse('book', `--port must be a number from 0 to 65535, not '${values.port}'`);
    if (values.site !== '' && !/^https?:\/\//.test(values.site))
      refuse('book', `--site must begin with https://, not '${values.site}'`);
    return { ...values, port, site: values.site.replace(/([^/])$/, '$1/') };
  } catch (error) {
    return refuse('book', error instanceof Error ? error.message.split(/\. |\.?\n/)[0] : String(error));
  }
}
