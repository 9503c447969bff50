// The player: each run to its end, every control by keyboard, quiet while it plays, still where motion is not wanted.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { LIMIT, screen, served } from './book.js';

const book = served();
const LESSON = '03-thread-and-channel.html';

const controls = (page) => page.getByRole('group', { name: 'Player: both runs on one clock' });
const side = (page, name) => page.locator('.pl-side').filter({ has: page.locator('.pl-name', { hasText: name }) });
const go = (page, at) => page.locator('thaw-player').first().evaluate((player, moment) => player.go(moment), at);
const at = (page) => page.locator('thaw-player').first().evaluate((player) => player.at);
const ended = (page) => page.locator('.pl-play[data-act=again]').waitFor({ timeout: 120_000 });

// Lines without the blanks behind them, as transcripts are kept.
const tidy = (text) => text.split('\n').map((line) => line.trimEnd()).join('\n').trimEnd();

test('each player, played to its end, shows what the transcripts hold', LIMIT, async () => {
  const lessons = book.lessons();
  assert.ok(lessons.length >= 14);
  for (const lesson of lessons) {
    await book.visit(lesson, screen(1280), async (page) => {
      await controls(page).getByLabel('Speed').selectOption('4×');
      await controls(page).getByRole('button', { name: 'Play' }).click();
      await ended(page);
      const screens = await page.locator('.pl-screen').evaluateAll((all) => all.map((each) => each.textContent));
      for (const [index, state] of ['frozen', 'thawed'].entries()) {
        const kept = readFileSync(join(book.root, `book/transcripts/${lesson.slice(0, 2)}-${state}.txt`), 'utf8');
        assert.equal(tidy(screens[index]), tidy(kept.slice(kept.indexOf('\n') + 1)), `${lesson}, ${state}`);
      }
      assert.deepEqual(await page.locator('.pl-unread').allTextContents(), Array(2).fill('nothing unread in the socket'), lesson);
    });
  }
});

test('a line is seen half typed, and messages wait until the loop runs again', LIMIT, async () => {
  await book.visit(LESSON, screen(1280), async (page) => {
    const runs = await page.locator('thaw-player script').evaluate((data) => JSON.parse(data.textContent).runs);
    const [half] = runs[0].frames.find(([, , lines]) => lines.at(-1) === 'hel');
    await go(page, half);
    assert.equal(tidy(await side(page, 'lesson-03').locator('.pl-screen').textContent()), 'hel');
    assert.match(await side(page, 'lesson-03').locator('.pl-loop').textContent(), /^frozen for 3\.\d s: read_line$/);
    assert.match(await side(page, 'lesson-03').locator('.pl-unread').textContent(), /^3 messages, \d+ pings unread/);
    assert.match(await side(page, 'solution-03').locator('.pl-screen').textContent(), /Ada: 3 s since you joined\nhel/);
    assert.equal(await side(page, 'solution-03').locator('.pl-unread').textContent(), 'nothing unread in the socket');
    const burst = runs[0].events.find(([, text]) => text.startsWith('A burst: '));
    await go(page, burst[0] - 1);
    assert.match(await side(page, 'lesson-03').locator('.pl-unread').textContent(), /^7 messages/);
    await go(page, burst[0]);
    assert.match(await side(page, 'lesson-03').locator('.pl-unread').textContent(), /^nothing/);
  });
});

test('the keyboard reaches and works every control', LIMIT, async () => {
  await book.visit(LESSON, screen(1280), async (page) => {
    await go(page, 0);
    await controls(page).getByRole('button', { name: 'Play' }).focus();
    const reached = [];
    for (let count = 0; count < 7; count += 1) {
      reached.push(await page.evaluate(() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent));
      await page.keyboard.press('Tab');
    }
    assert.deepEqual(reached, ['Play', 'To the start', 'Last event', 'Next event', 'To the end', 'Speed', 'Moment of the runs']);

    const press = async (name, key = 'Enter') => { await controls(page).getByLabel(name, { exact: true }).focus(); await page.keyboard.press(key); };
    const runs = await page.locator('thaw-player script').evaluate((data) => JSON.parse(data.textContent).runs);
    const moments = [...new Set(runs.flatMap((run) => run.events.map(([moment]) => moment)))].sort((one, other) => one - other).filter((moment) => moment > 0);
    await press('Next event');
    assert.equal(await at(page), moments[0]);
    await press('Next event', 'Space');
    assert.equal(await at(page), moments[1]);
    await press('Last event');
    assert.equal(await at(page), moments[0]);
    await press('To the end');
    assert.equal(await at(page), Math.max(...runs.map((run) => run.length)));
    await press('To the start');
    assert.equal(await at(page), 0);
    await press('Moment of the runs', 'ArrowRight');
    assert.equal(await at(page), 100);
    assert.match(await controls(page).getByLabel('Moment of the runs').getAttribute('aria-valuetext'), /^0\.1 s of \d/);
    assert.ok(page.url().endsWith(LESSON), 'an arrow key turned the page');
    await press('Speed', '4');
    assert.equal(await controls(page).getByLabel('Speed').inputValue(), '4');

    await controls(page).getByRole('button', { name: 'Play' }).focus();
    await page.keyboard.press('Space');
    await controls(page).getByRole('button', { name: 'Pause' }).waitFor();
    await page.waitForFunction(() => document.querySelector('thaw-player').at > 100);
    await page.keyboard.press('Space');
    await controls(page).getByRole('button', { name: 'Play' }).waitFor();
  });
});

test('nothing is said while it plays, and each step is', LIMIT, async () => {
  await book.visit(LESSON, screen(1280), async (page) => {
    await page.evaluate(() => {
      window.said = [];
      const live = document.querySelector('.pl-said');
      new MutationObserver(() => window.said.push(live.textContent)).observe(live, { childList: true, characterData: true, subtree: true });
    });
    assert.equal(await page.locator('[aria-live]:not(.pl-said, .qz-said)').filter({ visible: true }).count(), 0);
    await controls(page).getByRole('button', { name: 'Play' }).click();
    await page.waitForFunction(() => document.querySelector('thaw-player').at > 1200);
    assert.deepEqual((await page.evaluate(() => window.said)).filter(Boolean), []);
    await controls(page).getByRole('button', { name: 'Pause' }).click();
    await controls(page).getByRole('button', { name: 'Next event' }).click();
    assert.match((await page.evaluate(() => window.said)).at(-1), /^\d\.\d s\. (lesson|solution)-03: .+\.$/);
  });
});

test('without motion it goes from event to event', LIMIT, async () => {
  await book.visit(LESSON, { ...screen(1280), reducedMotion: 'reduce' }, async (page) => {
    await controls(page).getByLabel('Speed').selectOption('4×');
    await page.evaluate(() => {
      window.seen = new Set();
      const line = document.querySelector('.pl-cursor');
      new MutationObserver(() => window.seen.add(line.getAttribute('x1'))).observe(line, { attributes: true });
    });
    await controls(page).getByRole('button', { name: 'Play' }).click();
    await ended(page);
    const { seen, places } = await page.evaluate(() => {
      const player = document.querySelector('thaw-player');
      return { seen: [...window.seen], places: player.moments.map((moment) => `${2 + 96 * moment / player.length}%`) };
    });
    assert.ok(seen.length > 10);
    assert.deepEqual(seen.filter((place) => !places.includes(place)), []);
  });
});

test('a pointer on a picture moves the one cursor through all lanes', LIMIT, async () => {
  await book.visit(LESSON, screen(1280), async (page) => {
    const picture = page.locator('.tl-picture').last();
    await picture.scrollIntoViewIfNeeded();
    const { x, y, width, height } = await picture.boundingBox();
    await page.mouse.click(x + width * 0.5, y + height * 0.5);
    const places = await page.locator('.pl-cursor').evaluateAll((lines) => lines.map((line) => parseFloat(line.getAttribute('x1'))));
    assert.equal(places.length, 2);
    for (const place of places) assert.ok(Math.abs(place - 50) < 1, String(place));
    await page.mouse.down();
    await page.mouse.move(x + width * 0.75, y + 10);
    await page.mouse.up();
    assert.ok(Math.abs(await page.locator('.pl-cursor').first().evaluate((line) => parseFloat(line.getAttribute('x1'))) - 75) < 1);
  });
});

test('without JavaScript and on paper the still picture stands alone', LIMIT, async () => {
  await book.visit(LESSON, { ...screen(1280), javaScriptEnabled: false }, async (page) => {
    assert.equal(await page.locator('.pl').count(), 0);
    assert.equal(await page.locator('.tl-picture').filter({ visible: true }).count(), 2);
    assert.ok(!(await page.locator('body').innerText()).includes('"frames"'));
  });
  await book.visit(LESSON, screen(800), async (page) => {
    await page.emulateMedia({ media: 'print' });
    assert.equal(await page.locator('.pl, .pl-cursor').filter({ visible: true }).count(), 0);
    assert.equal(await page.locator('.tl-picture').filter({ visible: true }).count(), 2);
  });
});

test('a page that is a file plays as well', LIMIT, async () => {
  const context = await book.browser.newContext(screen(1280));
  try {
    const page = await context.newPage();
    const wrong = [];
    page.on('pageerror', (error) => wrong.push(String(error)));
    page.on('request', (request) => { if (!/^(file|data):/.test(request.url())) wrong.push(request.url()); });
    await page.goto(pathToFileURL(join(book.root, 'book/build/en', LESSON)).href);
    await controls(page).getByRole('button', { name: 'Play' }).click();
    await page.waitForFunction(() => document.querySelector('thaw-player').at > 500);
    assert.deepEqual(wrong, []);
  } finally {
    await context.close();
  }
});
