import { readdirSync, readFileSync } from 'node:fs';

export interface Chapter {
  readonly file: string;
  readonly text: string;
}

const root = new URL('../../', import.meta.url);

/** Every chapter of the book, in order. */
export const chapters: readonly Chapter[] = readdirSync(new URL('derivations/', root))
  .filter((file) => file.endsWith('.md'))
  .sort()
  .map((file) => ({ file, text: readFileSync(new URL(`derivations/${file}`, root), 'utf8') }));

/** Every TypeScript file under src/, by its path from there. */
export const sources: readonly Chapter[] = readdirSync(new URL('src/', root), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('binary.ts'))
  .sort()
  .map((file) => ({ file, text: readFileSync(new URL(`src/${file}`, root), 'utf8') }));

/** The contents of the fenced blocks of one language. */
export function fencedBlocks(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map((match) => match[1]);
}
