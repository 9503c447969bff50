// "Check yourself" and the title page: answers are taken, explained and kept, in the browser alone.

import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { LIMIT, screen, served } from './book.js';

const book = served();
const LESSON = '01-frozen-client.html';

const quiz = (page) => page.locator('thaw-quiz');
const question = (page, index) => quiz(page).locator('.qz-choices').nth(index);
const choice = (page, index, kind) => question(page, index).locator(kind === 'right' ? 'details.right' : 'details:not(.right)').first();
const choose = (page, index, kind) => choice(page, index, kind).locator('summary').click();

test('a wrong answer says why, and another one may be tried', LIMIT, async () => {
  await book.visit(LESSON, screen(1280), async (page) => {
    const text = await choice(page, 0, 'wrong').locator('p').innerText().catch(() => '');
    assert.equal(text, '', 'a reason is seen before it is asked for');
    await choose(page, 0, 'wrong');
    assert.equal(await choice(page, 0, 'wrong').getAttribute('data-verdict'), 'wrong');
    assert.match(await choice(page, 0, 'wrong').locator('p').innerText(), /^Not so\. \S+/);
    assert.equal(await quiz(page).locator('.qz-said').textContent(), 'Not so: try another.');
    assert.match(await quiz(page).locator('.qz-tally').innerText(), /^0 of 3 right/);
    await choose(page, 0, 'right');
    assert.match(await choice(page, 0, 'right').locator('p').innerText(), /^Right\. \S+/);
    assert.equal(await quiz(page).locator('.qz-said').textContent(), 'Right.');
    assert.ok(!await choice(page, 0, 'wrong').evaluate((fold) => fold.open));
    assert.match(await quiz(page).locator('.qz-tally').innerText(), /^1 of 3 right/);
  });
});

test('answers are kept, told on the title page, and forgotten when asked', LIMIT, async () => {
  await book.visit(LESSON, screen(1280), async (page) => {
    for (const index of [0, 1, 2]) await choose(page, index, 'right');
    await page.reload();
    assert.match(await quiz(page).locator('.qz-tally').innerText(), /^3 of 3 right/);
    assert.equal(await choice(page, 2, 'right').getAttribute('data-verdict'), 'right');
    await page.goto(`${book.base}index.html`);
    assert.match(await page.locator('.qz-far').innerText(), /^You have answered 3 questions\. Go on with 02\. More threads do not help\.$/);
    assert.match(await page.locator('.thaw-lessons a').first().innerText(), /All questions answered/);
    await page.goto(book.base + LESSON);
    await quiz(page).getByRole('button', { name: 'Forget my answers' }).click();
    assert.ok(await quiz(page).locator('.qz-tally').isHidden());
    await page.goto(`${book.base}index.html`);
    assert.equal(await page.locator('.qz-far').count(), 0);
  });
});

test('the answer of a question that has changed is forgotten, those of the others stay', LIMIT, async () => {
  await book.visit(LESSON, screen(1280), async (page) => {
    for (const index of [0, 1, 2]) await choose(page, index, 'right');
    // The first question is another one, with the same choices, and stands last.
    await page.route(`**/${LESSON}`, async (route) => {
      const response = await route.fetch();
      const [before, first, second] = (await response.text()).split(/(?=<p><strong>[12]\.<\/strong>)/);
      const asked = first.replace('Would <code>', 'Would never <code>');
      assert.notEqual(asked, first);
      await route.fulfill({ response, body: before + second.replace('</thaw-quiz>', `${asked}</thaw-quiz>`) });
    });
    await page.reload();
    assert.match(await quiz(page).locator('.qz-tally').innerText(), /^2 of 3 right/);
    assert.equal(await choice(page, 0, 'right').getAttribute('data-verdict'), 'right');
    assert.match(await question(page, 2).getAttribute('aria-label'), /Would never/);
    assert.equal(await question(page, 2).locator('[data-verdict]').count(), 0);
    await page.goto(`${book.base}index.html`);
    assert.match(await page.locator('.qz-far').innerText(), /^You have answered 2 questions\./);
  });
});

test('the title page tells which lessons are solved, as long as the book is served', LIMIT, async () => {
  const state = join(book.root, '.course');
  mkdirSync(state, { recursive: true });
  try {
    writeFileSync(join(state, 'progress.toml'), 'solved = ["frozen-client", "more-threads", "no-lesson"]\n');
    await book.visit('index.html', screen(1280), async (page) => {
      assert.equal(await page.locator('.qz-far').innerText(), 'You have solved 2 lessons. Go on with 03. A thread and a channel.');
      assert.match(await page.locator('.thaw-lessons a').nth(1).innerText(), /Solved\./);
      writeFileSync(join(state, 'progress.toml'), 'solved = "no list');
      await page.reload();
      assert.equal(await page.locator('.qz-far').count(), 0);
    });
  } finally {
    rmSync(state, { recursive: true });
  }
});

test('the keyboard chooses', LIMIT, async () => {
  await book.visit(LESSON, screen(1280), async (page) => {
    await choice(page, 1, 'right').locator('summary').focus();
    await page.keyboard.press('Enter');
    assert.equal(await choice(page, 1, 'right').getAttribute('data-verdict'), 'right');
    assert.ok(await choice(page, 1, 'right').evaluate((fold) => fold.open));
  });
});

test('a browser that keeps nothing, or something else, takes answers all the same', LIMIT, async () => {
  const strange = [
    () => { Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('denied', 'SecurityError'); } }); },
    () => { localStorage.setItem('thaw-answers', 'no JSON'); },
    () => { localStorage.setItem('thaw-answers', '{"01-frozen-client":{"all":"x","right":-1,"chosen":{"0":7}}}'); },
  ];
  for (const prepare of strange) {
    const context = await book.browser.newContext(screen(1280));
    try {
      await context.addInitScript(prepare);
      const page = await context.newPage();
      const wrong = [];
      page.on('pageerror', (error) => wrong.push(String(error)));
      await page.goto(book.base + LESSON);
      await choose(page, 0, 'right');
      assert.match(await quiz(page).locator('.qz-tally').innerText(), /^1 of 3 right/);
      await page.goto(`${book.base}index.html`);
      await page.locator('.thaw-lessons a').first().waitFor();
      assert.deepEqual(wrong, []);
    } finally {
      await context.close();
    }
  }
});

test('without JavaScript the choices are folds', LIMIT, async () => {
  await book.visit(LESSON, { ...screen(360), javaScriptEnabled: false }, async (page) => {
    const first = page.locator('thaw-quiz > details').first();
    await first.locator('summary').click();
    assert.match(await first.locator('p').innerText(), /^(Right|Not so)\. \S+/);
  });
});

test('every lesson asks three questions or more, and each has one right answer', LIMIT, async () => {
  for (const lesson of book.lessons()) {
    await book.visit(lesson, screen(1280), async (page) => {
      const right = await quiz(page).locator('.qz-choices').evaluateAll((all) => all.map((each) => [each.querySelectorAll('details.right').length, each.querySelectorAll('details').length >= 3, each.getAttribute('aria-label') !== '']));
      assert.ok(right.length >= 3, lesson);
      assert.deepEqual(right, Array(right.length).fill([1, true, true]), lesson);
    });
  }
});

test('the title page moves until it is taken over, and leads on', LIMIT, async () => {
  await book.visit('index.html', screen(1280), async (page) => {
    const moment = () => page.locator('thaw-player').evaluate((player) => player.at);
    await page.waitForFunction(() => document.querySelector('thaw-player').clock && document.querySelector('thaw-player').at > 300);
    await page.getByRole('button', { name: 'Pause' }).click();
    const stopped = await moment();
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    assert.equal(await moment(), stopped);
    await page.getByRole('link', { name: 'Start here' }).click();
    await page.waitForURL(/setup\.html/);
  });
  await book.visit('index.html', { ...screen(1280), reducedMotion: 'reduce' }, async (page) => {
    assert.equal(await page.locator('thaw-player').evaluate((player) => player.clock ?? null), null);
  });
});
