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

  /** Motion is reduced, so that what is scrolled to is there at once. */
  async function open(path: string, options: BrowserContextOptions = {}): Promise<Page> {
    const viewport = { width: 1440, height: 900 };
    const page = await browser.newPage({ viewport, reducedMotion: 'reduce', ...options });
    await page.goto(pathToFileURL(join(folder, path.split('#')[0])).href + (path.match(/#.*/)?.[0] ?? ''));
    return page;
  }

  const pages = () => files.filter((file) => file.endsWith('.html'));

  it('has a page for each chapter and each file of the source', () => {
    for (const { page } of chapters) expect(files).toContain(page);
    for (const { file } of readSources()) expect(files).toContain(`${file}.html`);
  });

  it('shows every page without a complaint, loads nothing from elsewhere, and is as wide as the window', async () => {
    const complaints: string[] = [];
    const page = await open('index.html');
    page.on('console', (message) => message.type() === 'error' && complaints.push(`${page.url()}: ${message.text()}`));
    page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error.message}`));
    page.on('request', (request) => {
      if (!/^(file|data):/.test(request.url())) complaints.push(`${page.url()} loads ${request.url()}`);
    });
    page.on('requestfailed', (request) => complaints.push(`${page.url()} misses ${request.url()}`));
    for (const path of pages()) {
      await page.goto(pathToFileURL(join(folder, path)).href);
      for (const width of [390, 768, 1440]) {
        await page.setViewportSize({ width, height: 900 });
        const wide = await page.evaluate('document.documentElement.scrollWidth');
        if (wide !== width) complaints.push(`${path} is ${wide} px wide in a window of ${width}`);
      }
    }
    expect(complaints).toEqual([]);
  });

  /** One equation of each chapter is lit. Of its code the first file is looked at: the others are set like it. */
  const looked = [
    ...['index.html', 'generator.html', 'source.html', 'src/layers/conv2d.ts.html', 'src/kernels/kernels.ts.html'],
    ...chapters.map(({ page, tags }) => (tags.length > 0 ? `${page}#${tags[0]}` : page)),
  ];
  it.each(looked)('%s is accessible, light and dark', async (path) => {
    const page = await open(path);
    await page.addScriptTag({ content: axe });
    const serious = async (options: string) =>
      page.evaluate(
        `axe.run({ exclude: ['.file:not(:first-child)'] }, ${options}).then(({ violations }) => violations
          .filter(({ impact }) => impact === 'serious' || impact === 'critical')
          .map(({ id, nodes }) => [id, nodes.length, nodes[0].html.slice(0, 200), nodes[0].failureSummary]))`,
      );
    expect(await serious('{}')).toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await serious(`{ runOnly: ['color-contrast'] }`)).toEqual([]);
    await page.close();
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

  it.each(withTags)('$page: equation and line light each other up, by mouse', async ({ page: path, tags }) => {
    const page = await open(path);
    for (const tag of tags) {
      await page.locator(selector(tag)).scrollIntoViewIfNeeded();
      await page.locator(`${selector(tag)} .display`).hover();
      await expect.poll(() => state(page), eventually).toEqual(lit(tag));
      await page.mouse.move(720, 30);
      await expect.poll(async () => (await state(page)).tag, eventually).toBeUndefined();

      await page.evaluate(`scrollTo(0, ${tags.indexOf(tag) % 2 === 0 ? 0 : 1e9})`);
      await page.locator(`aside [id="code.${tag}"] a.cite[data-tag="${tag}"]`).hover();
      await expect.poll(() => state(page), eventually).toEqual(lit(tag));
      await page.mouse.move(720, 30);
    }
    await page.close();
  });

  it.each(withTags)('$page: from equation to line and back, by keyboard', async ({ page: path, tags }) => {
    const page = await open(path);
    await page.keyboard.press('Tab');
    for (const tag of tags) {
      await page
        .locator(`${selector(tag)} a.to-code`)
        .first()
        .focus();
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
    expect(await page.locator('#d-image svg text').allTextContents()).toEqual([
      '−0.9413',
      '0.5014',
      '0.9595',
      '−0.4585',
    ]);
    await page.close();
  });
});
