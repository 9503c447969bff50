// Plays the two recorded runs of a page on one clock: a cursor through their lanes, and what each screen showed.
// It adds to the picture, which stays as it is without JavaScript, in print, and where a run was kept without its screens.
(() => {
  'use strict';

  const many = (count, noun) => `${count} ${noun}${count === 1 ? '' : 's'}`;
  const WORDS = {
    player: 'Player: both runs on one clock',
    play: 'Play', pause: 'Pause', again: 'Again',
    start: 'To the start', last: 'Last event', next: 'Next event', end: 'To the end',
    moment: 'Moment of the runs', speed: 'Speed',
    screen: (name) => `Screen of ${name}`,
    free: 'event loop free', ended: 'ended', tail: 'closed, still running',
    frozen: (length, call) => `frozen for ${length}${call && `: ${call}`}`,
    nothing: 'nothing unread in the socket',
    unread: (messages, pings) => `${[messages && many(messages, 'message'), pings && many(pings, 'ping')].filter(Boolean).join(', ')} unread in the socket`,
    before: 'The program starts.',
    of: (at, length) => `${at} of ${length}`,
    seconds: (ms) => `${(ms / 1000).toFixed(1)} s`,
    ...globalThis.thawWords?.player,
  };
  const SPEEDS = { '¼': 0.25, '½': 0.5, '1': 1, '2': 2, '4': 4 };
  const ICONS = {
    play: 'M3 1v14l11-7z', pause: 'M3 1h4v14H3zM9 1h4v14H9z', again: 'M8 2a6 6 0 1 0 6 6h-2a4 4 0 1 1-4-4v3l5-4-5-4z',
    start: 'M2 2h2v12H2zM14 2v12L5 8z', last: 'M12 2v12L3 8z', next: 'M4 2v12l9-6z', end: 'M12 2h2v12h-2zM2 2v12l9-6z',
  };
  // More signs than these are told by their number alone.
  const SIGNS = 12;
  // A run that moves by itself stands for so long at its end.
  const REST = 2500;

  const { seconds } = WORDS;
  const make = (tag, attributes, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };
  const drawn = (tag, attributes) => {
    const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  };
  const icon = (name) => {
    const svg = drawn('svg', { viewBox: '0 0 16 16', width: 14, height: 14, 'aria-hidden': 'true' });
    svg.append(drawn('path', { d: ICONS[name] }));
    return svg;
  };
  // The index of the last entry that begins at this moment or before it; -1 if there is none.
  const latest = (list, at) => list.findLastIndex((entry) => entry[0] <= at);

  // One run: its screen, its loop, its socket, and what happened last, in words.
  class Side {
    constructor(run) {
      this.run = run;
      this.frame = null;
      this.loop = make('span', { class: 'pl-loop' });
      this.screen = make('div', { class: 'pl-screen', tabindex: '0', role: 'region', 'aria-label': WORDS.screen(run.name) });
      this.signs = make('span', { class: 'pl-signs', 'aria-hidden': 'true' });
      this.unread = make('span', { class: 'pl-unread' });
      this.event = make('p', { class: 'pl-event' });
      this.root = make('div', { class: 'pl-side' },
        make('p', { class: 'pl-bar' }, make('code', { class: 'pl-name' }, run.name), this.loop),
        this.screen,
        make('p', { class: 'pl-socket' }, this.signs, this.unread),
        this.event);
    }

    show(at) {
      const { run } = this;
      this.draw(latest(run.frames, at));
      const frozen = run.frozen.find(([from, to]) => from <= at && at < to);
      const [state, text] =
        at >= run.length ? ['ended', WORDS.ended]
          : frozen ? ['frozen', WORDS.frozen(seconds(at - frozen[0]), frozen[2])]
            : run.tail !== null && at >= run.tail ? ['tail', WORDS.tail]
              : ['free', WORDS.free];
      this.root.dataset.loop = state;
      put(this.loop, text);
      const [, messages, pings] = at >= run.length ? [0, 0, 0] : run.unread[latest(run.unread, at)];
      put(this.signs, `${'●'.repeat(Math.min(messages, SIGNS))}${'▽'.repeat(Math.min(pings, SIGNS))}`);
      put(this.unread, messages || pings ? WORDS.unread(messages, pings) : WORDS.nothing);
      this.tell(latest(run.events, at));
    }

    tell(index) {
      if (index === this.told) return;
      this.told = index;
      const [when, text] = this.run.events[index] ?? [0, WORDS.before];
      this.event.replaceChildren(make('span', { class: 'pl-when' }, seconds(when)), ` ${text}`);
    }

    // Draws the screen as it was after a frame; only a frame that is not drawn yet.
    draw(frame) {
      if (frame === this.frame) return;
      this.frame = frame;
      let lines = [];
      for (const [, keep, below] of this.run.frames.slice(0, frame + 1)) lines = [...lines.slice(0, keep), ...below];
      const [, , , row, column] = this.run.frames[frame] ?? [0, 0, [], 0, 0];
      // The cursor may stand behind what is written, and below it.
      while (lines.length <= row) lines.push('');
      const before = lines.slice(0, row).map((line) => `${line}\n`).join('') + lines[row].slice(0, column).padEnd(column);
      const under = lines[row].slice(column, column + 1) || ' ';
      const after = [lines[row].slice(column + 1), ...lines.slice(row + 1)].join('\n');
      this.screen.replaceChildren(before, make('span', { class: 'pl-caret' }, under), after);
      this.screen.scrollTop = this.screen.scrollHeight;
    }
  }

  // Changes a text only where it differs: what stands still needs no work.
  const put = (element, text) => { if (element.textContent !== text) element.textContent = text; };

  class Player extends HTMLElement {
    connectedCallback() {
      const data = this.querySelector('script[type="application/json"]');
      if (this.sides || !data) return;
      const { runs, length, poster } = JSON.parse(data.textContent);
      this.length = length;
      this.sides = runs.map((run) => new Side(run));
      // Where the next and the last event lead: each moment at which something happens in either run.
      this.moments = [...new Set([0, length, ...runs.flatMap((run) => run.events.map(([at]) => at))])].sort((a, b) => a - b);
      this.still = matchMedia('(prefers-reduced-motion: reduce)');
      this.at = poster;
      this.fresh = true;
      this.build();
      this.show();
      if (this.hasAttribute('moving') && !this.still.matches) this.moveWhenSeen();
    }

    disconnectedCallback() {
      this.pause();
    }

    build() {
      const button = (name, act) => {
        const element = make('button', { type: 'button', class: 'pl-button', 'aria-label': WORDS[name], title: WORDS[name] }, icon(name));
        element.addEventListener('click', act);
        return element;
      };
      this.toggle = make('button', { type: 'button', class: 'pl-button pl-play' });
      this.toggle.addEventListener('click', () => (this.clock ? this.pause(true) : this.play()));
      this.scrubber = make('input', { type: 'range', class: 'pl-scrubber', min: 0, max: Math.ceil(this.length / 100) * 100, step: 100, 'aria-label': WORDS.moment });
      this.scrubber.addEventListener('input', () => this.go(Number(this.scrubber.value)));
      this.time = make('span', { class: 'pl-time', 'aria-hidden': 'true' });
      this.speed = make('select', { class: 'pl-speed', 'aria-label': WORDS.speed },
        ...Object.entries(SPEEDS).map(([name, value]) => make('option', { value }, `${name}×`)));
      this.speed.value = 1;
      this.said = make('p', { class: 'pl-said', 'aria-live': 'polite' });
      const figure = this.querySelector('figure');
      figure.prepend(make('div', { class: 'pl', role: 'group', 'aria-label': WORDS.player },
        make('div', { class: 'pl-sides' }, ...this.sides.map((side) => side.root)),
        make('div', { class: 'pl-controls' },
          this.toggle,
          make('span', { class: 'pl-steps' },
            button('start', () => this.step(0)),
            button('last', () => this.step(this.moments.findLast((moment) => moment < this.at) ?? 0)),
            button('next', () => this.step(this.moments.find((moment) => moment > this.at) ?? this.length)),
            button('end', () => this.step(this.length))),
          this.speed, this.scrubber, this.time),
        this.said));
      // mdBook turns the page at an arrow key, wherever it is pressed.
      this.addEventListener('keydown', (event) => { if (event.key.startsWith('Arrow')) event.stopPropagation(); });
      this.cursors = [...figure.querySelectorAll('.tl-picture')].map((picture) => this.cursor(picture));
    }

    // The line through all lanes of a picture; a pointer on the picture moves it.
    cursor(picture) {
      const line = drawn('line', { class: 'pl-cursor', y1: 0, y2: '100%' });
      picture.append(line);
      const follow = (event) => {
        const { left, width } = picture.getBoundingClientRect();
        // As the picture is drawn: 2 % of margin on both sides.
        this.go(((event.clientX - left) / width - 0.02) / 0.96 * this.length);
      };
      picture.addEventListener('pointerdown', (event) => {
        if (event.button !== 0) return;
        picture.setPointerCapture(event.pointerId);
        follow(event);
      });
      picture.addEventListener('pointermove', (event) => { if (picture.hasPointerCapture(event.pointerId)) follow(event); });
      return line;
    }

    // Goes to a moment and stays there.
    go(at) {
      this.pause();
      this.at = Math.min(Math.max(at, 0), this.length);
      this.fresh = false;
      this.show();
    }

    // Goes to an event, and says what it is.
    step(at) {
      this.go(at);
      this.say();
    }

    play() {
      if (this.fresh || this.at >= this.length) this.at = 0;
      this.fresh = false;
      this.said.textContent = '';
      // The first frame may have begun before this call, so the clock starts with it.
      let before = null;
      const tick = (now) => {
        before ??= now;
        this.at = Math.min(this.at + (now - before) * Number(this.speed.value), this.length);
        before = now;
        this.clock = this.at < this.length ? requestAnimationFrame(tick) : null;
        if (!this.clock) this.ended();
        this.show();
      };
      this.clock = requestAnimationFrame(tick);
      this.show();
    }

    pause(says) {
      cancelAnimationFrame(this.clock);
      clearTimeout(this.rest);
      this.clock = null;
      if (!this.toggle) return;
      this.show();
      if (says) this.say();
    }

    ended() {
      if (this.moves) this.rest = setTimeout(() => this.play(), REST);
      else this.say();
    }

    // A picture that moves by itself does so while it is seen, until the reader takes it over.
    moveWhenSeen() {
      this.moves = true;
      const seen = new IntersectionObserver(([{ isIntersecting }]) => {
        if (!this.moves) seen.disconnect();
        else if (isIntersecting) this.play();
        else this.pause();
      }, { threshold: 0.3 });
      seen.observe(this);
      const take = () => { this.moves = false; };
      this.querySelector('.pl-controls').addEventListener('pointerdown', take, { capture: true });
      this.querySelector('.pl-controls').addEventListener('keydown', take, { capture: true });
    }

    // Says where the runs are, to whoever listens; while they play, nothing is said.
    say() {
      const events = this.sides.flatMap(({ run }) => run.events.filter(([at]) => at === this.at).map(([, text]) => `${run.name}: ${text}`));
      this.said.textContent = `${seconds(this.at)}. ${events.join(' ')}`;
    }

    show() {
      // Without motion, what is seen goes on from event to event.
      const at = this.clock && this.still.matches ? this.moments.findLast((moment) => moment <= this.at) : this.at;
      this.sides.forEach((side) => side.show(at));
      const x = `${2 + 96 * at / this.length}%`;
      for (const line of this.cursors) {
        line.setAttribute('x1', x);
        line.setAttribute('x2', x);
      }
      this.scrubber.value = at;
      this.scrubber.style.setProperty('--pl-done', `${100 * at / this.length}%`);
      const told = WORDS.of(seconds(at), seconds(this.length));
      this.scrubber.setAttribute('aria-valuetext', told);
      put(this.time, told);
      const act = this.clock ? 'pause' : at >= this.length ? 'again' : 'play';
      if (this.toggle.dataset.act !== act) {
        this.toggle.dataset.act = act;
        this.toggle.replaceChildren(icon(act), WORDS[act]);
      }
    }
  }

  customElements.define('thaw-player', Player);
})();
