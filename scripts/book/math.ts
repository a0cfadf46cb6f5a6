import katex from 'katex';

const rendered = new Map<string, string>();

/** TeX as HTML, with MathML beside it for those who listen. Throws where KaTeX does not understand it. */
export function math(tex: string, display: boolean): string {
  const key = `${display} ${tex}`;
  const known = rendered.get(key);
  if (known !== undefined) return known;
  const html = katex.renderToString(tex, { displayMode: display, throwOnError: true, strict: 'ignore' });
  rendered.set(key, html);
  return html;
}

/** What KaTeX does not understand about it. */
export function mistakeInTex(tex: string, display: boolean): string | undefined {
  try {
    math(tex, display);
    return undefined;
  } catch (error) {
    return `${error instanceof Error ? error.message : error} in ${tex}`;
  }
}

/** TeX as a line of text, for where there is no room for more: '\frac{1}{N} \sum_n L_n' is '1/N ∑_n L_n'. */
export function mathText(tex: string): string {
  const untagged = tex.replace(/\\tag\{([^}]*)\}/g, String.raw`\quad(\text{$1})`);
  // It is reported with the page of its chapter.
  if (mistakeInTex(untagged, false) !== undefined) return tex;
  const html = math(untagged, false);
  const markup = html.slice(html.indexOf('<math'), html.indexOf('</math>'));
  const open: { element: string; parts: string[] }[] = [{ element: 'mrow', parts: [] }];
  for (const [, closing, element, empty, text] of markup.matchAll(/<(\/?)(\w+)[^>]*?(\/?)>|([^<]+)/g)) {
    if (text !== undefined) open[open.length - 1].parts.push(text.replace(/&(lt|gt|amp);/g, (each) => ENTITIES[each]));
    else if (empty) open[open.length - 1].parts.push(' ');
    else if (!closing) open.push({ element, parts: [] });
    else {
      const { parts = [] } = open.pop() ?? {};
      open[open.length - 1].parts.push(elementText(element, parts));
    }
  }
  return open
    .flatMap(({ parts }) => parts)
    .join('')
    .replace(/\u2061(?=[([])/g, '')
    .replace(/[\u2061\s]+/g, ' ')
    .replace(/⋅/g, '·')
    .replace(/\s*([=<>≤≥≈≠∈→←+·])\s*/g, ' $1 ')
    .replace(/(?<=[\p{L}\p{M}\p{N})\]′\u2062])−/gu, ' − ')
    .replace(/,(?! )/g, ', ')
    .replace(/\u2062(?=[\s)\],/∥]|$)/g, '')
    .replaceAll(END, ' ')
    .normalize('NFC')
    .trim();
}

const ENTITIES: Readonly<Record<string, string>> = { '&lt;': '<', '&gt;': '>', '&amp;': '&' };

/** Stands behind what is set lower or higher, where text needs a blank if a letter follows. */
const END = '\u2062';

function elementText(element: string, parts: readonly string[]): string {
  const [base = '', second = '', third = ''] = parts;
  if (element === 'annotation') return '';
  if (element === 'mfrac') return `${grouped(base)}/${grouped(second)}${END}`;
  if (element === 'msqrt') return `√${grouped(parts.join(''))}${END}`;
  if (element === 'msub' || element === 'munder') return `${base}_${grouped(second)}${END}`;
  if (element === 'msup') return second === '′' ? `${base}′` : `${base}^${grouped(second)}${END}`;
  if (element === 'mover') return base + (ACCENTS[second] ?? `^${grouped(second)}${END}`);
  if (element === 'msubsup' || element === 'munderover') return `${base}_${grouped(second)}^${grouped(third)}${END}`;
  return parts.join(element === 'mtable' ? '; ' : element === 'mtr' ? ' ' : '');
}

/** Written behind the letter; Unicode makes one of both. */
const ACCENTS: Readonly<Record<string, string>> = { '^': '\u0302', '~': '\u0303', ˉ: '\u0304' };

function grouped(text: string): string {
  return /^[\p{L}\p{N}\p{M}∂.⊤′]*$/u.test(text) ? text : `(${text})`;
}
