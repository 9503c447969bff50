// The book while it is written: open pages follow each save, and a broken one says so.

import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { LIMIT, launch, served } from './book.js';

const book = served();

// A browser of its own: eight tabs that reload at once must not slow down the tests after this one.
test('a save reloads an open page, in the eighth tab too', LIMIT, async () => {
  const own = await launch();
  try {
    const context = await own.newContext();
    const tabs = [];
    for (let count = 0; count < 8; count += 1) {
      const tab = await context.newPage();
      await tab.goto(`${book.base}fixture.html`, { waitUntil: 'domcontentloaded' });
      tabs.push(tab);
    }
    appendFileSync(join(book.root, 'book/src/en/fixture.md'), '\nThis was saved later.\n');
    await Promise.all([tabs[0], tabs[7]].map((tab) => tab.locator('text=This was saved later.').waitFor({ timeout: 60_000 })));
  } finally {
    await own.close();
  }
});

test('a broken page says so, and is well again once mended', LIMIT, async () => {
  const file = join(book.root, 'book/src/en/fixture.md');
  const sound = readFileSync(file, 'utf8');
  const context = await book.browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(`${book.base}fixture.html`);
    appendFileSync(file, '\n{{#transcript none}}\n');
    await page.getByRole('alert').filter({ hasText: 'none.txt cannot be read' }).waitFor({ timeout: 60_000 });
    writeFileSync(file, sound);
    await page.getByRole('alert').waitFor({ state: 'detached', timeout: 60_000 });
  } finally {
    await context.close();
  }
});

test('Ctrl-C ends the server', { ...LIMIT, skip: process.platform === 'win32' }, async () => {
  const ended = new Promise((done) => book.server.once('exit', (code, signal) => done({ code, signal })));
  book.server.kill('SIGINT');
  assert.deepEqual(await ended, { code: 0, signal: null });
  await assert.rejects(fetch(book.base));
});
