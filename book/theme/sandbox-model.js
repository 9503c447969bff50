// The sandbox's model: a client, its room and its reader in the rules of the course's facts. It measures nothing.
// `simulate` returns what `practice` records of a real run, and the screen; `course/book/browser/model.test.js` holds it
// against the recorded runs. The same setup and inputs give the same run. Times are microseconds; no DOM is used.
(() => {
'use strict';

const MS = 1000;
const S = 1000 * MS;
// What a read gives at the end of input.
const END = Symbol('end of input');
// A turn that is shorter is no freeze; the same bound as that of the book's pictures.
const FREEZE = 20 * MS;
// From one side of a connection to the other.
const WIRE = 200;
// How long the farewell waits for commands that still run.
const GRACE = 500 * MS;
// A strict room gives a guest up after this.
const PATIENCE = S;

// Where the blocking call runs, and what that means for a client. A setup is one of these with changes.
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

// Time, and what happens at it.
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
  run(until) {
    while (!this.over && this.events.length && this.events[0].time <= until) {
      const event = this.events.shift();
      this.now = event.time;
      event.act();
    }
    if (!this.over) this.now = until;
  }
}

// Whatever lives in a world, and is recorded.
class Part {
  constructor(world, record, rest) { Object.assign(this, { world, record }, rest); }
  get now() { return this.world.now; }
  after(delay, act) { return this.world.at(this.now + delay, act); }
  soon(act) { return this.after(0, act); }
  open(lane, kind, name) { return this.record.open(lane, kind, name); }
  close(span) { this.record.close(span); }
}

// What is recorded: lanes, spans and marks as a trace has them, and the lines of the terminal.
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
  // What is typed stands behind a prompt, if that is the last thing on the screen.
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

// What a task may wait for.
class Source { waiters = []; }

// A blocking call, for a task to `yield`: whoever polls the task stands still until it is done.
const call = (kind, name, start) => ({ kind, name, start });

// The event loop: workers that poll tasks, and one driver for all sockets and timers.
//
// A task is a generator. It yields a list of sources and is polled again when one of them has something, or a call that blocks.
// The worker that parks first waits in the driver; the others sleep until they are notified. So a worker that blocks in a task
// which a lone event woke leaves the driver to nobody.
class Loop extends Part {
  inject = [];
  heard = [];
  running = null;
  constructor(world, record, workers) {
    super(world, record);
    const name = (index) => (workers > 1 ? `worker ${index + 1}` : 'event loop');
    this.workers = Array.from({ length: workers }, (_, index) => ({ lane: record.lane(name(index), 'loop'), queue: [], lifo: null, state: 'parked' }));
    this.driver = this.workers.at(-1);
  }
  // From a thread that is no worker: a worker is notified.
  spawn(body) { this.fromOutside({ body, sources: [] }); }
  // A socket or a timer has something: only who waits in the driver hears of it.
  event(source) {
    for (const task of this.ready(source)) this.heard.push(task);
    if (this.driver && this.heard.length) this.poll();
  }
  // Code of this program has something for whoever waits.
  wake(source) {
    for (const task of this.ready(source)) (this.running ? this.fromInside(task) : this.fromOutside(task));
  }
  timer(length) {
    const timer = new Source();
    timer.cancel = this.after(length, () => { timer.fired = true; this.event(timer); });
    return timer;
  }
  ready(source) {
    const tasks = source.waiters;
    for (const task of tasks) for (const other of task.sources) other.waiters = other.waiters.filter((waiter) => waiter !== task);
    return tasks;
  }
  fromOutside(task) { this.inject.push(task); this.notify(); }
  // The LIFO slot of the worker that runs: it is polled next, and no other worker may take it.
  fromInside(task) {
    const worker = this.running;
    if (worker.lifo) { worker.queue.push(worker.lifo); this.notify(); }
    worker.lifo = task;
  }
  // Whoever waits in the driver takes all that came; more than one task is work for two.
  poll() {
    const worker = this.driver;
    this.driver = null;
    worker.queue.push(...this.heard.splice(0));
    worker.state = 'running';
    if (worker.queue.length > 1) this.notify();
    this.drive(worker);
  }
  // Wakes a worker. If it finds a task, it wakes one more before it begins.
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
    worker.turn = this.open(worker.lane, 'turn', '');
    this.record.lanes[worker.lane].turns += 1;
    this.step(worker, task);
  }
  step(worker, task, value) {
    const before = this.running;
    this.running = worker;
    const { done, value: asked } = task.body.next(value);
    this.running = before;
    if (done || Array.isArray(asked)) {
      this.close(worker.turn);
      task.sources = done ? [] : asked;
      for (const source of task.sources) source.waiters.push(task);
      return;
    }
    worker.state = 'blocked';
    const span = this.open(worker.lane, asked.kind, asked.name);
    asked.start((result) => {
      this.close(span);
      this.soon(() => {
        worker.state = 'running';
        this.step(worker, task, result);
        this.drive(worker);
      });
    });
  }
}

// Threads that run jobs, at most so many; what has no thread waits, in order.
class Pool extends Part {
  threads = [];
  queue = [];
  constructor(world, record, most, name = 'pool thread') { super(world, record, { most, name }); }
  // `start(lane, done)` runs on a thread, `then(result)` hears of its end. A job without a name draws its own spans.
  submit(job) {
    const thread = this.threads.find((other) => !other.job) ?? this.grow();
    if (thread) this.begin(thread, job);
    else this.queue.push(job);
  }
  grow() {
    if (this.threads.length >= this.most) return null;
    const thread = { lane: this.record.lane(`${this.name} ${this.threads.length + 1}`, 'pool'), job: null };
    this.threads.push(thread);
    return thread;
  }
  begin(thread, job) {
    thread.job = job;
    const span = job.name && this.open(thread.lane, job.kind, job.name);
    job.start(thread.lane, (result) => {
      if (span) this.close(span);
      this.soon(() => {
        thread.job = null;
        if (this.queue.length) this.begin(thread, this.queue.shift());
        job.then(result);
        if (!this.isBusy()) this.idle?.();
      });
    });
  }
  isBusy() { return this.threads.some((thread) => thread.job); }
}

// What is typed, and who reads it: readers get lines in the order in which they asked.
class Keyboard extends Part {
  lines = [];
  readers = [];
  constructor(world, record) { super(world, record, { lane: record.lane('keys', 'keys') }); }
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

// The room, and the connection to it: what it has sent waits in `inbox` until the client reads it.
class Room extends Part {
  inbox = [];
  socket = new Source();
  saw = { messages: 0, pings: 0, pongs: 0, silence: 0 };
  heard = 0;
  constructor(world, record, setup, script) {
    super(world, record, { setup, lane: record.lane('room', 'room') });
    record.mark(this.lane, 'joined');
    if (script) for (const { at, text } of script) world.at(at, () => (text ? this.say(text) : this.ping()));
    else this.live(1);
  }
  // Four pings a second, and one message.
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
    const silence = this.now - this.heard;
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
    else this.after(WIRE, () => this.say(`you: ${line}`));
  }
  hush() {
    this.saw.silence = Math.max(this.saw.silence, this.now - this.heard);
    this.heard = this.now;
  }
  // The guest says goodbye, and the room answers when it has heard all before.
  farewell() {
    this.after(2 * WIRE, () => (this.gone ? this.put({ closes: true }) : this.close('Closed', { closes: true })));
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

// Worker processes, each with one request at a time, or with all at once where they are `pipelined`.
//
// Without `ids` a reply is the next one in the pipe, whosever it is. What prints on such a channel is taken for a reply, too.
class Processes extends Part {
  workers = [];
  waiting = [];
  counts = { started: 0, answered: 0 };
  call(request) {
    if (this.broken) return request.then(this.broken, true);
    this.waiting.push(request);
    this.assign();
  }
  assign() {
    const isFree = ({ awaiting, jobs }) => this.pipelined || !(awaiting.length || (this.ids && jobs.length));
    while (this.waiting.length) {
      const open = this.workers.filter((worker) => worker.isOpen);
      const worker = open.find(isFree) ?? (open.length < this.processes && this.start());
      if (!worker) return;
      this.send(worker, this.waiting.shift());
    }
  }
  start() {
    const lane = this.record.lane(`${this.name} ${(this.counts.started += 1)}`, 'process');
    const worker = { lane, isOpen: true, isAlive: true, jobs: [], awaiting: [], pipe: [] };
    this.workers.push(worker);
    return worker;
  }
  send(worker, request) {
    Object.assign(request, { worker, span: this.open(worker.lane, 'job', request.name) });
    // All is written before anything is read: the pipe is full, and both sides wait.
    worker.isStuck ||= this.plain && request.size > 64;
    worker.awaiting.push(request);
    if (worker.jobs.push(request) === 1) this.work(worker);
    this.deliver(worker);
  }
  work(worker) {
    const [request] = worker.jobs;
    if (!request || worker.isStuck || !worker.isAlive) return;
    worker.cancel = this.after(request.length, () => {
      if (request.crashes) return this.die(worker, '6 (SIGABRT)');
      worker.jobs.shift();
      if (this.plain && request.prints) worker.pipe.push({ text: 'refused: a frame that holds another message than expected', isError: true });
      worker.pipe.push({ of: request, text: request.result });
      this.deliver(worker);
      this.work(worker);
      this.assign();
    });
  }
  deliver({ pipe, awaiting, isStuck }) {
    while (pipe.length && !isStuck) {
      const [reply] = pipe;
      const index = this.ids ? awaiting.indexOf(reply.of) : 0;
      const request = awaiting[index];
      if (!request && !this.ids) return;
      pipe.shift();
      if (!request) continue;
      awaiting.splice(index, 1);
      if (reply.of === request) this.counts.answered += 1;
      this.answer(request, reply.text, reply.isError);
      // After the end of the pipe no reply comes, and the next request starts another worker.
      if (reply.ends) Object.assign(request.worker, { isOpen: false, hasEnded: true });
    }
  }
  answer(request, text, isError) {
    if (request.span) this.close(request.span);
    request.then(text, isError);
  }
  // What it had, of a worker that is no more.
  lost(worker) {
    worker.isOpen = false;
    this.stop(worker);
    return worker.awaiting.splice(0);
  }
  stop(worker) {
    worker.isAlive = false;
    worker.cancel?.();
  }
  die(worker, signal) {
    this.stop(worker);
    const text = `the worker died: ${this.ids ? `signal: ${signal}` : 'its replies ended'}`;
    if (this.breaks) {
      // Python's ProcessPoolExecutor: one death fails all that was handed in, and all that comes later.
      this.broken = 'BrokenProcessPool';
      for (const request of [...this.workers.flatMap((other) => this.lost(other)), ...this.waiting.splice(0)]) this.answer(request, this.broken, true);
    } else if (this.lease) {
      // No end of a pipe, no status: when the lease has run out, the job is somebody else's, and begins again.
      this.after(this.lease, () => {
        for (const request of this.lost(worker)) {
          this.close(request.span);
          this.call(Object.assign(request, { worker: null, result: `${request.result} (it ran twice)` }));
        }
      });
    } else if (this.ids) {
      for (const request of this.lost(worker)) {
        this.counts.answered += 1;
        this.answer(request, text, true);
      }
    } else {
      worker.pipe.push({ text, isError: true, ends: true });
      this.deliver(worker);
    }
    this.assign();
  }
  giveUp(request) {
    const isOther = (other) => other !== request;
    const { worker } = request;
    this.waiting = this.waiting.filter(isOther);
    if (!worker) return;
    this.close(request.span);
    worker.awaiting.splice(worker.awaiting.indexOf(request), 1);
    if (this.afterTimeout === 'kill') this.lost(worker);
    this.assign();
  }
  // From outside: a busy worker, if there is one.
  kill() {
    const alive = this.workers.filter((worker) => worker.isAlive);
    const worker = alive.find((other) => other.jobs.length) ?? alive[0];
    if (worker) this.die(worker, '9 (SIGKILL)');
  }
}

// What a line that begins with `/` asks for, or why it asks for nothing.
function job(line, setup) {
  const [name, ...rest] = line.split(' ');
  const text = rest.join(' ');
  const asked = { name, length: 300 };
  switch (name) {
    case '/slow': case '/sleep':
      if (!(text > 0 && text <= 3600)) return { refused: `how many seconds? Try ${name} 3` };
      return { ...asked, length: text * S, result: setup.processes ? `slept ${text} s` : 'awake again' };
    case '/look': return { ...asked, looksUp: !/^[\d.:]+$/.test(text), isShort: true, result: 'found' };
    case '/read': return { ...asked, looksUp: true, isShort: true, result: text === 'LICENSE-MIT' ? '1073 bytes' : 'read' };
    case '/upper': return { ...asked, result: text.toUpperCase() };
    case '/print': return { ...asked, prints: true, result: 'printed' };
    case '/shout': return { ...asked, size: text, result: `${text} KiB came back` };
    case '/crash': return setup.processes ? { ...asked, crashes: true } : { refused: 'no worker process runs here' };
    default: return { refused: 'there is no such command' };
  }
}

// One client: what its programs share.
class Client extends Part {
  typed = new Source();
  done = new Source();
  signal = new Source();
  lines = [];
  kept = [];
  pending = 0;
  constructor(world, record, setup, script) {
    super(world, record, { setup, keyboard: new Keyboard(world, record), room: new Room(world, record, setup, script), screen: record.lane('screen', 'screen') });
    this.loop = this.room.loop = new Loop(world, record, setup.workers ?? 1);
    this.pool = new Pool(world, record, setup.threads ?? 512);
    this.others = new Pool(world, record, Infinity, 'thread');
    const far = setup.jobs === 'machine' ? { name: 'machine', lease: 2 * S } : { name: 'worker process' };
    this.processes = new Processes(world, record, { ids: true, ...setup, ...far });
    if (setup.reads === 'task') this.loop.spawn(listen(this));
    this.loop.spawn(({ inline, awaited, task: prompts }[setup.reads] ?? talk)(this));
  }
  print(text, isOpen) { this.record.print(text, isOpen); }
  shown(text, line = text) {
    this.record.mark(this.screen, 'shown', text);
    this.print(line);
  }
  read() { return call('blocked', 'read_line', (done) => this.keyboard.read(done)); }
  // The next thing that the room sent; a ping is answered at once, but not after the goodbye.
  take() {
    const message = this.room.inbox.shift();
    if (message?.ping && !this.isLeaving) this.room.pong();
    return message;
  }
  // Shows a message; true when it was the last one.
  show({ text, closes }) {
    if (text) this.shown(text, closes ? `the room closed: ${text}` : `<< ${text}`);
    if (!this.room.dropped) return closes;
    // After a drop one message is read, and the answer to the next ping finds a broken pipe: the rest is lost.
    this.print('Error: the room is gone');
    this.room.inbox = [];
    return true;
  }
  tell(line, text, isError) { this.shown(`${isError ? '!!' : '=='} ${line}: ${text}`); }
  answer(line, text, isError) {
    this.tell(line, text, isError);
    this.pending -= 1;
    if (this.holder === line) this.holder = null;
    this.loop.wake(this.done);
  }
  // Asks for one line; what comes of it is dropped once the returned function was called.
  want(then) {
    let isWanted = true;
    const take = (line) => { if (isWanted) then(line); };
    if (this.setup.reads === 'pool') this.pool.submit({ kind: 'blocked', name: 'read_line', start: (_, done) => this.keyboard.read(done), then: take });
    else { this.asker = take; this.hand(); }
    return () => { isWanted = false; if (this.asker === take) this.asker = null; };
  }
  // A reader for the life of the program keeps lines until somebody asks.
  hand() {
    const asker = this.asker;
    if (!asker || !this.kept.length) return;
    this.asker = null;
    asker(this.kept.shift());
  }
  // Starts whatever reads on: a thread, or a job that never gives its thread back.
  startReading() {
    const reading = (lane, done) => {
      const span = this.open(lane, 'blocked', 'read_line');
      this.keyboard.read((line) => {
        this.close(span);
        this.soon(() => {
          this.kept.push(line);
          this.hand();
          if (line === END) done?.();
          else if (!this.hasEnded) reading(lane, done);
        });
      });
    };
    if (this.setup.reads === 'thread') reading(this.record.lane('reading thread', 'reader'));
    if (this.setup.reads === 'pool-loop') this.pool.submit({ start: reading, then: () => {} });
  }
  // Does a command off the loop; its answer is printed when it comes.
  command(line) {
    this.pending += 1;
    const tell = (text, isError) => this.answer(line, text, isError);
    if (line === '/ask') return this.ask(tell);
    const asked = job(line, this.setup);
    if (asked.refused) this.soon(() => tell(asked.refused, true));
    else if (this.setup.processes && !asked.isShort) this.call(asked, tell);
    else this.onPool(asked, asked.isShort ? tell : this.limited(tell, 'gave up after', 's'));
  }
  // What is told once: the answer, or after the limit that there is none.
  limited(tell, none, unit, giveUp) {
    let isOver = false;
    const once = (...told) => { if (!isOver) tell(...told); isOver = true; };
    const { limit } = this.setup;
    if (limit) this.after(limit, () => { if (!isOver) giveUp?.(); once(`${none} ${limit / S}${unit}`, true); });
    return once;
  }
  // Names are looked up on the blocking pool, and files are read there, whatever else runs where.
  onPool(asked, then) {
    const start = (_, done) => this.after(asked.length, () => done(asked.result));
    if (asked.isShort && !asked.looksUp) return start(null, then);
    const pool = this.setup.jobs === 'pool' || asked.isShort ? this.pool : this.others;
    pool.submit({ kind: 'job', name: asked.name, start, then });
  }
  // Asks for a name, and waits a second and a half for it.
  ask(tell) {
    this.print('?? your name? You have 1.5s');
    let isOver = false;
    const once = (...told) => { if (!isOver) tell(...told); isOver = true; };
    const drop = this.want((line) => once(`hello, ${line === END ? '' : line}`));
    this.after(1.5 * S, () => { drop(); once('timed out', true); });
  }
  call(asked, tell) {
    const once = this.limited(tell, 'no answer in', ' s', () => this.processes.giveUp(request));
    const request = { ...asked, then: (text, isError) => this.soon(() => once(text, isError)) };
    this.processes.call(request);
  }
  // A command in the loop's own task, for it to `yield`.
  inline(line) {
    const { length = 0, refused, result } = job(line, this.setup);
    return call('job', line, (done) => this.after(length, () => { this.tell(line, refused ?? result, refused); done(); }));
  }
  interrupt() {
    this.print('^C');
    if (!this.setup.catches) return this.exit('killed by Ctrl-C');
    // Once a runtime has ended, further presses do nothing.
    if (this.isLeaving) { this.isHurried = true; return this.loop.wake(this.done); }
    this.isInterrupted = true;
    this.loop.event(this.signal);
  }
  // A runtime that is dropped waits for what its blocking pool has begun.
  end() {
    const longest = Math.max(0, ...freezes(this.record, this.now).map((freeze) => freeze.to_us - freeze.from_us));
    this.print(`longest freeze: ${(longest / S).toFixed(2)} s`);
    this.hasEnded = true;
    const exit = () => this.exit(`the room saw: ${this.room}`);
    if (this.setup.exit !== 'drop' || !this.pool.isBusy()) return exit();
    this.record.hangs_us = this.now;
    this.pool.idle = exit;
  }
  exit(told) {
    this.print(told);
    this.world.over = true;
  }
}

const isCommand = (line) => line.startsWith('/') && line !== '/quit';

// Lesson 01: prompts once nothing has arrived for 100 ms, and reads in the loop's own task.
function* inline(client) {
  for (;;) {
    for (let message; (message = client.take());) if (client.show(message)) return client.end();
    if (client.isInterrupted) break;
    const quiet = client.loop.timer(100 * MS);
    yield [client.room.socket, client.signal, quiet];
    quiet.cancel();
    if (!quiet.fired || client.room.inbox.length) continue;
    client.print('>', true);
    const line = yield client.read();
    if (line === END) break;
    if (isCommand(line)) yield client.inline(line);
    else client.room.hear(line);
  }
  yield* leave(client);
}

// Lesson 04's starter: an `async fn` that blocks, awaited first of all; nothing else is ever polled.
function* awaited(client) {
  for (;;) {
    const line = yield client.read();
    if (line === END || client.isInterrupted) break;
    if (isCommand(line)) yield client.inline(line);
    else client.room.hear(line);
  }
  yield* leave(client);
}

// Lesson 02: a prompt in a task of its own, which waits for an answer.
function* prompts(client) {
  client.answered = new Source();
  for (let prompt = 1; ; prompt += 1) {
    client.print(`prompt ${prompt}: type a line`);
    const line = yield client.read();
    if (line === END) break;
    if (isCommand(line)) { yield client.inline(line); continue; }
    client.room.hear(line);
    client.isAnswered = false;
    const late = client.loop.timer(1.5 * S);
    while (!client.isAnswered && !late.fired) yield [client.answered, late];
    late.cancel();
  }
  client.isLeaving = true;
  client.room.farewell();
}

// The other task of lesson 02: shows messages, and tells of the one that follows your own.
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

// Lesson 03's starter: a task that reads in the loop, behind a channel with room for 16 lines.
function* reading(client) {
  for (;;) {
    const line = yield client.read();
    while (client.lines.length >= 16) yield [client.done];
    client.lines.push(line);
    client.loop.wake(client.typed);
    if (line === END) return;
  }
}

// From lesson 03 on: whichever comes next. Where `select!` tosses a coin, the model takes turns.
function* talk(client) {
  const { setup, room } = client;
  const wants = () => client.want((line) => { client.lines.push(line); client.loop.wake(client.typed); });
  if (setup.reads === 'channel') client.loop.wake(Object.assign(new Source(), { waiters: [{ body: reading(client), sources: [] }] }));
  else { client.startReading(); wants(); }
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
    if (!isCommand(line)) client.room.hear(line);
    else if (setup.jobs === 'inline') yield client.inline(line);
    else client.command(line);
  }
  yield* leave(client);
}

// The goodbye goes out first, so no ping that still waits is answered; then what waits is shown.
function* leave(client) {
  client.isLeaving = true;
  if (client.isInterrupted) client.print('bye');
  client.room.farewell();
  for (let isLast = false; !isLast;) {
    const message = client.take();
    if (message) isLast = client.show(message);
    else yield [client.room.socket];
  }
  const grace = client.loop.timer(GRACE);
  while (client.pending && client.setup.exit && !grace.fired && !client.isHurried) yield [client.done, grace];
  if (client.pending && client.setup.exit) client.print(`abandoned: ${client.pending} of your commands`);
  client.end();
}

// When nobody ran the loop: the long turns of each worker, but for those in which another one ran it.
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

// Which pings were never answered: pongs come in the order of their pings.
function missed(trace) {
  const times = (kind) => trace.marks.filter((mark) => mark.kind === kind).map((mark) => mark.at_us).sort((one, other) => one - other);
  return times('ping').slice(times('pong').length);
}

// The setup that the same client has in Python, where one thread runs the loop.
function python(setup) {
  const place = { ...setup };
  if (setup.reads === 'task') Object.assign(place, { reads: 'inline', workers: 1 });
  if (setup.jobs === 'process') Object.assign(place, { breaks: true, afterTimeout: 'go on' });
  return place;
}

// One run: `inputs` are `{ at, line }`, `{ at, eof }`, `{ at, says }`, `{ at, kills }` or `{ at, interrupts }` in the order of time.
//
// `script` is what the room does of itself, as `{ at, text }` for a message and `{ at }` for a ping, where a recorded run says it.
function simulate(setup, inputs, until, script, Program = Client) {
  const world = new World();
  const record = new Record(world);
  const client = new Program(world, record, setup, script);
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

// What a fragment may say: each choice of the sandbox, what it changes, and its values.
const CHOICES = {
  workers: { in: ['task'], key: 'workers', from: 1, to: 16 },
  threads: { in: ['pool'], key: 'threads', from: 1, to: 512 },
  processes: { in: ['process', 'machine'], key: 'processes', from: 1, to: 4 },
  limit: { in: ['pool', 'process', 'machine'], key: 'limit', values: { none: undefined, '1s': S, '1.5s': 1.5 * S } },
  replies: { in: ['process'], values: { numbered: {}, next: { ids: false, plain: true, afterTimeout: 'go on' } } },
  exit: { in: ['pool'], key: 'exit', values: { wait: 'drop', abandon: 'abandon' } },
  room: { in: Object.keys(PLACES), key: 'strict', values: { lenient: undefined, strict: true } },
};
// What is typed or done; any other text is a line.
const ACTS = { '^C': { interrupts: true }, '^D': { eof: true }, '!kill': { kills: true } };

// The setup of a place with its choices.
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

// A fragment as a place, its choices and what is done when: `where=task&workers=16&2.5=hello`. What it does not know it names.
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

// The fragment of a state, for `parse`.
function format(state) {
  const words = new URLSearchParams({ where: state.where });
  for (const name of Object.keys(CHOICES)) if (state[name] !== undefined && CHOICES[name].in.includes(state.where)) words.append(name, state[name]);
  for (const input of state.inputs) {
    const act = Object.keys(ACTS).find((name) => Object.keys(ACTS[name])[0] in input);
    words.append(String(Math.round(input.at / MS) / 1000), act ?? (input.says ? `!room ${input.says}` : input.line));
  }
  return words.toString();
}

globalThis.thawModel = { Client, Pool, PLACES, CHOICES, simulate, freezes, missed, python, setup, parse, format };
})();
