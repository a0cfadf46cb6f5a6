import type { TextFile } from './manuscript.ts';
import { mathText } from './math.ts';
import { citationsIn, type Equation } from './tags.ts';

/**
 * Where an equation and the comment that cites it say of the same thing that it is two different sums: a plus in one
 * where the other has a minus. Letters are not compared: η in a chapter is learningRate in the code.
 */
export function mistakesInSigns(equations: ReadonlyMap<string, Equation>, sources: readonly TextFile[]): string[] {
  return sources.flatMap((source) => {
    const lines = source.text.split('\n');
    return citationsIn(source).flatMap(({ tag, file, line }) => {
      const equation = equations.get(tag);
      if (!equation) return [];
      const comment = lines[line - 1].replace(/^.*?\/\/ ?(?:[a-z]+: +)?/, '').replace(/\s*\([a-z]+\.\d+\)$/, '');
      const [written, derived] = [sidesOf(comment), sidesOf(mathText(equation.tex))];
      if (written.length < 2 || derived.length < 2 || nameOf(written[0]) !== nameOf(derived[0])) return [];
      const [inCode, inChapter] = [written.slice(1).map(signsOf), derived.slice(1).map(signsOf)];
      if (inCode.some((signs) => inChapter.includes(signs))) return [];
      return `${equation.file}: (${tag}) has the signs '${inChapter[0]}', but the line that cites it has '${inCode[0]}': ${file}:${line}`;
    });
  });
}

/** 'a = b = c, where …' as its sides a, b and c. */
function sidesOf(text: string): string[] {
  const sides = [''];
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    depth += Number('([{⌊'.includes(text[at])) - Number(')]}⌋'.includes(text[at]));
    const rest = depth <= 0 ? text.slice(at) : '';
    // A formula ends where words go on.
    if (/^(, (?!\d)|; (?!.*otherwise)| where )/.test(rest) || (/^: /.test(rest) && text[at - 1] !== ' ')) break;
    const equals = rest.match(/^ (\+ ?)?[=≈←] /)?.[0];
    if (equals === undefined) sides[sides.length - 1] += text[at];
    else {
      sides.push('');
      at += equals.length - 1;
    }
  }
  return sides;
}

/** 'dX' of 'dX[n, c, h, w]', 'decay' of 'decay_t'. */
function nameOf(side: string): string {
  return side.replace(/^∂L\/\(?∂/, 'd').replace(/[[_(\s].*$/, '');
}

/** The signs of a side, in no order: a factor may stand in front of a sum or behind it. */
function signsOf(side: string): string {
  const signs = side.replaceAll('⁻', '−').match(/(?<!\de|10\^\()[−+]/g) ?? [];
  return signs.sort().join('');
}
