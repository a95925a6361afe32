/**
 * How long a change of a campaign of 297 nodes takes on the canvas, in a real Chromium on a real installation, by kind of change. The size is how many
 * rounds of eleven changes are made.
 */
import { writeFileSync } from 'node:fs';
import { afterEach, describe, expect } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { bench, type Measured } from '../support/bench.js';
import { defineBasics } from '../support/campaigns.js';
import { KINDS_OF_CHANGE, makeChanges, spreadOf } from '../support/canvas-changes.js';
import { openBrowser } from '../support/chromium.js';
import { Guests } from '../support/console-guests.js';
import { longCampaign } from '../support/long-campaign.js';
import { Stack } from '../support/stack.js';
import { needs } from '../support/tiers.js';

/** Where to: a profile of the page's main thread, for Chromium's tools. */
const PROFILE = process.env['PADO_CANVAS_PROFILE'];

async function profiled<T>(page: Page, work: () => Promise<T>): Promise<T> {
  if (PROFILE === undefined) return await work();
  const tools = await page.context().newCDPSession(page);
  await tools.send('Profiler.enable');
  await tools.send('Profiler.setSamplingInterval', { interval: 500 });
  await tools.send('Profiler.start');
  const done = await work();
  writeFileSync(PROFILE, JSON.stringify((await tools.send('Profiler.stop')).profile));
  return done;
}

needs('chromium')('the campaign canvas', () => {
  let stack: Stack | undefined;
  let browser: Browser | undefined;
  afterEach(async () => {
    await browser?.close();
    await stack?.stop();
  });

  describe('in a browser', () => {
    bench('console-canvas', { tiny: 1, usual: 30 }, async (size): Promise<Measured> => {
      const own = await Stack.start({ workers: 0 });
      stack = own;
      browser = await openBrowser();
      await defineBasics(own);
      const headers = { 'if-none-match': '*' };
      await own.ok('PUT', '/v1/campaigns/long', longCampaign('long'), { as: 'marketer', headers });
      const guests = new Guests(own, browser);
      const { page, complaints } = await guests.comesIn(['marketer'], {
        language: 'en',
        size: { width: 1_280, height: 800 },
      });
      await page.goto('/campaigns/long/edit');
      await page.locator('[data-node=send-1]').waitFor();
      // what is compiled and kept with the first changes is part of no figure
      await makeChanges(page, 1);
      const changes = await profiled(page, () => makeChanges(page, size));
      expect(complaints).toEqual([]);
      await guests.leave();
      const figures = KINDS_OF_CHANGE.flatMap((kind) => {
        const those = changes.filter((change) => change.kind === kind);
        const by = (of: 'seenMs' | 'cpuMs' | 'laterMs') => spreadOf(those.map((change) => change[of]));
        return (['seenMs', 'cpuMs', 'laterMs'] as const).flatMap((of) =>
          Object.entries(by(of)).map(([name, ms]) => [`${kind}.${of.replace('Ms', '')}.${name}Ms`, ms] as const),
        );
      });
      return { figures: Object.fromEntries(figures), ratios: {} };
    });
  });
});
