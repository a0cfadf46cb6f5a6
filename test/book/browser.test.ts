import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readChapters, readSources } from '../../scripts/book/manuscript.ts';
import { citationsIn, equationsIn } from '../../scripts/book/tags.ts';
import { findChromium } from '../chromium.ts';

const executablePath = findChromium();
const required = process.env.CI === 'true' && process.env.HANDGRAD_REQUIRE === '1';

if (!executablePath) console.warn('No Chromium found: the tests of the book are skipped. HANDGRAD_CHROMIUM names one.');

it.runIf(required)('Chromium is there', () => {
  expect(executablePath, 'HANDGRAD_REQUIRE is 1: install chromium, or set HANDGRAD_CHROMIUM').toBeDefined();
});

/** The pages are opened from their folder: what works there works from any server. */
const folder = mkdtempSync(join(tmpdir(), 'book-'));
const chapters = readChapters().map((chapter) => ({
  page: chapter.file.replace('.md', '.html'),
  tags: equationsIn(chapter).map(({ tag }) => tag),
}));
const cited = new Set(readSources().flatMap((source) => citationsIn(source).map(({ tag }) => tag)));
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

describe.skipIf(!executablePath)(`the book in Chromium${executablePath ? '' : ' (none found)'}`, () => {
  let browser: Browser;
  let files: readonly string[];

  beforeAll(async () => {
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--import', 'ts-blank-space/register', 'scripts/book.ts', '--build', '--out', folder],
      { cwd: fileURLToPath(new URL('../../', import.meta.url)), encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(stderr);
    files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    browser = await chromium.launch({ executablePath: String(executablePath), args: ['--no-sandbox'] });
  });

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const addressOf = (path: string) =>
    pathToFileURL(join(folder, path.split('#')[0])).href + (path.match(/#.*/)?.[0] ?? '');

  /** Motion is reduced, so that what is scrolled to is there at once. */
  async function open(path: string, options: BrowserContextOptions = {}, first = ''): Promise<Page> {
    const viewport = { width: 1440, height: 900 };
    const page = await browser.newPage({ viewport, reducedMotion: 'reduce', ...options });
    if (first !== '') await page.addInitScript(first);
    await page.goto(addressOf(path));
    return page;
  }

  it('has a page for each chapter and each file of the source', () => {
    for (const { page } of chapters) expect(files).toContain(page);
    for (const { file } of readSources()) expect(files).toContain(`${file}.html`);
  });

  describe('every page', () => {
    const complaints: string[] = [];
    const widths = [1440, 768, 390];
    let page: Page;

    beforeAll(async () => {
      page = await open('index.html');
      page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('request', (request) => {
        if (!/^(file|data):/.test(request.url())) complaints.push(`loads ${request.url()}`);
      });
      page.on('requestfailed', (request) => complaints.push(`misses ${request.url()}`));
    });
    afterAll(() => page.close());

    /** From one page to the next the window grows and shrinks in turns: each is laid out once for each width. */
    async function look(path: string): Promise<void> {
      await page.goto('about:blank');
      await page.goto(addressOf(path));
      for (const width of widths.reverse()) {
        await page.setViewportSize({ width, height: 900 });
        const wide = await page.evaluate('document.documentElement.scrollWidth');
        if (wide !== width) complaints.push(`is ${wide} px wide in a window of ${width}`);
      }
      expect(complaints.splice(0), path).toEqual([]);
    }

    const serious = (options: string) =>
      page.evaluate(
        `axe.run({ resultTypes: ['violations'], preload: false, ${options} }).then(({ violations }) => violations
          .filter(({ impact }) => impact === 'serious' || impact === 'critical')
          .map(({ id, nodes }) => [id, nodes.length, nodes[0].html.slice(0, 200), nodes[0].failureSummary]))`,
      );

    /**
     * axe takes a tenth of the time when of many formulas and lines that are set alike some are left. One equation of
     * each chapter is lit.
     */
    const thin = `
      for (const each of [...document.querySelectorAll('.katex')].slice(20)) {
        if (!each.closest('.lit')) each.replaceWith(each.querySelector('annotation').textContent);
      }
      for (const each of [...document.querySelectorAll('.file')].slice(1)) if (!each.querySelector('.lit')) each.remove();
      for (const each of [...document.querySelectorAll('aside .line:not(.lit)')].slice(60)) each.remove();`;
    const looked = [
      ...['index.html', 'generator.html', 'source.html', 'src/layers/conv2d.ts.html', 'src/kernels/kernels.ts.html'],
      ...chapters.map(({ page, tags }) => (tags.length > 0 ? `${page}#${tags[0]}` : page)),
    ];
    it.each(looked)('%s: no complaint, as wide as the window, accessible, light and dark', async (path) => {
      await look(path);
      await page.evaluate(thin);
      await page.evaluate(axe);
      expect(await serious('')).toEqual([]);
      await page.emulateMedia({ colorScheme: 'dark' });
      expect(await serious(`runOnly: ['color-contrast']`)).toEqual([]);
      await page.emulateMedia({ colorScheme: 'light' });
    });

    it('the others: no complaint, as wide as the window', async () => {
      const seen = new Set(looked.map((path) => path.replace(/#.*/, '')));
      for (const path of files.filter((file) => file.endsWith('.html') && !seen.has(file))) await look(path);
    });
  });

  /** What is lit, and whether the equation and the first lit line of its code can be seen. */
  const state = (page: Page) =>
    page.evaluate(`(() => {
      const seen = (element, box) => {
        if (!element) return false;
        const { top, bottom } = element.getBoundingClientRect();
        return top >= box.top - 1 && bottom <= box.bottom + 1;
      };
      const lines = [...document.querySelectorAll('aside .line.lit')];
      const panel = document.querySelector('aside .scroll').getBoundingClientRect();
      const equation = document.querySelector('figure.equation.lit');
      const bottom = document.querySelector('aside.sheet') ? panel.top : innerHeight;
      return {
        tag: equation?.id,
        lines: [...new Set(lines.flatMap((line) => line.dataset.tags.split(' ')))].includes(equation?.id),
        bothSeen: seen(equation, { top: 55, bottom }) && lines.some((line) => seen(line, panel)),
        focus: document.activeElement?.className,
        hash: location.hash,
      };
    })()`) as Promise<{ tag?: string; lines: boolean; bothSeen: boolean; focus: string; hash: string }>;
  const lit = (tag: string) => expect.objectContaining({ tag, lines: true, bothSeen: true });
  /** What has not come about after a minute does not. */
  const eventually = { timeout: 60_000, interval: 40 };
  const selector = (tag: string) => `figure.equation[id="${tag}"]`;

  const withTags = chapters.filter(({ tags }) => tags.length > 0);

  it('has a line of code for each equation', () => {
    expect(withTags.flatMap(({ tags }) => tags).filter((tag) => !cited.has(tag))).toEqual([]);
  });

  it.each(withTags)('$page: equation and line lead to each other, by mouse and by keyboard', async (chapter) => {
    const page = await open(chapter.page, {}, 'window.setTimeout = (run) => queueMicrotask(run);');
    const pointAt = async (element: string) => {
      const box = `document.querySelector('${element}').getBoundingClientRect()`;
      await page.evaluate(
        `document.querySelector('${element}').scrollIntoView({ block: 'center', behavior: 'instant' })`,
      );
      const [x, y] = (await page.evaluate(
        `(({ x, y, width, height }) => [x + width / 2, y + height / 2])(${box})`,
      )) as [number, number];
      await page.mouse.move(x, y);
    };
    for (const [i, tag] of chapter.tags.entries()) {
      await pointAt(`${selector(tag)} .display`);
      await expect.poll(() => state(page), eventually).toEqual(lit(tag));
      await page.mouse.move(720, 30);
      await expect.poll(async () => (await state(page)).tag, eventually).toBeUndefined();

      await page.evaluate(`scrollTo(0, ${i % 2 === 0 ? 0 : 1e9})`);
      await pointAt(`aside [id="code.${tag}"] a.cite[data-tag="${tag}"]`);
      await expect.poll(() => state(page), eventually).toEqual(lit(tag));
      await page.mouse.move(720, 30);
      await expect.poll(async () => (await state(page)).tag, eventually).toBeUndefined();
    }
    await page.keyboard.press('Tab');
    for (const tag of chapter.tags) {
      await page.evaluate(`document.querySelector('${selector(tag)} a.to-code').focus()`);
      await expect.poll(() => state(page), eventually).toEqual(lit(tag));
      await page.keyboard.press('Enter');
      await expect.poll(() => state(page), eventually).toMatchObject({ tag, focus: 'cite', hash: `#code.${tag}` });
      expect(await state(page)).toEqual(lit(tag));
      await page.keyboard.press('Enter');
      await expect.poll(() => state(page), eventually).toMatchObject({ tag, focus: 'to-code', hash: `#${tag}` });
      expect(await state(page)).toEqual(lit(tag));
      await page.keyboard.press('Escape');
      expect(await state(page)).toMatchObject({ hash: '' });
    }
    await page.close();
  });

  it.each(['#conv.4', '#code.conv.4'])('a link that was shared opens at both: %s', async (anchor) => {
    for (const width of [1440, 768, 390]) {
      const page = await open(`09-convolution.html${anchor}`, { viewport: { width, height: 844 } });
      await expect.poll(() => state(page), eventually).toEqual(lit('conv.4'));
      await page.close();
    }
  });

  it('on a phone a tap brings the code up, and a tap on the line leads back', async () => {
    const page = await open('09-convolution.html', {
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
    });
    await page.locator(`${selector('conv.3')} .display`).tap();
    await expect.poll(() => state(page), eventually).toEqual(lit('conv.3'));
    await page.locator('aside [id="code.conv.4"]').tap();
    await expect.poll(() => state(page), eventually).toEqual(lit('conv.4'));
    await page.locator('button.close').tap();
    expect(await state(page)).toMatchObject({ hash: '' });
    await page.close();
  });

  it('on a phone a line of code has its number on one line', async () => {
    const page = await open('12-batch-norm.html', { viewport: { width: 390, height: 844 } });
    const [two, three] = await Promise.all(
      [99, 100].map((line) =>
        page.evaluate(
          `parseFloat(getComputedStyle(document.querySelector('.file [data-n="${line}"]'), '::before').height)`,
        ),
      ),
    );
    expect(three).toBeGreaterThan(0);
    expect(three).toBe(two);
    await page.close();
  });

  it('the code follows the text', async () => {
    const page = await open('09-convolution.html');
    await page.evaluate(`document.getElementById('conv.5').scrollIntoView({ block: 'center' })`);
    const seen = `(() => {
      const panel = document.querySelector('aside .scroll').getBoundingClientRect();
      const { top, bottom } = document.getElementById('code.conv.5').getBoundingClientRect();
      return top >= panel.top && bottom <= panel.bottom;
    })()`;
    await expect.poll(() => page.evaluate(seen), eventually).toBe(true);
    await page.close();
  });

  it('without scripts the links lead from equation to line and back', async () => {
    const page = await open('03-linear.html', { javaScriptEnabled: false });
    await page
      .locator(`${selector('linear.2')} a.to-code`)
      .first()
      .click();
    expect(page.url()).toMatch(/#code\.linear\.2$/);
    await page.locator('[id="code.linear.2"] a.cite').click();
    expect(page.url()).toMatch(/#linear\.2$/);
    await page.close();
  });

  it('search finds text and code, by keyboard alone', async () => {
    const page = await open('src/layers/conv2d.ts.html');
    await page.keyboard.press('/');
    await page.keyboard.type('evaluation mode batch norm');
    const first = page.locator('dialog.search ol a').first();
    await first.waitFor();
    expect(await page.locator('dialog.search ol').innerText()).toContain('Evaluation mode');
    await page.keyboard.press('ControlOrMeta+A');
    await page.keyboard.type('checkUnchanged');
    await expect.poll(() => first.innerText(), eventually).toContain('checkUnchanged');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForURL(/src\/layers\/checks\.ts\.html#L\d+$/);
    await page.close();
  });

  it('the colours that were chosen stay', async () => {
    const page = await open('index.html', { colorScheme: 'light' });
    await page.locator('.theme-button').click();
    expect(await page.locator('.theme-button').getAttribute('aria-pressed')).toBe('true');
    await page.goto(pathToFileURL(join(folder, 'generator.html')).href);
    expect(await page.locator('html').getAttribute('data-theme')).toBe('dark');
    await page.close();
  });

  it('prints the text and then the code, without what only a screen needs', async () => {
    const page = await open('03-linear.html');
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('.top').isVisible()).toBe(false);
    expect(await page.locator('[id="code.linear.2"]').isVisible()).toBe(true);
    expect((await page.pdf()).subarray(0, 5).toString()).toBe('%PDF-');
    await page.close();
  });

  it('the page on the generator has the four pixels, as array and as picture', async () => {
    const page = await open('generator.html');
    // The figures worked out by hand in the chapter.
    expect(await page.locator('#d-image .array').innerText()).toBe('[[[[-0.9413, 0.5014], [0.9595, -0.4585]]]]');
    expect(await page.locator('#noise .array').allInnerTexts()).toContain('[[-1.2], [0.6], [1], [1]]');
    expect(await page.locator('#update .array').allInnerTexts()).toContain('[[-1.0149], [0.5014], [0.8993], [1.1077]]');
    expect(await page.locator('#d-image svg text').allTextContents()).toEqual([
      '−0.9413',
      '0.5014',
      '0.9595',
      '−0.4585',
    ]);
    await page.close();
  });
});
