// Holds the sandbox's model to reality: given what was typed and what the room sent in a recorded run,
// it must freeze, show and leave unanswered what that run did, in the same order, within 100 ms.
//
// No browser is needed: the model has no DOM.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { lessonClient } from './lessons.js';

const BOOK = resolve(dirname(fileURLToPath(import.meta.url)), '../../../book');
// A classic script, since a module cannot be loaded from file://; it leaves one name behind.
new Function(readFileSync(join(BOOK, 'theme/sandbox-model.js'), 'utf8'))();
const { Client, PLACES, simulate, freezes, missed } = globalThis.thawModel;
const LessonClient = lessonClient(Client);

const NEAR = 100_000;
/** Where `select!` finds lines and pings at once it tosses a coin, and the model takes turns: so many pings may differ. */
const COINS = 6;

const { inline, awaited, channel, task, thread, pool, process } = PLACES;
const LESSONS = {
  '01-frozen': inline,
  '01-thawed': inline,
  '02-frozen': task,
  '02-thawed': task,
  '03-frozen': channel,
  '03-thawed': thread,
  '04-frozen': awaited,
  '04-thawed': { ...pool, threads: 512 },
  '05-frozen': { ...pool, threads: 512, saysQuit: true },
  '05-thawed': { ...pool, threads: 512, exit: 'abandon' },
  '06-frozen': { ...pool, threads: 2, takesTurns: true, parts: true, limit: 1_500_000, exit: 'abandon' },
  '06-thawed': { ...thread, jobs: 'pool', threads: 2, takesTurns: true, parts: true, stopsAfter: 1_500_000 },
  '07-frozen': { ...pool, reads: 'pool-loop', exit: 'abandon' },
  '07-thawed': { ...thread, jobs: 'pool', threads: 4, admits: true },
  '12-frozen': { ...process, processes: 1, pipelined: true, ids: false, plain: true },
  '12-thawed': { ...process, processes: 1, pipelined: true },
  '13-frozen': { ...process, processes: 1, ids: false, limit: 1_000_000, afterTimeout: 'go on' },
  '13-thawed': { ...process, processes: 1, limit: 1_000_000 },
};

const trace = (name) => JSON.parse(readFileSync(join(BOOK, `traces/${name}.json`), 'utf8'));
const marks = (run, kind) => run.marks.filter((mark) => mark.kind === kind).sort((one, other) => one.at_us - other.at_us);

/** What was typed: the end of input is an empty line. */
const inputs = (run) => marks(run, 'line').map(({ at_us: at, text }) => (text ? { at, line: text } : { at, eof: true }));

/** What the room did of itself; an echo is the model's own. */
function script(run) {
  const own = marks(run, 'sent').filter(({ text }) => !text.startsWith('you: '));
  const all = [...own.map(({ at_us: at, text }) => ({ at, text })), ...marks(run, 'ping').map(({ at_us: at }) => ({ at }))];
  return all.sort((one, other) => one.at - other.at);
}

/** What was shown through the loop: lesson 02's watchdog prints from a thread of its own, and the clients before lesson 06 record no answer. */
function shown(run, recordsAnswers) {
  const isWatchdog = ({ text }) => /^(the event loop has not run|it runs again)/.test(text);
  const isAnswer = ({ text }) => /^(==|!!) /.test(text);
  return marks(run, 'shown').filter((mark) => !isWatchdog(mark) && (recordsAnswers || !isAnswer(mark)));
}

function near(real, model, what) {
  assert.ok(Math.abs(real - model) <= NEAR, `${what}: ${(real / 1e6).toFixed(3)} s in the run, ${(model / 1e6).toFixed(3)} s in the model`);
}

for (const [name, setup] of Object.entries(LESSONS)) {
  test(`the model does what ${name} did`, () => {
    const real = trace(name);
    const model = simulate(setup, inputs(real), real.length_us + 10_000_000, script(real), LessonClient);
    assert.ok(model.hasEnded, 'the client ends');
    near(real.length_us, model.length_us, 'the end');

    const [was, is] = [freezes(real, real.length_us), freezes(model, model.length_us)];
    assert.equal(is.length, was.length, `freezes: ${JSON.stringify(is)}`);
    was.forEach((freeze, index) => {
      near(freeze.from_us, is[index].from_us, `freeze ${index + 1} begins`);
      near(freeze.to_us, is[index].to_us, `freeze ${index + 1} ends`);
    });

    const recordsAnswers = name >= '06';
    const [saw, sees] = [shown(real, recordsAnswers), shown(model, recordsAnswers)];
    assert.deepEqual(sees.map(({ text }) => text), saw.map(({ text }) => text));
    saw.forEach((mark, index) => near(mark.at_us, sees[index].at_us, mark.text));

    const [lost, loses] = [missed(real), missed(model)];
    const tossed = name === '03-frozen' ? COINS : 0;
    assert.ok(Math.abs(loses.length - lost.length) <= tossed, `missed pings: ${lost.length} in the run, ${loses.length} in the model`);
    // Those of the end are missed in both.
    lost.reverse().forEach((at, index) => (index < loses.length ? near(at, loses.at(-1 - index), `missed ping ${index + 1} from the end`) : undefined));
  });
}
