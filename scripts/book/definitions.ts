import { fileURLToPath } from 'node:url';
import { API, type Symbol as NamedThing, type Project, type Snapshot, SymbolFlags } from 'typescript/unstable/sync';
import { root, type TextFile } from './manuscript.ts';

/** A name in the source, and where what it names is defined. */
export interface Use {
  readonly start: number;
  readonly end: number;
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
}

interface Place {
  readonly file: string;
  readonly line: number;
  readonly start: number;
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

const top = fileURLToPath(root);
/** Takes in the AssemblyScript as well: the compiler understands its names, if not its types. */
const config = `${top}.config/tsconfig.source.json`;

/**
 * Where the names of src/ are defined, as the TypeScript compiler sees them: it runs beside this process until `close`,
 * and is asked file by file, so that what has just been saved costs no second look at the rest.
 */
export class Definitions {
  private readonly api = new API({ cwd: top });
  private readonly texts = new Map<string, string>();
  private readonly places = new Map<number, Place | undefined>();
  private readonly uses = new Map<string, readonly Use[]>();
  private snapshot: Snapshot | undefined;
  private project: Project | undefined;
  private known: ReadonlySet<string> = new Set();

  /** Looks at the source as it stands now; `of` answers for this. */
  read(sources: readonly TextFile[]): void {
    const before = new Map(this.texts);
    this.texts.clear();
    for (const { file, text } of sources) this.texts.set(file, text);
    const changed = [...this.texts].filter(([file, text]) => before.has(file) && before.get(file) !== text);
    const created = [...this.texts.keys()].filter((file) => !before.has(file));
    const deleted = [...before.keys()].filter((file) => !this.texts.has(file));
    if (changed.length + created.length + deleted.length === 0) return;
    this.places.clear();
    this.uses.clear();
    const absolute = (files: readonly string[]) => files.map((file) => top + file);
    const snapshot = this.api.updateSnapshot({
      openProjects: [config],
      fileChanges: {
        changed: absolute(changed.map(([file]) => file)),
        created: absolute(created),
        deleted: absolute(deleted),
      },
    });
    this.snapshot?.dispose();
    this.snapshot = snapshot;
    this.project = snapshot.getProjects()[0];
    this.known = new Set(this.project.program.getSourceFileNames());
  }

  /** The names in a file that are defined in src/. */
  of(file: string): readonly Use[] {
    const uses = this.uses.get(file) ?? this.find(file);
    this.uses.set(file, uses);
    return uses;
  }

  close(): void {
    this.api.close();
  }

  private find(file: string): Use[] {
    const text = this.texts.get(file);
    if (text === undefined || !this.project || !this.known.has(top + file)) return [];
    const code = text.replace(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*/g, (comment) => ' '.repeat(comment.length));
    const names = [...code.matchAll(/[A-Za-z_$][\w$]*/g)];
    const symbols = this.project.checker.getSymbolAtPosition(
      top + file,
      names.map(({ index }) => index),
    );
    return names.flatMap(([name], i): Use[] => {
      const { index: start } = names[i];
      const symbol = symbols[i];
      const place = symbol && symbol.name === name ? this.placeOf(symbol) : undefined;
      if (place === undefined || (place.file === file && place.start === start)) return [];
      return [{ start, end: start + name.length, file: place.file, line: place.line }];
    });
  }

  private placeOf(symbol: NamedThing): Place | undefined {
    if (this.places.has(symbol.id)) return this.places.get(symbol.id);
    const place = this.findPlace(symbol);
    this.places.set(symbol.id, place);
    return place;
  }

  private findPlace(symbol: NamedThing): Place | undefined {
    const isAlias = symbol.flags & SymbolFlags.Alias;
    const target = (isAlias && this.project?.checker.getAliasedSymbol(symbol)) || symbol;
    const declaration = target.valueDeclaration ?? target.declarations[0];
    const file = declaration?.path.startsWith(top) ? declaration.path.slice(top.length) : '';
    const text = this.texts.get(file);
    if (text === undefined) return undefined;
    const name = target.name.replaceAll('$', '\\$');
    const atTopLevel = new RegExp(`^(export )?(const|let) ${name}(?![\\w$])`, 'm');
    if (!(target.flags & LOOKED_UP || atTopLevel.test(text))) return undefined;
    const from = declaration.resolve()?.getStart();
    if (from === undefined) return undefined;
    // What comes in front of the name are comments, modifiers and keywords.
    const start = from + text.slice(from).search(new RegExp(`(?<![\\w$])${name}(?![\\w$])`));
    const before = text.slice(0, start).split('\n');
    const isLookedUp = target.flags & LOOKED_UP || /^(export )?(const|let) $/.test(before[before.length - 1]);
    return start >= from && isLookedUp ? { file, start, line: before.length } : undefined;
  }
}
