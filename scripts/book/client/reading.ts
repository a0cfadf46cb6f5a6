// What every page needs: the choice of colours, and wide things that can be scrolled from the keyboard.

const themeButton = document.querySelector<HTMLButtonElement>('.theme-button');
const dark = matchMedia('(prefers-color-scheme: dark)');

function isDark(): boolean {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === 'dark' : dark.matches;
}

function showTheme(): void {
  themeButton?.setAttribute('aria-pressed', String(isDark()));
}

themeButton?.addEventListener('click', () => {
  const theme = isDark() ? 'light' : 'dark';
  document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem('handgrad-theme', theme);
  } catch {
    // The choice holds for this page, where nothing may be stored.
  }
  showTheme();
});
dark.addEventListener('change', showTheme);
showTheme();

/** Below this an equation scrolls rather than shrinks. */
const SMALLEST = 0.75;

/**
 * An equation that finds no room beside its number has the number below it, and is set smaller if it must be. All are
 * measured before any is changed: what is measured after a change makes the browser lay out the whole page again.
 */
function makeRoom(): void {
  const displays = [...document.querySelectorAll<HTMLElement>('.display')];
  for (const display of displays) {
    display.style.fontSize = '';
    display.parentElement?.classList.remove('tight');
  }
  for (const { parentElement } of displays.filter(isTooWide)) parentElement?.classList.add('tight');
  const shares = displays.map((display) => (isTooWide(display) ? (display.clientWidth - 1) / display.scrollWidth : 1));
  for (const [i, display] of displays.entries()) {
    if (shares[i] < 1 && shares[i] >= SMALLEST) display.style.fontSize = `${shares[i]}em`;
  }
}

function isTooWide(element: HTMLElement): boolean {
  return element.scrollWidth > element.clientWidth;
}

/** What is wider than its place scrolls, and so must take the focus; what is not must not. */
function reachWideThings(): void {
  const elements = [...document.querySelectorAll<HTMLElement>('.display, .wide, pre, .array, .code .scroll')];
  const wide = elements.map((element) => element.scrollWidth > element.clientWidth + 1);
  for (const [i, element] of elements.entries()) {
    if (!wide[i] && !element.matches('.scroll')) {
      element.removeAttribute('tabindex');
      continue;
    }
    element.tabIndex = 0;
    if (!element.hasAttribute('aria-label')) {
      const name = element.matches('.display') ? 'Equation' : element.matches('.wide') ? 'Table' : 'Code';
      element.setAttribute('role', 'group');
      element.setAttribute('aria-label', `${name}, scrolls`);
    }
  }
}
function fit(): void {
  makeRoom();
  reachWideThings();
}
addEventListener('resize', fit);
document.fonts.ready.then(fit);

export {};
