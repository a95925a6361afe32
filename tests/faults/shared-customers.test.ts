/**
 * Twenty campaigns at once on the same customers, over midnight, under a cap per calendar day and one per calendar week: nobody gets more by
 * the gateway's own book. And of two that are due together, the higher priority gets the contact, whichever arrived first.
 * PADO_SHARED_CUSTOMERS sets how many they share (1,000).
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { customers, defineBasics, importCustomers, launchDraft, settled, validated } from '../support/campaigns.js';
import { Stack, until } from '../support/stack.js';

const CAMPAIGNS = 20;
const SHARED = Number(process.env['PADO_SHARED_CUSTOMERS'] ?? 1_000);
const PAIRED = 200;
const DAY_CAP = 2;
const WEEK_CAP = 3;
const SCALE_MS = Math.max(1, SHARED / 1_000) * 300_000;

const send = (next: string) => ({ type: 'send', template: 'hello', channel: 'push', gateway: 'sim-gate', next });
const AWAKE = { from: '00:00', to: '00:00' };
const done = { type: 'exit' };

/** Two sends, the second one beyond midnight. */
const overMidnight = (n: number) => ({
  key: `shared-${n}`,
  name: `shared ${n}`,
  purpose: 'advertising',
  segment: 'shared',
  priority: n,
  quietHours: AWAKE,
  journey: {
    start: 'send-1',
    nodes: {
      'send-1': send('night'),
      night: { type: 'wait', span: 'PT60S', next: 'send-2' },
      'send-2': send('done'),
      done,
    },
  },
});
const once = (key: string, product: string, priority: number) => ({
  key,
  name: key,
  purpose: 'advertising',
  product,
  review: { exempt: 'a test' },
  segment: 'paired',
  priority,
  quietHours: AWAKE,
  journey: { start: 'send', nodes: { send: send('done'), done } },
});

describe(`${CAMPAIGNS} campaigns on ${SHARED} shared customers`, () => {
  let stack: Stack;
  beforeAll(async () => {
    // A Saturday night: the day changes, the ISO week does not.
    stack = await Stack.start({ epoch: '2026-03-07T23:59:00+09:00', sweepSeconds: 2 });
    await defineBasics(stack);
    const group = (value: string) => ({
      name: value,
      rule: { combinator: 'and', rules: [{ field: 'attribute.group', operator: '=', value }] },
    });
    await stack.ok('PUT', '/v1/segments/shared', group('shared'));
    await stack.ok('PUT', '/v1/segments/paired', group('paired'));
    const attributes = (n: number) => ({ name: `손님${n}`, group: n <= SHARED ? 'shared' : 'paired' });
    await importCustomers(
      stack,
      customers(SHARED + PAIRED, (n) => ({ attributes: attributes(n) })),
    );
    const policy = (key: string, body: object) =>
      stack.ok('PUT', `/v1/contact-policies/${key}`, { scope: { kind: 'all' }, ...body }, { as: 'operator' });
    await policy('daily', { window: { kind: 'calendar', unit: 'day' }, cap: DAY_CAP });
    await policy('weekly', { window: { kind: 'calendar', unit: 'week' }, cap: WEEK_CAP });
    for (const product of ['first-pair', 'second-pair']) {
      await policy(product, {
        scope: { kind: 'product', value: product },
        window: { kind: 'rolling', span: 'P1D' },
        cap: 1,
      });
    }
  }, 180_000);
  afterAll(() => stack.stop(), 60_000);

  it(
    'send nobody more than a day and a week allow',
    async () => {
      const drafts = Array.from({ length: CAMPAIGNS }, (_, n) => overMidnight(n));
      for (const draft of drafts) await validated(stack, draft);
      const runs = await Promise.all(drafts.map(({ key }) => launchDraft(stack, key)));
      for (const run of runs) await settled(stack, run, SCALE_MS);

      const perCustomer = new Map<string, number>();
      for (const { meta } of await stack.simulator.gateway.readBook()) {
        const customer = String(meta.customer);
        perCustomer.set(customer, (perCustomer.get(customer) ?? 0) + 1);
      }
      expect(perCustomer.size).toBe(SHARED);
      const totals = Map.groupBy(perCustomer.values(), (n) => n);
      console.log(
        `messages per customer: ${JSON.stringify(Object.fromEntries([...totals].map(([n, who]) => [n, who.length])))}`,
      );
      expect(Math.max(...totals.keys())).toBeLessThanOrEqual(WEEK_CAP);
      expect(Math.min(...totals.keys())).toBeGreaterThanOrEqual(DAY_CAP);
      const perDay = await stack.one<{ most: number }>(
        `select max(n)::int as most from (
           select count(*) as n from outbox where state = 'accepted' group by customer_id, (handover_at at time zone 'Asia/Seoul')::date) d`,
      );
      expect(perDay.most).toBe(DAY_CAP);
      // Each wanted 40, and each one that was not sent says why.
      const refused = await stack.one<{ n: number }>(
        `select sum(n)::int as n from counters where measure = 'suppressed' and reason in ('capped', 'yielded')`,
      );
      const sent = [...perCustomer.values()].reduce((sum, n) => sum + n, 0);
      expect(refused.n + sent).toBe(2 * CAMPAIGNS * SHARED);
      await stack.auditClean();
    },
    SCALE_MS + 120_000,
  );

  it('give the contact to the higher priority of two that are due together, in either order of arrival', async () => {
    const pairs = [
      once('low-1', 'first-pair', 0),
      once('high-1', 'first-pair', 9),
      once('high-2', 'second-pair', 9),
      once('low-2', 'second-pair', 0),
    ];
    for (const draft of pairs) await validated(stack, draft);
    // Nobody moves until both audiences of a pair are frozen: then everybody is due at once.
    await stack.ok('POST', '/v1/controls/all', { state: 'paused', reason: 'both first' }, { as: 'operator' });
    const runs: string[] = [];
    for (const { key } of pairs) {
      const run = await launchDraft(stack, key);
      runs.push(run);
      await until(
        'frozen',
        async () =>
          (await stack.one<{ state: string }>('select state from runs where id = $1', [run])).state === 'running',
      );
    }
    await stack.ok('POST', '/v1/controls/all', { state: 'running', reason: 'both are there' }, { as: 'operator' });
    for (const run of runs) await settled(stack, run);

    const sent = async (run: string | undefined) =>
      (
        await stack.one<{ n: number }>(
          `select count(*)::int as n from outbox where run_id = $1 and state = 'accepted'`,
          [run],
        )
      ).n;
    expect(await Promise.all(runs.map(sent))).toEqual([0, PAIRED, PAIRED, 0]);
    const refused = await stack.one<{ n: number }>(
      `select sum(n)::int as n from counters where run_id = any($1) and reason in ('capped', 'yielded')`,
      [[runs[0], runs[3]]],
    );
    expect(refused.n).toBe(2 * PAIRED);
    await stack.auditClean();
  }, 240_000);
});
