/**
 * A run that moves, in a real Chromium on a real installation, in both languages: its page follows without asking again, its people add up on the drawing, responses are
 * drawn and told as a table, treated and held out stand beside each other, and it is paused and stopped from there.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import {
  customers,
  defineBasics,
  importCustomers,
  launch,
  respond,
  twoWaves,
  validated,
} from '../support/campaigns.js';
import { BY_ITSELF } from '../support/child.js';
import { openBrowser } from '../support/chromium.js';
import { decide, Guests, HOSTILE, judge, KOREAN, sayIn, VIEWS } from '../support/console-guests.js';
import { Stack, until } from '../support/stack.js';
import { needs } from '../support/tiers.js';

const COUNT = 48;
const EARLY = 6;

/** Two waves behind a draw of two arms, a quarter of all held out. */
function withHoldout(key: string): Record<string, unknown> {
  const { journey, ...campaign } = twoWaves({ key, span: 'P2D' }) as { journey: { start: string; nodes: object } };
  const arm = (name: string) => ({ name, weight: 3, next: journey.start });
  const draw = { type: 'split', holdout: 2, arms: [arm('warm'), arm('plain')] };
  return {
    ...campaign,
    goal: { event: 'purchase', window: 'P7D' },
    kpiTarget: '구매 전환 5 %',
    hypothesis: `봄 소식을 받으면 더 많이 산다. ${HOSTILE}`,
    journey: { start: 'draw', nodes: { draw, ...journey.nodes } },
  };
}

needs('chromium')('a run that moves', () => {
  let stack: Stack;
  let browser: Browser;
  let guests: Guests;
  let run: string;
  let sent: string[];

  beforeAll(async () => {
    [stack, browser] = await Promise.all([Stack.start({ epoch: '2026-03-03T10:00:00+09:00' }), openBrowser()]);
    guests = new Guests(stack, browser);
    await defineBasics(stack);
    await importCustomers(stack, customers(COUNT));
    run = await launch(stack, withHoldout('spring'));
    await until('all are drawn, and sent to or held out', async () => {
      const { n } = await stack.one<{ n: string }>(
        `select count(*) as n from participants where run_id = '${run}' and (end_reason = 'holdout' or node = 'wait-1')`,
      );
      return Number(n) === COUNT;
    });
    const { rows } = await stack.pool.query<{ id: string }>(
      `select customer_id as id from participants where run_id = $1 and state = 'active' order by 1`,
      [run],
    );
    sent = rows.map(({ id }) => id);
    await respond(stack, sent.slice(0, EARLY));
    await until('they have responded', async () => {
      const { n } = await stack.one<{ n: string }>("select count(*) as n from payouts where state = 'paid'");
      return Number(n) === EARLY;
    });
  });
  afterAll(async () => {
    await guests?.leave();
    await browser?.close();
    await stack?.stop();
  });

  it('is let go by an API that ends, which does not wait for it, and follows the next one', async () => {
    const { page } = await guests.comesIn(['marketer'], KOREAN);
    await page.goto(`/runs/${run}`);
    await page.locator('[data-live=true]').waitFor();
    expect(await stack.api.kill('SIGTERM')).toEqual(BY_ITSELF);
    await page.locator('[data-live=false]').waitFor();
    await stack.api.start({ PADO_PORT: new URL(stack.api.url).port });
    await page.locator('[data-live=true]').waitFor({ timeout: 120_000 });
  });

  describe.each(VIEWS)('in $language', (view) => {
    const { language } = view;
    const say = sayIn(view);
    const entered = (count: number) => say(`들어옴 ${count}`, `entered ${count}`);
    /** Two more respond in each language. */
    const before = EARLY + (language === 'ko' ? 0 : 2);

    it('is followed by its page: what changes is there without being asked for, and adds up on the drawing', async () => {
      const came = await guests.comesIn(['marketer'], view);
      const { page } = came;
      const asked: string[] = [];
      await page.goto(`/runs/${run}`);
      await page.locator('[data-live=true]').waitFor();
      // of a long journey its beginning is seen, unless one wants all of it
      await until('all of it is seen', async () => {
        // once more: its first sight may come after it was asked for all
        await page.getByRole('button', { name: say('화면에 맞추기', 'Fit into view') }).click();
        return await page.locator('[data-node=reward-1][data-adds=true]', { hasText: entered(before) }).isVisible();
      });
      page.on('request', (request) => {
        if (new URL(request.url()).pathname === `/v1/runs/${run}`) asked.push(request.url());
      });
      await respond(stack, sent.slice(before, before + 2));
      await page.locator('[data-node=reward-1][data-adds=true]', { hasText: entered(before + 2) }).waitFor();
      expect(asked).toEqual([]);
      const adds = () =>
        page.locator('.flow-node').evaluateAll((all) => all.map((node) => node.getAttribute('data-adds')));
      expect([...new Set(await adds())]).toEqual(['true']);
      // what the drawing says is what the API says
      const { nodes } = await stack.ok('GET', `/v1/runs/${run}`);
      for (const { node, people } of nodes as { node: string; people: { entered: number } }[])
        await page.locator(`[data-node=${node}]`, { hasText: entered(people.entered) }).waitFor();
      expect(await page.title()).not.toBe('1');
      await judge(came, `live-run-${language}`);
      await page.locator('[data-response-curve] polyline.curve-line').waitFor();
      await page.locator('[data-response-curve]').getByText(say('표로 보기', 'As a table')).click();
      const rows = page
        .getByRole('region', { name: say('웨이브 발송 후 반응', 'Responses since each wave was sent') })
        .locator('tbody tr');
      await rows
        // a whole minute has no seconds
        .filter({ hasText: new RegExp(`(${say('초|분', 'sec|min')})${before + 2}`) })
        .last()
        .waitFor();
      await page.locator('[data-response-curve]').scrollIntoViewIfNeeded();
      await judge(came, `live-curve-${language}`);
    });

    it('shows treated and held out beside each other, and each wave by arm and offer', async () => {
      const came = await guests.comesIn(['approver'], view);
      const { page } = came;
      await page.goto(`/runs/${run}`);
      const report = await stack.ok('GET', `/v1/runs/${run}/report`);
      expect(report.holdout.people).toBe(COUNT - sent.length);
      const reached = page.getByRole('region', { name: say('목표 달성', 'Reached the goal') }).locator('tbody tr');
      await reached.nth(1).waitFor();
      expect(await reached.nth(0).textContent()).toContain(
        `${say('실험 대상', 'Treated')}${report.treated.people}${report.treated.goal}`,
      );
      expect(await reached.nth(1).textContent()).toContain(
        `${say('대조군', 'Held out')}${report.holdout.people}${report.holdout.goal}`,
      );
      await page.locator('[data-uplift]').waitFor();
      await page.locator('[data-goal-curve="2"]').waitFor();
      const curve = await stack.ok('GET', `/v1/runs/${run}/goal-curve`);
      expect(curve).toMatchObject({ treated: report.treated, holdout: report.holdout });
      expect(await page.locator('[data-goal-curve] polyline').count()).toBe(2);
      const cells = page
        .getByRole('region', { name: say('실험군·라벨·오퍼 비교', 'Arms, labels and offers') })
        .locator('tbody tr');
      expect(await cells.count()).toBe(report.cells.length);
      expect(await page.getByText(HOSTILE).count()).toBe(1);
      expect(await page.getByRole('button', { name: new RegExp(say('일시 정지|중지', 'Pause|Stop')) }).count()).toBe(0);
      await cells.first().scrollIntoViewIfNeeded();
      await judge(came, `live-compared-${language}`);
      await page.evaluate('scrollTo(0, 0)');
      await judge(came, `live-report-${language}`);
    });
  });

  it('shows the month: what is sent on which day, what was, and who is at a cap', async () => {
    const day = { kind: 'calendar', unit: 'day' };
    await stack.ok(
      'PUT',
      '/v1/contact-policies/daily',
      { scope: { kind: 'all' }, window: day, cap: 1 },
      { as: 'operator' },
    );
    const start = { type: 'recurring', calendars: [{ times: ['10:30'], weekdays: ['fri'] }] };
    await validated(stack, { ...twoWaves({ key: 'weekly', span: 'P2D' }), name: '금요일 소식', start });
    await stack.ok(
      'POST',
      '/v1/campaigns/weekly/launch',
      {},
      { as: 'marketer', headers: { 'idempotency-key': 'weekly' } },
    );
    const draft = {
      ...twoWaves({ key: 'later' }),
      name: HOSTILE,
      start: { type: 'at', at: '2026-03-20T10:00:00+09:00' },
    };
    await stack.ok('PUT', '/v1/campaigns/later', draft, { as: 'marketer', headers: { 'if-none-match': '*' } });
    for (const view of VIEWS) {
      const { language } = view;
      const say = sayIn(view);
      const came = await guests.comesIn(['approver'], view);
      const { page } = came;
      await page.getByRole('link', { name: say('캘린더', 'Calendar') }).click();
      const capped = say(`한도에 닿은 사람 ${sent.length}명`, `${sent.length} people at the cap`);
      await page.locator('[data-day="2026-03-03"][data-today=true]', { hasText: capped }).waitFor();
      await page.locator('[data-day="2026-03-05"]', { hasText: '두 번의 파도' }).waitFor();
      for (const friday of ['06', '13', '20', '27'])
        await page.locator(`[data-day="2026-03-${friday}"] [data-kind=start]`, { hasText: '금요일 소식' }).waitFor();
      await page.locator('[data-day="2026-03-20"] [data-kind=draft]', { hasText: HOSTILE }).waitFor();
      expect(await page.title()).not.toBe('1');
      await judge(came, `live-calendar-${language}`);
      await page.goto('/calendar?month=2026-03&day=2026-03-05');
      await page.getByRole('region', { name: say('접촉 정책', 'Contact policies') }).waitFor();
      await judge(came, `live-calendar-day-${language}`);
    }
  });

  describe.each(VIEWS)('in $language', (view) => {
    const { language } = view;
    const say = sayIn(view);

    it('asks again by itself where it cannot be followed, and leaves with its session', async () => {
      const own = await launch(stack, twoWaves({ key: `autumn-${language}`, span: 'P2D' }));
      const came = await guests.comesIn(['marketer'], view);
      const { page } = came;
      await page.route(/\/live$/, (route) => route.fulfill({ status: 429, body: '' }));
      const asks = page.waitForRequest((request) => request.url().endsWith(`/v1/runs/${own}`));
      await page.goto(`/runs/${own}`);
      await asks;
      await page.locator('[data-stage=branch]').waitFor();
      await page.waitForRequest((request) => request.url().endsWith(`/v1/runs/${own}`));
      expect(await page.locator('[data-live=false]').count()).toBe(1);
      await page.unroute(/\/live$/);
      await page.locator('[data-live=true]').waitFor({ timeout: 120_000 }); // after so many failures a minute may go by
      await page.getByRole('button', { name: say('일시 정지', 'Pause') }).click();
      await decide(page, '그림이 잘못됐다', `live-pause-${language}`, came);
      await page.locator('[data-state=paused]').waitFor();
      await page.getByRole('button', { name: new RegExp(say('중지', 'Stop')) }).click();
      await decide(page, '다시 만든다', `live-stop-${language}`, came);
      await page.locator('[data-state=stopped]').waitFor();
      await stack.pool.query('update sessions set ended_at = now() where ended_at is null');
      await page.waitForURL(/\/sign-in/);
    });
  });
});
