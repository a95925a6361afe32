/**
 * A gateway that says "later" until quiet hours have begun, or the day is another one, and customers who change meanwhile: what was decided
 * before is judged again, and nothing that may not go out reaches the gateway's book. Hours of it: held-for-hours.test.ts.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  customers,
  defineBasics,
  defineGroup,
  importCustomers,
  launch,
  oneSend,
  putCap,
  settled,
  twoWaves,
} from '../support/campaigns.js';
import { Stack, until } from '../support/stack.js';

const COUNT = 60;
const NIGHT = Date.parse('2026-03-03T21:00:00+09:00');
const MIDNIGHT = Date.parse('2026-03-04T00:00:00+09:00');
const changed = (stack: Stack, id: string, path: string, body: object) =>
  stack.ok('PUT', `/v1/customers/${id}/${path}`, { ...body, reason: 'test' });

describe('a gateway held across 21:00', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await Stack.start({ epoch: '2026-03-03T20:58:15+09:00', sweepSeconds: 4 });
    stack.simulator.gateway.setFaults({ tooMany429: 1, retryAfterSeconds: 2 });
  });
  afterAll(() => stack?.stop());

  it('sends nothing to those who sleep, left, reported an incident or said no; it sends to whoever agreed to the night', async () => {
    await defineBasics(stack);
    const nightOwls = new Set(['c00001', 'c00002', 'c00003', 'c00004']);
    const people = customers(COUNT).map((one) =>
      nightOwls.has(one.id) ? { ...one, consents: { 'push:advertising': { granted: true, night: true } } } : one,
    );
    await importCustomers(stack, people);
    const run = await launch(stack, twoWaves({ span: 'PT4H', quietHours: { from: '21:00', to: '08:00' } }));
    await until('everything is queued', async () => {
      const { n } = await stack.one<{ n: string }>(`select count(*) as n from outbox where run_id = $1`, [run]);
      return Number(n) === COUNT;
    });
    expect(await stack.businessNow()).toBeLessThan(NIGHT); // else nothing was decided by day
    await changed(stack, 'c00002', 'status', { status: 'withdrawn' });
    await changed(stack, 'c00003', 'status', { status: 'incident' });
    await changed(stack, 'c00004', 'consents', { consents: { 'push:advertising': false } });
    await until('it is night', async () => (await stack.businessNow()) > NIGHT + 1_000, 240_000);
    expect(await stack.simulator.gateway.readBook()).toEqual([]);
    stack.simulator.heal();
    await until('everything is judged', async () => {
      const { n } = await stack.one<{ n: string }>(
        `select count(*) as n from outbox where run_id = $1 and state in ('queued', 'submitting')`,
        [run],
      );
      return Number(n) === 0;
    });

    const sent = (await stack.simulator.gateway.readBook()).filter((line) => line.type === 'message');
    expect(sent.map((line) => line.id)).toEqual([`m/${run}/send-1/1/c00001`]);
    const { rows } = await stack.pool.query(
      `select reason, count(*)::int as n from outbox where run_id = $1 and state = 'withheld' group by 1 order by 1`,
      [run],
    );
    expect(rows).toEqual([
      { reason: 'consent_refused', n: 1 },
      { reason: 'incident', n: 1 },
      { reason: 'quiet_hours', n: COUNT - 4 },
      { reason: 'withdrawn', n: 1 },
    ]);
    const contacts = await stack.one<{ n: number }>(
      `select count(*)::int as n from contacts where state <> 'returned'`,
    );
    expect(contacts.n).toBe(1);
    await stack.ok('POST', `/v1/runs/${run}/stop`, { reason: 'test ends' }, { as: 'operator' });
    await settled(stack, run);
    await stack.auditClean();
  }, 600_000);
});

describe('a gateway held across midnight, under a cap of one per day', () => {
  let stack: Stack;
  /** `early` hear on the old day; the others’ messages are held, those of `brief` only for 30 s. */
  const groupOf = (n: number) => (n <= 5 ? 'early' : n <= 10 ? 'brief' : 'held');
  beforeAll(async () => {
    stack = await Stack.start({ epoch: '2026-03-03T23:57:40+09:00', sweepSeconds: 4 });
    await defineBasics(stack);
    for (const group of ['early', 'brief', 'held']) await defineGroup(stack, group);
    await importCustomers(
      stack,
      customers(COUNT, (n) => ({ attributes: { name: `손님${n}`, group: groupOf(n) } })),
    );
    await putCap(stack, 'daily', { window: { kind: 'calendar', unit: 'day' }, cap: 1 });
  });
  afterAll(() => stack?.stop());

  it('sends on the new day what may go out on it, once per customer and day, and nothing that has expired or was revoked', async () => {
    const states = async (run: string) => {
      const { rows } = await stack.pool.query<{ state: string; n: number }>(
        `select state || coalesce(':' || reason, '') as state, count(*)::int as n from outbox where run_id = $1 group by 1`,
        [run],
      );
      return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
    };
    const early = await launch(stack, oneSend({ key: 'early', segment: 'early' }));
    await until('the early ones have heard', async () => (await states(early))['accepted'] === 5);
    stack.simulator.gateway.setFaults({ tooMany429: 1, retryAfterSeconds: 2 });
    const held = await launch(stack, oneSend({ key: 'held', segment: 'held' }));
    const brief = await launch(stack, oneSend({ key: 'brief', segment: 'brief', notAfter: 'PT30S' }));
    await until('everything is decided', async () => {
      const { n } = await stack.one<{ n: number }>('select count(*)::int as n from outbox');
      return n === COUNT;
    });
    expect(await stack.businessNow()).toBeLessThan(MIDNIGHT); // else nothing was decided on the old day
    await changed(stack, 'c00011', 'status', { status: 'withdrawn' });
    await changed(stack, 'c00012', 'status', { status: 'incident' });
    await changed(stack, 'c00013', 'consents', { consents: { 'push:advertising': false } });
    await until('it is another day', async () => (await stack.businessNow()) > MIDNIGHT + 1_000, 270_000);
    await until('the brief ones have expired', async () => (await states(brief))['withheld:expired'] === 5);
    const morning = await launch(stack, oneSend({ key: 'morning' }));
    await until('the new day is decided', async () => (await states(morning))['queued'] === 10);
    expect((await stack.simulator.gateway.readBook()).length).toBe(5);
    stack.simulator.heal();
    for (const run of [early, held, brief, morning]) await settled(stack, run);

    expect(await Promise.all([early, held, brief, morning].map(states))).toEqual([
      { accepted: 5 },
      {
        accepted: COUNT - 13,
        'withheld:withdrawn': 1,
        'withheld:incident': 1,
        'withheld:consent_refused': 1,
      },
      { 'withheld:expired': 5 },
      { accepted: 10 },
    ]);
    const sent = (await stack.simulator.gateway.readBook()).map(({ id }) => id.split('/')[1]);
    const perRun = [early, held, brief, morning].map((run) => sent.filter((one) => one === run).length);
    expect(perRun).toEqual([5, COUNT - 13, 0, 10]);
    await stack.auditClean();
  }, 600_000);
});
