// Search over text and code. The index was built with the pages; it is loaded when somebody searches first.

interface Found {
  readonly url: string;
  readonly title: string;
  readonly place: string;
  readonly excerpt: string;
}

interface Index {
  search(query: string, options: object): Found[];
}

declare const MiniSearch: { loadJSON(json: string, options: object): Index };
/** Stands in front of this script. */
declare const searchOptions: object;

const script = document.querySelector<HTMLScriptElement>('script[data-up]');
const up = script?.dataset.up ?? '';
const opener = document.querySelector<HTMLButtonElement>('.search-button');

let loading: Promise<Index> | undefined;

function load(): Promise<Index> {
  loading ??= addScript('minisearch.js').then(
    () =>
      new Promise<Index>((resolve, reject) => {
        const receive = (json: string) => resolve(MiniSearch.loadJSON(json, searchOptions));
        Object.assign(window, { handgradSearch: receive });
        addScript('search-index.js').catch(reject);
      }),
  );
  return loading;
}

function addScript(name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const element = document.createElement('script');
    element.src = `${up}assets/${name}`;
    element.onload = () => resolve();
    element.onerror = () => reject(new Error(`${element.src} could not be loaded`));
    document.head.append(element);
  });
}

const dialog = document.createElement('dialog');
dialog.className = 'search';
dialog.setAttribute('aria-label', 'Search text and code');
dialog.innerHTML = `<form method="dialog"><input type="search" aria-label="Search text and code" placeholder="Search text and code" autocomplete="off" spellcheck="false"><button aria-label="Close the search">Esc</button></form><p class="count" role="status"></p><ol></ol>`;
document.body.append(dialog);
const input = dialog.querySelector('input');
const list = dialog.querySelector('ol');
const count = dialog.querySelector('.count');

function open(): void {
  if (dialog.open) return;
  dialog.showModal();
  input?.select();
  load();
}

opener?.addEventListener('click', open);
document.addEventListener('keydown', (event) => {
  const typing = event.target instanceof HTMLElement && event.target.matches('input, textarea');
  const asked =
    (event.key === '/' && !event.ctrlKey && !event.metaKey) || (event.key === 'k' && (event.ctrlKey || event.metaKey));
  if (!asked || typing) return;
  event.preventDefault();
  open();
});
dialog.addEventListener('click', (event) => {
  if (event.target === dialog) dialog.close();
});

/** Beginnings of words count, and slips in long words; answers before chapters, chapters before code. */
const loosely = {
  prefix: (word: string) => word.length > 2,
  fuzzy: (word: string) => (word.length > 5 ? 0.15 : false),
  boost: { title: 3 },
  boostDocument: (_id: unknown, _word: string, { url, place }: Found) =>
    place === 'asked often' ? 2 : /^(src|scripts)\//.test(url) ? 0.5 : 1,
};

async function search(): Promise<void> {
  if (!input || !list || !count) return;
  const query = input.value.trim();
  const index = await load();
  if (query !== input.value.trim()) return;
  const find = (combineWith: string) => index.search(query, { ...loosely, combineWith });
  // Where no place has every word, those that have most of them.
  const all = query === '' ? [] : find('AND');
  const found = query !== '' && all.length === 0 ? find('OR') : all;
  list.replaceChildren(...found.slice(0, 30).map(item));
  const several = found.length === 1 ? 'One place' : `${found.length} places`;
  count.textContent = query === '' ? '' : found.length === 0 ? 'Nothing found.' : several;
}

function item({ url, title, place, excerpt }: Found): HTMLLIElement {
  const link = document.createElement('a');
  link.href = up + url;
  for (const [tag, text] of [
    ['strong', title],
    ['small', place],
    ['span', excerpt],
  ] as const) {
    const part = document.createElement(tag);
    part.textContent = text;
    link.append(part, ' ');
  }
  link.addEventListener('click', () => dialog.close());
  const element = document.createElement('li');
  element.append(link);
  return element;
}

input?.addEventListener('input', search);
dialog.addEventListener('keydown', (event) => {
  const links = [...dialog.querySelectorAll<HTMLElement>('ol a')];
  const at = links.indexOf(document.activeElement as HTMLElement);
  if (event.key === 'Enter' && document.activeElement === input) {
    event.preventDefault();
    links[0]?.click();
  } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
    event.preventDefault();
    const next = at + (event.key === 'ArrowDown' ? 1 : -1);
    if (next < 0) input?.focus();
    else links[Math.min(next, links.length - 1)]?.focus();
  }
});

export {};
