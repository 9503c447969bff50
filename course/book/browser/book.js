// What the tests of this folder share: a copy of the book, served by the real server, and a Chromium that looks at it.
//
// The copy is in a folder that goes away, with one page that has everything a page can have.
// It is served by the example `serve` of the package `book`.
// CHROMIUM names another browser than /usr/bin/chromium, BOOK_SERVER a server that is built already.

import assert from 'node:assert/strict';
import { spawn, execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, appendFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const HERE = dirname(fileURLToPath(import.meta.url));
export const WORKSPACE = resolve(HERE, '../../..');
const FIXTURES = resolve(HERE, '../tests/fixtures');
export const LIMIT = { timeout: 300_000 };
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

export const launch = () => chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });
export const screen = (width, colorScheme = 'light') => ({ viewport: { width, height: 800 }, colorScheme });

// Opens an address, runs `look`, and fails on any error in the console and any request that is not the book's own.
export async function watched(browser, options, url, own, look, timeout) {
  const context = await browser.newContext(options);
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(timeout);
    const wrong = [];
    page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) wrong.push(message.text()); });
    page.on('pageerror', (error) => wrong.push(String(error)));
    page.on('request', (request) => { if (!own(request.url())) wrong.push(`request to ${request.url()}`); });
    await page.goto(url);
    await look(page);
    assert.deepEqual(wrong, [], url);
  } finally {
    await context.close();
  }
}

// What axe finds on a page, a line for each rule.
export async function violations(page, settings = {}) {
  await page.evaluate(AXE);
  const found = await page.evaluate((given) => axe.run(document, given), settings);
  return found.violations.map((rule) => `${rule.id}: ${rule.nodes.map((node) => node.target).join(', ')}`);
}

// A served copy of the book for one file of tests; it ends with them.
export function served() {
  const book = {
    // Every page of the book, by its file name.
    pages: () => readdirSync(join(book.root, 'book/src/en')).filter((name) => name.endsWith('.md') && name !== 'SUMMARY.md').map((name) => name.replace(/\.md$/, '.html')),
    // Those of the lessons.
    lessons: () => book.pages().filter((name) => /^\d/.test(name)).sort(),

    // Opens a page of it; a busy machine takes its time, and the test as a whole is bounded.
    visit: (name, options, look) => watched(book.browser, options, book.base + name, (url) => url.startsWith(book.base) || url.startsWith('data:'), look, 120_000),
  };
  before(async () => {
    book.root = copyOfTheBook();
    book.server = startServer(book.root);
    book.base = await firstLine(book.server);
    book.browser = await launch();
  }, { timeout: 600_000 });
  after(async () => {
    await book.browser?.close();
    book.server?.kill('SIGKILL');
    if (book.root) rmSync(book.root, { recursive: true, force: true });
  });
  return book;
}

// A copy, since a test saves a page. Recordings that the course has are used, and stand-ins for those it has not.
function copyOfTheBook() {
  const copy = mkdtempSync(join(tmpdir(), 'thaw-book-'));
  const wanted = (path) => !path.startsWith(join(WORKSPACE, 'book/build')) && !path.includes('node_modules');
  for (const part of ['book', 'course', 'lessons', 'solutions', 'programs']) {
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

function startServer(root) {
  let program = process.env.BOOK_SERVER;
  if (!program) {
    execFileSync('cargo', ['build', '--quiet', '-p', 'book', '--example', 'serve'], { cwd: WORKSPACE, stdio: 'inherit' });
    program = join(process.env.CARGO_TARGET_DIR ?? join(WORKSPACE, 'target'), 'debug/examples/serve');
  }
  return spawn(program, [root], { stdio: ['ignore', 'pipe', 'inherit'] });
}

export function firstLine(child) {
  return new Promise((done, failed) => {
    createInterface({ input: child.stdout }).once('line', done);
    child.once('exit', (code) => failed(new Error(`the server ended with ${code}`)));
  });
}
