// The Russian book: the way from one language to the other, the search, and the same care for every page.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { LIMIT, WORKSPACE, screen, served, violations } from './book.js';

const book = served();
const pages = () => readdirSync(join(book.root, 'book/src/ru')).filter((name) => name.endsWith('.md') && name !== 'SUMMARY.md').map((name) => `ru/${name.replace(/\.md$/, '.html')}`);

test('axe finds nothing on any Russian page, and none scrolls sideways at 360 px', LIMIT, async () => {
  for (const [index, name] of pages().entries()) {
    const scheme = index % 2 ? 'dark' : 'light';
    await book.visit(name, screen(360, scheme), async (page) => {
      await page.evaluate(() => document.querySelectorAll('main details').forEach((fold) => { fold.open = true; }));
      assert.deepEqual(await violations(page), [], `${name}, ${scheme}`);
      assert.equal(await page.locator('.thaw-error').count(), 0, name);
      const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      assert.ok(over <= 0, `${name} is ${over} px too wide`);
    });
  }
});

test('the switch leads to the same place of the same page, and back', LIMIT, async () => {
  await book.visit('setup.html#your-first-lesson', screen(360), async (page) => {
    await page.getByRole('link', { name: 'Русский' }).click();
    await page.waitForURL(/\/ru\/setup\.html#your-first-lesson$/);
    assert.equal(await page.locator('html').getAttribute('lang'), 'ru');
    assert.equal(await page.locator('#your-first-lesson').textContent(), 'Первый урок');
    await page.getByRole('link', { name: 'English' }).click();
    await page.waitForURL((url) => url.href === `${book.base}setup.html#your-first-lesson`);
  });
});

test('the first page takes the language of the browser, once', LIMIT, async () => {
  const russian = { ...screen(1280), locale: 'ru-RU' };
  await book.visit('', russian, async (page) => {
    await page.waitForURL(/\/ru\/index\.html$/);
    await page.getByRole('link', { name: 'English' }).click();
    await page.waitForURL((url) => url.href === `${book.base}index.html`);
    await page.goto(book.base);
    assert.equal(await page.locator('html').getAttribute('lang'), 'en');
    assert.equal(page.url(), book.base);
  });
  await book.visit('setup.html', russian, async (page) => assert.equal(page.url(), `${book.base}setup.html`, 'a link is kept'));
});

// The search listens to keys, and there is none for a Cyrillic letter on the keyboard of this browser.
const ask = async (page, words) => {
  await page.locator('#mdbook-searchbar').fill(words);
  await page.locator('#mdbook-searchbar').press('End');
};

test('the search finds inflected words', LIMIT, async () => {
  await book.visit('ru/setup.html', screen(1280), async (page) => {
    await page.keyboard.press('s');
    for (const [asked, place, shown] of [
      ['блокировка', /html/, /блокирует/], ['потоками', /html/, /потоков/], ['заготовок', /html/, /заготовк/],
      ['сторожами', /02-more-threads\.html/, /сторож/], ['песочницей', /sandbox\.html/, /песочниц/],
    ]) {
      await ask(page, asked);
      const results = page.locator('#mdbook-searchresults li', { has: page.locator('a') });
      await page.locator('#mdbook-searchresults-header', { hasText: `Найдено по запросу «${asked}»` }).waitFor();
      const found = await results.evaluateAll((items) => items.map((item) => [item.querySelector('a').href, item.textContent]));
      assert.ok(found.some(([href, text]) => place.test(href) && shown.test(text.toLowerCase())), `${asked}: ${JSON.stringify(found)}`);
    }
    await ask(page, 'эскалатор');
    await page.locator('#mdbook-searchresults-header', { hasText: 'ничего не найдено' }).waitFor();
  });
});

test('an address below /ru/ that leads nowhere says so in Russian', LIMIT, async () => {
  const reply = await fetch(`${book.base}ru/nowhere.html`);
  assert.equal(reply.status, 404);
  assert.match(await reply.text(), /<html lang="ru"[^]*Такой страницы нет/);
});

// Each element has its English words itself, in `WORDS`; the Russian ones take their place, so a new word needs one here.
test('each word of an element has its Russian one', () => {
  const read = (name) => readFileSync(join(WORKSPACE, 'book', name), 'utf8');
  new Function(read('theme/words.ru.js'))();
  for (const [name, element] of Object.entries({ page: 'theme/thaw.js', player: 'theme/player.js', quiz: 'theme/quiz.js', sandbox: 'theme/sandbox.js', terminal: 'live/terminal.js', verdict: 'live/verdict.js' })) {
    const own = /const WORDS = (\{[^]*?\n(?: {2})?\});/.exec(read(element))[1].replace(/\.\.\.globalThis\.thawWords[^,]*,/, '');
    const english = new Function('many', `return ${own}`)(() => '');
    const kinds = (words) => Object.entries(words).map(([key, word]) => `${key}: ${typeof word === 'function' ? word.length : typeof word}`).sort();
    assert.deepEqual(kinds(globalThis.thawWords[name]), kinds(english), element);
  }
});
