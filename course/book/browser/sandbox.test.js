// The sandbox in a real Chromium, in the book as `cargo course build` writes it, from file://.
//
// BOOK_SITE names such a folder that is there already, CHROMIUM another browser than /usr/bin/chromium.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { LIMIT, WORKSPACE, launch, violations, watched } from './book.js';

/** The lessons whose question the model can answer. */
const ANSWERED = ['01', '02', '03', '04', '05', '06', '07', '11', '12', '13'];

let folder, site, browser;

before(async () => {
  site = process.env.BOOK_SITE;
  if (!site) {
    folder = mkdtempSync(join(tmpdir(), 'thaw-site-'));
    site = join(folder, 'site');
    execFileSync('cargo', ['run', '--quiet', '-p', 'course', '--', 'build', '--out', site], { cwd: WORKSPACE, stdio: 'inherit' });
  }
  browser = await launch();
}, { timeout: 600_000 });

after(async () => {
  await browser?.close();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

/** Opens the sandbox; a request to anywhere else is wrong. */
function sandbox(fragment, options, look) {
  const url = `${pathToFileURL(join(site, 'sandbox.html'))}${fragment && `#${fragment}`}`;
  const own = (address) => /^(file|data):/.test(address);
  return watched(browser, { viewport: { width: 1280, height: 900 }, ...options }, url, own, (page) => look(page, sandboxOf(page)), 30_000);
}

/** What a reader sees and does. */
const sandboxOf = (page) => ({
  wait: async (seconds) => { for (let second = 0; second < seconds; second += 1) await page.getByRole('button', { name: 'Wait 1 s' }).click(); },
  type: async (line) => { await page.getByLabel('Type a line').fill(line); await page.keyboard.press('Enter'); },
  press: (name) => page.getByRole('button', { name }).click(),
  screen: (index = 0) => page.locator('.sb-screen').nth(index).innerText(),
  longest: async () => Number((await page.locator('.sb-longest').innerText()).match(/[\d.]+/)[0]),
  state: () => page.locator('.sb-state').innerText(),
  words: () => page.getByRole('status').innerText(),
});

// Nothing moves by itself: each test says how much time passes.
const still = { reducedMotion: 'reduce' };

test('inline, nothing is shown until Enter, and then all of it', LIMIT, () => sandbox('', still, async (page, it) => {
  assert.match(await it.words(), /Nothing has happened yet/);
  await it.wait(3);
  assert.equal(await it.state(), '3.0 s: frozen now');
  assert.match(await it.words(), /3 waiting in the socket/);
  assert.ok(await it.longest() >= 2.8);
  assert.doesNotMatch(await it.screen(), /since you joined/);
  await it.type('hello');
  await it.wait(1);
  assert.match(await it.screen(), /> hello\n<< Grace: 1 s since you joined\n<< Barbara: 2 s since you joined\n<< Ada: 3 s since you joined\n<< you: hello/);
}));

test('a number that cannot be is said to be none, and changes nothing', LIMIT, () => sandbox('where=task&workers=2', still, async (page) => {
  const workers = page.getByRole('spinbutton', { name: 'Workers' });
  await workers.fill('99');
  await workers.press('Tab');
  assert.equal(await workers.inputValue(), '99');
  await page.locator('input[name=workers]:invalid:focus').waitFor();
  assert.match(page.url(), /workers=2$/);
  await workers.fill('3');
  await workers.press('Tab');
  assert.match(page.url(), /workers=3/);
}));

test('two prompts on sixteen workers: the first is harmless, the second stops all', LIMIT, () => sandbox('where=task&workers=16&2.5=hello', still, async (page, it) => {
  assert.match(await it.words(), /1 thing will be done for you, the first after 2.5 s/);
  await it.wait(2);
  assert.match(await it.screen(), /Barbara: 2 s since you joined/);
  assert.equal(await it.longest(), 0);
  await it.wait(4);
  assert.equal(await it.state(), '6.0 s: frozen now');
  assert.doesNotMatch(await it.screen(), /Barbara: 5 s/);
}));

test('the pool keeps the process until Enter, unless what blocks is abandoned', LIMIT, async () => {
  await sandbox('where=pool', still, async (page, it) => {
    await it.wait(1);
    await it.press('Ctrl-C');
    await it.wait(1);
    assert.match(await it.state(), /hangs at its end/);
    await it.press('Ctrl-C');
    await it.wait(1);
    assert.match(await it.words(), /press Enter/);
    await it.type('');
    assert.match(await it.state(), /ended/);
    assert.ok(await page.getByRole('button', { name: 'Kill a worker' }).isDisabled());
  });
  await sandbox('where=pool&exit=abandon', still, async (page, it) => {
    await it.wait(1);
    await it.press('Ctrl-C');
    assert.match(await it.state(), /ended/);
  });
});

test('a full pool starves a name lookup, and a question that is over takes a line', LIMIT, async () => {
  await sandbox('where=pool&threads=4&1=/slow+5&1.1=/slow+5&1.2=/slow+5&1.3=/slow+5&1.4=/look+localhost', still, async (page, it) => {
    await it.wait(5);
    assert.doesNotMatch(await it.screen(), /found/);
    await it.wait(4);
    assert.match(await it.screen(), /== \/look localhost: found/);
  });
  await sandbox('where=pool&1=/ask&3=hello&4=and+now%3F', still, async (page, it) => {
    await it.wait(5);
    assert.match(await it.screen(), /!! \/ask: timed out/);
    assert.doesNotMatch(await it.screen(), /you: hello/);
    assert.match(await it.screen(), /you: and now\?/);
  });
});

test('a worker that is killed fails one request here, and all of them in Python', LIMIT, () => sandbox('where=process', still, async (page, it) => {
  await it.wait(1);
  await it.type('/slow 9');
  await it.type('/slow 9');
  await it.press('Kill a worker');
  await it.wait(1);
  await it.type('/upper tea');
  await it.wait(1);
  const [ours, theirs] = [await it.screen(0), await it.screen(1)];
  assert.equal(ours.match(/the worker died: signal: 9/g).length, 1);
  assert.match(ours, /== \/upper tea: TEA/);
  assert.equal(theirs.match(/BrokenProcessPool/g).length, 3);
}));

test('on another machine nobody hears of a death, and the job runs twice', LIMIT, () => sandbox('where=machine', still, async (page, it) => {
  await it.type('/slow 1');
  await it.press('Kill a worker');
  await it.wait(1);
  assert.doesNotMatch(await it.screen(), /==|!!/);
  await it.wait(3);
  assert.match(await it.screen(), /slept 1 s \(it ran twice\)/);
}));

test('the room speaks when it is asked to, and a strict one drops who is frozen', LIMIT, () => sandbox('where=thread', still, async (page, it) => {
  await it.press('The room speaks');
  await it.wait(1);
  assert.match(await it.screen(), /Ada: are you there\?/);
  await page.getByLabel('The blocking call runs').selectOption('inline');
  await page.getByLabel('The room').selectOption('strict');
  await it.wait(3);
  assert.match(await it.words(), /given the client up/);
}));

test('everything is done by keyboard, and the address keeps it', LIMIT, () => sandbox('', still, async (page, it) => {
  await page.getByLabel('The blocking call runs').focus();
  await page.keyboard.press('End');
  await page.waitForURL(/where=machine/);
  for (let down = 0; down < 2; down += 1) await page.keyboard.press('ArrowUp');
  await page.waitForURL(/where=pool/);
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.name), 'threads');
  const press = async (name) => {
    await page.getByLabel('Type a line').focus();
    for (let tab = 0; tab < 30 && await page.evaluate(() => document.activeElement.textContent) !== name; tab += 1) await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
  };
  await page.getByLabel('Type a line').focus();
  await page.keyboard.type('hello');
  await page.keyboard.press('Enter');
  await press('Wait 1 s');
  await press('Ctrl-D');
  assert.match(await it.state(), /ended/);
  const before = await it.screen();
  // The button that was pressed has nothing left to do, and the next one has the focus.
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Start again');
  await page.reload();
  await it.wait(2);
  assert.equal(await it.screen(), before);
  await press('Start again');
  assert.match(await it.words(), /Nothing has happened yet/);
}));

test('time runs when it is let, says nothing meanwhile, and stops when it is told', LIMIT, () => sandbox('', {}, async (page, it) => {
  await it.press('Let time run');
  await page.locator('.sb-state', { hasText: /^[1-9]\d*\.\d s: frozen now/ }).waitFor();
  assert.equal(await it.words(), '');
  await it.press('Stop time');
  assert.match(await it.words(), /After [\d.]+ s: frozen now/);
  const state = await it.state();
  await page.getByRole('button', { name: 'Let time run' }).waitFor();
  assert.equal(await it.state(), state);
}));

test('whoever wants nothing to move starts no clock by typing', LIMIT, () => sandbox('', still, async (page, it) => {
  await it.type('hello');
  assert.ok(await page.getByRole('button', { name: 'Let time run' }).isVisible());
  assert.equal(await it.state(), '0.0 s: the loop runs');
}));

test('what the address says and nobody knows is named', LIMIT, () => sandbox('where=moon&workers=0&1=hello', still, async (page, it) => {
  assert.match(await it.words(), /where=moon, workers=0, which is not known here/);
  assert.equal(await page.getByLabel('The blocking call runs').inputValue(), 'inline');
}));

test('each question leads to the sandbox that it speaks of', LIMIT, async () => {
  new Function(readFileSync(join(WORKSPACE, 'book/theme/sandbox-model.js'), 'utf8'))();
  const found = [];
  for (const name of readdirSync(site).filter((file) => /^\d\d-.*\.html$/.test(file))) {
    const question = readFileSync(join(site, name), 'utf8').match(/id="predict"[^]*?<details/)?.[0] ?? '';
    for (const [, link] of question.matchAll(/href="sandbox\.html#([^"]*)"/g)) {
      const fragment = link.replaceAll('&amp;', '&');
      assert.deepEqual(globalThis.thawModel.parse(fragment).unknown, [], name);
      found.push(name.slice(0, 2));
      await sandbox(fragment, still, async (page, it) => {
        assert.equal(await page.getByLabel('The blocking call runs').inputValue(), new URLSearchParams(fragment).get('where'), name);
        await it.wait(1);
      });
    }
  }
  assert.deepEqual(found, ANSWERED);
});

for (const colorScheme of ['light', 'dark']) {
  for (const width of [360, 1280, 1600]) {
    test(`axe finds nothing in the middle of a freeze, and nothing is cut off: ${colorScheme}, ${width} px`, LIMIT, () => sandbox('where=process&1=/slow+3', { ...still, colorScheme, viewport: { width, height: 900 } }, async (page, it) => {
      await it.wait(2);
      for (const where of ['process', 'task', 'pool']) {
        await page.getByLabel('The blocking call runs').selectOption(where);
        await it.wait(3);
        // Without preloading: it fetches style sheets, which file:// forbids.
        assert.deepEqual(await violations(page, { preload: false }), []);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(over <= 0, `${where} is ${over} px too wide`);
      }
    }));
  }
}

test('without JavaScript and on paper the page explains, and shows a still picture', LIMIT, async () => {
  await sandbox('', { javaScriptEnabled: false }, async (page) => {
    assert.ok(await page.locator('.sb-still .tl-picture').first().isVisible());
    assert.ok(await page.getByText('With JavaScript this page is a sandbox').isVisible());
    assert.ok(await page.getByRole('cell', { name: 'on another machine' }).isVisible());
  });
  await sandbox('', still, async (page) => {
    assert.ok(await page.locator('.sb-still').isHidden());
    await page.emulateMedia({ media: 'print' });
    assert.ok(await page.locator('.sb-still .tl-picture').first().isVisible());
    assert.ok(await page.locator('.sb').isHidden());
  });
});

// Compressed, as a server sends them.
test('all scripts and the style sheet of the book together stay small', () => {
  const theme = join(WORKSPACE, 'book/theme');
  const files = readdirSync(theme).filter((name) => /\.(js|css)$/.test(name));
  const sum = files.reduce((total, name) => total + gzipSync(readFileSync(join(theme, name)), { level: 9 }).length, 0);
  assert.ok(sum < 60 * 1024, `${sum} bytes`);
});
