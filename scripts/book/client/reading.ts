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

/** An equation that finds no room beside its number has the number below it, and is set smaller if it must be. */
function makeRoom(): void {
  for (const display of document.querySelectorAll<HTMLElement>('.display')) {
    const equation = display.parentElement;
    display.style.fontSize = '';
    equation?.classList.remove('tight');
    if (display.scrollWidth > display.clientWidth) equation?.classList.add('tight');
    const share = (display.clientWidth - 1) / display.scrollWidth;
    if (display.scrollWidth > display.clientWidth && share >= SMALLEST) display.style.fontSize = `${share}em`;
  }
}

/** What is wider than its place scrolls, and so must take the focus; what is not must not. */
function reachWideThings(): void {
  for (const element of document.querySelectorAll<HTMLElement>('.display, .wide, pre, .array, .code .scroll')) {
    const scrolls = element.scrollWidth > element.clientWidth + 1 || element.matches('.scroll');
    if (!scrolls) {
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
