// The commands that single lessons have, on the loop, the pools and the processes of the sandbox's model.

const S = 1_000_000;
const PART = S / 5;

/** So many jobs may run and so many more may wait; whoever comes then hears that it is busy. */
class Admission {
  held = 0;
  waiting = [];
  constructor(slots, queue) { Object.assign(this, { slots, queue }); }
  enter(begin) {
    if (this.held === this.slots && this.waiting.length === this.queue) return false;
    this.waiting.push(begin);
    if (this.held < this.slots) this.next();
    return true;
  }
  next() { this.held += 1; this.waiting.shift()(); }
  leave() { this.held -= 1; if (this.waiting.length) this.next(); }
}

/** Clients of lessons 06, 07 and 13, by what a setup says of them. */
export const lessonClient = (Client) => class extends Client {
  works = [];
  slow = this.setup.admits && new Admission(2, 2);
  inner = this.setup.admits && new Admission(1, 1);

  command(line) {
    const [name, text] = line.split(' ');
    const own = { '/jobs': () => this.progress(), '/stats': () => this.stats() }[name];
    if (!own && !(this.setup.parts && name === '/slow') && !(this.setup.admits && name === '/slow') && name !== '/nested') return super.command(line);
    this.pending += 1;
    const tell = (answer, isError) => this.answer(line, answer, isError);
    if (own) return this.soon(() => tell(own()));
    if (this.setup.parts) return this.inParts(Number(text), tell);
    const sleep = { name, length: Number(text) * S, result: name === '/nested' ? 'both awake' : 'awake again' };
    const begin = (then) => (name === '/nested' ? this.nested(sleep, then) : this.onPool(sleep, then));
    if (!this.slow) return begin(tell);
    const isIn = this.slow.enter(() => begin((answer) => { this.slow.leave(); tell(answer); }));
    if (!isIn) this.soon(() => tell('resource busy', true));
  }

  /** Lesson 06: told to stop a job looks before its next part, and untold it goes on to its end. */
  inParts(parts, tell) {
    const start = (_, done) => {
      const work = { begun: this.now };
      this.works.push(work);
      const finish = (told) => { work.ended = this.now; done(told); };
      const stopped = Math.ceil(this.setup.stopsAfter / PART);
      if (stopped < parts) this.after(stopped * PART, () => finish(`stopped after ${stopped} of ${parts} parts`));
      else this.after(parts * PART, () => finish(`finished ${parts} of ${parts} parts`));
    };
    this.pool.submit({ kind: 'job', name: '/slow', start, then: this.limited(tell, 'gave up after', 's') });
  }
  progress() {
    const finished = this.works.map(({ begun, ended = this.now }) => Math.floor((ended - begun) / PART));
    return `${this.works.filter((work) => !work.ended).length} running, ${finished.reduce((sum, some) => sum + some, 0)} parts finished`;
  }

  /** Lesson 07: a job of the pool that waits, on its thread, for another job of the same pool. */
  nested(sleep, then) {
    const start = (lane, done) => this.after(sleep.length, () => {
      const waits = this.open(lane, 'blocked', 'inner job');
      const ended = () => { this.close(waits); done(sleep.result); };
      if (!this.inner) return this.onPool(sleep, ended);
      this.inner.enter(() => this.onPool(sleep, () => { this.inner.leave(); ended(); }));
    });
    this.pool.submit({ kind: 'job', name: sleep.name, start, then });
  }

  /** Lesson 13's account of its pool. */
  stats() {
    const { workers, waiting, counts } = this.processes;
    const open = workers.filter((worker) => worker.isOpen || worker.hasEnded);
    const running = open.filter((worker) => worker.awaiting.length).length;
    return `${open.length} worker${open.length === 1 ? '' : 's'} of ${counts.started} started, ${running} running, ${waiting.length} waiting, ${counts.answered} answered`;
  }
};
