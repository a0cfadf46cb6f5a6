import { fileURLToPath } from 'node:url';
import { API, type Symbol as NamedThing, SymbolFlags } from 'typescript/unstable/sync';
import { root, type TextFile } from './manuscript.ts';

/** A name in the source, and where what it names is defined. */
export interface Use {
  readonly start: number;
  readonly end: number;
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
}

/** What has a place of its own to be looked up. A local variable has not: it is defined a few lines above. */
const LOOKED_UP =
  SymbolFlags.Class |
  SymbolFlags.Interface |
  SymbolFlags.TypeAlias |
  SymbolFlags.Function |
  SymbolFlags.Method |
  SymbolFlags.Property |
  SymbolFlags.Accessor;

/**
 * For every file of src/ the names in it that are defined in src/, as the TypeScript compiler sees them. The files in
 * AssemblyScript, which it cannot read, have none.
 */
export function definitionsOf(sources: readonly TextFile[]): Map<string, Use[]> {
  const top = fileURLToPath(root);
  const texts = new Map(sources.map(({ file, text }) => [file, text]));
  const api = new API({ cwd: top });
  try {
    const snapshot = api.updateSnapshot({ openProjects: [`${top}.config/tsconfig.build.json`] });
    const [project] = snapshot.getProjects();
    const { checker, program } = project;
    const places = new Map<number, { file: string; line: number; start: number } | undefined>();

    const placeOf = (symbol: NamedThing) => {
      if (places.has(symbol.id)) return places.get(symbol.id);
      const target = symbol.flags & SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      const declaration = target.valueDeclaration ?? target.declarations[0];
      const file = declaration?.path.startsWith(top) ? declaration.path.slice(top.length) : '';
      const text = texts.get(file);
      let place: { file: string; line: number; start: number } | undefined;
      if (text !== undefined) {
        const node = declaration.resolve();
        // What comes in front of the name are comments, modifiers and keywords.
        const start = node === undefined ? -1 : nameIn(text, target.name, node.getStart());
        const isTopLevel = /(^|\n)(export )?(const|let) $/.test(text.slice(Math.max(0, start - 14), start));
        if (start >= 0 && (target.flags & LOOKED_UP || isTopLevel)) {
          place = { file, line: text.slice(0, start).split('\n').length, start };
        }
      }
      places.set(symbol.id, place);
      return place;
    };

    const known = new Set(program.getSourceFileNames());
    return new Map(
      sources.map(({ file, text }) => {
        if (!known.has(top + file)) return [file, []];
        const names = [...text.matchAll(/[A-Za-z_$][\w$]*/g)];
        const symbols = checker.getSymbolAtPosition(
          top + file,
          names.map(({ index }) => index),
        );
        const uses = names.flatMap(([name], i): Use[] => {
          const { index: start } = names[i];
          const symbol = symbols[i];
          const place = symbol && symbol.name === name ? placeOf(symbol) : undefined;
          if (place === undefined || (place.file === file && place.start === start)) return [];
          return [{ start, end: start + name.length, file: place.file, line: place.line }];
        });
        return [file, uses];
      }),
    );
  } finally {
    api.close();
  }
}

function nameIn(text: string, name: string, from: number): number {
  const found = text.slice(from).search(new RegExp(`(?<![\\w$])${name.replaceAll('$', '\\$')}(?![\\w$])`));
  return found === -1 ? -1 : from + found;
}
