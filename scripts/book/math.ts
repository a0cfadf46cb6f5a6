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
