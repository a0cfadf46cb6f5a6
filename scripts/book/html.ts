/** Text as it may stand in HTML, attributes included. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (each) => `&#${each.charCodeAt(0)};`);
}

/** The anchor that GitHub gives a heading, so that a link works there and here. */
export function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');
}

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
