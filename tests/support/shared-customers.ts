/**
 * Twenty campaigns at once on the same customers, over midnight, under a cap per calendar day and one per calendar week. Whatever the order,
 * nobody gets more than the caps allow by the gateway's own book, nobody less than they leave, and whoever got nothing has the reason.
 */
import { expect } from '@jest/globals';
import { timeOf } from './bench.js';
import {
  customers,
  defineBasics,
  defineGroup,
  importCustomers,
  launchDraft,
  putCap,
  settled,
  validated,
} from './campaigns.js';
import { Stack, until } from './stack.js';

export const CAMPAIGNS = 20;
const DAY_CAP = 2;
const WEEK_CAP = 3;
const AWAKE = { from: '00:00', to: '00:00' };

/** Seconds before midnight at which it begins: long enough that the first sends of so many fall on the day before. */
const leadSeconds = (shared: number): number => 60 + Math.ceil(shared / 100);
/** How long it may take before it counts as stuck. */
const patienceMs = (shared: number): number => 300_000 + shared * 300;

/** Two sends, the second one beyond midnight. */
const overMidnight = (n: number, shared: number) => ({
  key: `shared-${n}`,
  name: `shared ${n}`,
  purpose: 'advertising',
  segment: 'shared',
  priority: n,
  quietHours: AWAKE,
  journey: {
    start: 'send-1',
    nodes: {
      'send-1': { type: 'send', template: 'hello', channel: 'push', gateway: 'sim-gate', next: 'night' },
      night: { type: 'wait', span: `PT${leadSeconds(shared)}S`, next: 'send-2' },
      'send-2': { type: 'send', template: 'hello', channel: 'push', gateway: 'sim-gate', next: 'done' },
      done: { type: 'exit' },
    },
  },
});

/** An installation on a Saturday night (the day changes, the ISO week does not) with so many shared customers and both caps. */
export async function startShared(shared: number): Promise<Stack> {
  const epoch = new Date(Date.parse('2026-03-08T00:00:00+09:00') - leadSeconds(shared) * 1_000).toISOString();
  const stack = await Stack.start({ epoch, sweepSeconds: 4 });
  try {
    await defineBasics(stack);
    await defineGroup(stack, 'shared');
    const own = customers(shared, (n) => ({ attributes: { name: `손님${n}`, group: 'shared' } }));
    await importCustomers(stack, own);
    await putCap(stack, 'daily', { window: { kind: 'calendar', unit: 'day' }, cap: DAY_CAP });
    await putCap(stack, 'weekly', { window: { kind: 'calendar', unit: 'week' }, cap: WEEK_CAP });
    return stack;
  } catch (error) {
    await stack.stop();
    throw error;
  }
}

export interface SharedFigures {
  /** From the first launch until everybody's first send is decided, and until nothing is open. */
  decidedMs: number;
  settledMs: number;
  auditMs: number;
  messages: number;
}

/** All of it, from the launches to the audit. Errors: those of what does not hold. */
export async function playShared(stack: Stack, shared: number): Promise<SharedFigures> {
  const drafts = Array.from({ length: CAMPAIGNS }, (_, n) => overMidnight(n, shared));
  for (const draft of drafts) await validated(stack, draft);
  const begin = performance.now();
  const runs = await Promise.all(drafts.map(({ key }) => launchDraft(stack, key)));
  await until(
    'every first send is decided',
    async () => (await counted(stack, `measure = 'decided' and node = 'send-1'`)) === CAMPAIGNS * shared,
    patienceMs(shared),
  );
  const decidedMs = performance.now() - begin;
  for (const run of runs) await settled(stack, run, patienceMs(shared));
  const settledMs = performance.now() - begin;

  const messages = await expectWithinCaps(stack, shared);
  // Each wanted two messages of each campaign, and each one that was not sent says why.
  const refused = await counted(stack, `measure = 'suppressed' and reason in ('capped', 'yielded')`);
  expect(refused + messages).toBe(2 * CAMPAIGNS * shared);
  const auditMs = await timeOf(() => stack.auditClean());
  return { decidedMs, settledMs, auditMs, messages };
}

async function counted(stack: Stack, where: string): Promise<number> {
  const { n } = await stack.one<{ n: number }>(
    `select coalesce(sum(n), 0)::int as n from counters where run_id in (select id from runs where campaign like 'shared-%') and ${where}`,
  );
  return n;
}

/** By the gateway's own book; the days by when each message was handed over. Returns how many messages there are. */
async function expectWithinCaps(stack: Stack, shared: number): Promise<number> {
  const perCustomer = new Map<string, number>();
  for (const { meta } of await stack.simulator.gateway.readBook()) {
    const customer = String(meta.customer);
    perCustomer.set(customer, (perCustomer.get(customer) ?? 0) + 1);
  }
  expect(perCustomer.size).toBe(shared);
  const totals = Map.groupBy(perCustomer.values(), (n) => n);
  const shown = Object.fromEntries([...totals].map(([n, who]) => [n, who.length]));
  console.log(`messages per customer: ${JSON.stringify(shown)}`);
  expect(Math.max(...totals.keys())).toBeLessThanOrEqual(WEEK_CAP);
  expect(Math.min(...totals.keys())).toBeGreaterThanOrEqual(DAY_CAP);
  const perDay = await stack.one<{ most: number }>(
    `select max(n)::int as most from (
       select count(*) as n from outbox where state = 'accepted' group by customer_id, (handover_at at time zone 'Asia/Seoul')::date) d`,
  );
  expect(perDay.most).toBe(DAY_CAP);
  return [...perCustomer.values()].reduce((sum, n) => sum + n, 0);
}
