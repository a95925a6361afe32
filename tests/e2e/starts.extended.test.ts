/**
 * Starts on a whole installation: by Temporal's calendars, at a time, and by events through the real ingestion path; the audit is clean at the end.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { DateTime } from 'luxon';
import { customers, defineBasics, importCustomers, launchDraft, validated } from '../support/campaigns.js';
import { Stack, until } from '../support/stack.js';

const COUNT = 400;
const AWAKE = { from: '00:00', to: '00:00' };
const idOf = (n: number) => `c${String(n).padStart(5, '0')}`;

describe('starts', () => {
  let stack: Stack;
  let temporal: Client;
  beforeAll(async () => {
    stack = await Stack.start({ sweepSeconds: 4 });
    await defineBasics(stack);
    await importCustomers(stack, customers(COUNT));
    const connection = await Connection.connect({ address: process.env['TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233' });
    temporal = new Client({ connection, namespace: stack.namespace });
  });
  afterAll(async () => {
    await temporal.connection.close();
    await stack.stop();
  });

  const welcome = (key: string, start: object) => ({
    key,
    name: key,
    purpose: 'advertising',
    segment: 'everyone',
    quietHours: AWAKE,
    start,
    journey: {
      start: 'hello',
      nodes: {
        hello: { type: 'send', template: 'hello', channel: 'push', gateway: 'sim-gate', next: 'rest' },
        rest: { type: 'wait', span: 'PT20S', next: 'done' },
        done: { type: 'exit' },
      },
    },
  });
  const launch = async (campaign: { key: string }) => {
    await validated(stack, campaign);
    return await stack.ok('POST', `/v1/campaigns/${campaign.key}/launch`, {}, { as: 'marketer' });
  };
  const startsOf = (key: string) => stack.ok('GET', `/v1/campaigns/${key}/starts`);
  const fired = (key: string) =>
    until('a slot is judged', async () => {
      const { items, nextStart } = await startsOf(key);
      return items.length > 0 ? { items, nextStart } : null;
    });
  const closed = (run: string) =>
    until('the run is closed', async () => (await stack.ok('GET', `/v1/runs/${run}`)).state === 'closed');

  it('at a stated time: nothing before, then one run over the audience', async () => {
    const at = new Date(Date.now() + 30_000).toISOString();
    const launched = await launch(welcome('at-a-time', { type: 'at', at }));
    expect(launched).toMatchObject({ run: null, nextStart: at });
    const { items, nextStart } = await fired('at-a-time');
    expect([items.length, items[0].slotAt, items[0].skipped, nextStart]).toEqual([1, at, null, null]);
    const run = await stack.ok('GET', `/v1/runs/${items[0].run}`);
    expect(Date.parse(run.startedAt)).toBeGreaterThanOrEqual(Date.parse(at));
    await closed(items[0].run);
    expect((await stack.ok('GET', `/v1/runs/${items[0].run}/report`)).waves[0]).toMatchObject({
      entered: COUNT,
      sent: COUNT,
    });
  });

  it('recurring: Temporal has the calendars in their zone; a paused slot is listed; ending takes the schedule away', async () => {
    // not the next minute, which may be over before the campaign is launched
    const first = DateTime.now().setZone('Asia/Seoul').plus({ seconds: 90 }).startOf('minute');
    const times = [0, 1, 2].map((minutes) => first.plus({ minutes }).toFormat('HH:mm'));
    const launched = await launch(welcome('daily', { type: 'recurring', calendars: [{ times }] }));
    expect(launched.nextStart).toBe(first.toUTC().toISO());
    const handle = temporal.schedule.getHandle('start/daily');
    const { spec } = await handle.describe();
    expect([spec.timezone, spec.calendars?.length]).toEqual(['Asia/Seoul', 3]);

    const { items } = await fired('daily');
    expect(items[0]).toMatchObject({ slotAt: launched.nextStart, skipped: null, run: expect.any(String) });
    await handle.trigger(); // an alarm out of time changes nothing
    await stack.ok('POST', '/v1/campaigns/daily/pause', { reason: 'prices' }, { as: 'operator' });
    const listed = await until('the next slot is judged', async () => {
      const page = await startsOf('daily');
      return page.items.length === 2 ? page.items : null;
    });
    expect(listed[0]).toMatchObject({ skipped: 'paused', run: null });
    expect((await handle.describe()).info.recentActions.length).toBeGreaterThan(1);
    expect(await stack.one('select count(*)::int as n from runs where campaign = $1', ['daily'])).toEqual({ n: 1 });
    await stack.ok('POST', '/v1/campaigns/daily/end', { reason: 'over' }, { as: 'operator' });
    await expect(handle.describe()).rejects.toThrow();
    expect((await startsOf('daily')).nextStart).toBeNull();
  }, 400_000);

  it('on an event, through /v1/batch: in at once, again by another order only, all of it in the report', async () => {
    const start = { type: 'event', event: 'order', entry: { policy: 'once_per_key', key: 'order' } };
    const { run } = await launch(welcome('on-order', start));
    let sent = 0;
    const order = async (ids: string[], number: string) => {
      const batch = ids.map((userId) => ({
        type: 'track',
        userId,
        event: 'order',
        messageId: `order-${(sent += 1)}`,
        properties: { order: number },
      }));
      await stack.ok('POST', '/v1/batch', { batch }, { as: 'source' });
    };
    const ids = Array.from({ length: 300 }, (_, n) => idOf(n + 1));
    const active = () =>
      stack.one<{ n: number }>(
        `select count(*)::int as n from participants p join runs r on r.id = p.run_id where r.campaign = 'on-order' and p.state = 'active'`,
      );
    await order(ids, 'a');
    await order(ids.slice(0, 10), 'b');
    await until('all of them are through', async () => (await active()).n === 0);
    await order(ids.slice(0, 20), 'a');
    await order(ids.slice(0, 30), 'b');
    await until('the second round is through', async () => (await active()).n === 0);

    const rounds = await stack.pool.query<{ id: string; n: number }>(
      `select r.id, (select count(*)::int from participants p where p.run_id = r.id) as n from runs r
       where r.campaign = 'on-order' order by r.trigger_key`,
    );
    expect(rounds.rows.map(({ n }) => n)).toEqual([300, 30]);
    expect(rounds.rows[0]?.id).toBe(run);
    const { nodes } = await stack.ok('GET', `/v1/runs/${run}`);
    const entered = nodes.find(({ node }: { node: string }) => node === 'hello');
    expect(entered).toMatchObject({ people: { entered: 300, here: 0 }, refused: { key_used: 20, under_way: 10 } });
    await until('every message is accepted', async () => {
      const { n } = await stack.one<{ n: number }>(
        `select count(*)::int as n from outbox o join runs r on r.id = o.run_id where r.campaign = 'on-order' and o.state = 'accepted'`,
      );
      return n === 330;
    });
  });

  it('leaves an audit that is clean', async () => {
    await launchDraft(stack, 'at-a-time'); // a timed campaign launched again starts nothing
    expect(await stack.one(`select count(*)::int as n from runs where campaign = 'at-a-time'`)).toEqual({ n: 1 });
    await stack.auditClean();
  });
});
