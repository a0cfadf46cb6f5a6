// An equation and the lines that implement it light up together, and the code follows the text.

const article = document.querySelector<HTMLElement>('main.chapter article');
const panel = document.querySelector<HTMLElement>('main.chapter aside.code');
const scroller = panel?.querySelector<HTMLElement>('.scroll');
const closeButton = panel?.querySelector<HTMLButtonElement>('.close');

if (article && panel && scroller && closeButton) pairUp(article, panel, scroller, closeButton);

function pairUp(article: HTMLElement, panel: HTMLElement, scroller: HTMLElement, closeButton: HTMLElement): void {
  /** Below this the code stands under the text, and comes up as a sheet for a pair that was chosen. */
  const stacked = matchMedia('(max-width: 56rem)');
  const calm = matchMedia('(prefers-reduced-motion: reduce)');
  const equations = [...article.querySelectorAll<HTMLElement>('figure.equation[data-tag]')];
  const lines = [...panel.querySelectorAll<HTMLElement>('.line[data-tags]')];

  /** What was chosen by a click stays lit; what is pointed at or focused is lit for as long as that lasts. */
  let chosen: string | undefined;
  let waiting = 0;
  /** The code follows where the reader scrolls; not where a pair was brought into view, or the focus was. */
  let follows = true;

  const equationOf = (tag: string) => equations.find((each) => each.dataset.tag === tag);
  const linesOf = (tag: string) => lines.filter((line) => line.dataset.tags?.split(' ').includes(tag));
  const tagOf = (target: EventTarget | null): string | undefined => {
    if (!(target instanceof Element)) return undefined;
    const link = target.closest<HTMLElement>(
      'a.cite[data-tag], a.ref[data-tag], a.to-code[data-tag], a.number[data-tag]',
    );
    if (link) return link.dataset.tag && equationOf(link.dataset.tag) ? link.dataset.tag : undefined;
    const line = target.closest<HTMLElement>('.line[data-tags]');
    if (line) return line.querySelector<HTMLElement>('a.cite')?.dataset.tag ?? line.dataset.tags?.split(' ')[0];
    return target.closest<HTMLElement>('figure.equation[data-tag]')?.dataset.tag;
  };

  function light(tag: string | undefined): void {
    for (const each of document.querySelectorAll('.lit')) each.classList.remove('lit');
    if (tag === undefined) return;
    equationOf(tag)?.classList.add('lit');
    for (const line of linesOf(tag)) line.classList.add('lit');
  }

  function showCode(tag: string, anchor?: string): void {
    const line = (anchor && document.getElementById(anchor)) || linesOf(tag)[0];
    if (!line) return;
    const details = line.closest('details');
    if (details) details.open = true;
    if (stacked.matches && !panel.classList.contains('sheet')) return;
    const box = scroller.getBoundingClientRect();
    const at = line.getBoundingClientRect();
    if (at.top > box.top + 60 && at.bottom < box.bottom - 60) return;
    scroller.scrollTo({ top: scroller.scrollTop + at.top - box.top - box.height * 0.35, behavior: behavior() });
  }

  function showEquation(tag: string): void {
    const equation = equationOf(tag);
    if (!equation) return;
    const at = equation.getBoundingClientRect();
    const bottom = panel.classList.contains('sheet') ? panel.getBoundingClientRect().top : innerHeight;
    if (at.top > 70 && at.bottom < bottom) return;
    follows = false;
    scrollTo({ top: scrollY + at.top - Math.max(70, bottom * 0.3), behavior: behavior() });
  }

  function behavior(): ScrollBehavior {
    return calm.matches ? 'instant' : 'smooth';
  }

  /** Lights a pair up for good, shows both ends, and puts it into the address. */
  function choose(tag: string, anchor: string): void {
    chosen = tag;
    if (stacked.matches) openSheet();
    light(tag);
    history.replaceState(null, '', `#${anchor}`);
    follows = false;
    showCode(tag, anchor.startsWith('code.') ? anchor : undefined);
    showEquation(tag);
  }

  function letGo(): void {
    chosen = undefined;
    light(undefined);
    closeSheet();
    history.replaceState(null, '', location.pathname + location.search);
  }

  function openSheet(): void {
    panel.classList.add('sheet');
    closeButton.hidden = false;
  }

  function closeSheet(): void {
    panel.classList.remove('sheet');
    closeButton.hidden = true;
  }

  document.addEventListener('pointerover', (event) => {
    if (event.pointerType !== 'mouse') return;
    clearTimeout(waiting);
    const tag = tagOf(event.target);
    light(tag ?? chosen);
    if (tag === undefined) return;
    follows = false;
    // A pointer on its way to somewhere else moves nothing.
    const inCode = panel.contains(event.target as Node);
    waiting = setTimeout(() => (inCode ? showEquation(tag) : showCode(tag)), inCode ? 350 : 120);
  });
  document.addEventListener('pointerleave', () => clearTimeout(waiting));

  document.addEventListener('focusin', ({ target }) => {
    const tag = tagOf(target);
    if (tag === undefined || !(target instanceof HTMLElement) || !target.matches(':focus-visible')) return;
    light(tag);
    // The browser has brought the link that has the focus into view, but not all of its equation.
    follows = false;
    showEquation(tag);
    if (!panel.contains(target)) showCode(tag);
  });
  document.addEventListener('focusout', () => light(chosen));

  document.addEventListener('click', (event) => {
    if (!(event.target instanceof Element) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const tag = tagOf(event.target);
    const link = event.target.closest('a');
    if (tag === undefined && link?.hash) followAgain();
    if (tag === undefined || (link && !link.hash)) return;
    if (link && !link.matches('.cite, .ref, .to-code, .number')) return;
    // Somebody marks text to copy it.
    if (!link && getSelection()?.toString()) return;
    event.preventDefault();
    const fromCode = panel.contains(event.target);
    const line = event.target.closest<HTMLElement>('.line[data-tags]');
    const anchor = link?.matches('.to-code') ? link.hash.slice(1) : !link && line ? anchorOf(line, tag) : tag;
    choose(tag, anchor);
    // From the keyboard a link leads over to the other side, and from there back again.
    if (!link || event.detail > 0) return;
    const other = fromCode
      ? equationOf(tag)?.querySelector<HTMLElement>('a.to-code')
      : document.getElementById(link.matches('.to-code') ? anchor : '')?.querySelector<HTMLElement>('a.cite');
    other?.focus({ preventScroll: true });
  });

  function anchorOf(line: HTMLElement, tag: string): string {
    const own = linesOf(tag).filter((each) => each.id && each.parentElement === line.parentElement);
    return own.toSorted((a, b) => distance(a, line) - distance(b, line))[0]?.id ?? tag;
  }

  function distance(a: HTMLElement, b: HTMLElement): number {
    return Math.abs(Number(a.dataset.n) - Number(b.dataset.n));
  }

  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && chosen !== undefined && !document.querySelector('dialog[open]')) letGo();
  });
  closeButton.addEventListener('click', letGo);
  stacked.addEventListener('change', () => {
    if (!stacked.matches) closeSheet();
    else if (chosen !== undefined) openSheet();
  });

  function openAddress(): void {
    const anchor = decodeURIComponent(location.hash.slice(1));
    const element = anchor ? document.getElementById(anchor) : null;
    const tag = element?.dataset.tag ?? (element && panel.contains(element) ? tagOf(element) : undefined);
    if (tag !== undefined) choose(tag, anchor);
  }
  addEventListener('hashchange', openAddress);
  openAddress();

  const followAgain = () => {
    follows = true;
  };
  article.addEventListener('wheel', followAgain, { passive: true });
  article.addEventListener('touchmove', followAgain, { passive: true });
  document.addEventListener('pointerdown', ({ target }) => {
    // The window's own scroll bar.
    if (target === document.documentElement) followAgain();
  });
  document.addEventListener('keydown', ({ key }) => {
    if (['ArrowUp', 'ArrowDown', 'PageUp', 'PageDown', 'Home', 'End', ' '].includes(key)) followAgain();
  });

  let following: string | undefined;
  let asked = false;
  addEventListener('scroll', () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      follow();
    });
  });

  /** The last equation above the middle of the window is the one that is being read. */
  function follow(): void {
    if (!follows || stacked.matches || panel.matches(':hover')) return;
    let reading: HTMLElement | undefined;
    for (const equation of equations) {
      if (equation.getBoundingClientRect().top > innerHeight * 0.5) break;
      reading = equation;
    }
    const tag = reading?.dataset.tag;
    if (tag === following) return;
    following = tag;
    if (tag !== undefined) showCode(tag);
    else scroller.scrollTo({ top: 0, behavior: behavior() });
  }
}

export {};
