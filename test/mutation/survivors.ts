/** The part of Stryker's JSON report that is needed here. */
export interface MutationReport {
  readonly files: Readonly<Record<string, { readonly source: string; readonly mutants: readonly Mutant[] }>>;
}

interface Mutant {
  readonly status: string;
  /** What stands at `location` instead. */
  readonly replacement?: string;
  /** Lines and columns count from 1. */
  readonly location: { readonly start: Place; readonly end: Place };
}

interface Place {
  readonly line: number;
  readonly column: number;
}

/** A change that no test notices: the line it was made in (or the lines, as one), before and after. */
export interface Survivor {
  readonly file: string;
  readonly before: string;
  readonly after: string;
}

/** What survivors.md lists: `- before` and `+ after` in diffs, under headings that name the files. */
export function parseList(markdown: string): Survivor[] {
  const list: Survivor[] = [];
  let files: string[] = [];
  let before: string | undefined;
  for (const line of markdown.split('\n')) {
    if (line.startsWith('#')) files = [...line.matchAll(/`([^`]+)`/g)].map(([, file]) => file);
    else if (line.startsWith('- ')) before = line.slice(2);
    else if (line.startsWith('+ ') && before !== undefined) {
      for (const file of files) list.push({ file, before, after: line.slice(2) });
      before = undefined;
    }
  }
  return list;
}

export function showSurvivor({ file, before, after }: Survivor): string {
  return `### \`${file}\`\n\n\`\`\`diff\n- ${before}\n+ ${after}\n\`\`\``;
}

/**
 * The survivors that the list does not have, and its entries, for the files that were changed, that are no
 * survivors. Where the same change survives in two equal lines of a file, the list has it twice.
 */
export function compareWithList(
  report: MutationReport,
  list: readonly Survivor[],
): { unlisted: readonly Survivor[]; outdated: readonly Survivor[] } {
  const mutants = mutantsOf(report);
  const survivors = mutants.filter(({ status }) => !isNoticed(status));
  // A busy machine can run into the time limit where nothing has changed: that outdates no entry.
  const late = mutants.filter(({ status }) => status === 'Timeout');
  const entries = list.filter(({ file }) => file in report.files);
  return { unlisted: without(survivors, list), outdated: without(without(entries, survivors), late) };
}

/** What is left of `all` when each of `some` takes one that is the same. */
function without(all: readonly Survivor[], some: readonly Survivor[]): readonly Survivor[] {
  const left = [...all];
  for (const { file, before, after } of some) {
    const at = left.findIndex((each) => each.file === file && each.before === before && each.after === after);
    if (at !== -1) left.splice(at, 1);
  }
  return left;
}

/** For each folder, how many changes there were and how many of them a test noticed. */
export function scores(report: MutationReport): ReadonlyMap<string, { noticed: number; all: number }> {
  const folders = new Map<string, { noticed: number; all: number }>();
  for (const { file, status } of mutantsOf(report)) {
    const folder = file.split('/').slice(0, 2).join('/');
    const { noticed, all } = folders.get(folder) ?? { noticed: 0, all: 0 };
    folders.set(folder, { noticed: noticed + Number(isNoticed(status)), all: all + 1 });
  }
  return folders;
}

/** An endless loop is noticed: the tests do not end. */
function isNoticed(status: string): boolean {
  return status === 'Killed' || status === 'Timeout';
}

function mutantsOf(report: MutationReport): (Survivor & { readonly status: string })[] {
  return Object.entries(report.files).flatMap(([file, { source, mutants }]) => {
    const lines = source.split('\n');
    return mutants.map(({ status, replacement = '', location: { start, end } }) => {
      const whole = lines.slice(start.line - 1, end.line).join('\n');
      const from = start.column - 1;
      const to = whole.length - (lines[end.line - 1].length - (end.column - 1));
      return {
        file,
        status,
        before: oneLine(whole),
        after: oneLine(whole.slice(0, from) + replacement + whole.slice(to)),
      };
    });
  });
}

/** Cut where the beginning says enough. */
function oneLine(code: string): string {
  const line = code.trim().replaceAll(/\s+/g, ' ');
  return line.length > 160 ? `${line.slice(0, 160)}…` : line;
}
