/**
 * A gateway that says "later" until quiet hours have begun, and customers who change meanwhile: what was decided before is judged again, and
 * nothing that may not go out reaches the gateway's book.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { customers, defineBasics, importCustomers, launch, settled, twoWaves } from '../support/campaigns.js';
import { Stack, until } from '../support/stack.js';

const COUNT = 60;
const NIGHT = Date.parse('2026-03-03T21:00:00+09:00');

describe('a gateway held across 21:00', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await Stack.start({ epoch: '2026-03-03T20:59:15+09:00', sweepSeconds: 2 });
    stack.simulator.gateway.setFaults({ tooMany429: 1, retryAfterSeconds: 2 });
  }, 120_000);
  afterAll(() => stack?.stop(), 60_000);

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
    const change = (id: string, path: string, body: object) =>
      stack.ok('PUT', `/v1/customers/${id}/${path}`, { ...body, reason: 'test' });
    await change('c00002', 'status', { status: 'withdrawn' });
    await change('c00003', 'status', { status: 'incident' });
    await change('c00004', 'consents', { consents: { 'push:advertising': false } });
    await until('it is night', async () => (await stack.businessNow()) > NIGHT + 1_000, 120_000);
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
  }, 300_000);
});
