/** A piece of a source file: a comment, and the code below it until the next one. */
export interface Section {
  /** The comment's lines without its marks, as deep as they are indented inside it. */
  readonly comment: readonly string[];
  /** Where the comment begins, or the code where there is none; counted from 1. */
  readonly line: number;
  readonly code: readonly { readonly line: number; readonly text: string }[];
}

/** Cuts a source file into sections. Comments behind code stay in the code. */
export function sectionsOf(text: string): Section[] {
  const lines = text.replace(/\n$/, '').split('\n');
  const sections: { comment: string[]; line: number; code: { line: number; text: string }[] }[] = [];
  let current = { comment: [] as string[], line: 1, code: [] as { line: number; text: string }[] };
  let inBlock = false;
  let afterComment = false;
  for (const [index, line] of lines.entries()) {
    const opens = /^\s*\/\*/.test(line);
    const isComment = inBlock || opens || /^\s*\/\//.test(line);
    if (!isComment) {
      if (current.code.length > 0 || line.trim() !== '') current.code.push({ line: index + 1, text: line });
      afterComment = false;
      continue;
    }
    if (!afterComment || opens) {
      sections.push(current);
      current = { comment: [], line: index + 1, code: [] };
    }
    current.comment.push(inBlock || opens ? withoutStars(line) : line.replace(/^\s*\/\/ ?/, ''));
    inBlock = (inBlock || opens) && !line.includes('*/');
    afterComment = true;
  }
  sections.push(current);
  for (const { comment, code } of sections) {
    while (comment.length > 0 && comment[0].trim() === '') comment.shift();
    while (comment.length > 0 && comment[comment.length - 1].trim() === '') comment.pop();
    while (code.length > 0 && code[code.length - 1].text.trim() === '') code.pop();
  }
  return sections.filter(({ comment, code }) => comment.length > 0 || code.length > 0);
}

/** A part of a comment. */
export type Part =
  | { readonly kind: 'text'; readonly text: string }
  /** Set line by line, as it stands in the source. */
  | { readonly kind: 'formula'; readonly lines: readonly string[] }
  /** The equation that the lines above it name. */
  | { readonly kind: 'equation'; readonly tag: string };

/**
 * A comment as prose: paragraphs, formulas, and after each line that ends with a tag the equation. A formula is a line
 * with a tag that does not read as a sentence, or one that is indented.
 */
export function partsOf(comment: readonly string[]): Part[] {
  const parts: Part[] = [];
  let paragraph: string[] = [];
  const endParagraph = () => {
    if (paragraph.length > 0) parts.push({ kind: 'text', text: paragraph.join('\n') });
    paragraph = [];
  };
  const addFormula = (line: string) => {
    endParagraph();
    const last = parts.at(-1);
    if (last?.kind === 'formula') parts[parts.length - 1] = { kind: 'formula', lines: [...last.lines, line] };
    else parts.push({ kind: 'formula', lines: [line] });
  };
  for (const line of comment) {
    const [, before, tag] = line.match(/^(.*?)\s*\(([a-z]+\.\d+)\)$/) ?? [];
    const text = tag === undefined ? line : before;
    if (text.trim() === '') endParagraph();
    else if (/^ {2,}\S/.test(text) || (tag !== undefined && isFormula(text))) addFormula(text.trimEnd());
    else paragraph.push(text);
    if (tag === undefined) continue;
    endParagraph();
    parts.push({ kind: 'equation', tag });
  }
  endParagraph();
  return parts;
}

/** 'dX[n, i] = Σ o  dOut[n, o] · W[o, i]' is one; 'L = −log D(G(z)): the loss for the answer "real"' is a sentence. */
function isFormula(text: string): boolean {
  return (
    /(^|[^<>!=])=[^=>]/.test(text) &&
    !/: [a-z]+'?[a-z]* [a-z]/i.test(text) &&
    !/[a-z]{3,} [a-z]{2,} [a-z]{2,}/.test(text)
  );
}

function withoutStars(line: string): string {
  return line
    .replace(/^\s*\/\*+ ?/, '')
    .replace(/\s*\*+\/\s*$/, '')
    .replace(/^\s*\* ?/, '');
}
