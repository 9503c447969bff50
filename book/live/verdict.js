// Shows what the checks say of the lesson of a page: at each of its tasks, and beside each lesson in the sidebar.
// The served book asks how things stand; what a terminal has checked is shown as what the page has.
(() => {
  'use strict';

  // What to do about a lesson that was not built. A terminal says it last; here it stands above what cargo says.
  const advise = (said) => said
    .replace(/^Lesson \d+ does not compile yet: mend the first error above(?:, at (.*))?\.$/, (_, place) => `Mend the first error${place ? `: \`${place}\`` : ''}.`)
    .replace(/^Cargo could not build lesson \d+: .*$/, 'What stands in its way is below.');
  const WORDS = {
    region: 'Your checks', check: 'Check my lesson', again: 'Check again',
    fresh: 'Your lesson was not checked yet.', follows: 'While this page is open, your lesson is checked after each save.',
    busy: (what) => `${what[0].toUpperCase()}${what.slice(1)} …`,
    broken: 'Your lesson does not compile.', unbuilt: 'Your lesson could not be built.', brokenLabel: 'What cargo says', mend: (said) => advise(said),
    some: (good, all) => `${good} of ${all} checks pass.`,
    part: (title) => title,
    solved: (number, all) => `Lesson ${number} is solved: all ${all} checks pass.`,
    hint: (number) => `cargo course hint ${number}`, stuck: 'Stuck?',
    compare: 'Compare it with the solution', next: 'Go on with', then: ', then ',
    states: { solved: 'solved', tried: 'tried' }, signs: { solved: '✓', tried: '●' },
    marks: { pass: 'passes', FAIL: 'fails', HANG: 'hangs', stop: 'was stopped' },
    read: 'read', seconds: (seconds) => `${seconds.toFixed(1)} s`,
    lost: 'The book cannot be reached. Is `cargo course` still running?', anew: 'The book was started anew: load the page again.',
    ...globalThis.thawWords?.verdict,
  };
  const EVERY = 700;

  const make = (tag, attributes, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };
  const headers = () => ({ 'X-Thaw-Token': document.querySelector('meta[name=thaw-token]').content });
  // What stands between backticks is code.
  const spoken = (text) => text.split(/`([^`]+)`/).map((part, index) => (index % 2 ? make('code', {}, part) : part));
  // A long name may end its line at each of its words.
  const named = (name) => make('code', {}, ...name.split(/(?<=_)/).flatMap((part) => [part, make('wbr', {})]));
  const isGood = (check) => check.mark === 'pass';
  const number = /\/(\d\d)-[^/]*$/.exec(location.pathname)?.[1];

  // One check: its name, and what it said where it does not pass.
  function shown(check, isFirst) {
    const head = [make('span', { class: 've-mark', 'data-mark': check.mark, title: WORDS.marks[check.mark] ?? check.mark }, check.mark), ' ',
      named(check.name), ' ', make('span', { class: 've-time' }, WORDS.seconds(check.seconds))];
    if (isGood(check)) return make('p', { class: 've-check' }, ...head);
    const rows = check.said.flatMap(([label, text]) => (label ? [make('dt', {}, label), make('dd', {}, ...spoken(text))] : [make('dd', { class: 've-plain' }, text)]));
    const place = check.read?.replace('.md', '.html');
    if (place) rows.push(make('dt', {}, WORDS.read), make('dd', {}, make('a', { href: place }, check.read)));
    const fold = make('details', { class: 've-check', 'data-check': check.name }, make('summary', {}, ...head), make('dl', { class: 've-said' }, ...rows));
    fold.open = isFirst;
    return fold;
  }

  // The next lesson in the language of this page, as its sidebar has it; else the English one.
  function onward(page, title) {
    if (document.documentElement.lang === 'en') return make('a', { href: `${page}.html` }, title);
    const link = [...document.querySelectorAll('#mdbook-sidebar a')].find((other) => !other.hash && other.pathname.endsWith(`/${page}.html`));
    if (!link) return make('a', { href: `../${page}.html`, hreflang: 'en' }, title);
    const name = link.cloneNode(true);
    name.querySelector('.ve-state')?.remove();
    return make('a', { href: link.href }, name.textContent.trim());
  }

  class Verdict extends HTMLElement {
    connectedCallback() {
      if (this.body) return;
      this.task = this.hasAttribute('task') ? Number(this.getAttribute('task')) : null;
      this.body = make('div', { class: 've-parts' });
      if (this.task !== null) return this.append(this.body);
      this.said = make('p', { class: 've-sum', role: 'status' });
      this.button = make('button', { type: 'button', class: 'te-button' }, WORDS.check);
      this.button.addEventListener('click', () => this.check());
      this.more = make('p', { class: 've-more' });
      this.append(make('section', { class: 'te ve', 'aria-label': WORDS.region },
        make('div', { class: 've-head' }, this.said, this.button), this.more, this.body));
    }

    async check() {
      this.button.disabled = true;
      await fetch(`/__course/check/${number}`, { method: 'POST', headers: headers() }).catch(() => {});
      await look();
    }

    show({ busy, trouble, report, next, number }) {
      const parts = report?.parts ?? [];
      // What cargo says, and in the last paragraph what to do.
      const [, said, advice] = /^([^]*)\n\n([^]*)$/.exec(report?.broken ?? '') ?? [];
      const first = parts.flatMap(({ checks }) => checks).find((check) => !isGood(check));
      this.fill(parts.filter(({ task }) => task === this.task), first);
      if (this.task !== null) return;
      const all = parts.flatMap(({ checks }) => checks);
      const state = trouble ? 'trouble' : !report ? 'fresh' : report.broken ? 'broken' : report.is_solved ? 'solved' : 'some';
      this.dataset.state = state;
      this.button.disabled = Boolean(busy);
      this.button.textContent = report ? WORDS.again : WORDS.check;
      const told = {
        trouble: () => trouble, fresh: () => WORDS.fresh, broken: () => (advice?.startsWith('Cargo') ? WORDS.unbuilt : WORDS.broken),
        solved: () => WORDS.solved(number, all.length), some: () => WORDS.some(all.filter(isGood).length, all.length),
      }[state]();
      const sum = busy ? WORDS.busy(busy) : told;
      if (this.said.textContent !== sum) this.said.textContent = sum;
      const more = {
        solved: () => [make('a', { href: '#compare-with-the-solution' }, WORDS.compare),
          ...(next ? [WORDS.then, `${WORDS.next[0].toLowerCase()}${WORDS.next.slice(1)} `, onward(...next)] : []), '.'],
        some: () => [`${WORDS.stuck} `, make('code', {}, WORDS.hint(number)), '. ', WORDS.follows],
        broken: () => [...spoken(WORDS.mend(advice ?? '')), ' ', WORDS.follows],
      }[state]?.() ?? [WORDS.follows];
      this.more.replaceChildren(...more);
      if (report?.broken) {
        this.body.prepend(make('pre', { class: 've-broken', tabindex: '0', role: 'region', 'aria-label': WORDS.brokenLabel }, said ?? report.broken));
      }
    }

    // Nothing is checked now, and nobody is told that it will be.
    lose(why) {
      this.dataset.state = 'lost';
      this.button.disabled = false;
      this.more.replaceChildren();
      if (this.said.textContent !== why.replaceAll('`', '')) this.said.replaceChildren(...spoken(why));
    }

    // What a reader has folded or unfolded stays so, while the same checks fail.
    fill(parts, first) {
      const folds = new Map([...this.body.querySelectorAll('details')].map((fold) => [fold.dataset.check, fold.open]));
      this.body.replaceChildren(...parts.flatMap(({ title, checks }) => [
        make('p', { class: 've-title' }, this.task === null ? WORDS.part(title) : WORDS.some(checks.filter(isGood).length, checks.length)), ...checks.map((check) => shown(check, folds.get(check.name) ?? check === first)),
      ]));
    }
  }

  customElements.define('thaw-verdict', Verdict);

  // The sidebar: a sign behind each lesson, and the word for whoever does not see it.
  function mark(lessons) {
    for (const link of document.querySelectorAll('#mdbook-sidebar a')) {
      const page = link.hash ? '' : link.pathname.split('/').pop().replace(/\.html$/, '');
      const state = lessons.find((lesson) => lesson.page === page)?.state;
      const old = link.querySelector('.ve-state');
      if (old?.dataset.state === state) continue;
      old?.remove();
      if (!WORDS.signs[state]) continue;
      link.append(make('span', { class: 've-state', 'data-state': state, title: WORDS.states[state] },
        make('span', { 'aria-hidden': 'true' }, WORDS.signs[state]), make('span', { class: 've-word' }, ` ${WORDS.states[state]}`)));
    }
  }

  let before;
  let missed = 0;
  async function look() {
    const reply = await fetch(`/__course/standing/${number ?? 'none'}`, { headers: headers() }).catch(() => null);
    missed = reply ? 0 : missed + 1;
    if (!reply?.ok) {
      // A question that a page breaks off by leaving is answered by nobody, either.
      if (missed === 1) return;
      before = undefined;
      const why = !reply ? WORDS.lost : reply.status === 403 ? WORDS.anew : await reply.text();
      document.querySelectorAll('thaw-verdict:not([task])').forEach((verdict) => verdict.lose(why));
      return;
    }
    const text = await reply.text();
    if (text === before) return;
    before = text;
    const { lessons, lesson } = JSON.parse(text);
    mark(lessons);
    if (lesson) document.querySelectorAll('thaw-verdict').forEach((verdict) => verdict.show(lesson));
  }

  // Below the heading of the tasks, and at the end of each task.
  const tasks = document.getElementById('tasks');
  if (number && tasks) {
    tasks.after(make('thaw-verdict', {}));
    for (const heading of document.querySelectorAll('main h3')) {
      // The address of a heading is that of the English one in each language.
      const task = /^task-(\d+)-/.exec(heading.id)?.[1];
      if (task) heading.after(make('thaw-verdict', { task }));
    }
  }

  // Questions do not overtake one another, and a page that nobody sees asks none.
  const ask = async () => {
    if (!document.hidden) await look();
    setTimeout(ask, EVERY);
  };
  document.addEventListener('visibilitychange', () => { if (!document.hidden) look(); });
  ask();
})();
