/** What is wrong with the chapters or the source: the book is not built until it is put right. */
export class Mistakes extends Error {
  readonly list: readonly string[];

  constructor(list: readonly string[]) {
    super(
      `${list.length === 1 ? 'one mistake' : `${list.length} mistakes`}\n${list.map((each) => `  ${each}`).join('\n')}`,
    );
    this.list = list;
  }
}

/** Throws where there are any. */
export function refuseMistakes(list: readonly string[]): void {
  if (list.length > 0) throw new Mistakes(list);
}
