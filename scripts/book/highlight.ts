import { createCssVariablesTheme, createHighlighterCore } from 'shiki/core';
import { createOnigurumaEngine } from 'shiki/engine/oniguruma';
import shellscript from 'shiki/langs/shellscript.mjs';
import typescript from 'shiki/langs/typescript.mjs';
import { escapeHtml } from './html.ts';

export type Language = 'typescript' | 'shellscript';

/** Something to wrap around a part of the code: a link to a definition or to an equation, a computed number. */
export interface Mark {
  /** Places in the code, counted in characters from its start. */
  readonly start: number;
  readonly end: number;
  readonly open: string;
  readonly close: string;
}

/** x̂: an oblique font may set the accent beside the letter, an upright one sets it above. */
const ACCENTED = /\p{L}\p{M}+/gu;

const theme = createCssVariablesTheme({ name: 'book', variablePrefix: '--' });
const highlighter = await createHighlighterCore({
  themes: [theme],
  langs: [typescript, shellscript],
  engine: createOnigurumaEngine(import('shiki/wasm')),
});

interface Token {
  readonly content: string;
  readonly offset: number;
  readonly color?: string;
}

/** What has been coloured once: most of the time that a book takes goes into this. */
const known = new Map<string, Token[][]>();

function tokensOf(code: string, language: Language): Token[][] {
  const key = `${language} ${code}`;
  const tokens = known.get(key) ?? highlighter.codeToTokensBase(code, { lang: language, theme: 'book' });
  known.set(key, tokens);
  return tokens;
}

/** The code as HTML, one string a line; nothing is written in it but classes, the colours are the style sheet's. */
export function highlight(code: string, language: Language, marks: readonly Mark[] = []): string[] {
  const lines = tokensOf(code, language);
  const ordered = [...marks].sort((a, b) => a.start - b.start);
  let next = 0;
  return lines.map((line) => {
    let html = '';
    for (const { content, offset, color } of line) {
      const kind = color?.match(/--token-([a-z-]+)/)?.[1];
      const wrap = (from: number, to: number) => {
        const text = escapeHtml(content.slice(from - offset, to - offset)).replace(
          ACCENTED,
          '<span class="upright">$&</span>',
        );
        return text === '' || kind === undefined ? text : `<span class="${kind}">${text}</span>`;
      };
      let at = offset;
      const end = offset + content.length;
      while (next < ordered.length && ordered[next].start < end) {
        const mark = ordered[next];
        if (mark.start >= at) html += wrap(at, mark.start) + mark.open;
        const until = Math.min(mark.end, end);
        html += wrap(Math.max(at, mark.start), until);
        at = until;
        if (mark.end > end) break;
        html += mark.close;
        next++;
      }
      html += wrap(at, end);
    }
    return html;
  });
}
