// Runs the lesson of a page in a terminal of the page: the real program, which `cargo course` starts for it.
// Only the served book loads this; what draws the terminal is loaded when the first one is opened.
(() => {
  'use strict';

  const WORDS = {
    here: 'Run it here', pane: (name) => `Terminal of ${name}`,
    start: { yours: 'Run your version', solution: 'Run the solution' }, stop: 'Stop',
    lead: 'The real program, in a terminal of this page.',
    keys: 'Type as in a terminal: Enter sends a line, Ctrl-D ends the input. Tab leaves the terminal.',
    building: (what) => what, connecting: 'starting', running: 'running', ended: (status) => `ended with status ${status}`, stopped: 'ended', refused: 'not started',
    lost: 'The book cannot be reached, or was started anew: load the page again.',
    gone: 'The book has closed the connection.', yours: 'You stopped it.', why: (said) => said,
    changed: 'The page has changed since.', reload: 'Load it again', timeline: 'The timeline of this run', soFar: 'The timeline of this run, so far',
    ...globalThis.thawWords?.terminal,
  };
  const ASSETS = ['xterm.js', 'addon-fit.js'];
  const IS_MAC = navigator.platform.startsWith('Mac');
  const COLUMNS = 80;
  const ROWS = 16;

  const make = (tag, attributes, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };
  const token = () => document.querySelector('meta[name=thaw-token]').content;

  // One load for all panes of a page.
  let loaded;
  const load = () => {
    loaded ??= Promise.all([
      new Promise((done) => {
        const style = make('link', { rel: 'stylesheet', href: '/__course/xterm.css' });
        style.addEventListener('load', done, { once: true });
        document.head.append(style);
      }),
      ASSETS.reduce((before, name) => before.then(() => new Promise((done, failed) => {
        const script = make('script', { src: `/__course/${name}` });
        script.addEventListener('load', done, { once: true });
        script.addEventListener('error', failed, { once: true });
        document.head.append(script);
      })), Promise.resolve()),
    ]);
    return loaded;
  };

  class Terminal extends HTMLElement {
    connectedCallback() {
      if (this.number) return;
      this.number = this.getAttribute('lesson');
      const button = (label, act, attributes = {}) => {
        const element = make('button', { type: 'button', class: 'te-button', ...attributes }, label);
        element.addEventListener('click', act);
        return element;
      };
      this.starts = ['yours', 'solution'].map((whose) => button(WORDS.start[whose], () => this.start(whose)));
      this.stops = button(WORDS.stop, () => this.end(WORDS.stopped, WORDS.yours), { hidden: '' });
      this.name = make('code', { class: 'te-name' });
      this.state = make('span', { class: 'te-state', role: 'status' });
      this.screen = make('div', { class: 'te-screen' });
      this.said = make('p', { class: 'te-said', role: 'status' });
      this.keys = make('p', { class: 'te-keys' }, WORDS.keys);
      this.after = make('div', { class: 'te-after' });
      this.open = make('div', { class: 'te-open', hidden: '' },
        make('p', { class: 'te-bar' }, this.name, this.state),
        this.screen, this.said, this.keys, this.after);
      this.append(make('section', { class: 'te', 'aria-label': WORDS.here },
        make('p', { class: 'te-head' }, make('strong', {}, WORDS.here), ` ${WORDS.lead}`),
        make('div', { class: 'te-buttons' }, ...this.starts, this.stops),
        this.open));
      // mdBook turns the page at an arrow key and searches at an S, wherever they are pressed.
      this.screen.addEventListener('keydown', (event) => event.stopPropagation());
      document.addEventListener('thaw-changed', () => this.tellChange());
    }

    disconnectedCallback() {
      this.socket?.close();
    }

    async start(whose) {
      this.end(WORDS.stopped);
      const name = `${whose === 'yours' ? 'lesson' : 'solution'}-${this.number}`;
      // A page that shows a run is not loaded again by itself.
      this.setAttribute('data-keeps-page', '');
      this.open.hidden = false;
      this.name.textContent = name;
      this.put(WORDS.connecting);
      this.say('');
      this.after.replaceChildren();
      this.starting = whose;
      try {
        await load();
      } catch {
        loaded = undefined;
        this.put(WORDS.refused);
        return this.say(WORDS.lost);
      }
      if (this.starting !== whose) return;
      this.draw(name);
      this.connect(whose);
    }

    draw(name) {
      this.terminal?.dispose();
      const style = getComputedStyle(this);
      this.terminal = new window.Terminal({
        cols: COLUMNS, rows: ROWS, fontSize: 13, lineHeight: 1.25, cursorBlink: false, scrollback: 5000, screenReaderMode: true,
        fontFamily: style.getPropertyValue('--mono-font').trim() || 'monospace', theme: this.colors(),
      });
      this.fit = new window.FitAddon.FitAddon();
      this.terminal.loadAddon(this.fit);
      this.screen.replaceChildren();
      this.terminal.open(this.screen);
      this.terminal.textarea.setAttribute('aria-label', WORDS.pane(name));
      // Nobody is caught in here: Tab goes on as everywhere in the page.
      this.terminal.attachCustomKeyEventHandler((event) => event.key !== 'Tab' && !this.isOfClipboard(event));
      // A long paste goes in pieces: the server takes no message that is longer.
      this.terminal.onData((keys) => keys.match(/[^]{1,4096}/gu)?.forEach((piece) => this.send({ keys: piece })));
      this.takeWhatNoKeyTypes();
      this.terminal.onResize(({ cols, rows }) => this.send({ size: [cols, rows] }));
      this.resized ??= new ResizeObserver(() => this.fits());
      this.resized.observe(this.screen);
      this.themed ??= new MutationObserver(() => { this.terminal.options.theme = this.colors(); });
      this.themed.observe(document.documentElement, { attributeFilter: ['class'] });
      this.fits();
      this.terminal.focus();
    }

    // In a page Ctrl-V pastes, and Ctrl-C copies what is selected; without a selection it is a key of the terminal.
    // A Mac has Command for both. The code of a key is that of its Latin letter, in a Russian layout, too.
    isOfClipboard({ type, keyCode, ctrlKey, shiftKey, altKey, metaKey }) {
      if (type !== 'keydown' || !ctrlKey || shiftKey || altKey || metaKey || IS_MAC) return false;
      const key = String.fromCharCode(keyCode);
      const copies = key === 'C' && this.terminal.hasSelection();
      // The next Ctrl-C ends the program again.
      if (copies) setTimeout(() => this.terminal.clearSelection());
      return copies || key === 'V';
    }

    // A picker of emoji, a keyboard on glass: xterm.js passes their text over where a screen reader may listen.
    takeWhatNoKeyTypes() {
      const { textarea } = this.terminal;
      let isKey = false;
      textarea.addEventListener('keydown', () => { isKey = true; });
      textarea.addEventListener('keyup', () => { isKey = false; });
      textarea.addEventListener('input', ({ inputType, data }) => {
        if (inputType === 'insertText' && data && !isKey) this.terminal.input(data);
      });
    }

    // As wide as the page lets it be, and never wider than the terminal that the course was recorded in.
    fits() {
      const size = this.fit.proposeDimensions();
      if (size?.cols) this.terminal.resize(Math.min(COLUMNS, Math.max(20, size.cols)), ROWS);
    }

    colors() {
      const style = getComputedStyle(this);
      const color = (name) => style.getPropertyValue(name).trim();
      return {
        background: color('--code-bg'), foreground: color('--fg'), cursor: color('--soft'), cursorAccent: color('--code-bg'),
        selectionBackground: color('--tl-frozen'), selectionForeground: color('--tl-on-frozen'),
      };
    }

    connect(whose) {
      const address = new URL(`/__course/run/${this.number}/${whose}?token=${token()}&language=${document.documentElement.lang}`, location.href);
      address.protocol = address.protocol.replace('http', 'ws');
      const socket = new WebSocket(address);
      socket.binaryType = 'arraybuffer';
      this.socket = socket;
      const own = (act) => (event) => { if (this.socket === socket) act(event); };
      socket.addEventListener('open', own(() => {
        this.stops.hidden = false;
        this.send({ size: [this.terminal.cols, this.terminal.rows] });
      }));
      socket.addEventListener('message', own(({ data }) => {
        if (typeof data === 'string') return this.hear(JSON.parse(data));
        const bytes = new Uint8Array(data);
        // What is said to be shown is shown: until then the program waits.
        this.terminal.write(bytes, () => { if (this.socket === socket) this.send({ shown: bytes.length }); });
      }));
      socket.addEventListener('close', own(() => this.end(WORDS.stopped, socket.heard ? WORDS.gone : WORDS.lost)));
    }

    hear(told) {
      this.socket.heard = true;
      if (told.building) this.put(WORDS.building(told.building));
      else if (told === 'running') this.put(WORDS.running);
      else if (told.timeline) this.showTimeline(told.timeline, WORDS.soFar);
      else if (told.refused) {
        this.end(WORDS.refused);
        // What a compiler says has lines, and its first error comes first. Nobody types here, so there is no cursor.
        this.terminal.write(`\x1b[?25l${WORDS.why(told.refused).replaceAll('\n', '\r\n')}`, () => this.terminal.scrollToTop());
      } else if (told.ended) {
        const { status, why, timeline } = told.ended;
        this.end(status === null ? WORDS.stopped : WORDS.ended(status), WORDS.why(why ?? ''));
        if (timeline) this.showTimeline(timeline, WORDS.timeline);
      }
    }

    // Built from the trace by the book, as its own pictures are. Of a run that was stopped the last one stays.
    showTimeline(html, title) {
      this.after.innerHTML = html;
      this.after.prepend(make('p', { class: 'te-head' }, make('strong', {}, title)));
    }

    send(message) {
      if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
    }

    end(state, text = '') {
      this.starting = null;
      const socket = this.socket;
      if (!socket) return;
      this.socket = null;
      socket.close();
      const focused = document.activeElement === this.stops;
      this.stops.hidden = true;
      if (focused) this.starts[0].focus();
      this.put(state);
      this.say(text);
    }

    put(state) {
      this.state.textContent = state;
      const runs = state === WORDS.running;
      this.state.dataset.state = runs ? 'running' : 'other';
      // Nobody is told to type to what has ended, or to unfold what is about to be drawn anew.
      this.keys.hidden = !runs;
      this.after.toggleAttribute('data-runs', runs);
    }

    say(text) {
      this.said.textContent = text;
    }

    tellChange() {
      if (!this.hasAttribute('data-keeps-page') || this.querySelector('.te-changed')) return;
      const again = make('button', { type: 'button', class: 'te-button' }, WORDS.reload);
      again.addEventListener('click', () => location.reload());
      this.open.append(make('p', { class: 'te-changed', role: 'status' }, `${WORDS.changed} `, again));
    }
  }

  customElements.define('thaw-terminal', Terminal);

  // Where a lesson says how it is run, behind the run that it shows.
  const lesson = /\/(\d\d)-[^/]*$/.exec(location.pathname)?.[1];
  const place = document.getElementById('run-it')?.nextElementSibling;
  if (lesson && place) {
    let last = place;
    while (last.nextElementSibling && last.localName !== 'pre' && last.nextElementSibling.localName !== 'h2') last = last.nextElementSibling;
    last.after(make('thaw-terminal', { lesson }));
  }
})();
