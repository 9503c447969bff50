// The served book at work: a lesson runs in its page, and the page shows what the checks say of it.
//
// A copy of the workspace is served by `cargo course` itself, since a test edits a lesson. Its packages have another version:
// they share the target folder with those of the workspace, which must not be taken for them.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { LIMIT, WORKSPACE, firstLine, launch, screen, violations, watched } from './book.js';

const TARGET = process.env.CARGO_TARGET_DIR ?? join(WORKSPACE, 'target');
const TOOL = join(TARGET, process.platform === 'win32' ? 'debug/course.exe' : 'debug/course');
const PARTS = ['book', 'course', 'lessons', 'solutions', 'programs', '.cargo', 'Cargo.toml', 'Cargo.lock', 'rust-toolchain.toml', 'rustfmt.toml'];
const course = {};

before(async () => {
  execFileSync('cargo', ['build', '--quiet', '-p', 'course'], { cwd: WORKSPACE, stdio: 'inherit' });
  course.root = mkdtempSync(join(tmpdir(), 'thaw-live-'));
  const wanted = (path) => !path.startsWith(join(WORKSPACE, 'book/build')) && !/node_modules|[/\\]target([/\\]|$)/.test(path);
  for (const part of PARTS) cpSync(join(WORKSPACE, part), join(course.root, part), { recursive: true, filter: wanted });
  const manifest = join(course.root, 'Cargo.toml');
  const text = readFileSync(manifest, 'utf8');
  assert.match(text, /\nversion = "0.1.0"/);
  writeFileSync(manifest, text.replace('\nversion = "0.1.0"', '\nversion = "0.1.1"'));
  // A reader's copy may be one that was solved.
  cpSync(join(course.root, 'course/starters/01-frozen-client/src'), join(course.root, 'lessons/01-frozen-client/src'), { recursive: true });
  course.env = { ...process.env, CARGO_TARGET_DIR: TARGET, NO_COLOR: '1', COURSE_LANG: 'en' };
  await serve(0);
  course.browser = await launch();
}, { timeout: 600_000 });

after(async () => {
  await course.browser?.close();
  course.server?.kill('SIGINT');
  if (course.root) rmSync(course.root, { recursive: true, force: true });
});

async function serve(port) {
  course.server = spawn(TOOL, ['--no-open', '--port', String(port)], { cwd: course.root, env: course.env, stdio: ['ignore', 'pipe', 'inherit'] });
  course.base = /http:\S+/.exec(await firstLine(course.server))[0];
}

const visit = (name, options, look) => watched(course.browser, options, course.base + name, (url) => url.startsWith(course.base), look, 240_000);
const said = (page) => page.locator('.xterm-rows').innerText();
const shows = (page, text) => page.locator('.xterm-rows', { hasText: text }).waitFor();

test('the pane is typed into, and its timeline grows: the starter of 01 shows nothing until Enter, the solution of 03 all at once', LIMIT, async () => {
  await visit('03-thread-and-channel.html', screen(1280), async (thawed) => {
    await visit('01-frozen-client.html', screen(1280), async (frozen) => {
      await frozen.getByRole('button', { name: 'Run your version' }).click();
      await shows(frozen, '>');
      // From here on the loop of 01 waits for Enter. The same bots talk in both rooms, each to its own clock.
      const before = await said(frozen);
      await thawed.getByRole('button', { name: 'Run the solution' }).click();
      for (const second of [1, 2, 3]) await shows(thawed, `: ${second} s since you joined`);
      assert.equal(await said(frozen), before);
      assert.doesNotMatch(before, /: 3 s since/);

      // What no screen shows yet is seen in the timeline, while the loop stands still.
      await frozen.locator('.te-after', { hasText: 'so far' }).locator('.tl-picture .tl-frozen').first().waitFor();
      const length = async () => Number(/frozen for ([\d.]+) s/.exec(await frozen.locator('.te-after .tl-head').innerText())?.[1]);
      const first = await length();
      assert.ok(first > 0, `a freeze of ${first} s`);
      await frozen.waitForFunction((first) => Number(/frozen for ([\d.]+) s/.exec(document.querySelector('.te-after .tl-head').innerText)?.[1]) > first, first);
      assert.equal(await said(frozen), before);

      await frozen.keyboard.type('hello\n');
      await shows(frozen, 'you: hello');
      assert.match(await said(frozen), /sent: hello[^]*: 3 s since you joined/);

      await frozen.keyboard.press('Control+d');
      await frozen.locator('.te-state', { hasText: 'ended with status 0' }).waitFor();
      await frozen.locator('.te-after details').first().waitFor();
      assert.doesNotMatch(await frozen.locator('.te-after').innerText(), /so far/);
      assert.match(await said(frozen), /the room saw: 1 message sent/);
      assert.deepEqual(await violations(frozen), []);
    });
    // What no key types, and a paste that is longer than a message to the server may be.
    await thawed.locator('.xterm').click();
    await thawed.keyboard.insertText('déjà vu 🎉');
    await thawed.keyboard.press('Enter');
    await shows(thawed, 'you: déjà vu 🎉');
    await thawed.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await thawed.evaluate((line) => navigator.clipboard.writeText(`${line.repeat(95)}the last line\n`), `${'long '.repeat(150)}\n`);
    await thawed.keyboard.press('Control+v');
    await shows(thawed, 'you: the last line');

    // What is selected is copied, and the program goes on.
    await thawed.locator('.xterm-screen').click({ clickCount: 3, position: { x: 20, y: 100 } });
    await thawed.keyboard.press('Control+c');
    assert.match(await thawed.evaluate(() => navigator.clipboard.readText()), /^(<<|sent:) /);
    await thawed.keyboard.type('still here\n');
    await shows(thawed, 'you: still here');
    await thawed.getByRole('button', { name: 'Stop' }).click();
    await thawed.locator('.te-said', { hasText: 'You stopped it.' }).waitFor();
    // Of a run that was stopped the last timeline stays.
    await thawed.locator('.te-after', { hasText: 'so far' }).locator('.tl-picture .tl-free').first().waitFor({ state: 'attached' });
  });
});

test('a save turns the checks green, at their tasks, in the sidebar and in a terminal alike', LIMIT, async () => {
  await visit('01-frozen-client.html', screen(360, 'dark'), async (page) => {
    const all = page.locator('thaw-verdict:not([task])');
    const task = page.locator('thaw-verdict[task="1"]');
    const sign = page.locator('#mdbook-sidebar a[href$="01-frozen-client.html"] .ve-state');
    await all.getByRole('button', { name: 'Check my lesson' }).click();
    await task.locator('.ve-said', { hasText: 'the report says 0.00 s' }).first().waitFor();
    await all.locator('[role=status]', { hasText: /^\d+ of \d+ checks pass\.$/ }).waitFor();
    assert.doesNotMatch(await task.locator('.ve-said').first().innerText(), /`/);
    assert.equal(await sign.getAttribute('data-state'), 'tried');
    assert.deepEqual(await violations(page), []);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    assert.ok(over <= 0, `the page is ${over} px too wide`);

    // The page stays as it is while the lesson is saved: it is not loaded again.
    await page.evaluate(() => { window.isTheSame = true; });
    const [solution, own] = ['solutions', 'lessons'].map((side) => join(course.root, side, '01-frozen-client/src/lib.rs'));
    writeFileSync(own, readFileSync(own, 'utf8').replace('Duration::ZERO\n', 'Duration::NOUGHT\n'));
    await all.getByText('Your lesson does not compile.').waitFor();
    await all.getByText(/^Mend the first error: lessons\/01-frozen-client\/src\/lib\.rs:\d+\. /).waitFor();
    await all.locator('pre', { hasText: 'NOUGHT' }).waitFor();
    writeFileSync(own, readFileSync(solution));
    await all.locator('[role=status]', { hasText: 'Lesson 01 is solved' }).waitFor();
    assert.equal(await task.locator('[data-mark=FAIL]').count(), 0);
    await page.locator('.thaw-diff', { hasText: 'Nothing differs: your lesson is the solution.' }).waitFor({ state: 'attached' });
    assert.ok(await page.evaluate(() => window.isTheSame));
    await all.getByRole('link', { name: '02. More threads do not help' }).waitFor();
    assert.equal(await sign.getAttribute('data-state'), 'solved');
    assert.match(execFileSync(TOOL, ['list'], { cwd: course.root, env: course.env, encoding: 'utf8' }), /^01 +solved/m);
  });
});

test('a Russian page says it in Russian: the verdict, where to go on, and the timeline of a run', LIMIT, async () => {
  new Function(readFileSync(join(WORKSPACE, 'book/theme/words.ru.js'), 'utf8'))();
  const { terminal } = globalThis.thawWords;
  await visit('ru/01-frozen-client.html', screen(360), async (page) => {
    const all = page.locator('thaw-verdict:not([task])');
    await all.locator('[data-state=solved], a[href$="/ru/02-more-threads.html"]').first().waitFor();
    assert.equal(await page.locator('thaw-verdict[task]').count(), 2);
    assert.doesNotMatch(await all.innerText(), /solved| of |Given|lesson/);
    await page.getByRole('button', { name: terminal.start.solution }).click();
    await shows(page, '>');
    await page.keyboard.press('Control+d');
    await page.locator('.te-state', { hasText: terminal.ended(0) }).waitFor();
    const picture = page.locator('.te-after .thaw-timeline');
    await picture.first().waitFor();
    // Names of calls and of programs are as they are.
    assert.doesNotMatch(await picture.first().innerText(), /\b(the|event loop|screen|room|message)\b/);
    assert.deepEqual(await violations(page), []);
  });
});

test('the keyboard goes into a terminal and out of it, and nothing is loaded before', LIMIT, async () => {
  await visit('01-frozen-client.html', screen(360), async (page) => {
    assert.equal(await page.evaluate(() => typeof window.Terminal), 'undefined');
    await page.getByRole('button', { name: 'Run your version' }).focus();
    await page.keyboard.press('Enter');
    await shows(page, '>');
    const inside = () => page.evaluate(() => document.activeElement.matches('.xterm textarea'));
    assert.ok(await inside());
    const width = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    assert.ok(width <= 0, `the page is ${width} px too wide`);
    await page.keyboard.press('Shift+Tab');
    assert.ok(!await inside());
    assert.deepEqual(await violations(page), []);
  });
});

test('a page says that its server has ended, and is well again when it is back', LIMIT, async () => {
  const context = await course.browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(`${course.base}01-frozen-client.html`);
    const sum = page.locator('thaw-verdict:not([task]) .ve-sum');
    await sum.filter({ hasText: /Lesson 01 is solved|checks pass|not checked/ }).waitFor();
    const before = await sum.innerText();
    const ended = new Promise((done) => course.server.once('exit', done));
    course.server.kill('SIGINT');
    await ended;
    await sum.filter({ hasText: 'The book cannot be reached. Is cargo course still running?' }).waitFor();
    await serve(new URL(course.base).port);
    await sum.filter({ hasText: before }).waitFor();
  } finally {
    await context.close();
  }
});
