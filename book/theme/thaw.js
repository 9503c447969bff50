// Adds to pages that read well without it: the keyboard reaches everything, and screen readers hear true roles.
(() => {
  'use strict';
  const WORDS = {
    search: 'Search this book', keys: 'Keyboard shortcuts', wide: 'Page navigation, wide', task: 'Task',
    table: (number) => `Table ${number}`, code: (number) => `Code ${number}`,
    ...globalThis.thawWords?.page,
  };
  const all = (selector) => Array.from(document.querySelectorAll(selector));

  // Two themes are looked after; the others do not reach the contrast that letters need.
  for (const name of ['rust', 'coal', 'ayu']) {
    document.getElementById(`mdbook-theme-${name}`)?.closest('li')?.remove();
  }

  // The toggle of the sidebar is a label: put the button that it looks like in its place.
  // mdBook still listens to the label, which then no longer moves the box by itself.
  const label = document.getElementById('mdbook-sidebar-toggle');
  const box = document.getElementById('mdbook-sidebar-toggle-anchor');
  if (label && box) {
    const button = document.createElement('button');
    for (const { name, value } of label.attributes) if (name !== 'for') button.setAttribute(name, value);
    button.type = 'button';
    button.append(...label.childNodes);
    button.addEventListener('click', () => {
      label.click();
      box.click();
    });
    box.addEventListener('change', () => button.setAttribute('aria-expanded', box.checked));
    label.replaceWith(button);
  }

  // Everything on a page belongs to a landmark.
  document.getElementById('mdbook-menu-bar')?.setAttribute('role', 'banner');
  document.getElementById('mdbook-search-wrapper')?.setAttribute('role', 'search');
  document.getElementById('mdbook-searchbar')?.setAttribute('aria-label', WORDS.search);
  const help = document.getElementById('mdbook-help-container');
  help?.setAttribute('role', 'dialog');
  help?.setAttribute('aria-label', WORDS.keys);

  // Two navigations with one name cannot be told apart.
  document.querySelector('.nav-wide-wrapper')?.setAttribute('aria-label', WORDS.wide);

  for (const box of all('main input[type=checkbox]')) {
    box.setAttribute('aria-label', box.closest('li')?.textContent.trim() || WORDS.task);
  }

  // Whatever scrolls sideways must be reachable with the keyboard.
  const reach = () => {
    all('main pre > code, main pre, main .table-wrapper').forEach((wide, index) => {
      if (wide.scrollWidth <= wide.clientWidth || wide.tabIndex === 0) return;
      wide.tabIndex = 0;
      if (wide.closest('[role=region]')) return;
      wide.setAttribute('role', 'region');
      wide.setAttribute('aria-label', WORDS[wide.matches('.table-wrapper') ? 'table' : 'code'](index + 1));
    });
  };
  reach();
  window.addEventListener('resize', reach);
  // What is folded has no width until it is unfolded.
  all('main details').forEach((fold) => fold.addEventListener('toggle', reach));

  // A flag is one word: where a line ends between its hyphens another one stands there.
  for (const code of all('main :not(pre) > code')) {
    code.innerHTML = code.innerHTML.replace(/(^|\s)(--?\w[\w-]*)/g, '$1<span class="thaw-flag">$2</span>');
  }

  // The other language: the same place of the same page, and from now on that language at the first page.
  document.querySelector('.thaw-language')?.addEventListener('click', ({ currentTarget: link }) => {
    link.hash = location.hash;
    try {
      localStorage.setItem('thaw-language', link.hreflang);
    } catch {
      // Then it is forgotten.
    }
  });

  // A search or a link may lead into folded text: unfold what hides the target.
  const unfold = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let box = target && target.closest('details'); box; box = box.parentElement.closest('details')) box.open = true;
  };
  unfold();
  window.addEventListener('hashchange', unfold);

  // On paper nothing can be unfolded later.
  window.addEventListener('beforeprint', () => all('main details').forEach((box) => { box.open = true; }));
})();
