import { escapeHtml, upFrom } from '../html.ts';

export interface Page {
  /** Its path from the top of the book. */
  readonly path: string;
  /** As text, without the name of the book. */
  readonly title: string;
  /** One or two sentences for those who see the link and not yet the page. */
  readonly description: string;
  /** The class of its main part: how it is laid out. */
  readonly kind: 'contents' | 'chapter' | 'source' | 'generator' | 'files';
  readonly main: string;
}

/** Where the book will be read, for links that must be whole: 'https://example.org/book/'; '' where nobody knows. */
export type Address = string;

/** Before the first line is painted: the colours that the reader has chosen, and whether there is a script at all. */
const EARLY = `document.documentElement.classList.add('js');try{const t=localStorage.getItem('handgrad-theme');if(t)document.documentElement.dataset.theme=t}catch{}`;

const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' rx='3' fill='%23b4451f'/%3E%3Cpath d='M11.5 4.5v5.5a1.5 1.5 0 0 1-1.5 1.5H4.5M7 9 4.3 11.5 7 14' fill='none' stroke='white' stroke-width='1.7' transform='translate(0 -1.2)'/%3E%3C/svg%3E";

export function layout(page: Page, site: Address): string {
  const up = upFrom(page.path);
  const title = page.path === 'index.html' ? 'handgrad: backpropagation by hand' : `${page.title} · handgrad`;
  const picture = 'assets/picture.png';
  const link = (path: string, text: string) =>
    `<a href="${up}${path}"${page.path === path ? ' aria-current="page"' : ''}>${text}</a>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<meta name="description" content="${escapeHtml(page.description)}">
<meta name="color-scheme" content="light dark">
<meta property="og:type" content="${page.kind === 'contents' ? 'website' : 'article'}">
<meta property="og:site_name" content="handgrad">
<meta property="og:title" content="${escapeHtml(page.title)}">
<meta property="og:description" content="${escapeHtml(page.description)}">
${site === '' ? '' : `<meta property="og:url" content="${site}${page.path}">\n<link rel="canonical" href="${site}${page.path}">\n`}<meta property="og:image" content="${site === '' ? up : site}${picture}">
<meta property="og:image:width" content="1200">
<meta property="og:image:height" content="630">
<meta property="og:image:alt" content="Four pixels that a generator made, and beside them the gradient that arrives at each: blue asks for a brighter pixel, red for a darker one.">
<meta name="twitter:card" content="summary_large_image">
<link rel="icon" href="${ICON}">
<link rel="stylesheet" href="${up}assets/katex/katex.min.css">
<link rel="stylesheet" href="${up}assets/book.css">
<script>${EARLY}</script>
<script src="${up}assets/book.js" defer data-up="${up}"></script>
</head>
<body>
<a class="skip" href="#main">Skip to the text</a>
<header class="top">
<a class="brand" href="${up}index.html">handgrad</a>
<nav aria-label="The book">${link('index.html', 'Contents')}${link('generator.html', 'The generator')}${link('source.html', 'Source')}</nav>
<div class="tools"><button type="button" class="search-button" aria-label="Search" aria-keyshortcuts="/"><span>Search</span> <kbd>/</kbd></button><button type="button" class="theme-button" aria-label="Dark colours" aria-pressed="false"><svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><circle cx="8" cy="8" r="6.25" fill="none" stroke="currentColor" stroke-width="1.5"/><path d="M8 1.75a6.25 6.25 0 0 1 0 12.5z" fill="currentColor"/></svg></button></div>
</header>
<main id="main" class="${page.kind}" tabindex="-1">
${page.main}
</main>
</body>
</html>
`;
}
