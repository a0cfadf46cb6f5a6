import { readdirSync, readFileSync } from 'node:fs';

/** A file that the book is made of. */
export interface TextFile {
  /** Its path from derivations/, or for source from the top of the project. */
  readonly file: string;
  readonly text: string;
}

export const root = new URL('../../', import.meta.url);

/** What the book is written in. */
export interface Manuscript {
  readonly chapters: readonly TextFile[];
  readonly sources: readonly TextFile[];
}

/** The chapters and the source as they stand now. */
export function readManuscript(): Manuscript {
  return { chapters: readChapters(), sources: readSources() };
}

/** Every chapter of the book, in order. */
export function readChapters(): TextFile[] {
  return filesUnder('derivations/', '.md').map((file) => read('derivations/', file));
}

/** Every TypeScript file under src/, by its path from the top of the project. */
export function readSources(): TextFile[] {
  return filesUnder('src/', '.ts').map((file) => readSource(`src/${file}`));
}

export function readSource(path: string): TextFile {
  return read('', path);
}

/** The pictures in the chapters, by their paths from the top of the project. */
export function picturePaths(): string[] {
  return [...filesUnder('derivations/', '.svg'), ...filesUnder('derivations/', '.png')].map(
    (file) => `derivations/${file}`,
  );
}

/** The contents of the fenced blocks of one language. */
export function fencedBlocks(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map((match) => match[1]);
}

function filesUnder(folder: string, extension: string): string[] {
  return readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(extension))
    .sort();
}

function read(folder: string, file: string): TextFile {
  return { file, text: readFileSync(new URL(folder + file, root), 'utf8') };
}
