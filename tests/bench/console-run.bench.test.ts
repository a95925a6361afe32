/**
 * The console's page of a run with a million people under way, in a real Chromium, beside another run of the same size in the same tables: until its figures
 * are there, until they stand on the journey, until the curve is drawn, and until what changes is seen; against the page of a run of ten people. What
 * counting the people themselves takes, as the page once did, is measured beside it.
 */
import { afterEach, describe, expect } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { bench, timeOf, type Measured } from '../support/bench.js';
import { defineBasics, launch, twoWaves } from '../support/campaigns.js';
import { openBrowser } from '../support/chromium.js';
import { Guests } from '../support/console-guests.js';
import { growRun } from '../support/large-run.js';
import { Stack } from '../support/stack.js';
import { needs } from '../support/tiers.js';

const SMALL = 10;
const TIMES = 5;
const COUNTING = `select count(*) filter (where state = 'active'), count(*) filter (where state = 'ended'), count(*) filter (where state = 'failed')
  from participants where run_id = $1`;

/** The middle one of several. */
async function middleOf(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < TIMES; n += 1) times.push(await timeOf(work));
  return times.toSorted((a, b) => a - b)[Math.floor(TIMES / 2)] as number;
}

interface Opened {
  figuresMs: number;
  journeyMs: number;
  curveMs: number;
}

/** From the address alone: page, scripts, texts, figures. */
async function open(page: Page, run: string, people: number): Promise<Opened> {
  const shown = people.toLocaleString('ko');
  const begin = performance.now();
  const since = () => performance.now() - begin;
  await page.goto(`/runs/${run}`);
  await page.locator('[data-stage=audience]', { hasText: shown }).waitFor();
  const figuresMs = since();
  await page.locator('[data-node=send-1][data-adds=true]', { hasText: shown }).waitFor();
  const journeyMs = since();
  await page.locator('[data-response-curve] polyline.curve-line').first().waitFor();
  return { figuresMs, journeyMs, curveMs: since() };
}

needs('chromium')('the page of a run', () => {
  let stack: Stack | undefined;
  let browser: Browser | undefined;
  afterEach(async () => {
    await browser?.close();
    await stack?.stop();
  });

  describe('in a browser', () => {
    bench('console-run', { tiny: 400, usual: 1_000_000 }, async (size): Promise<Measured> => {
      const own = await Stack.start({ workers: 0, epoch: '2026-03-03T10:00:00+09:00' });
      stack = own;
      browser = await openBrowser();
      await defineBasics(own);
      const [run = '', other = '', small = ''] = await Promise.all(
        ['big', 'other', 'small'].map((key) => launch(own, twoWaves({ key, span: 'P2D' }))),
      );
      await growRun(own.pool, run, size);
      await growRun(own.pool, other, size);
      await growRun(own.pool, small, SMALL);
      await own.pool.query('vacuum analyze');
      const countingMs = await middleOf(() => own.pool.query(COUNTING, [run]));
      const askMs = await middleOf(() => own.ok('GET', `/v1/runs/${run}`));
      const askCurveMs = await middleOf(() => own.ok('GET', `/v1/runs/${run}/response-curve`));
      const guests = new Guests(own, browser);
      const { page, complaints } = await guests.comesIn(['marketer'], { language: 'ko' });
      // once, so that neither pays for what the browser then keeps
      await open(page, small, SMALL);
      const ofSmall = await open(page, small, SMALL);
      const ofBig = await open(page, run, size);
      await page.locator('[data-live=true]').waitFor();
      const seenMs = await timeOf(async () => {
        await own.pool.query(
          `update counters set n = n - 1 where run_id = $1 and node = 'wait-2' and measure = 'here' and lane = 1`,
          [run],
        );
        const left = (size - Math.floor(size / 5) - 1).toLocaleString('ko');
        await page.locator('[data-stage=branch]', { hasText: left }).waitFor();
      });
      expect(complaints).toEqual([]);
      await guests.leave();
      return {
        figures: { ...ofBig, smallMs: ofSmall.figuresMs, askMs, askCurveMs, countingMs, seenMs },
        ratios: { bigToSmall: ofBig.figuresMs / ofSmall.figuresMs },
      };
    });
  });
});
