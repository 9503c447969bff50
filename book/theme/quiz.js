// "Check yourself" takes an answer, and the title page says how far you are. What was chosen is kept in this browser alone.
// Without it the choices are folds: whoever opens one reads whether it is right, and why.
(() => {
  'use strict';

  const many = (count, noun) => `${count} ${noun}${count === 1 ? '' : 's'}`;
  const WORDS = {
    right: 'Right.', wrong: 'Not so: try another.',
    tally: (right, all) => `${right} of ${all} right`, forget: 'Forget my answers',
    solved: 'Solved.', done: 'All questions answered.', some: (right, all) => `${right} of ${all} questions answered.`,
    far: (solved, right) => `You have ${[solved && `solved ${many(solved, 'lesson')}`, right && `answered ${many(right, 'question')}`].filter(Boolean).join(' and ')}.`,
    goOn: (title) => `Go on with ${title}`,
    ...globalThis.thawWords?.quiz,
  };
  // An answer counts in the language in which it was given: what is kept are its words.
  const KEY = document.documentElement.lang === 'en' ? 'thaw-answers' : `thaw-answers-${document.documentElement.lang}`;

  // What is kept: for each page how many questions it has, and what was chosen for which, in their own words:
  // a question that is another one by now was not answered. A browser may refuse to keep anything.
  const read = () => {
    try {
      const kept = JSON.parse(localStorage.getItem(KEY) ?? '{}');
      return kept && typeof kept === 'object' && !Array.isArray(kept) ? kept : {};
    } catch {
      return {};
    }
  };
  const write = (page, entry) => {
    try {
      const kept = read();
      if (entry) kept[page] = entry;
      else delete kept[page];
      localStorage.setItem(KEY, JSON.stringify(kept));
    } catch {
      // Then it is forgotten with the page.
    }
  };
  const pageOf = (path) => path.split('/').pop().replace(/\.html$/, '');
  const counted = (entry) => {
    const number = (value) => (Number.isInteger(value) && value >= 0 ? value : 0);
    const all = number(entry?.all);
    return { all, right: Math.min(number(entry?.right), all) };
  };
  const make = (tag, attributes, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };

  class Quiz extends HTMLElement {
    connectedCallback() {
      if (this.questions) return;
      this.page = pageOf(location.pathname);
      this.questions = [];
      for (const choice of this.querySelectorAll(':scope > details')) {
        const before = choice.previousElementSibling;
        if (before?.localName !== 'details') this.questions.push(this.question(before));
        this.questions.at(-1).choices.push(choice);
      }
      const kept = read()[this.page];
      this.questions.forEach((question) => this.prepare(question, kept?.chosen?.[question.asks]));
      this.said = make('p', { class: 'qz-said', 'aria-live': 'polite' });
      this.count = make('span', {});
      const forget = make('button', { type: 'button', class: 'qz-forget' }, WORDS.forget);
      forget.addEventListener('click', () => this.forget());
      this.tally = make('p', { class: 'qz-tally' }, this.count, forget);
      this.append(this.tally, this.said);
      // The page may have changed since.
      this.keep(Boolean(kept));
    }

    // A question begins with its paragraph, whose number may change; its choices follow one another.
    question(text) {
      const asks = text?.textContent.replace(/^\d+\.\s*/, '') ?? '';
      return { text, asks, choices: [], chosen: null };
    }

    prepare(question, kept) {
      const group = make('div', { class: 'qz-choices', role: 'group', 'aria-label': question.text?.textContent ?? '' });
      question.choices[0].before(group);
      group.append(...question.choices);
      for (const choice of question.choices) {
        choice.firstElementChild.append(make('span', { class: 'qz-verdict' }));
        choice.firstElementChild.addEventListener('click', () => { if (!choice.open) this.choose(question, choice); });
        if (kept === this.textOf(choice)) this.mark(question, choice);
      }
    }

    textOf(choice) {
      return choice.firstElementChild.firstChild === null ? '' : [...choice.firstElementChild.childNodes]
        .filter((node) => node.className !== 'qz-verdict').map((node) => node.textContent).join('').trim();
    }

    // One choice is open at a time; what was tried before keeps its sign.
    choose(question, choice) {
      question.choices.filter((other) => other !== choice).forEach((other) => { other.open = false; });
      this.mark(question, choice);
      this.said.textContent = choice.classList.contains('right') ? WORDS.right : WORDS.wrong;
      this.keep(true);
    }

    mark(question, choice) {
      question.chosen = choice;
      const right = choice.classList.contains('right');
      choice.dataset.verdict = right ? 'right' : 'wrong';
      choice.querySelector('.qz-verdict').textContent = ` ${right ? WORDS.right : WORDS.wrong}`;
    }

    keep(writes) {
      const all = this.questions.length;
      const right = this.questions.filter(({ chosen }) => chosen?.classList.contains('right')).length;
      const tried = this.questions.some(({ chosen }) => chosen);
      this.tally.hidden = !tried;
      this.count.textContent = WORDS.tally(right, all);
      const answered = this.questions.filter(({ chosen }) => chosen).map(({ asks, chosen }) => [asks, this.textOf(chosen)]);
      if (writes) write(this.page, tried ? { all, right, chosen: Object.fromEntries(answered) } : null);
    }

    forget() {
      for (const question of this.questions) {
        question.chosen = null;
        for (const choice of question.choices) {
          choice.open = false;
          delete choice.dataset.verdict;
          choice.querySelector('.qz-verdict').textContent = '';
        }
      }
      write(this.page, null);
      this.keep(false);
      this.said.textContent = '';
      this.questions[0]?.choices[0]?.firstElementChild.focus();
    }
  }

  // The lessons as a list of links: those whose checks have passed, as the served book knows, and those whose questions are answered.
  class Progress extends HTMLElement {
    connectedCallback() {
      const kept = read();
      const passed = document.querySelector('meta[name=thaw-solved]')?.content.split(' ') ?? [];
      const links = [...this.querySelectorAll('a')];
      const states = links.map((link) => {
        const page = pageOf(link.pathname);
        return { link, solved: passed.includes(page.replace(/^\d+-/, '')), ...counted(kept[page]) };
      });
      for (const { link, solved, all, right } of states) {
        if (!solved && !right) continue;
        link.style.setProperty('--qz-done', solved ? '100%' : `${50 * right / all}%`);
        const words = [solved && WORDS.solved, right && (right === all ? WORDS.done : WORDS.some(right, all))].filter(Boolean);
        link.append(make('span', { class: 'qz-verdict' }, ` ${words.join(' ')}`));
      }
      const [solved, right] = [states.filter((state) => state.solved).length, states.reduce((sum, state) => sum + state.right, 0)];
      if (!solved && !right) return;
      const far = make('p', { class: 'qz-far' }, WORDS.far(solved, right));
      // Where nothing is known of checks, answers tell where to go on.
      const next = states.find((state) => !state.solved && (solved || !state.right || state.right < state.all));
      if (next) far.append(' ', make('a', { href: next.link.href }, WORDS.goOn(next.link.dataset.title)), '.');
      this.prepend(far);
    }
  }

  customElements.define('thaw-quiz', Quiz);
  customElements.define('thaw-progress', Progress);
})();
