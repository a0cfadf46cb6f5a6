/** Text as it may stand in HTML, between double quotes too. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (each) => `&#${each.charCodeAt(0)};`);
}

/** The anchor that GitHub gives a heading, so that a link works there and here. */
export function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');
}

/** Anchors of one page, in the order of its text: the second of the same name gets a number, as on GitHub. */
export class Anchors {
  private readonly taken = new Set<string>();

  /** For a heading as it stands in Markdown. */
  of(heading: string): string {
    const name = slug(heading.replace(/[`$]/g, ''));
    let anchor = name;
    for (let n = 1; this.taken.has(anchor); n++) anchor = `${name}-${n}`;
    this.taken.add(anchor);
    return anchor;
  }
}

/** A few bold words that begin a paragraph and say what it is about: '**The bias.**', in Markdown. */
export const RUN_IN = /^(?:- )?\*\*([^*\n]+[.,?])\*\*/;

/** The page of a source file, from the top of the book. */
export function sourcePath(file: string): string {
  return `${file}.html`;
}

/** The page of a chapter, from the top of the book. */
export function chapterPath(file: string): string {
  return file.replace(/\.md$/, '.html');
}

/** Where an equation stands, from the top of the book. */
export function equationAddress({ tag, file }: { readonly tag: string; readonly file: string }): string {
  return `${chapterPath(file)}#${tag}`;
}

/** How one gets from a page back to the top of the book: '../../' from src/layers/linear.ts.html. */
export function upFrom(page: string): string {
  return '../'.repeat(page.split('/').length - 1);
}
