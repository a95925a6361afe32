/**
 * The first run as a newcomer plays it, in a real Chromium on the demonstration of `pado up --demo`: watch, change and count, launch a campaign of one's
 * own with a second person, break the provider, and see the day differ by nothing. It takes the pictures of the README (docs/console.md says how).
 */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Browser, Locator, Page } from 'playwright-core';
import { EPOCH, MAIN } from '../../src/demo/campaigns.js';
import { PadoClient } from '../../src/demo/client.js';
import { demonstrate, DEMONSTRATION_ENV } from '../../src/demo/demonstration.js';
import { openBrowser, type Visit } from '../support/chromium.js';
import { decide, Guests, judge } from '../support/console-guests.js';
import { ROOT } from '../support/sources.js';
import { Stack, until } from '../support/stack.js';
import { needs } from '../support/tiers.js';

/** More than come while the script is played. */
const CUSTOMERS = 1_500;
const CLICKS_MAX = 6;
/** Shorter than a newcomer has, who reads. */
const SECONDS = { windowSeconds: 6, patience: '5' };
/** On a machine that does other work as well. */
const LATE_MS = 90_000;
/** The most that the API takes. */
const BROKEN_SECONDS = 180;

/** Judged, and kept as it is for the README where PADO_README_PICTURES says so. */
async function shown(came: Visit, name: string): Promise<void> {
  await judge(came, name);
  if (process.env['PADO_README_PICTURES'])
    await came.page.screenshot({ path: join(ROOT, 'docs/pictures', `${name}.png`) });
}

needs('chromium')('the first run', () => {
  let stack: Stack;
  let browser: Browser;
  let guests: Guests;
  let going: Awaited<ReturnType<typeof demonstrate>>;
  let newcomer: Visit;
  let page: Page;
  const failures: Error[] = [];

  beforeAll(async () => {
    const api = { ...DEMONSTRATION_ENV, PADO_PATIENCE_SECONDS: SECONDS.patience };
    const terms = { epoch: EPOCH, env: { api }, providerTerms: { timeoutMs: 1_000 } };
    [stack, browser] = await Promise.all([Stack.start(terms), openBrowser()]);
    guests = new Guests(stack, browser);
    const { provider, gateway } = stack.simulator;
    going = await demonstrate({
      client: new PadoClient(stack.api.url, stack.keys, new AbortController().signal),
      report: { step: () => ({ note() {}, lasts() {}, done() {}, warned() {}, dropped() {}, failed() {} }) },
      seed: 'first-run',
      customers: CUSTOMERS,
      windowSeconds: SECONDS.windowSeconds,
      name: 'first-run',
      epochMs: Date.parse(EPOCH),
      provider: provider.name,
      gateway: gateway.name,
      onMessage: (listener) => void gateway.onAccepted(listener),
      failed: (error) => failures.push(error),
    });
    newcomer = await guests.comesIn(['admin'], { language: 'en' });
    ({ page } = newcomer);
    page.setDefaultTimeout(LATE_MS);
  });
  afterAll(async () => {
    await guests?.leave();
    await browser?.close();
    await going?.close();
    await stack?.stop();
  });

  const button = (name: string | RegExp) => page.getByRole('button', { name, exact: true });
  const link = (name: string) => page.getByRole('link', { name });
  const step = (name: string) => page.locator(`[data-step=${name}]`);
  const done = (name: string) => page.locator(`[data-step=${name}][data-done=true]`).waitFor();
  const seen = (name: string) => page.locator(`[data-seen=${name}][data-done=true]`).waitFor();
  /** In a dialog that another suite judges. */
  const confirm = async () => {
    const dialog = page.getByRole('dialog');
    await dialog.locator('button[type=submit]').click();
    await dialog.waitFor({ state: 'detached' });
  };
  const home = () => page.locator('a.brand').click();
  const figure = async (name: string) =>
    Number(await page.locator(`[data-wave="1"] [data-figure=${name}]`).getAttribute('data-count'));

  it('shows a campaign that moves, in both waves, and the four steps beside it', async () => {
    await step('watch').waitFor();
    const before = await figure('entered');
    await until('more have come in', async () => (await figure('entered')) > before);
    await done('watch');
    await until('somebody is seen to be paid', async () => (await figure('paid')) > 0);
    await shown(newcomer, 'first-run');
    // by keys alone
    await button('Hide the steps').focus();
    await page.keyboard.press('Enter');
    await step('watch').waitFor({ state: 'detached' });
    await page.reload();
    await button('Show the steps').focus();
    expect(await step('watch').count()).toBe(0);
    await page.keyboard.press('Enter');
    await step('watch').waitFor();
  });

  it('is the same in Korean, in the dark', async () => {
    const size = { width: 1_920, height: 1_080 };
    const other = await guests.comesIn(['operator'], { language: 'ko', dark: true, size });
    await other.page.locator('[data-step=watch][data-done=true]').waitFor();
    await shown(other, 'first-run-ko');
  });

  it('lets something be changed, and counts whom it would reach', async () => {
    await link('Change it').click();
    const segment = page
      .locator('#panel')
      .getByLabel(/^Segment/)
      .first();
    await segment.fill('gold-and-vip');
    await button(/^Save as revision/).click();
    await page.locator('[data-dirty=false]').waitFor();
    await home();
    await link('Count whom it reaches').click();
    await button('Count whom it reaches').click();
    await page.locator('.funnel').waitFor();
    await judge(newcomer, 'first-count');
    await home();
    await done('change');
  });

  it(`launches a campaign of one’s own in ${CLICKS_MAX} clicks, with a second person’s approval`, async () => {
    let clicks = 0;
    const click = async (what: Locator) => {
      clicks += 1;
      await what.click();
    };
    await click(link('Gallery').last());
    await click(link('VIP thanks: Use'));
    await click(button('Make the draft'));
    await click(button('Check for faults'));

    const second = await guests.comesIn(['approver'], { language: 'en' });
    await second.page.goto('/campaigns/vip');
    await second.page.getByRole('button', { name: 'Approve', exact: true }).click();
    await decide(second.page, null, 'first-approve', second);

    // whoever comes back from the other window sees at once what has become of it
    await page.evaluate(`document.dispatchEvent(new Event('visibilitychange'))`);
    const launch = button(/^(Launch|Send) /);
    await click(launch);
    await judge(newcomer, 'first-launch');
    await click(page.getByRole('dialog').locator('button[type=submit]'));
    await page.waitForURL(/\/runs\//);
    expect(clicks).toBeLessThanOrEqual(CLICKS_MAX);
    await home();
    await done('launch');
  });

  it('breaks the provider: nobody is paid twice, what is lost is found again, and the day differs by nothing', async () => {
    // for as long as the API lets it: it has to be broken still when it is mended
    await page.route('**/v1/demonstration/faults', async (route) => {
      const asked = route.request().postDataJSON() as { seconds?: number } | null;
      await route.continue(asked?.seconds ? { postData: JSON.stringify({ ...asked, seconds: BROKEN_SECONDS }) } : {});
    });
    await button(/^Break the provider/).click();
    await decide(page, null, 'first-break', newcomer);
    await seen('lost');
    await shown(newcomer, 'first-broken');
    await link('Attention').last().click();
    const item = page.locator('[data-code=payout_ambiguous]');
    await item.waitFor();
    await shown(newcomer, 'first-attention');
    await item.getByRole('link', { name: 'Try again …' }).click();
    await page.getByLabel('Reason').fill('the provider fell silent');
    await button('See what it would do').click();
    await page.locator('[data-would=ask]').waitFor();
    expect(await page.locator('[data-sends]').count()).toBe(0);
    await page.locator('header.page-head button').click();
    await confirm();
    await page.locator('tbody [data-outcome=done]').first().waitFor();

    await home();
    await button('Mend it now').click();
    await confirm();
    await seen('known');
    await page.locator('[data-seen=matched]').getByRole('link').click();
    for (const verb of ['Fetch', 'Match']) {
      await button(verb).click();
      await confirm();
    }
    await page.locator('td [data-state=matched]').waitFor();
    await judge(newcomer, 'first-day');
    await home();
    await done('break');
    await shown(newcomer, 'first-mended');
  }, 300_000);

  it('has told all of it in the audit log, and the audit finds nothing', async () => {
    const { rows } = await stack.pool.query<{ action: string; after: object }>(
      `select action, after from audit_log where action like 'demonstration.%' order by no`,
    );
    expect(rows).toEqual([
      { action: 'demonstration.break', after: { fault: 'paid_then_silent', seconds: BROKEN_SECONDS } },
      { action: 'demonstration.heal', after: { fault: null } },
    ]);
    expect(failures).toEqual([]);
    await going.close();
    await until('it has come to rest', async () => (await stack.ok('GET', '/v1/ledger/head')).unsealed === 0);
    const told = async () => (await stack.ok('GET', '/v1/demonstration')).demonstration;
    await until('what was under way is known', async () => (await told()).fault.ambiguous === 0);
    const { fault, campaign } = await told();
    expect([fault.lost > 0, fault.doubled, fault.ambiguous, fault.matched.differences]).toEqual([true, 0, 0, 0]);
    expect(campaign).toBe(MAIN);
    await stack.auditClean();
  });
});
