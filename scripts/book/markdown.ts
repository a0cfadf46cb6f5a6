import { dirname, join } from 'node:path/posix';
import MarkdownIt from 'markdown-it';
import { Anchors, chapterPath, equationAddress, escapeHtml, RUN_IN, sourcePath, upFrom } from './html.ts';
import { math, mathText, mistakeInTex } from './math.ts';
import { type Equation, REFERENCE, splitTag } from './tags.ts';

/** What a text needs to know of the rest of the book. */
export interface Surroundings {
  /** Where the text stands: 'derivations/03-linear.md', 'src/layers/linear.ts'. */
  readonly file: string;
  /** The page that it becomes, from the top of the book. */
  readonly page: string;
  readonly equations: ReadonlyMap<string, Equation>;
  /** What stands beside an equation: its number, its lines of code, what was measured. */
  readonly badge: (tag: string) => string;
  /** TypeScript in the text, numbered from 0. */
  readonly code: (code: string, language: string, index: number) => string;
  /** Pages for files that a text links to: their paths from the top of the project. */
  readonly sources: ReadonlySet<string>;
  readonly chapters: ReadonlySet<string>;
  /** By their paths from the top of the project. */
  readonly pictures: ReadonlySet<string>;
}

export interface Heading {
  readonly level: number;
  readonly id: string;
  readonly html: string;
}

export interface Rendered {
  readonly html: string;
  readonly headings: readonly Heading[];
  readonly mistakes: readonly string[];
}

/** A text of the book as HTML. */
export function renderMarkdown(text: string, around: Surroundings): Rendered {
  const up = upFrom(around.page);
  const headings: Heading[] = [];
  const anchors = new Anchors();
  const mistakes: string[] = [];
  let blocks = 0;
  const md = new MarkdownIt({ html: false, linkify: false, typographer: false });

  const tex = (source: string, display: boolean) => {
    const mistake = mistakeInTex(source, display);
    if (mistake === undefined) return math(source, display);
    mistakes.push(`${around.file}: ${mistake}`);
    return escapeHtml(source);
  };

  // Mathematics as GitHub writes it: $`a + b`$ inside a line.
  md.inline.ruler.before('backticks', 'math', (state, silent) => {
    if (!state.src.startsWith('$`', state.pos)) return false;
    const end = state.src.indexOf('`$', state.pos + 2);
    if (end === -1) return false;
    const source = state.src.slice(state.pos + 2, end);
    // A comma does not begin a line. (What is long may have to be broken before it.)
    const mark = mathText(source).length <= 20 ? (state.src.slice(end + 2).match(/^[.,;:?!)]+/)?.[0] ?? '') : '';
    if (!silent) Object.assign(state.push('math', '', 0), { content: source, markup: mark });
    state.pos = end + 2 + mark.length;
    return true;
  });
  md.renderer.rules.math = (tokens, i) => {
    const { content, markup } = tokens[i];
    return markup ? `<span class="together">${tex(content, false)}${markup}</span>` : tex(content, false);
  };

  // The name of an equation leads to it.
  md.renderer.rules.text = (tokens, i) =>
    escapeHtml(tokens[i].content).replace(REFERENCE, (name, tag) => {
      const equation = around.equations.get(tag);
      return equation ? `<a class="ref" data-tag="${tag}" href="${up}${equationAddress(equation)}">${name}</a>` : name;
    });

  md.renderer.rules.fence = (tokens, i) => {
    const { content, info } = tokens[i];
    if (info !== 'math') return around.code(content, info, info === 'ts' ? blocks++ : -1);
    const { tag, tex: source } = splitTag(content);
    const display = `<div class="display">${tex(source, true)}</div>`;
    if (tag === undefined) return `<div class="equation">${display}</div>\n`;
    return `<figure class="equation" id="${tag}" data-tag="${tag}">${display}${around.badge(tag)}</figure>\n`;
  };

  md.renderer.rules.heading_open = (tokens, i) => {
    const level = Number(tokens[i].tag.slice(1));
    const inline = tokens[i + 1];
    const id = anchors.of(inline.content);
    headings.push({ level, id, html: md.renderer.renderInline(inline.children ?? [], md.options, {}) });
    return `<h${level} id="${id}">`;
  };
  md.renderer.rules.heading_close = (tokens, i) => {
    const level = Number(tokens[i].tag.slice(1));
    const heading = headings[headings.length - 1];
    const link = `<a class="anchor" href="#${heading.id}" aria-label="Link to this section">§</a>`;
    return `${level === 1 ? '' : link}</h${level}>\n`;
  };

  // So does what a paragraph begins with in bold.
  md.core.ruler.push('run-in', ({ tokens }) => {
    for (const { type, content, children } of tokens) {
      const name = type === 'inline' && content.match(RUN_IN)?.[1];
      const strong = children?.find((child) => child.type === 'strong_open');
      if (name && strong) strong.meta = { name };
    }
  });
  md.renderer.rules.strong_open = (tokens, i) =>
    tokens[i].meta ? `<strong id="${anchors.of(String(tokens[i].meta.name))}">` : '<strong>';

  md.renderer.rules.table_open = () => '<div class="wide"><table>\n';
  md.renderer.rules.table_close = () => '</table></div>\n';
  // An empty cell at the head of a column is no heading.
  md.renderer.rules.th_open = (tokens, i) => (tokens[i + 1].content === '' ? '<td>' : '<th scope="col">');
  md.renderer.rules.th_close = (tokens, i) => (tokens[i - 1].content === '' ? '</td>' : '</th>');

  const textLink = md.renderer.rules.link_open;
  md.renderer.rules.link_open = (tokens, i, options, env, self) => {
    const href = String(tokens[i].attrGet('href'));
    tokens[i].attrSet('href', resolve(href));
    return textLink ? textLink(tokens, i, options, env, self) : self.renderToken(tokens, i, options);
  };
  const resolve = (href: string) => {
    if (/^(https?:|#)/.test(href)) return href;
    const [path, anchor] = href.split('#');
    const target = join(dirname(around.file), path);
    const suffix = anchor === undefined ? '' : `#${anchor}`;
    if (around.chapters.has(target)) return up + chapterPath(target.slice('derivations/'.length)) + suffix;
    if (around.sources.has(target)) return up + sourcePath(target) + suffix;
    mistakes.push(`${around.file}: the link to ${href} leads to ${target}, which is no chapter and no source file`);
    return href;
  };

  md.renderer.rules.image = (tokens, i) => {
    const path = join(dirname(around.file), String(tokens[i].attrGet('src')));
    if (!around.pictures.has(path)) mistakes.push(`${around.file}: there is no picture ${path}`);
    return `<img src="${up}assets/${path}" alt="${escapeHtml(tokens[i].content)}" loading="lazy">`;
  };

  const html = md.render(text, {});
  return {
    html: html
      .replace(
        /<p>(<img[^>]*>)<\/p>\n<p><em>([\s\S]*?)<\/em><\/p>/g,
        '<figure class="picture">$1<figcaption>$2</figcaption></figure>',
      )
      .replace(/<p>(<img[^>]*>)<\/p>/g, '<figure class="picture">$1</figure>'),
    headings,
    mistakes,
  };
}
