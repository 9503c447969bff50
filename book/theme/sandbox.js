// The sandbox of the page "Where does it block?": a custom element over `sandbox-model.js`.
//
// Each change runs the whole model again, from the first moment to this one; so what is shown is a function of
// the setup, of what was done and of the time, and all three stand in the fragment of the address.
(() => {
'use strict';
const model = globalThis.thawModel;
const S = 1e6;
const LAST = 60 * S;
const PLACE = { keys: 0, screen: 1, loop: 2, reader: 3, pool: 4, process: 5, room: 6 };
const GLYPHS = {
  sent: '<circle class="tl-fill" r="3"/>', heard: '<path class="tl-fill" d="M0-4 4 0 0 4-4 0Z"/>', shown: '<path class="tl-stroke" d="M0-7V7"/>',
  line: '<path class="tl-stroke" d="M4-5V1H-4M-1-2-4 1-1 4"/>', ping: '<path class="tl-thin" d="M-3.5-3H3.5L0 4Z"/>', late: '<path class="tl-thin" d="M-3.5-3H3.5L0 4Z"/><path class="tl-lost" d="M-5 4 5-5"/>', missed: '<path class="tl-lost" d="M-4-4 4 4M4-4-4 4"/>',
  pong: '<path class="tl-fill" d="M-3.5 3H3.5L0-4Z"/>', joined: '<path class="tl-stroke" d="M-2-6V6M2-6V6"/>', dropped: '<path class="tl-lost" d="M-6-6 6 6M6-6-6 6M-7-7H7V7H-7Z"/>', closed: '<path class="tl-thin" d="M-4-5H4V5H-4Z"/>',
};
const OFFSET = { sent: -7, heard: -7, ping: 5, pong: 16 };
const escape = (text) => text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
const some = (count, what) => `${count || 'no'} ${what}${count === 1 ? '' : 's'}`;
const WORDS = {
  time: (us) => (us < S ? `${Math.round(us / 1000)} ms` : `${(us / S).toFixed(1)} s`),
  seconds: (us) => `${(us / S).toFixed(1)} s`, tick: (seconds) => `${seconds} s`,
  lane: (name) => name, mark: (kind) => kind,
  tail: 'still running', picture: 'The lanes of this run; what they show stands in words below.', shapes: 'What the shapes mean',
  ended: 'ended', hangs: 'hangs at its end', frozen: 'frozen now', free: 'the loop runs',
  longest: (length) => `Longest freeze: ${length}`, stop: 'Stop time', run: 'Let time run',
  nothing: 'Nothing has happened yet: time stands until you do something, or let it run.',
  planned: (count, first) => `${some(count, 'thing')} will be done for you, the first after ${first}.`,
  unknown: (names) => `The address says ${names}, which is not known here.`,
  after: (at, state) => `After ${at}: ${state}.`, stands: (length) => `The event loop has stood still for ${length}.`,
  bye: 'The client has said goodbye, and the process waits for a thread of its pool: press Enter.', dropped: 'The room has given the client up.',
  sum: (shown, waiting, missed) => `${some(shown, 'message')} shown, ${waiting || 'none'} waiting in the socket, ${some(missed, 'ping')} without an answer.`,
  ...globalThis.thawWords?.sandbox,
};
const { time } = WORDS;

/** The lanes of a run as the book draws them, on an axis of `length`, `width` pixels wide. */
function picture(run, frozen, length, width) {
  const x = (us) => (2 + (96 * us) / length).toFixed(2);
  const lanes = run.lanes.map((lane, index) => ({ ...lane, index })).sort((one, other) => PLACE[one.kind] - PLACE[other.kind] || one.index - other.index).slice(0, 14);
  let top = 0;
  let body = '';
  const bar = (kind, span, name) => {
    const took = time(span.to_us - span.from_us);
    const pixels = ((span.to_us - span.from_us) / length) * width * 0.96;
    const text = [name ? `${took}: ${name}` : took, took].find((label) => label.length * 6.6 + 10 <= pixels) ?? '';
    const words = text && `<text class="tl-on-${kind}" x="${x(span.from_us)}%" dx="5" y="${top + 31}">${escape(text)}</text>`;
    return `<rect class="tl-${kind}" x="${x(span.from_us)}%" width="${Math.max(0.3, x(span.to_us) - x(span.from_us)).toFixed(2)}%" y="${top + 18}" height="18"><title>${escape(`${took}: ${name}`)}</title></rect>${words}`;
  };
  const pongs = run.marks.filter((mark) => mark.kind === 'pong').map((mark) => mark.at_us);
  const pings = run.marks.filter((mark) => mark.kind === 'ping');
  // A pong answers the oldest ping, and is late when the next one has been sent.
  const fate = (mark) => { const wait = (pongs[pings.indexOf(mark)] ?? run.length_us) - mark.at_us; return pongs.length <= pings.indexOf(mark) && run.hasEnded ? 'missed' : wait < S / 4 ? 'ping' : 'late'; };
  for (const lane of lanes) {
    const middle = top + 27;
    body += `<text class="tl-lane" x="2%" y="${top + 13}">${escape(WORDS.lane(lane.name))}</text><line class="${lane.kind === 'loop' ? 'tl-free' : 'tl-base'}" x1="2%" x2="${x(run.length_us)}%" y1="${middle}" y2="${middle}"/>`;
    if (lane.kind === 'loop') for (const freeze of frozen.filter((one) => one.lane === lane.index)) body += bar('frozen', freeze, run.spans.find((span) => span.lane === lane.index && span.kind !== 'turn' && span.to_us > freeze.from_us && span.from_us < freeze.to_us)?.name ?? '');
    for (const span of run.spans.filter((one) => one.lane === lane.index && one.kind !== 'turn')) {
      if (lane.kind !== 'loop') body += bar(span.kind === 'job' ? 'job' : 'waits', span, span.name);
      else if (span.to_us - span.from_us >= 20_000 && !frozen.some((freeze) => freeze.lane === lane.index && freeze.from_us <= span.from_us && span.to_us <= freeze.to_us)) body += bar('waits', span, span.name);
    }
    if (lane.kind === 'room' && run.hangs_us !== null) body += bar('tail', { from_us: run.hangs_us, to_us: run.length_us }, WORDS.tail);
    const last = {};
    for (const mark of run.marks.filter((one) => one.lane === lane.index)) {
      const kind = mark.kind === 'ping' ? fate(mark) : mark.kind;
      if (last[kind] !== undefined && ((mark.at_us - last[kind]) / length) * width < 5) continue;
      last[kind] = mark.at_us;
      body += `<svg x="${x(mark.at_us)}%" y="${middle + (OFFSET[mark.kind] ?? 0)}" overflow="visible"><title>${escape(`${WORDS.mark(mark.kind)}: ${mark.text}`)}</title>${GLYPHS[kind]}</svg>`;
    }
    top += lane.kind === 'room' ? 52 : 40;
  }
  const step = length / S > 24 ? 10 : length / S > 12 ? 5 : length / S > 6 && width < 500 ? 2 : 1;
  let grid = '';
  for (let at = 0; at <= length; at += step * S) grid += `<line class="tl-grid" x1="${x(at)}%" x2="${x(at)}%" y1="0" y2="${top}"/><text class="tl-tick" x="${x(at)}%" y="${top + 14}" text-anchor="middle">${WORDS.tick(at / S)}</text>`;
  const veils = frozen.map((freeze) => `<rect class="tl-veil" x="${x(freeze.from_us)}%" width="${(x(freeze.to_us) - x(freeze.from_us)).toFixed(2)}%" y="0" height="${top}"/>`).join('');
  return `<svg class="tl-picture" role="img" width="100%" height="${top + 18}"><title>${WORDS.picture}</title>${grid}${veils}${body}</svg>`;
}

class Sandbox extends HTMLElement {
  connectedCallback() {
    if (this.state) return;
    this.querySelector('.sb').hidden = false;
    const legend = this.querySelector('.tl-legend');
    if (legend) this.querySelector('.sb-words').insertAdjacentHTML('afterend', `<details><summary>${WORDS.shapes}</summary>${legend.outerHTML}</details>`);
    this.still = matchMedia('(prefers-reduced-motion: reduce)');
    this.addEventListener('click', (event) => { const what = event.target.closest('button')?.dataset.do; if (what) this.act(what); });
    this.querySelector('.sb-setup').addEventListener('change', (event) => this.choose(event.target));
    this.querySelector('.sb-keys').addEventListener('submit', (event) => { event.preventDefault(); const { line } = event.target.elements; this.put({ line: line.value }); line.value = ''; });
    this.querySelector('.sb-setup').addEventListener('submit', (event) => event.preventDefault());
    addEventListener('hashchange', () => { if (location.hash.includes('=') && location.hash.slice(1) !== this.written) { this.load(); this.scrollIntoView(); } });
    addEventListener('resize', () => this.show());
    this.load();
  }

  /** From the address, and from the first moment. */
  load() {
    this.state = model.parse(location.hash.includes('=') ? location.hash.slice(1) : '');
    this.begin();
  }
  begin() {
    this.stop();
    this.now = 0;
    this.form();
    this.show(true);
  }
  /** The choices of this place, as they stand. */
  form() {
    const made = model.setup(this.state);
    const { elements } = this.querySelector('.sb-setup');
    elements.where.value = this.state.where;
    for (const [name, choice] of Object.entries(model.CHOICES)) {
      elements[name].closest('label').hidden = !choice.in.includes(this.state.where);
      elements[name].value = this.state[name] ?? (choice.values ? Object.keys(choice.values)[0] : made[choice.key] ?? choice.from);
    }
    // The table of the page says what Python has there.
    const rows = [...document.querySelectorAll('main table')].find((table) => this.compareDocumentPosition(table) & Node.DOCUMENT_POSITION_FOLLOWING)?.tBodies[0].rows;
    this.querySelector('.sb-python').textContent = rows?.[elements.where.selectedIndex]?.cells[2]?.textContent ?? '';
  }
  choose(field) {
    // What cannot be is said, and not taken back in silence; the focus may be on its way out of the field.
    if (!field.validity.valid) return void setTimeout(() => field.reportValidity());
    if (field.value) this.state[field.name] = field.value;
    this.begin();
    this.write();
  }
  write() {
    this.written = model.format(this.state);
    history.replaceState(null, '', `#${this.written}`);
  }

  act(what) {
    if (what === 'run') return this.timer ? this.stop() : this.run();
    if (what === 'again') { this.state.inputs = []; this.write(); return this.begin(); }
    if (what === 'step') return this.move(S);
    this.put(what === 'says' ? { says: 'Ada: are you there?' } : { [what]: true });
  }
  /** Something is done now. Time runs from then on, unless its reader wants nothing to move. */
  put(input) {
    if (this.now >= LAST) return;
    this.state.inputs.push({ at: this.now, ...input });
    this.state.inputs.sort((one, other) => one.at - other.at);
    this.write();
    this.now += 1000;
    this.show(true);
    if (!this.still.matches && !this.timer) this.run();
  }
  move(length) {
    this.now = Math.min(LAST, this.now + length);
    this.show(!this.timer);
  }
  run() {
    const every = this.still.matches ? 1000 : 100;
    let last = performance.now();
    this.timer = setInterval(() => {
      const now = performance.now();
      this.move((now - last) * 1000);
      last = now;
      if (this.now >= LAST || this.result.hasEnded) this.stop();
    }, every);
    this.show();
  }
  stop() {
    clearInterval(this.timer);
    this.timer = null;
    if (this.result) this.show(true);
  }

  /** Draws this moment; `aloud` says it, too, which nothing does while time runs. */
  show(aloud = false) {
    const setup = model.setup(this.state);
    const inputs = this.state.inputs.filter((input) => input.at < this.now);
    const run = this.result = model.simulate(setup, inputs, this.now);
    const frozen = model.freezes(run, run.length_us);
    const longest = frozen.reduce((most, freeze) => Math.max(most, freeze.to_us - freeze.from_us), 0);
    const isFrozen = !run.hasEnded && frozen.some((freeze) => freeze.isOpen);
    const state = run.hasEnded ? WORDS.ended : run.hangs_us !== null ? WORDS.hangs : isFrozen ? WORDS.frozen : WORDS.free;
    const find = (selector) => this.querySelector(selector);
    this.toggleAttribute('data-frozen', isFrozen);
    find('.sb-longest').textContent = WORDS.longest(WORDS.seconds(longest));
    find('.sb-state').textContent = `${WORDS.seconds(run.length_us)}: ${state}`;
    const lanes = find('.sb-lanes');
    lanes.innerHTML = picture(run, frozen, Math.max(8 * S, Math.ceil(this.now / (4 * S)) * 4 * S), lanes.clientWidth || 320);
    const running = Boolean(this.timer);
    find('[data-do=run]').textContent = running ? WORDS.stop : WORDS.run;
    find('[data-do=step]').disabled = find('[data-do=run]').disabled = run.hasEnded || this.now >= LAST;
    find('[data-do=kills]').disabled = run.hasEnded || !setup.processes;
    for (const what of ['says', 'interrupts', 'eof']) find(`[data-do=${what}]`).disabled = run.hasEnded;
    find('.sb-keys button').disabled = run.hasEnded;
    // Whoever has ended the client by keyboard goes on from the one button that is left.
    if (document.activeElement?.disabled) find('[data-do=again]').focus();
    const theirs = model.simulate(model.python(setup), inputs, this.now);
    [run, theirs].forEach((one, index) => {
      const screen = this.querySelectorAll('.sb-screen')[index];
      const isAtEnd = screen.scrollTop + screen.clientHeight >= screen.scrollHeight - 4;
      screen.textContent = one.screen.map(({ text }) => text).join('\n');
      if (isAtEnd) screen.scrollTop = screen.scrollHeight;
    });
    if (aloud && !running) find('.sb-words').textContent = this.words(run, frozen, isFrozen, longest, state);
    else if (running) find('.sb-words').textContent = '';
  }
  words(run, frozen, isFrozen, longest, state) {
    const said = (...sentences) => sentences.filter(Boolean).join(' ');
    if (this.now === 0) {
      const { inputs, unknown } = this.state;
      return said(WORDS.nothing, inputs.length && WORDS.planned(inputs.length, time(inputs[0].at)), unknown.length && WORDS.unknown(unknown.join(', ')));
    }
    const shown = run.marks.filter((mark) => mark.kind === 'shown').length;
    return said(
      WORDS.after(time(run.length_us), state),
      isFrozen && WORDS.stands(time(run.length_us - frozen.at(-1).from_us)),
      run.hangs_us !== null && !run.hasEnded && WORDS.bye,
      run.isDropped && WORDS.dropped,
      WORDS.sum(shown, run.waiting, model.missed(run).length),
      `${WORDS.longest(time(longest))}.`,
    );
  }
}

customElements.define('thaw-sandbox', Sandbox);
})();
