/**
 * The operator's desk in a real Chromium: a failed class is seen and tried again by two persons with its effect told first, a
 * gateway is slowed down, an event is seen as it comes in, and what a restoration holds is released.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { customers, defineBasics, defineGroup, importCustomers, launch, oneSend } from '../support/campaigns.js';
import { openBrowser, type VisitOptions } from '../support/chromium.js';
import { decide, Guests, judge } from '../support/console-guests.js';
import { makePoisonous } from '../support/poison.js';
import { Stack, until } from '../support/stack.js';
import { needs } from '../support/tiers.js';

const COUNT = 8;
/** Of each language's customers, more than one person may have tried again alone. */
const FAILING = 5;
const UI = 'https://temporal.bank.example';

type Words = Record<
  | 'propose'
  | 'release'
  | 'again'
  | 'see'
  | 'reason'
  | 'approve'
  | 'replan'
  | 'slow'
  | 'perSecond'
  | 'reset'
  | 'pause'
  | 'goOn'
  | 'event',
  string
>;
const VIEWS: (VisitOptions & { words: Words })[] = [
  {
    language: 'ko',
    size: { width: 1_280, height: 800 },
    words: {
      propose: '해제 제안',
      release: '해제 승인',
      again: '다시 시도…',
      see: '무엇이 일어나는지 보기',
      reason: '사유',
      approve: `${FAILING}건 재시도 승인`,
      replan: '다시 계획하기',
      slow: '속도 낮추기',
      perSecond: '초당 건수',
      reset: '설정대로 되돌리기',
      pause: '멈춤',
      goOn: '계속 보기',
      event: '이벤트',
    },
  },
  {
    language: 'en',
    dark: true,
    size: { width: 1_920, height: 1_080 },
    words: {
      propose: 'Propose the release',
      release: 'Approve the release',
      again: 'Try again …',
      see: 'See what it would do',
      reason: 'Reason',
      approve: `Approve ${FAILING} items`,
      replan: 'Plan it again',
      slow: 'Slow down',
      perSecond: 'Items per second',
      reset: 'As configured',
      pause: 'Pause',
      goOn: 'Go on',
      event: 'Event',
    },
  },
];

/** Ids of a language's customers, those who fail first. */
const theirs = (language: string) =>
  customers(COUNT, (n) => ({
    attributes: { name: 'a', group: language, poison: n <= FAILING ? 'outbox' : 'none' },
  })).map((row) => ({ ...row, id: `${language}-${row.id}` }));

needs('chromium')('the rest of the operator’s desk', () => {
  let stack: Stack;
  let browser: Browser;
  let guests: Guests;

  beforeAll(async () => {
    const api = {
      PADO_TEMPORAL_UI_URL: UI,
      PADO_RETRY_ALONE_ITEMS: String(FAILING - 1),
    };
    const started = Stack.start({
      epoch: '2026-03-03T10:00:00+09:00',
      env: { api },
    });
    [stack, browser] = await Promise.all([started, openBrowser()]);
    guests = new Guests(stack, browser);
    await makePoisonous(stack.pool);
    await defineBasics(stack);
    for (const { language } of VIEWS) {
      await defineGroup(stack, language);
      await importCustomers(stack, theirs(language));
    }
  });
  afterAll(async () => {
    await guests?.leave();
    await browser?.close();
    await stack?.stop();
  });

  const comes = (options: VisitOptions, path: string) => guests.comesTo(path, ['operator'], options);

  const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
  const tell = (messageId: string, event: string, userId: string) =>
    stack.ok(
      'POST',
      '/v1/track',
      { type: 'track', messageId, userId, event, properties: { pin: 4711 } },
      { as: 'source' },
    );

  describe.each(VIEWS)('in $language', (options) => {
    const { language, words } = options;
    const named = (name: string) => `${name}-${language}`;

    it('shows a failed class, tells what a retry would do, and has another person approve it', async () => {
      const run = await launch(stack, oneSend({ key: `for-${language}`, segment: language }));
      const failed = async () => {
        const { n } = await stack.one<{ n: string }>(
          `select count(*) as n from participants where run_id = $1 and state = 'failed'`,
          [run],
        );
        return Number(n);
      };
      await until('they have failed', async () => (await failed()) === FAILING, 60_000);
      await importCustomers(
        stack,
        theirs(language).map((row) => ({ ...row, attributes: { ...row.attributes, poison: 'none' } })),
      );

      const first = await comes(options, '/attention');
      const { page } = first;
      await page.locator('nav a[href="/customers"]').waitFor();
      const item = page.locator('[data-code=participant_failed]', { hasText: run });
      const inTemporal = await item.locator('[data-workflows]').getAttribute('href');
      expect(new URL(inTemporal ?? '').searchParams.get('query')).toContain(`"run/${run}"`);
      await item.getByRole('link', { name: words.again }).click();
      await page.waitForURL(/\/retries\?/);
      await page.getByLabel(words.reason).fill('their data was mended');
      await judge(first, named('retry-plan'));
      await button(page, words.see).click();
      await page.waitForURL(/\/retries\/\d+$/);
      await page.locator('[data-would=put_back]').waitFor();
      expect(await page.locator('[data-would=put_back]').textContent()).toContain(String(FAILING));
      expect(await page.locator(`[data-sends="${FAILING}"]`).count()).toBe(1);
      await page.locator('[data-waits]').waitFor();
      expect(await button(page, words.approve).count()).toBe(0);
      await judge(first, named('retry-waits'));
      expect(await failed()).toBe(FAILING);

      const second = await comes(options, '/retries');
      await button(second.page, words.approve).click();
      await decide(second.page, null, named('retry-approve'), second);
      await page.locator(`[data-done="${FAILING}"]`).waitFor();
      await until('each item is told', async () => {
        return (await page.locator('tbody [data-outcome=done]').count()) === FAILING;
      });
      await judge(first, named('retry-done'));
      expect(await failed()).toBe(0);

      await page.getByRole('link', { name: words.replan }).click();
      await page.getByLabel(words.reason).fill('is anything left?');
      await button(page, words.see).click();
      await page.waitForURL(/\/retries\/\d+$/);
      await page.locator('h1 + [data-state=nothing]').waitFor();
      expect(await button(page, words.approve).count()).toBe(0);
      expect(await page.locator('[data-would]').count()).toBe(0);
      await judge(first, named('retry-nothing'));
      await page.goto(new URL('/retries', stack.api.url).href);
      await page.locator('[data-state=done]').first().waitFor();
      await judge(first, named('retries'));
    });

    it('slows a gateway down while it runs, and lets it go again', async () => {
      const came = await comes(options, '/queues');
      const { page } = came;
      const rate = page.locator('[data-rate="gateway/sim-gate"]');
      const row = page.locator('tr', { has: rate });
      const before = await rate.getAttribute('data-per-second');
      await row.getByRole('button', { name: words.slow }).click();
      await page.getByRole('dialog').getByLabel(words.perSecond).fill('3');
      await decide(came.page, 'they asked for it', named('rate-change'), came);
      await page.locator('[data-rate="gateway/sim-gate"][data-per-second="3"]').waitFor();
      await judge(came, named('queues'));
      await row.getByRole('button', { name: words.reset }).click();
      await decide(came.page, 'they are well again', named('rate-reset'), came);
      await page.locator(`[data-rate="gateway/sim-gate"][data-per-second="${before}"]`).waitFor();
    });

    it('shows an event as it comes in, never what stands in it, and waits where it is told to', async () => {
      const came = await comes(options, '/events');
      const { page } = came;
      const event = (name: string) => page.locator('[data-event]', { hasText: name });
      await page.locator('[data-backlog]').first().waitFor();
      await page.locator('[data-live=true]').waitFor(); // told from now on, not asked for
      await tell(`live-${language}`, `opened-${language}`, `${language}-c00001`);
      await event(`opened-${language}`).waitFor();
      expect(await page.locator('main').textContent()).not.toContain('4711');
      await judge(came, named('events'));
      await button(page, words.pause).click();
      await tell(`paused-${language}`, `closed-${language}`, `${language}-c00002`);
      await new Promise((resolve) => setTimeout(resolve, 2_500));
      expect(await event(`closed-${language}`).count()).toBe(0);
      await button(page, words.goOn).click();
      await event(`closed-${language}`).waitFor();
      await page.getByLabel(words.event, { exact: true }).fill(`closed-${language}`);
      await page.keyboard.press('Enter');
      await page.waitForURL(/name=closed/);
      await event(`opened-${language}`).waitFor({ state: 'detached' });
      expect(await page.locator('[data-event]').count()).toBe(1);
    });

    it('releases what a restoration holds, by two persons', async () => {
      await stack.pool.query(
        `insert into restorations (restored_to, at, temporal_at, reason, actor)
         values (clock_timestamp(), $1, clock_timestamp(), 'set back by the test', 'test')`,
        [new Date(await stack.businessNow())],
      );
      const first = await comes(options, '/restorations');
      await first.page.locator('[data-held=held]').waitFor();
      await button(first.page, words.propose).click();
      await decide(first.page, 'all was asked about', named('release-propose'), first);
      await first.page.locator('[data-held=proposed]').waitFor();
      expect(await button(first.page, words.release).count()).toBe(0);
      const second = await comes(options, '/restorations');
      await button(second.page, words.release).click();
      await decide(second.page, null, named('release-approve'), second);
      await second.page.locator('[data-held]').waitFor({ state: 'detached' });
      await judge(second, named('restorations'));
    });
  });
});
