/**
 * What changes by itself, as the operator's pages are told of it in a real Chromium: builds as they are replayed and put in force, rates, a stopped queue of
 * which one item is set aside; what it says where nothing is told; and what ⌘K finds by name.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { customers, defineBasics, importCustomers, launch, respond, twoWaves } from '../support/campaigns.js';
import { openBrowser, picture, type VisitOptions } from '../support/chromium.js';
import { operatorCalls } from '../support/cli.js';
import { decide, Guests, HOSTILE, judge } from '../support/console-guests.js';
import { Stack, until } from '../support/stack.js';
import { needs } from '../support/tiers.js';
import type { Replay } from '../support/two-builds.js';

const versioned = (build: string) => ({ PADO_DEPLOYMENT: 'bank', PADO_BUILD: build });
const COUNT = 8;
const VIEWS: VisitOptions[] = [
  { language: 'ko', size: { width: 1_280, height: 800 } },
  { language: 'en', dark: true, size: { width: 1_920, height: 1_080 } },
];

needs('chromium')('what the operator’s pages are told', () => {
  let stack: Stack;
  let browser: Browser;
  let guests: Guests;

  beforeAll(async () => {
    const started = Stack.start({
      epoch: '2026-03-03T10:00:00+09:00',
      workers: 2,
      env: { api: versioned('one'), worker: (n) => versioned(n === 0 ? 'one' : 'two') },
    });
    [stack, browser] = await Promise.all([started, openBrowser()]);
    guests = new Guests(stack, browser);
    await defineBasics(stack);
    await importCustomers(stack, customers(COUNT));
  });
  afterAll(async () => {
    await guests?.leave();
    await browser?.close();
    await stack?.stop();
  });

  const comes = (options: VisitOptions, path: string) => guests.comesTo(path, ['operator'], options);
  const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

  it('says what a replay has found on each build, and warns before one without is put in force', async () => {
    const came = await comes({ language: 'ko', dark: true }, '/builds');
    const { page } = came;
    await page.locator('[data-build=two]').waitFor({ timeout: 30_000 });
    const [one, two] = ['one', 'two'].map((build) =>
      page.locator('tr', { has: page.locator(`[data-build=${build}]`) }),
    );
    if (!one || !two) throw new Error('two rows');
    await one.locator('[data-replay=none]').waitFor();
    await one.getByRole('button', { name: '적용하기' }).click();
    await page.getByRole('dialog').locator('[data-warned=none]').waitFor();
    await decide(came.page, 'the first', 'build-current-ko', came);
    await page.locator('[data-build=one][data-state=current]').waitFor({ timeout: 30_000 });
    await launch(stack, twoWaves({ key: 'winter', span: 'P2D' }));
    await until('everybody waits on it', async () => {
      const { n } = await stack.one<{ n: string }>("select count(*) as n from participants where node = 'wait-1'");
      return Number(n) === COUNT;
    });
    // what the command line reports is there without a reload, and said by all three alike
    const told = await operatorCalls(stack, ['replay', '--open', '--report', 'one', '--json']);
    expect(told.code).toBe(0);
    const { fine, staying } = JSON.parse(told.stdout.trim().split('\n').at(-1) ?? '') as Replay;
    expect(staying['one']).toBeGreaterThan(0);
    await one.locator('[data-replay=clean]', { hasText: '깨지는 것 없음' }).waitFor();
    await page.locator('[data-reported=one]', { hasText: `one ${staying['one']}개` }).waitFor();
    const { items } = await stack.ok('GET', '/v1/deployment/replays', undefined, { as: 'operator' });
    expect(items).toMatchObject([{ build: 'one', fine, broken: 0, breaks: [], staying: [{ build: 'one' }] }]);
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
    await judge(came, 'builds-ko');
  });

  it('warns before a build that would break something is ramped, and takes it back', async () => {
    const came = await comes({ language: 'en' }, '/builds');
    const { page } = came;
    await button(page, 'Ramp').click();
    await page
      .getByRole('dialog')
      .locator('[data-warned=breaks]', { hasText: '2 open workflows would break' })
      .waitFor();
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
  });

  it('shows the run that starts', async () => {
    const came = await comes({ language: 'ko' }, '/runs');
    const { page } = came;
    await page.locator('[data-live=true]').waitFor();
    await page.locator('tbody tr').first().waitFor();
    expect(await page.locator('tbody tr').count()).toBe(1);
    const run = await launch(stack, twoWaves({ key: 'spring', span: 'P2D' }));
    await page.locator('tbody tr', { hasText: run }).waitFor();
    await judge(came, 'runs-live-ko');
  });

  describe.each(VIEWS)('in $language', (options) => {
    const korean = options.language === 'ko';
    const named = (name: string) => `${name}-${options.language}`;

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
    });

    it('sets aside what got an unknown answer by itself, counted first, and lets the others go', async () => {
      const came = await comes(options, '/attention');
      const { page } = came;
      await page.locator('[data-live=true]').waitFor();
      const alone = `alone-${options.language}`;
      await stopAt(stack, alone);
      const item = page.locator('[data-code=queue_stopped]', { hasText: alone });
      await item.getByRole('button', { name: korean ? '1건 따로 두기' : 'Set 1 item aside' }).click();
      await page.getByRole('dialog').getByText(`p/${alone}/1`).waitFor();
      await decide(page, 'theirs alone', named('set-aside'), came);
      await item.waitFor({ state: 'detached' });
      const { rows } = await stack.pool.query('select key, state, reason from payouts where provider = $1 order by 1', [
        alone,
      ]);
      expect(rows).toEqual([
        { key: `p/${alone}/1`, state: 'held', reason: 'by_person' },
        { key: `p/${alone}/2`, state: 'intended', reason: null },
      ]);
      await stack.pool.query('delete from payout_attempts where provider = $1', [alone]);
      await stack.pool.query('delete from payouts where provider = $1', [alone]);
    });
  });

  it('tells finance what is asked for as it is, and operators of an event, none of them asking for it', async () => {
    const finance = await guests.comesTo('/approvals', ['finance'], { language: 'ko' });
    const operator = await comes({ language: 'ko' }, '/events');
    for (const { page } of [finance, operator]) await page.locator('[data-live=true]').waitFor();
    const asked: string[] = [];
    for (const { page } of [finance, operator])
      page.on('request', (request) => {
        const { pathname } = new URL(request.url());
        if (['/v1/events', '/v1/budgets'].includes(pathname)) asked.push(pathname);
      });
    const aWhile = () => new Promise((resolve) => setTimeout(resolve, 4_000));
    await aWhile(); // what was read before the first was told is read once more
    asked.length = 0;
    await aWhile();
    expect(asked).toEqual([]);
    await stack.ok('POST', '/v1/budgets/main/changes', {
      kind: 'raise',
      amount: { value: '7000', currency: 'KRW' },
      reason: 'more guests than planned',
    });
    await finance.page.getByText('more guests than planned').waitFor();
    expect(asked).not.toContain('/v1/events');
    await respond(stack, ['c00001'], 'looked', 'told');
    await operator.page.locator('[data-event]', { hasText: 'looked' }).waitFor();
    await judge(finance, 'approvals-live-ko');
    await judge(operator, 'events-live-ko');
  });

  it('finds segments and messages by ⌘K, whichever of how many they are', async () => {
    await stack.one(
      `insert into templates (key, version, channel, body, created_by, created_at)
       select 'a-' || n, 1, 'push', 'one of many', 'test', now() from generate_series(1, 300) n`,
    );
    const came = await comes({ language: 'ko' }, '/attention');
    const { page } = came;
    await page.locator('[data-live=true]').waitFor();
    await page.keyboard.press('Control+k');
    for (const [words, path] of [
      ['everyo', 'segments/everyone'],
      ['hell', 'messages/hello'],
    ] as const) {
      await page.getByRole('dialog').getByRole('textbox').fill(words);
      await page.getByRole('button', { name: new RegExp(words) }).click();
      await page.waitForURL(new RegExp(path));
      await page.keyboard.press('Control+k');
    }
    await judge(came, 'search-names-ko');
  });

  it('finds by ⌘K nothing that the API would not tell', async () => {
    const { page } = await guests.comesIn(['finance'], { language: 'ko' });
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog').getByRole('textbox').fill('시산');
    await page.getByRole('dialog').getByRole('button').first().waitFor();
    await page.getByRole('dialog').getByRole('textbox').fill('everyo');
    await page.getByText('찾은 항목이 없습니다').waitFor();
    expect(asked.filter((path) => /segments|templates/.test(path))).toEqual([]);
  });

  it('says clearly where nothing is told any more, asks instead, and follows the next API', async () => {
    const { page } = await comes({ language: 'ko' }, '/attention');
    await page.locator('[data-live=true]', { hasText: '실시간' }).waitFor();
    await stack.api.kill('SIGTERM');
    await page.locator('[data-live=false]', { hasText: '3초마다 조회' }).waitFor();
    await picture(page, 'live-broken-ko');
    await stack.api.start({ PADO_PORT: new URL(stack.api.url).port });
    await page.locator('[data-live=true]', { hasText: '실시간' }).waitFor({ timeout: 120_000 }); // after so many failures a minute may go by
  });
});

/** A provider's queue that one of its two payouts has stopped, by an answer that it got alone. */
async function stopAt(stack: Stack, provider: string): Promise<void> {
  await stack.pool.query(
    `insert into queues (kind, name, shard, attention, attention_at)
     values ('payout', $1, 0, 'undocumented answer 400', clock_timestamp())`,
    [provider],
  );
  await stack.pool.query(
    `insert into payouts (key, slot_key, claim_key, run_id, campaign, node, visit, wave, customer_id, kind, amount, currency, budget, provider,
       shard, state, input_sha256, evidence, budget_seq, decided_at)
     select 'p/' || $1 || '/' || n, 'p/' || $1 || '/' || n, $1 || '/' || n, r.id, r.campaign, 'n', 1, 1, 'c00001', 'point', 7, 'KRW', 'b', $1, 0, 'intended', '', '{}', 1, now()
     from (select id, campaign from runs order by id limit 1) r, generate_series(1, 2) n`,
    [provider],
  );
  const { rows } = await stack.pool.query<{ id: string }>(
    `insert into payout_attempts (payout_key, attempt, provider, shard, step, context_id, now, customer_status, gate_version, lease_until, closed_at, outcome, refused)
     values ('p/' || $1 || '/1', 1, $1, 0, 1, 1, now(), 'active', 1, now(), now(), 'not_acted', 400) returning id`,
    [provider],
  );
  await stack.pool.query(`update payouts set attempt_id = $2, attempts = 1 where key = 'p/' || $1 || '/1'`, [
    provider,
    rows[0]?.id,
  ]);
}
