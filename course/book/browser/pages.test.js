// How pages look: on every width, in both themes, on paper, without JavaScript, and to whoever cannot see them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { LIMIT, screen, served, violations } from './book.js';

const book = served();

// What a width breaks it breaks in both themes, and a theme on both widths.
for (const [scheme, width] of [['light', 360], ['dark', 1280]]) {
  test(`axe finds nothing on any page, ${scheme}, ${width} px`, LIMIT, async () => {
    for (const name of book.pages()) {
      await book.visit(name, screen(width, scheme), async (page) => {
        await page.evaluate(() => document.querySelectorAll('main details').forEach((fold) => { fold.open = true; }));
        assert.deepEqual(await violations(page), [], name);
      });
    }
  });
}

test('no page is broken', LIMIT, async () => {
  for (const name of book.pages()) {
    await book.visit(name, screen(1280), async (page) => assert.equal(await page.locator('.thaw-error').count(), 0, name));
  }
});

test('no page scrolls sideways at 360 px', LIMIT, async () => {
  for (const name of book.pages()) {
    await book.visit(name, screen(360), async (page) => {
      await page.evaluate(() => document.querySelectorAll('main details').forEach((fold) => { fold.open = true; }));
      const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      assert.ok(over <= 0, `${name} is ${over} px too wide`);
    });
  }
});

test('no line ends within a flag', LIMIT, async () => {
  await book.visit('setup.html', screen(360), async (page) => {
    const lines = await page.$$eval('main code', (all) => all.flatMap((code) => {
      const [text] = [code.querySelector('.thaw-flag')?.firstChild].filter(Boolean);
      if (!text) return [];
      const range = document.createRange();
      range.selectNodeContents(text);
      return [`${text.data}: ${range.getClientRects().length}`];
    }));
    assert.ok(lines.includes('--out: 1') && lines.includes('--task: 1'), lines.join(', '));
    assert.deepEqual(lines.filter((line) => !line.endsWith(': 1')), []);
  });
});

test('the letters of a timeline keep their size at 360 px, and stay inside', LIMIT, async () => {
  await book.visit('fixture.html', screen(360), async (page) => {
    const letters = await page.$$eval('.tl-picture text', (texts) => texts.map((text) => {
      const box = text.getBoundingClientRect();
      return { text: text.textContent, size: parseFloat(getComputedStyle(text).fontSize), left: box.left, right: box.right };
    }));
    assert.ok(letters.length > 10);
    for (const letter of letters) {
      assert.ok(letter.size >= 11, `${letter.text} is ${letter.size} px`);
      assert.ok(letter.left >= 0 && letter.right <= 360, `${letter.text} leaves the screen`);
    }
  });
});

test('the page reads without JavaScript', LIMIT, async () => {
  for (const scheme of ['light', 'dark']) {
    await book.visit('fixture.html', { ...screen(360, scheme), javaScriptEnabled: false }, async (page) => {
      assert.ok(await page.locator('.tl-picture').first().isVisible());
      await page.locator('summary', { hasText: 'Why does nothing arrive?' }).click();
      assert.ok(await page.locator('text=Because the loop is stuck.').isVisible());
      assert.ok(await page.locator('a[rel~=prev]').first().isVisible());
    });
  }
});

test('paper shows what is folded', LIMIT, async () => {
  await book.visit('fixture.html', screen(800), async (page) => {
    await page.emulateMedia({ media: 'print' });
    await page.evaluate(() => window.dispatchEvent(new Event('beforeprint')));
    assert.ok(await page.locator('text=Because the loop is stuck.').isVisible());
    assert.ok(await page.locator('.tl-picture').first().isVisible());
  });
});

// What a reader loads for one page, compressed as a server sends it, without the search index, which is fetched when it is used.
test('no page weighs 400 KB', LIMIT, async () => {
  for (const name of book.pages()) {
    let sum = 0;
    const context = await book.browser.newContext(screen(1280));
    try {
      const page = await context.newPage();
      page.setDefaultTimeout(120_000);
      const weighed = [];
      const weigh = (reply) => { if (!/searchindex/.test(reply.url())) weighed.push(reply.body().then((body) => { sum += gzipSync(body).length; })); };
      page.on('response', weigh);
      await page.goto(book.base + name);
      // What comes later is no part of the page: it asks whether there is a newer one.
      page.off('response', weigh);
      await Promise.all(weighed);
    } finally {
      await context.close();
    }
    assert.ok(sum < 400_000, `${name} weighs ${sum} bytes`);
  }
});
