/**
 * The console's list of payouts with 100,000 of them at its usual size, in a real Chromium: how long until the first rows are there, how long a
 * page further takes while somebody scrolls to the end, and how many rows the page really has; against the same pages asked for by a bare loop.
 */
import { afterEach, describe, expect } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { createPool } from '../../src/storage/pool.js';
import { bench, timeOf, type Measured } from '../support/bench.js';
import { openBrowser } from '../support/chromium.js';
import { Guests } from '../support/console-guests.js';
import { seedEarned } from '../support/settlements.js';
import { Stack } from '../support/stack.js';
import { needs } from '../support/tiers.js';

/** As the console asks. */
const PAGE = 200;
/** Runs in the page: to the end of what is there, again and again, until there is nothing more. Returns ms per frame, the slowest. */
const TO_THE_END = `(async (rows) => {
  const frame = document.querySelector('.virtual');
  const table = frame.querySelector('table');
  let [slowest, before] = [0, performance.now()];
  while (table.getAttribute('aria-rowcount') !== String(rows + 1)) {
    frame.scrollTop = frame.scrollHeight;
    await new Promise((resolve) => requestAnimationFrame(resolve));
    const now = performance.now();
    slowest = Math.max(slowest, now - before);
    before = now;
  }
  return slowest;
})`;

needs('chromium')('the list of payouts', () => {
  let stack: Stack | undefined;
  let browser: Browser | undefined;
  afterEach(async () => {
    await browser?.close();
    await stack?.stop();
  });

  describe('in a browser', () => {
    bench('console-payouts', { tiny: 450, usual: 100_000 }, async (size): Promise<Measured> => {
      stack = await Stack.start({ workers: 0, epoch: '2026-03-31T10:00:00+09:00' });
      browser = await openBrowser();
      const pool = createPool(stack.appUrl);
      await seedEarned(stack.pool, pool, size);
      await pool.end();
      await stack.pool.query('vacuum analyze');
      const guests = new Guests(stack, browser);
      const { page, complaints } = await guests.comesIn(['finance'], { language: 'ko' });
      const openMs = await timeOf(async () => {
        await page.goto('/payouts');
        await page.locator('.virtual tbody tr a').first().waitFor();
      });
      let slowestFrameMs = 0;
      const scrollMs = await timeOf(async () => {
        slowestFrameMs = await page.evaluate<number>(`${TO_THE_END}(${size})`);
        await page.evaluate(`document.querySelector('.virtual').scrollTop = 1e9`);
        await page.locator(`.virtual tbody tr[aria-rowindex="${size + 1}"]`).waitFor();
      });
      const rowsInPage = await page.locator('.virtual tbody tr').count();
      expect(rowsInPage).toBeLessThan(120);
      const backMs = await timeOf(async () => {
        await page.evaluate(`document.querySelector('.virtual').scrollTop = 0`);
        await page.locator('.virtual tbody tr[aria-rowindex="2"]').waitFor();
      });
      expect(complaints).toEqual([]);
      await guests.leave();
      const askMs = await timeOf(() => askAll(stack as Stack, size));
      return {
        figures: {
          openMs,
          scrollMs,
          pageMs: scrollMs / Math.ceil(size / PAGE),
          slowestFrameMs,
          backMs,
          rowsInPage,
          askMs,
        },
        ratios: { scrollToAsking: scrollMs / askMs },
      };
    });
  });
});

async function askAll(stack: Stack, size: number): Promise<void> {
  let seen = 0;
  for (let cursor: string | null = ''; cursor !== null;) {
    const more: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const page: { items: unknown[]; next: string | null } = await stack.ok('GET', `/v1/payouts?limit=${PAGE}${more}`);
    seen += page.items.length;
    cursor = page.next;
  }
  expect(seen).toBe(size);
}
