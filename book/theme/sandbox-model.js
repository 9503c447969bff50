// The model behind the sandbox: a chat client, its room and its reader, as few rules as show where a blocking call hurts.
//
// It is a model: time is a number, a thread is an entry of a list, and nothing here is measured or slow.
// `thawModel.simulate(setup, inputs, until)` returns what `practice` records of a real run, in the same form, and the screen.
// The same setup and inputs give the same run. `course/book/browser/model.test.js` holds it against the recorded runs.
// Times are microseconds. No DOM is used.
(() => {
'use strict';

const MS = 1000;
const S = 1000 * MS;
/** What a read gives at the end of input. */
const END = Symbol('end of input');
/** A turn that is shorter is no freeze; the same bound as that of the book's pictures. */
const FREEZE = 20 * MS;
/** From one side of a connection to the other. */
const WIRE = 200;
/** How long the farewell waits for commands that still run. */
const GRACE = 500 * MS;
/** A part of long work. */
const PART = 200 * MS;
/** A strict room gives a guest up after this. */
const PATIENCE = S;

/** Where the blocking call runs, and what that means for a client. A setup is one of these with changes. */
const PLACES = {
  inline: { reads: 'inline', jobs: 'inline' },
  awaited: { reads: 'awaited', jobs: 'inline' },
  channel: { reads: 'channel', jobs: 'inline' },
  task: { reads: 'task', jobs: 'inline', workers: 2 },
  thread: { reads: 'thread', jobs: 'thread', exit: 'abandon', catches: true },
  pool: { reads: 'pool', jobs: 'pool', threads: 4, exit: 'drop', catches: true },
  process: { reads: 'thread', jobs: 'process', processes: 2, afterTimeout: 'kill', exit: 'abandon', catches: true },
  machine: { reads: 'thread', jobs: 'machine', processes: 2, exit: 'abandon', catches: true },
};

/** Time, and what happens at it. */
class World {
  now = 0;
  events = [];
  at(time, act) {
    const event = { time: Math.max(time, this.now), act };
    let place = this.events.length;
    while (place > 0 && this.events[place - 1].time > event.time) place -= 1;
    this.events.splice(place, 0, event);
    return () => { event.act = () => {}; };
  }
  after(delay, act) { return this.at(this.now + delay, act); }
  run(until) {
    while (!this.over && this.events.length && this.events[0].time <= until) {
      const event = this.events.shift();
      this.now = event.time;
      event.act();
    }
    if (!this.over) this.now = until;
  }
}

/** What is recorded: lanes, spans and marks as a trace has them, and the lines of the terminal. */
class Record {
  lanes = [];
  spans = [];
  marks = [];
  screen = [];
  constructor(world) { this.world = world; }
  lane(name, kind) {
    const found = this.lanes.findIndex((lane) => lane.name === name);
    return found >= 0 ? found : this.lanes.push({ name, kind, turns: 0, busy_us: 0 }) - 1;
  }
  open(lane, kind, name) {
    const span = { lane, kind, name, from_us: this.world.now, to_us: null };
    this.spans.push(span);
    return span;
  }
  close(span) { span.to_us = this.world.now; }
  mark(lane, kind, text = '') { this.marks.push({ lane, kind, at_us: this.world.now, text }); }
  print(text, isOpen = false) { this.screen.push({ at_us: this.world.now, text, isOpen }); }
  /** What is typed stands behind a prompt, if that is the last thing on the screen. */
  echo(line) {
    const last = this.screen.at(-1);
    if (last?.isOpen) Object.assign(last, { text: `${last.text} ${line}`, isOpen: false });
    else this.print(line);
  }
  finish() {
    for (const span of this.spans) {
      span.open = span.to_us === null;
      if (span.open) span.to_us = this.world.now;
    }
    this.spans = this.spans.filter((span) => span.kind !== 'turn' || span.to_us - span.from_us >= MS);
  }
}

/** What a task may wait for. */
class Source { waiters = []; }

/** A blocking call, for a task to `yield`: whoever polls the task stands still until it is done. */
const call = (kind, name, start) => ({ kind, name, start });

/**
 * The event loop: workers that poll tasks, and one driver for all sockets and timers.
 *
 * A task is a generator. It yields a list of sources and is polled again when one of them has something, or a call that blocks.
 * The worker that parks first waits in the driver; the others sleep until they are notified. So a worker that blocks in a task
 * which a lone event woke leaves the driver to nobody.
 */
class Loop {
  inject = [];
  heard = [];
  running = null;
  constructor(world, record, workers) {
    Object.assign(this, { world, record });
    const name = (index) => (workers > 1 ? `worker ${index + 1}` : 'event loop');
    this.workers = Array.from({ length: workers }, (_, index) => ({ lane: record.lane(name(index), 'loop'), queue: [], lifo: null, state: 'parked' }));
    this.driver = this.workers.at(-1);
  }
  /** From a thread that is no worker: a worker is notified. */
  spawn(body) { this.fromOutside({ body, sources: [] }); }
  /** A socket or a timer has something: only who waits in the driver hears of it. */
  event(source) {
    for (const task of this.ready(source)) this.heard.push(task);
    if (this.driver && this.heard.length) this.poll();
  }
  /** Code of this program has something for whoever waits. */
  wake(source) {
    for (const task of this.ready(source)) (this.running ? this.fromInside(task) : this.fromOutside(task));
  }
  timer(length) {
    const timer = new Source();
    timer.cancel = this.world.after(length, () => { timer.fired = true; this.event(timer); });
    return timer;
  }
  ready(source) {
    const tasks = source.waiters;
    for (const task of tasks) for (const other of task.sources) other.waiters = other.waiters.filter((waiter) => waiter !== task);
    return tasks;
  }
  fromOutside(task) { this.inject.push(task); this.notify(); }
  /** The LIFO slot of the worker that runs: it is polled next, and no other worker may take it. */
  fromInside(task) {
    const worker = this.running;
    if (worker.lifo) { worker.queue.push(worker.lifo); this.notify(); }
    worker.lifo = task;
  }
  /** Whoever waits in the driver takes all that came; more than one task is work for two. */
  poll() {
    const worker = this.driver;
    this.driver = null;
    worker.queue.push(...this.heard.splice(0));
    worker.state = 'running';
    if (worker.queue.length > 1) this.notify();
    this.drive(worker);
  }
  /** Wakes a worker. If it finds a task, it wakes one more before it begins. */
  notify() {
    const worker = this.workers.find((other) => other.state === 'parked' && other !== this.driver) ?? this.driver;
    if (!worker) return;
    if (worker === this.driver) this.driver = null;
    worker.state = 'running';
    const task = this.take(worker);
    if (task) { this.notify(); this.begin(worker, task); }
    this.drive(worker);
  }
  take(worker) {
    const lifo = worker.lifo;
    worker.lifo = null;
    return lifo ?? worker.queue.shift() ?? this.inject.shift() ?? this.workers.find((other) => other.queue.length)?.queue.shift();
  }
  drive(worker) {
    for (let task; worker.state === 'running' && (task = this.take(worker));) this.begin(worker, task);
    if (worker.state !== 'running') return;
    worker.state = 'parked';
    if (this.driver) return;
    this.driver = worker;
    if (this.heard.length) this.poll();
  }
  begin(worker, task) {
    worker.turn = this.record.open(worker.lane, 'turn', '');
    this.record.lanes[worker.lane].turns += 1;
    this.step(worker, task);
  }
  step(worker, task, value) {
    const before = this.running;
    this.running = worker;
    const { done, value: asked } = task.body.next(value);
    this.running = before;
    if (done || Array.isArray(asked)) {
      this.record.close(worker.turn);
      task.sources = done ? [] : asked;
      for (const source of task.sources) source.waiters.push(task);
      return;
    }
    worker.state = 'blocked';
    const span = this.record.open(worker.lane, asked.kind, asked.name);
    asked.start((result) => {
      this.record.close(span);
      this.world.after(0, () => {
        worker.state = 'running';
        this.step(worker, task, result);
        this.drive(worker);
      });
    });
  }
}

/** Threads that run jobs, at most so many; what has no thread waits, in order. */
class Pool {
  threads = [];
  queue = [];
  constructor(world, record, most, name = 'pool thread', kind = 'pool') { Object.assign(this, { world, record, most, name, kind }); }
  /** `start(lane, done)` runs on a thread, `then(result)` hears of its end. A job without a name draws its own spans. */
  submit(job) {
    const thread = this.threads.find((other) => !other.job) ?? this.grow();
    if (thread) this.begin(thread, job);
    else this.queue.push(job);
  }
  grow() {
    if (this.threads.length >= this.most) return null;
    const thread = { lane: this.record.lane(`${this.name} ${this.threads.length + 1}`, this.kind), job: null };
    this.threads.push(thread);
    return thread;
  }
  begin(thread, job) {
    thread.job = job;
    const span = job.name && this.record.open(thread.lane, job.kind, job.name);
    job.start(thread.lane, (result) => {
      if (span) this.record.close(span);
      this.world.after(0, () => {
        thread.job = null;
        if (this.queue.length) this.begin(thread, this.queue.shift());
        job.then(result);
        if (!this.isBusy()) this.idle?.();
      });
    });
  }
  isBusy() { return this.threads.some((thread) => thread.job); }
}

/** So many jobs may run and so many more may wait; whoever comes then hears that it is busy. */
class Admission {
  held = 0;
  waiting = [];
  constructor({ slots, queue }) { Object.assign(this, { slots, queue }); }
  enter(begin) {
    if (this.held < this.slots) { this.held += 1; begin(); return true; }
    if (this.waiting.length >= this.queue) return false;
    this.waiting.push(begin);
    return true;
  }
  leave() {
    const next = this.waiting.shift();
    if (next) next();
    else this.held -= 1;
  }
}

/** What is typed, and who reads it: readers get lines in the order in which they asked. */
class Keyboard {
  lines = [];
  readers = [];
  constructor(world, record) { Object.assign(this, { world, record, lane: record.lane('keys', 'keys') }); }
  type(line) {
    if (line !== END) this.record.echo(line);
    this.lines.push(line);
    this.feed();
  }
  read(done) { this.readers.push(done); this.feed(); }
  feed() {
    while (this.readers.length && this.lines.length) {
      const line = this.lines[0];
      if (line !== END) this.lines.shift();
      this.record.mark(this.lane, 'line', line === END ? '' : line);
      this.readers.shift()(line);
    }
  }
}

/** The room, and the connection to it: what it has sent waits in `inbox` until the client reads it. */
class Room {
  inbox = [];
  socket = new Source();
  saw = { messages: 0, pings: 0, pongs: 0, silence: 0 };
  heard = 0;
  constructor(world, record, setup, script) {
    Object.assign(this, { world, record, setup, lane: record.lane('room', 'room') });
    record.mark(this.lane, 'joined');
    if (script) for (const { at, text } of script) world.at(at, () => (text ? this.say(text) : this.ping()));
    else this.live(1);
  }
  /** Four pings a second, and one message. */
  live(quarter) {
    this.world.at(quarter * S / 4, () => {
      if (this.gone) return;
      const second = quarter / 4;
      this.ping();
      if (second % 1 === 0) this.say(`${['Ada', 'Grace', 'Barbara'][second % 3]}: ${second} s since you joined`);
      this.live(quarter + 1);
    });
  }
  put(message) { this.inbox.push(message); this.loop?.event(this.socket); }
  say(text) {
    if (this.gone) return;
    this.record.mark(this.lane, 'sent', text);
    this.put({ text });
  }
  ping() {
    if (this.gone) return;
    const silence = this.world.now - this.heard;
    if (this.setup.strict && silence > PATIENCE) return this.drop(`no pong for ${(silence / S).toFixed(1)} s`);
    this.saw.pings += 1;
    this.record.mark(this.lane, 'ping');
    this.put({ ping: true });
  }
  pong() {
    if (this.gone) return;
    this.hush();
    this.saw.pongs += 1;
    this.record.mark(this.lane, 'pong');
  }
  hear(line) {
    if (this.gone) return;
    this.hush();
    this.saw.messages += 1;
    this.record.mark(this.lane, 'heard', line);
    if (line === '/quit') this.close('Quit', { text: this.toString(), closes: true });
    else this.world.after(WIRE, () => this.say(`you: ${line}`));
  }
  hush() {
    this.saw.silence = Math.max(this.saw.silence, this.world.now - this.heard);
    this.heard = this.world.now;
  }
  /** The guest says goodbye, and the room answers when it has heard all before. */
  farewell() {
    this.world.after(2 * WIRE, () => (this.gone ? this.put({ closes: true }) : this.close('Closed', { closes: true })));
  }
  close(reason, message) {
    this.hush();
    this.gone = true;
    this.record.mark(this.lane, 'closed', reason);
    this.put(message);
  }
  drop(reason) {
    this.hush();
    this.gone = this.dropped = true;
    this.record.mark(this.lane, 'dropped', reason);
    this.put({ lost: true });
  }
  toString() {
    const { messages, pings, pongs, silence } = this.saw;
    const some = (count, what) => `${count} ${what}${count === 1 ? '' : 's'}`;
    return `${some(messages, 'message')} sent, ${pings - pongs} of ${some(pings, 'ping')} missed, longest silence ${(silence / S).toFixed(1)} s`;
  }
}

/**
 * Worker processes, each with one request at a time, or with all at once where they are `pipelined`.
 *
 * Without `ids` a reply is the next one in the pipe, whosever it is. What prints on such a channel is taken for a reply, too.
 */
class Processes {
  workers = [];
  waiting = [];
  counts = { started: 0, answered: 0 };
  constructor(world, record, rules) { Object.assign(this, { world, record }, rules); }
  /** `request.then(text, isError)` is called once, unless the request is given up before. */
  call(request) {
    if (this.broken) return request.then(this.broken, true);
    this.waiting.push(request);
    this.assign();
  }
  assign() {
    while (this.waiting.length) {
      const free = this.workers.find((worker) => worker.isOpen && !worker.hasEnded && (this.pipelined || !worker.awaiting.length && (this.ids ? !worker.jobs.length : true)));
      const worker = free ?? this.start();
      if (!worker) return;
      this.send(worker, this.waiting.shift());
    }
  }
  start() {
    if (this.workers.filter((worker) => worker.isOpen && !worker.hasEnded).length >= this.most) return null;
    this.counts.started += 1;
    const lane = this.record.lane(`${this.name} ${this.counts.started}`, 'process');
    const worker = { lane, isOpen: true, isAlive: true, jobs: [], awaiting: [], pipe: [] };
    this.workers.push(worker);
    return worker;
  }
  send(worker, request) {
    Object.assign(request, { worker, span: this.record.open(worker.lane, 'job', request.name) });
    worker.awaiting.push(request);
    // All is written before anything is read: the pipe is full, and both sides wait.
    if (this.plain && request.size > 64) worker.isStuck = true;
    worker.jobs.push(request);
    if (worker.jobs.length === 1) this.work(worker);
    this.deliver(worker);
  }
  /** The worker does one job after the other. */
  work(worker) {
    const [request] = worker.jobs;
    if (!request || worker.isStuck || !worker.isAlive) return;
    worker.cancel = this.world.after(request.length, () => {
      if (request.crashes) return this.die(worker, this.ids ? 'signal: 6 (SIGABRT)' : 'its replies ended');
      worker.jobs.shift();
      if (this.plain && request.prints) worker.pipe.push({ text: 'refused: a frame that holds another message than expected', isError: true });
      worker.pipe.push({ of: request, text: request.result });
      this.deliver(worker);
      this.work(worker);
      this.assign();
    });
  }
  deliver(worker) {
    if (worker.isStuck) return;
    while (worker.pipe.length) {
      const reply = worker.pipe[0];
      const index = this.ids && reply.of ? worker.awaiting.indexOf(reply.of) : 0;
      const request = worker.awaiting[index];
      if (!request && !(this.ids && reply.of)) return;
      if (!reply.ends) worker.pipe.shift();
      if (request) {
        worker.awaiting.splice(index, 1);
        if (reply.of === request) this.counts.answered += 1;
        this.answer(request, reply.text, reply.isError);
      }
      if (reply.ends && !worker.awaiting.length) { worker.hasEnded = true; return; }
    }
  }
  answer(request, text, isError = false) {
    this.record.close(request.span);
    request.then(text, isError);
  }
  /** What it had is lost with it; the next request starts another one. */
  die(worker, how) {
    if (!worker.isAlive) return;
    worker.isAlive = false;
    worker.cancel?.();
    if (this.lease) return this.lose(worker);
    if (this.breaks) return this.fail(worker);
    if (this.ids) {
      worker.isOpen = false;
      for (const request of worker.awaiting.splice(0)) {
        this.counts.answered += 1;
        this.answer(request, `the worker died: ${how}`, true);
      }
    } else {
      worker.pipe.push({ text: `the worker died: ${how}`, isError: true, ends: true });
      this.deliver(worker);
    }
    this.assign();
  }
  /** Another machine: no end of a pipe, no status. When the lease has run out, the job is somebody else's, and begins again. */
  lose(worker) {
    worker.isOpen = true;
    this.world.after(this.lease, () => {
      for (const request of worker.awaiting.splice(0)) {
        this.record.close(request.span);
        request.result = `${request.result} (it ran twice)`;
        this.waiting.push(request);
      }
      // A killed worker takes no job, and counts as a place until then.
      worker.isOpen = false;
      this.assign();
    });
  }
  /** Python's ProcessPoolExecutor: one death fails all that was handed in, and all that comes later. */
  fail(dead) {
    this.broken = 'BrokenProcessPool';
    for (const worker of this.workers) {
      worker.isOpen = worker.isAlive = false;
      worker.cancel?.();
      for (const request of worker.awaiting.splice(0)) this.answer(request, this.broken, true);
    }
    for (const request of this.waiting.splice(0)) request.then(this.broken, true);
  }
  /** A caller does not wait any longer. */
  giveUp(request) {
    const { worker } = request;
    if (!worker) { this.waiting = this.waiting.filter((other) => other !== request); return; }
    this.record.close(request.span);
    worker.awaiting = worker.awaiting.filter((other) => other !== request);
    if (this.afterTimeout !== 'kill') return;
    worker.isOpen = worker.isAlive = false;
    worker.cancel?.();
    this.assign();
  }
  /** From outside, with SIGKILL: a busy one, if there is one. */
  kill() {
    const alive = this.workers.filter((worker) => worker.isAlive);
    const worker = alive.find((other) => other.jobs.length) ?? alive[0];
    if (worker) this.die(worker, this.ids ? 'signal: 9 (SIGKILL)' : 'its replies ended');
    return Boolean(worker);
  }
  toString() {
    const open = this.workers.filter((worker) => worker.isOpen);
    const running = open.filter((worker) => worker.awaiting.length).length;
    return `${open.length} worker${open.length === 1 ? '' : 's'} of ${this.counts.started} started, ${running} running, ${this.waiting.length} waiting, ${this.counts.answered} answered`;
  }
}

/** What a line that begins with `/` asks for, or why it asks for nothing. */
function job(line, setup) {
  const [name, ...rest] = line.split(' ');
  const text = rest.join(' ');
  const number = Number(text);
  const asked = { name, length: 300, size: 0 };
  switch (name) {
    case '/slow': case '/sleep': case '/nested':
      if (!(number > 0 && number <= 3600)) return { refused: `how many seconds? Try ${name} 3` };
      if (setup.parts) return { ...asked, length: number * PART, result: `finished ${number} of ${number} parts` };
      if (name === '/nested') return { ...asked, length: number * S, isNested: true, result: 'both awake' };
      return { ...asked, length: number * S, result: setup.processes ? `slept ${text} s` : 'awake again' };
    case '/look': return { ...asked, looksUp: !/^[\d.:]+$/.test(text), isShort: true, result: 'found' };
    case '/read': return { ...asked, looksUp: true, isShort: true, result: text === 'LICENSE-MIT' ? '1073 bytes' : 'read' };
    case '/upper': return { ...asked, result: text.toUpperCase() };
    case '/print': return { ...asked, prints: true, result: 'printed' };
    case '/shout': return { ...asked, size: number, length: 3 * MS, result: `${text} KiB came back` };
    case '/crash': return { ...asked, crashes: true };
    default: return { refused: 'there is no such command' };
  }
}

/** One client: what its programs share. */
class Client {
  typed = new Source();
  done = new Source();
  signal = new Source();
  lines = [];
  works = [];
  pending = 0;
  constructor(world, record, setup, script) {
    Object.assign(this, { world, record, setup, keyboard: new Keyboard(world, record) });
    this.room = new Room(world, record, setup, script);
    this.loop = this.room.loop = new Loop(world, record, setup.workers ?? 1);
    this.screen = record.lane('screen', 'screen');
    this.pool = new Pool(world, record, setup.threads ?? 512);
    this.others = new Pool(world, record, Infinity, 'thread', 'pool');
    const rules = { most: setup.processes ?? 1, name: 'worker process', ids: setup.ids ?? true, plain: setup.plain, pipelined: setup.pipelined, afterTimeout: setup.afterTimeout, breaks: setup.breaks };
    this.processes = new Processes(world, record, setup.jobs === 'machine' ? { ...rules, name: 'machine', lease: 2 * S } : rules);
    this.slow = setup.admission && new Admission(setup.admission);
    this.inner = setup.admission && new Admission({ slots: 1, queue: 1 });
    const programs = { inline, awaited, task: prompts };
    if (setup.reads === 'task') this.loop.spawn(listen(this));
    this.loop.spawn((programs[setup.reads] ?? talk)(this));
  }
  read() { return call('blocked', 'read_line', (done) => this.keyboard.read(done)); }
  /** The next thing that the room sent; a ping is answered at once, but not after the goodbye. */
  take() {
    const message = this.room.inbox.shift();
    if (message?.ping && !this.isLeaving) this.room.pong();
    return message;
  }
  /** Shows a message; true when it was the last one. */
  show(message) {
    if (message.text) {
      this.record.mark(this.screen, 'shown', message.text);
      this.record.print(message.closes ? `the room closed: ${message.text}` : `<< ${message.text}`);
    }
    if (!message.closes && !this.room.dropped) return false;
    // After a drop one message is read, and the answer to the next ping finds a broken pipe: the rest is lost.
    if (this.room.dropped) { this.record.print('Error: the room is gone'); this.room.inbox = []; }
    return true;
  }
  say(line) { this.room.hear(line); }
  answer(line, text, isError) {
    const told = `${isError ? '!!' : '=='} ${line}: ${text}`;
    this.record.mark(this.screen, 'shown', told);
    this.record.print(told);
    this.pending -= 1;
    if (this.holder === line) this.holder = null;
    this.loop.wake(this.done);
  }
  /** Asks for one line; what comes of it is dropped once the returned function was called. */
  want(then) {
    let isWanted = true;
    const take = (line) => { if (isWanted) then(line); };
    switch (this.setup.reads) {
      case 'pool': this.pool.submit({ kind: 'blocked', name: 'read_line', start: (_, done) => this.keyboard.read(done), then: take }); break;
      default:
        this.asker = take;
        if (this.kept?.length) this.hand();
    }
    return () => { isWanted = false; if (this.asker === take) this.asker = null; };
  }
  /** A reader for the life of the program keeps lines until somebody asks. */
  keep(line) { this.kept.push(line); this.hand(); }
  hand() {
    const asker = this.asker;
    if (!asker || !this.kept.length) return;
    this.asker = null;
    asker(this.kept.shift());
  }
  /** Starts whatever reads on: a thread, or a job that never gives its thread back. */
  open() {
    this.kept = [];
    const reading = (lane, done) => {
      const next = () => {
        const span = this.record.open(lane, 'blocked', 'read_line');
        this.keyboard.read((line) => {
          this.record.close(span);
          this.world.after(0, () => { this.keep(line); if (line === END) done(); else if (!this.hasEnded) next(); });
        });
      };
      next();
    };
    if (this.setup.reads === 'thread') reading(this.record.lane('reading thread', 'reader'), () => {});
    if (this.setup.reads === 'pool-loop') this.pool.submit({ start: reading, then: () => {} });
  }
  /** Does a command off the loop; its answer is printed when it comes. */
  command(line) {
    this.pending += 1;
    const tell = (text, isError = false) => this.answer(line, text, isError);
    // Whoever refuses does so in the task of the command, not in that of the keyboard.
    const soon = (text, isError) => this.world.after(0, () => tell(text, isError));
    if (line === '/ask') return this.ask(tell);
    if (line === '/jobs') return soon(this.progress());
    if (line === '/stats') return soon(String(this.processes));
    const asked = job(line, this.setup);
    if (asked.refused) return soon(asked.refused, true);
    if (this.isFar && !asked.isShort) return this.call(asked, tell);
    if (!asked.result) return soon('no worker process does that here', true);
    if (!this.slow || asked.isShort) return this.onPool(asked, asked.isShort ? tell : this.limited(tell, 'gave up after', 's'));
    if (!this.slow.enter(() => this.onPool(asked, (text) => { this.slow.leave(); tell(text); }))) soon('resource busy', true);
  }
  get isFar() { return this.setup.jobs === 'process' || this.setup.jobs === 'machine'; }
  /** What is told once: the answer, or after the limit that there is none. */
  limited(tell, none, unit, then = () => {}) {
    const { limit, cancels } = this.setup;
    let isOver = false;
    const once = (...told) => { if (!isOver) { isOver = true; tell(...told); } };
    if (limit && !cancels) this.world.after(limit, () => { if (!isOver) { then(); once(`${none} ${limit / S}${unit}`, true); } });
    return once;
  }
  /** Names are looked up on the blocking pool, and files are read there, whatever else runs where. */
  onPool(asked, tell) {
    if (asked.isShort && !asked.looksUp) return this.world.after(asked.length, () => tell(asked.result));
    const pool = this.setup.jobs === 'pool' || asked.isShort ? this.pool : this.others;
    const sleep = (then) => ({ kind: 'job', name: asked.name, start: (_, done) => this.inParts(asked, done), then });
    if (!asked.isNested) return pool.submit(sleep(tell));
    const start = (lane, done) => {
      const outer = this.record.open(lane, 'job', asked.name);
      this.world.after(asked.length, () => {
        this.record.close(outer);
        const waits = this.record.open(lane, 'blocked', 'inner job');
        const ended = () => { this.record.close(waits); done(asked.result); };
        if (!this.inner) return pool.submit(sleep(ended));
        this.inner.enter(() => pool.submit(sleep(() => { this.inner.leave(); ended(); })));
      });
    };
    pool.submit({ start, then: tell });
  }
  /** Long work has parts: told to stop it looks before the next one, and untold it goes on to its end. */
  inParts(asked, done) {
    const work = { begun: this.world.now };
    const finish = (told) => { work.ended = this.world.now; done(told); };
    if (!asked.isShort) this.works.push(work);
    const stop = this.world.after(asked.length, () => finish(asked.result));
    if (!this.setup.cancels || asked.length <= this.setup.limit) return;
    const parts = Math.ceil(this.setup.limit / PART);
    this.world.after(this.setup.limit, stop);
    this.world.after(parts * PART, () => finish(`stopped after ${parts} of ${asked.length / PART} parts`));
  }
  progress() {
    const parts = this.works.map(({ begun, ended = this.world.now }) => Math.floor((ended - begun) / PART));
    return `${this.works.filter((work) => !work.ended).length} running, ${parts.reduce((sum, some) => sum + some, 0)} parts finished`;
  }
  /** Asks for a name, and waits a second and a half for it. */
  ask(tell) {
    this.record.print('?? your name? You have 1.5s');
    let isOver = false;
    const drop = this.want((line) => { if (!isOver) { isOver = true; tell(`hello, ${line === END ? '' : line}`); } });
    this.world.after(1.5 * S, () => { if (!isOver) { isOver = true; drop(); tell('timed out', true); } });
  }
  /** Hands a request to a worker. */
  call(asked, tell) {
    const once = this.limited(tell, 'no answer in', ' s', () => this.processes.giveUp(request));
    const request = { ...asked, then: (text, isError) => this.world.after(0, () => once(text, isError)) };
    this.processes.call(request);
  }
  /** A command in the loop's own task, for it to `yield`. */
  inline(line) {
    const asked = job(line, this.setup);
    return call('job', line, (done) => this.world.after((asked.length ?? 0), () => {
      const text = asked.refused ?? asked.result ?? 'no worker process does that here';
      const told = `${asked.refused || !asked.result ? '!!' : '=='} ${line}: ${text}`;
      this.record.mark(this.screen, 'shown', told);
      this.record.print(told);
      done();
    }));
  }
  interrupt() {
    this.record.print('^C');
    if (!this.setup.catches) return this.exit('killed by Ctrl-C');
    // A runtime that ends restores nothing: further presses do nothing.
    if (this.isLeaving || this.hasEnded) { this.isHurried = true; this.loop.wake(this.done); return; }
    this.isInterrupted = true;
    this.loop.event(this.signal);
  }
  /** The client's own end: a runtime that is dropped waits for what its blocking pool has begun. */
  end() {
    const longest = Math.max(0, ...freezes(this.record, this.world.now).map((freeze) => freeze.to_us - freeze.from_us));
    this.record.print(`longest freeze: ${(longest / S).toFixed(2)} s`);
    this.hasEnded = true;
    if (this.setup.exit !== 'drop' || !this.pool.isBusy()) return this.exit(`the room saw: ${this.room}`);
    this.record.hangs_us = this.world.now;
    this.pool.idle = () => this.exit(`the room saw: ${this.room}`);
  }
  exit(told) {
    this.record.print(told);
    this.world.over = true;
  }
}

const isCommand = (line) => line.startsWith('/') && line !== '/quit';

/** Lesson 01: prompts once nothing has arrived for 100 ms, and reads in the loop's own task. */
function* inline(client) {
  for (;;) {
    for (let message; (message = client.take());) if (client.show(message)) return client.end();
    if (client.isInterrupted) break;
    const quiet = client.loop.timer(100 * MS);
    yield [client.room.socket, client.signal, quiet];
    quiet.cancel();
    if (!quiet.fired || client.room.inbox.length) continue;
    client.record.print('>', true);
    const line = yield client.read();
    if (line === END) break;
    if (isCommand(line)) yield client.inline(line);
    else client.say(line);
  }
  yield* leave(client);
}

/** Lesson 04's starter: an `async fn` that blocks, awaited first of all; nothing else is ever polled. */
function* awaited(client) {
  for (;;) {
    const line = yield client.read();
    if (line === END || client.isInterrupted) break;
    if (isCommand(line)) yield client.inline(line);
    else client.say(line);
  }
  yield* leave(client);
}

/** Lesson 02: a prompt in a task of its own, which waits for an answer. */
function* prompts(client) {
  client.answered = new Source();
  for (let prompt = 1; ; prompt += 1) {
    client.record.print(`prompt ${prompt}: type a line`);
    const line = yield client.read();
    if (line === END) break;
    if (isCommand(line)) { yield client.inline(line); continue; }
    client.say(line);
    client.isAnswered = false;
    const late = client.loop.timer(1.5 * S);
    while (!client.isAnswered && !late.fired) yield [client.answered, late];
    late.cancel();
  }
  client.isLeaving = true;
  client.room.farewell();
}

/** The other task of lesson 02: shows messages, and tells of the one that follows your own. */
function* listen(client) {
  for (let hasAsked = false; ;) {
    const message = client.take();
    if (!message) { yield [client.room.socket]; continue; }
    if (client.show(message)) return client.end();
    if (!message.text) continue;
    if (hasAsked) { client.isAnswered = true; client.loop.wake(client.answered); }
    hasAsked = message.text.startsWith('you: ');
  }
}

/** Lesson 03's starter: a task that reads in the loop, behind a channel with room for 16 lines. */
function* reading(client) {
  for (;;) {
    const line = yield client.read();
    while (client.lines.length >= 16) yield [client.done];
    client.lines.push(line);
    client.loop.wake(client.typed);
    if (line === END) return;
  }
}

/** From lesson 03 on: whichever comes next. Where `select!` tosses a coin, the model takes turns. */
function* talk(client) {
  const { setup, room } = client;
  const wants = () => client.want((line) => { client.lines.push(line); client.loop.wake(client.typed); });
  if (setup.reads === 'channel') client.loop.wake(Object.assign(new Source(), { waiters: [{ body: reading(client), sources: [] }] }));
  else { client.open(); wants(); }
  let isAsking = true;
  for (let isRoomsTurn = true; ;) {
    if (client.isInterrupted) break;
    // Whoever holds the keyboard has it until the answer is printed.
    if (!isAsking && !client.holder) { isAsking = true; wants(); }
    const message = isRoomsTurn || !client.lines.length ? client.take() : undefined;
    isRoomsTurn = !message;
    if (message) {
      if (client.show(message)) { if (room.dropped) return client.end(); break; }
      continue;
    }
    if (!client.lines.length) { yield [room.socket, client.typed, client.done, client.signal]; continue; }
    const line = client.lines.shift();
    if (setup.reads === 'channel') client.loop.wake(client.done);
    if (line === END || (line === '/quit' && !setup.saysQuit)) break;
    if (isCommand(line) && (setup.takesTurns || line === '/ask')) { isAsking = false; client.holder = line; }
    else if (setup.reads !== 'channel') wants();
    if (!isCommand(line)) client.say(line);
    else if (setup.jobs === 'inline') yield client.inline(line);
    else client.command(line);
  }
  yield* leave(client);
}

/** The goodbye goes out first, so no ping that still waits is answered; then what waits is shown. */
function* leave(client) {
  client.isLeaving = true;
  if (client.isInterrupted) client.record.print('bye');
  client.room.farewell();
  for (let isLast = false; !isLast;) {
    const message = client.take();
    if (message) isLast = client.show(message);
    else yield [client.room.socket];
  }
  const grace = client.loop.timer(GRACE);
  while (client.pending && client.setup.exit && !grace.fired && !client.isHurried) yield [client.done, grace];
  if (client.pending && client.setup.exit) client.record.print(`abandoned: ${client.pending} of your commands`);
  client.end();
}

/** When nobody ran the loop: the long turns of each worker, but for those in which another one ran it. */
function freezes(trace, now) {
  const loops = trace.lanes.flatMap((lane, index) => (lane.kind === 'loop' ? [index] : []));
  const sent = new Set(trace.marks.filter((mark) => mark.kind === 'sent').map((mark) => mark.text));
  const runs = (mark) => mark.kind === 'pong' || mark.kind === 'heard' || (mark.kind === 'shown' && sent.has(mark.text));
  const found = [];
  for (const lane of loops) {
    const end = (span) => span.to_us ?? now;
    const long = trace.spans.filter((span) => span.lane === lane && end(span) - span.from_us >= FREEZE);
    for (const span of long.sort((one, other) => one.from_us - other.from_us || end(other) - end(one))) {
      const last = found.at(-1);
      if (last?.lane === lane && span.from_us < last.to_us) last.to_us = Math.max(last.to_us, end(span));
      else found.push({ lane, from_us: span.from_us, to_us: end(span), isOpen: span.open ?? span.to_us === null });
    }
  }
  const ran = ({ from_us, to_us }) => loops.length > 1 && trace.marks.some((mark) => runs(mark) && mark.at_us >= from_us + FREEZE && mark.at_us <= to_us - FREEZE);
  return found.filter((freeze) => !ran(freeze)).sort((one, other) => one.from_us - other.from_us);
}

/** Which pings were never answered: pongs come in the order of their pings. */
function missed(trace) {
  const times = (kind) => trace.marks.filter((mark) => mark.kind === kind).map((mark) => mark.at_us).sort((one, other) => one - other);
  return times('ping').slice(times('pong').length);
}

/** The setup that the same client has in Python, where one thread runs the loop. */
function python(setup) {
  const place = { ...setup };
  if (setup.reads === 'task') Object.assign(place, { reads: 'inline', workers: 1 });
  if (setup.jobs === 'process') Object.assign(place, { breaks: true, afterTimeout: 'go on' });
  return place;
}

/**
 * One run: `inputs` are `{ at, line }`, `{ at, eof }`, `{ at, says }`, `{ at, kills }` or `{ at, interrupts }` in the order of time.
 *
 * `script` is what the room does of itself, as `{ at, text }` for a message and `{ at }` for a ping, where a recorded run says it.
 */
function simulate(setup, inputs, until, script) {
  const world = new World();
  const record = new Record(world);
  const client = new Client(world, record, setup, script);
  for (const input of inputs) world.at(input.at, () => {
    if (input.line !== undefined) client.keyboard.type(input.line);
    else if (input.eof) client.keyboard.type(END);
    else if (input.says) client.room.say(input.says);
    else if (input.kills) client.processes.kill();
    else if (input.interrupts) client.interrupt();
  });
  world.run(until);
  record.finish();
  return {
    length_us: world.now, lanes: record.lanes, spans: record.spans, marks: record.marks, screen: record.screen,
    waiting: client.room.inbox.filter((message) => message.text).length, hasEnded: Boolean(world.over), hangs_us: record.hangs_us ?? null, isDropped: Boolean(client.room.dropped),
  };
}

/** What a fragment may say: each choice of the sandbox, what it changes, and its values. */
const CHOICES = {
  workers: { in: ['task'], key: 'workers', from: 1, to: 16 },
  threads: { in: ['pool'], key: 'threads', from: 1, to: 512 },
  processes: { in: ['process', 'machine'], key: 'processes', from: 1, to: 4 },
  limit: { in: ['pool', 'process', 'machine'], key: 'limit', values: { none: undefined, 1: S, 1.5: 1.5 * S } },
  replies: { in: ['process'], values: { numbered: {}, next: { ids: false, plain: true, afterTimeout: 'go on' } } },
  exit: { in: ['pool'], key: 'exit', values: { wait: 'drop', abandon: 'abandon' } },
  room: { in: Object.keys(PLACES), key: 'strict', values: { lenient: undefined, strict: true } },
};
/** What is typed or done; any other text is a line. */
const ACTS = { '^C': { interrupts: true }, '^D': { eof: true }, '!kill': { kills: true } };

/** The setup of a place with its choices. */
function setup(state) {
  const made = { ...PLACES[state.where] };
  for (const [name, choice] of Object.entries(CHOICES)) {
    if (!choice.in.includes(state.where) || state[name] === undefined) continue;
    const value = choice.values ? choice.values[state[name]] : Number(state[name]);
    if (choice.key) made[choice.key] = value;
    else Object.assign(made, value);
  }
  return made;
}

/** A fragment as a place, its choices and what is done when: `where=task&workers=16&2.5=hello`. What it does not know it names. */
function parse(fragment) {
  const state = { where: 'inline', inputs: [], unknown: [] };
  for (const [name, value] of new URLSearchParams(fragment)) {
    const choice = CHOICES[name];
    const at = Number(name) * S;
    if (name === 'where' ? value in PLACES : choice && (choice.values ? value in choice.values : Number.isInteger(Number(value)) && value >= choice.from && value <= choice.to)) state[name] = value;
    else if (at >= 0 && at <= 60 * S) state.inputs.push({ at, ...(ACTS[value] ?? (value.startsWith('!room ') ? { says: value.slice(6) } : { line: value })) });
    else state.unknown.push(`${name}=${value}`);
  }
  state.inputs.sort((one, other) => one.at - other.at);
  return state;
}

/** The fragment of a state, for `parse`. */
function format(state) {
  const words = new URLSearchParams({ where: state.where });
  for (const name of Object.keys(CHOICES)) if (state[name] !== undefined && CHOICES[name].in.includes(state.where)) words.append(name, state[name]);
  for (const input of state.inputs) {
    const act = Object.keys(ACTS).find((name) => Object.keys(ACTS[name])[0] in input);
    words.append(String(Math.round(input.at / MS) / 1000), act ?? (input.says ? `!room ${input.says}` : input.line));
  }
  return words.toString();
}

globalThis.thawModel = { PLACES, CHOICES, simulate, freezes, missed, python, setup, parse, format };
})();
