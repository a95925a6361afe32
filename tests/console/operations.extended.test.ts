/**
 * The operator's desk in a real Chromium: a build is replayed and put in force, what changes is told to its page, a failed class is seen and tried again by two persons with its effect told first, a
 * gateway is slowed down, an event is seen as it comes in, and what a restoration holds is released.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { customers, defineBasics, defineGroup, importCustomers, launch, oneSend } from '../support/campaigns.js';
import { openBrowser, picture, type Visit, type VisitOptions } from '../support/chromium.js';
import { operatorCalls } from '../support/cli.js';
import { decide, Guests, HOSTILE, judge } from '../support/console-guests.js';
import { makePoisonous } from '../support/poison.js';
import { Stack, until } from '../support/stack.js';
import { needs } from '../support/tiers.js';

const COUNT = 8;
/** Of each language's customers, more than one person may have tried again alone. */
const FAILING = 5;
const UI = 'https://temporal.bank.example';
const versioned = (build: string) => ({ PADO_DEPLOYMENT: 'bank', PADO_BUILD: build });

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
      ...versioned('one'),
      PADO_TEMPORAL_UI_URL: UI,
      PADO_RETRY_ALONE_ITEMS: String(FAILING - 1),
    };
    const started = Stack.start({
      epoch: '2026-03-03T10:00:00+09:00',
      workers: 2,
      env: { api, worker: (n) => versioned(n === 0 ? 'one' : 'two') },
    });
    [stack, browser] = await Promise.all([started, openBrowser()]);
    guests = new Guests(stack, browser);
    await makePoisonous(stack.pool);
    await defineBasics(stack);
    for (const { language } of VIEWS) {
      await defineGroup(stack, language);
      await importCustomers(stack, theirs(language));
    }
  }, 180_000);
  afterAll(async () => {
    await guests?.leave();
    await browser?.close();
    await stack?.stop();
  }, 180_000);

  async function comes(options: VisitOptions, path: string): Promise<Visit> {
    const came = await guests.comesIn(['operator'], options);
    await came.page.goto(new URL(path, stack.api.url).href);
    return came;
  }

  const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
  const tell = (messageId: string, event: string, userId: string) =>
    stack.ok(
      'POST',
      '/v1/track',
      { type: 'track', messageId, userId, event, properties: { pin: 4711 } },
      { as: 'source' },
    );

  it('puts a build in force', async () => {
    const came = await comes({ language: 'ko', dark: true }, '/builds');
    const { page } = came;
    await page.locator('[data-build=two]').waitFor({ timeout: 30_000 });
    const [one, two] = ['one', 'two'].map((build) => page.locator('tr', { has: page.locator(`[data-build=${build}]`) }));
    if (!one || !two) throw new Error('two rows');
    await one.locator('[data-replay=none]').waitFor();
    // what the command line reports is there without a reload, and said by all three alike
    const told = await operatorCalls(stack, ['replay', '--open', '--report', 'one', '--json']);
    expect(told.code).toBe(0);
    const { fine } = JSON.parse(told.stdout.trim().split('\n').at(-1) ?? '') as { fine: number };
    expect(fine).toBeGreaterThan(0);
    await one.locator('[data-replay=clean]', { hasText: `${fine}개 이어짐` }).waitFor();
    const { items } = await stack.ok('GET', '/v1/deployment/replays', undefined, { as: 'operator' });
    expect(items).toMatchObject([{ build: 'one', fine, broken: 0, breaks: [] }]);
    expect((await operatorCalls(stack, ['deployment'])).stdout).toMatch(new RegExp(`one .* ${fine} go on`));
    const broken = {
      build: 'two',
      types: [{ type: 'laneWorkflow', fine: 4, broken: 2 }],
      breaks: [{ workflow: 'run/r/lane/0', type: 'laneWorkflow', reason: `a timer ${HOSTILE}` }],
      staying: [{ build: 'one', open: 3 }],
    };
    await stack.ok('POST', '/v1/deployment/replays', broken, { as: 'operator' });
    await two.locator('[data-replay=breaks]').waitFor();
    await page.locator('[data-reported=two]', { hasText: 'run/r/lane/0' }).waitFor();
    await one.getByRole('button', { name: '적용하기' }).click();
    expect(await page.getByRole('dialog').locator('[data-warned]').count()).toBe(0);
    await decide(came.page, 'the first', 'build-current-ko', came);
    await page.locator('[data-build=one][data-state=current]').waitFor({ timeout: 30_000 });
    await judge(came, 'builds-ko');
  }, 180_000);

  it('ramps another one, and takes it back', async () => {
    const came = await comes({ language: 'en' }, '/builds');
    const { page } = came;
    await button(page, 'Ramp').click();
    await page.getByRole('dialog').locator('[data-warned=breaks]', { hasText: '2 open workflows would break' }).waitFor();
    await page.getByRole('dialog').getByLabel('Percent').fill('25');
    await decide(came.page, 'a quarter first', 'build-ramp-en', came);
    await page.locator('[data-build=two][data-state=ramping]').waitFor();
    await judge(came, 'builds-en');
    await button(page, 'Roll back').click();
    await decide(came.page, 'it is slow', 'build-rollback-en', came);
    await page.locator('[data-build=two][data-state=ramping]').waitFor({ state: 'detached' });
    expect(await stack.ok('GET', '/v1/deployment', undefined, { as: 'operator' })).toMatchObject({
      current: 'one',
      ramp: null,
    });
  }, 180_000);

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
    }, 150_000);

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
    }, 180_000);

    it('is told what changes without asking for it, as of when', async () => {
      const came = await comes(options, '/queues');
      const { page } = came;
      await page.locator('[data-live=true]').waitFor();
      const asOf = async () => Number(await page.locator('[data-as-of]').getAttribute('data-as-of'));
      const moved = async () => {
        const before = await asOf();
        await until('it is so as of later', async () => (await asOf()) > before);
      };
      const asked: string[] = [];
      page.on('request', (request) => asked.push(new URL(request.url()).pathname));
      await moved();
      asked.length = 0;
      await moved();
      await moved();
      expect(asked.filter((path) => path === '/v1/rates')).toEqual([]);
      const say = (perSecond: number | null) =>
        stack.ok('POST', '/v1/rates/gateway/sim-gate', { perSecond, reason: 'test' }, { as: 'operator' });
      const rate = page.locator('[data-rate="gateway/sim-gate"]');
      const before = await rate.getAttribute('data-per-second');
      await say(7);
      await page.locator('[data-rate="gateway/sim-gate"][data-per-second="7"]').waitFor();
      await judge(came, named('queues-live'));
      await say(null);
      await page.locator(`[data-rate="gateway/sim-gate"][data-per-second="${before}"]`).waitFor();
    }, 180_000);

    it('shows an event as it comes in, never what stands in it, and waits where it is told to', async () => {
      const came = await comes(options, '/events');
      const { page } = came;
      const event = (name: string) => page.locator('[data-event]', { hasText: name });
      await page.locator('[data-backlog]').first().waitFor();
      await tell(`live-${language}`, `opened-${language}`, `${language}-c00001`);
      await event(`opened-${language}`).waitFor({ timeout: 5_000 });
      expect(await page.locator('main').textContent()).not.toContain('4711');
      await judge(came, named('events'));
      await button(page, words.pause).click();
      await tell(`paused-${language}`, `closed-${language}`, `${language}-c00002`);
      await new Promise((resolve) => setTimeout(resolve, 2_500));
      expect(await event(`closed-${language}`).count()).toBe(0);
      await button(page, words.goOn).click();
      await event(`closed-${language}`).waitFor({ timeout: 5_000 });
      await page.getByLabel(words.event, { exact: true }).fill(`closed-${language}`);
      await page.keyboard.press('Enter');
      await page.waitForURL(/name=closed/);
      await event(`opened-${language}`).waitFor({ state: 'detached' });
      expect(await page.locator('[data-event]').count()).toBe(1);
    }, 180_000);

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
    }, 180_000);
  });

  it('says clearly where nothing is told any more, asks instead, and follows the next API', async () => {
    const { page } = await comes({ language: 'ko' }, '/attention');
    await page.locator('[data-live=true]', { hasText: '실시간' }).waitFor();
    await stack.api.kill('SIGTERM');
    await page.locator('[data-live=false]', { hasText: '3초마다 조회' }).waitFor();
    await picture(page, 'live-broken-ko');
    await stack.api.start({ PADO_PORT: new URL(stack.api.url).port });
    await page.locator('[data-live=true]', { hasText: '실시간' }).waitFor();
  }, 180_000);
});
