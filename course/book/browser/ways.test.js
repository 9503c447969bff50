// How a reader gets around: the search, and the keyboard.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMIT, screen, served } from './book.js';

const book = served();

test('the search finds a word', LIMIT, async () => {
  await book.visit('index.html', screen(1280), async (page) => {
    await page.keyboard.press('s');
    await page.locator('#mdbook-searchbar').pressSequentially('zugzwang');
    await page.locator('#mdbook-searchresults a', { hasText: 'everything' }).first().click();
    await page.waitForURL(/fixture\.html/);
  });
});

test('the keyboard opens the sidebar', LIMIT, async () => {
  await book.visit('index.html', screen(360), async (page) => {
    const toggle = page.getByRole('button', { name: 'Toggle Table of Contents' });
    assert.equal(await toggle.getAttribute('aria-expanded'), 'false');
    await toggle.focus();
    await page.keyboard.press('Enter');
    await page.locator('#mdbook-sidebar a', { hasText: 'Glossary' }).waitFor({ state: 'visible' });
    assert.equal(await toggle.getAttribute('aria-expanded'), 'true');
  });
});
