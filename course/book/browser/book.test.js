// Looks at the served book with a real Chromium: `npm ci && node --test` in this folder.
//
// The book is a copy in a folder that goes away, with one page that has everything a page can have.
// It is served by the real server, the example `serve` of the package `book`.
// CHROMIUM names another browser than /usr/bin/chromium, BOOK_SERVER a server that is built already.

import assert from 'node:assert/strict';
import { spawn, execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, appendFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const HERE = dirname(fileURLToPath(import.meta.url));
const WORKSPACE = resolve(HERE, '../../..');
const FIXTURES = resolve(HERE, '../tests/fixtures');
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const LIMIT = { timeout: 300_000 };
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

let root, server, base, browser;

before(async () => {
  root = copyOfTheBook();
  server = startServer();
  base = await firstLine(server);
  browser = await launch();
}, { timeout: 600_000 });

after(async () => {
  await browser?.close();
  server?.kill('SIGKILL');
  if (root) rmSync(root, { recursive: true, force: true });
});

const launch = () => chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });

// A copy, since a test saves a page. Recordings that the course has are used, and stand-ins for those it has not.
function copyOfTheBook() {
  const copy = mkdtempSync(join(tmpdir(), 'thaw-book-'));
  const wanted = (path) => !path.startsWith(join(WORKSPACE, 'book/build')) && !path.includes('node_modules');
  for (const part of ['book', 'course', 'lessons', 'solutions']) {
    cpSync(join(WORKSPACE, part), join(copy, part), { recursive: true, filter: wanted });
  }
  for (const folder of ['traces', 'transcripts']) mkdirSync(join(copy, 'book', folder), { recursive: true });
  for (const state of ['frozen', 'thawed']) {
    const trace = join(copy, `book/traces/01-${state}.json`);
    if (!existsSync(trace)) cpSync(join(FIXTURES, `${state}.json`), trace);
  }
  cpSync(join(FIXTURES, 'transcript.txt'), join(copy, 'book/transcripts/fixture.txt'));
  cpSync(join(FIXTURES, 'page.md'), join(copy, 'book/src/en/fixture.md'));
  appendFileSync(join(copy, 'book/src/en/SUMMARY.md'), '- [Everything](fixture.md)\n');
  return copy;
}

function startServer() {
  let program = process.env.BOOK_SERVER;
  if (!program) {
    execFileSync('cargo', ['build', '--quiet', '-p', 'book', '--example', 'serve'], { cwd: WORKSPACE, stdio: 'inherit' });
    program = join(process.env.CARGO_TARGET_DIR ?? join(WORKSPACE, 'target'), 'debug/examples/serve');
  }
  return spawn(program, [root], { stdio: ['ignore', 'pipe', 'inherit'] });
}

function firstLine(child) {
  return new Promise((done, failed) => {
    createInterface({ input: child.stdout }).once('line', done);
    child.once('exit', (code) => failed(new Error(`the server ended with ${code}`)));
  });
}

// Every page of the book, by its file name.
const pages = () => readdirSync(join(root, 'book/src/en')).filter((name) => name.endsWith('.md') && name !== 'SUMMARY.md').map((name) => name.replace(/\.md$/, '.html'));

// Opens a page, runs `look`, and fails on any error in the console and any request to another host.
async function visit(name, options, look) {
  const context = await browser.newContext(options);
  try {
    const page = await context.newPage();
    const wrong = [];
    page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) wrong.push(message.text()); });
    page.on('pageerror', (error) => wrong.push(String(error)));
    page.on('request', (request) => { if (!request.url().startsWith(base) && !request.url().startsWith('data:')) wrong.push(`request to ${request.url()}`); });
    await page.goto(base + name);
    await look(page);
    assert.deepEqual(wrong, [], name);
  } finally {
    await context.close();
  }
}

const screen = (width, colorScheme = 'light') => ({ viewport: { width, height: 800 }, colorScheme });

for (const scheme of ['light', 'dark']) {
  for (const width of [360, 1280]) {
    test(`axe finds nothing on any page, ${scheme}, ${width} px`, LIMIT, async () => {
      for (const name of pages()) {
        await visit(name, screen(width, scheme), async (page) => {
          await page.evaluate(() => document.querySelectorAll('main details').forEach((fold) => { fold.open = true; }));
          await page.evaluate(AXE);
          const { violations } = await page.evaluate(() => axe.run());
          const found = violations.map((rule) => `${rule.id}: ${rule.nodes.map((node) => node.target).join(', ')}`);
          assert.deepEqual(found, [], name);
        });
      }
    });
  }
}

test('no page is broken', LIMIT, async () => {
  for (const name of pages()) {
    await visit(name, screen(1280), async (page) => assert.equal(await page.locator('.thaw-error').count(), 0, name));
  }
});

test('no page scrolls sideways at 360 px', LIMIT, async () => {
  for (const name of pages()) {
    await visit(name, screen(360), async (page) => {
      await page.evaluate(() => document.querySelectorAll('main details').forEach((fold) => { fold.open = true; }));
      const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      assert.ok(over <= 0, `${name} is ${over} px too wide`);
    });
  }
});

test('the letters of a timeline keep their size at 360 px, and stay inside', LIMIT, async () => {
  await visit('fixture.html', screen(360), async (page) => {
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
    await visit('fixture.html', { ...screen(360, scheme), javaScriptEnabled: false }, async (page) => {
      assert.ok(await page.locator('.tl-picture').first().isVisible());
      await page.locator('summary', { hasText: 'Why does nothing arrive?' }).click();
      assert.ok(await page.locator('text=Because the loop is stuck.').isVisible());
      assert.ok(await page.locator('a[rel~=prev]').first().isVisible());
    });
  }
});

test('the search finds a word', LIMIT, async () => {
  await visit('index.html', screen(1280), async (page) => {
    await page.keyboard.press('s');
    await page.locator('#mdbook-searchbar').pressSequentially('zugzwang');
    await page.locator('#mdbook-searchresults a', { hasText: 'everything' }).first().click();
    await page.waitForURL(/fixture\.html/);
  });
});

test('the keyboard opens the sidebar', LIMIT, async () => {
  await visit('index.html', screen(360), async (page) => {
    const toggle = page.getByRole('button', { name: 'Toggle Table of Contents' });
    assert.equal(await toggle.getAttribute('aria-expanded'), 'false');
    await toggle.focus();
    await page.keyboard.press('Enter');
    await page.locator('#mdbook-sidebar a', { hasText: 'Glossary' }).waitFor({ state: 'visible' });
    assert.equal(await toggle.getAttribute('aria-expanded'), 'true');
  });
});

test('paper shows what is folded', LIMIT, async () => {
  await visit('fixture.html', screen(800), async (page) => {
    await page.emulateMedia({ media: 'print' });
    await page.evaluate(() => window.dispatchEvent(new Event('beforeprint')));
    assert.ok(await page.locator('text=Because the loop is stuck.').isVisible());
    assert.ok(await page.locator('.tl-picture').first().isVisible());
  });
});

// A browser of its own: eight tabs that reload at once must not slow down the tests after this one.
test('a save reloads an open page, in the eighth tab too', LIMIT, async () => {
  const own = await launch();
  try {
    const context = await own.newContext();
    const tabs = [];
    for (let count = 0; count < 8; count += 1) {
      const tab = await context.newPage();
      await tab.goto(`${base}fixture.html`, { waitUntil: 'domcontentloaded' });
      tabs.push(tab);
    }
    appendFileSync(join(root, 'book/src/en/fixture.md'), '\nThis was saved later.\n');
    await Promise.all([tabs[0], tabs[7]].map((tab) => tab.locator('text=This was saved later.').waitFor({ timeout: 60_000 })));
  } finally {
    await own.close();
  }
});

test('a broken page says so, and is well again once mended', LIMIT, async () => {
  const file = join(root, 'book/src/en/fixture.md');
  const sound = readFileSync(file, 'utf8');
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(`${base}fixture.html`);
    appendFileSync(file, '\n{{#transcript none}}\n');
    await page.getByRole('alert').filter({ hasText: 'none.txt cannot be read' }).waitFor({ timeout: 60_000 });
    writeFileSync(file, sound);
    await page.getByRole('alert').waitFor({ state: 'detached', timeout: 60_000 });
  } finally {
    await context.close();
  }
});

test('Ctrl-C ends the server', { ...LIMIT, skip: process.platform === 'win32' }, async () => {
  const ended = new Promise((done) => server.once('exit', (code, signal) => done({ code, signal })));
  server.kill('SIGINT');
  assert.deepEqual(await ended, { code: 0, signal: null });
  await assert.rejects(fetch(base));
});
