/**
 * Banners and popups by the real API: shown to whom the gate lets them be shown at this moment, copies or not; what the customer does with them moves
 * their journey on.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { customers, defineBasics, importCustomers, launch, putCap, settled } from '../support/campaigns.js';
import { ownRedis } from '../support/own-redis.js';
import { Stack, until } from '../support/stack.js';

const COUNT = 40;
const show = (channel: string, next: string) => ({
  type: 'send',
  template: channel,
  channel,
  gateway: 'inbox',
  notAfter: 'P2D',
  next,
});
const campaign = (key: string, nodes: object) => ({
  key,
  name: key,
  purpose: 'advertising',
  segment: 'everyone',
  quietHours: { from: '00:00', to: '00:00' },
  journey: { start: 'show', nodes: { ...nodes, done: { type: 'exit' } } },
});
const clicked = {
  event: 'inbox_click',
  where: { combinator: 'and', rules: [{ field: 'property.node', operator: '=', value: 'show' }] },
};

interface Entry {
  id: string;
  channel: string;
  body: string;
  node: string;
}

describe('the in-app inbox', () => {
  let stack: Stack;
  let redis: Redis;
  let run: string;

  beforeAll(async () => {
    stack = await Stack.start({ epoch: '2026-03-03T10:00:00+09:00', redisUrl: ownRedis('inbox') });
    redis = new Redis(ownRedis('inbox'));
    await defineBasics(stack);
    for (const channel of ['banner', 'popup'])
      await stack.ok('PUT', `/v1/templates/${channel}`, {
        channel,
        title: channel,
        body: `{{ customer.name }}님, ${channel}`,
      });
    await putCap(stack, 'banners', {
      scope: { kind: 'channel', value: 'banner' },
      window: { kind: 'rolling', span: 'P1D' },
      cap: 1,
    });
    await importCustomers(
      stack,
      customers(COUNT, (n) => ({
        addresses: {},
        consents: { 'banner:advertising': n !== 2, 'popup:advertising': true },
      })),
    );
    run = await launch(
      stack,
      campaign('first', {
        show: show('banner', 'wait'),
        wait: { type: 'wait', span: 'P1D', response: clicked, next: 'asked' },
        asked: { type: 'branch', on: { responded: 'wait' }, yes: 'thanks', no: 'done' },
        thanks: show('popup', 'done'),
      }),
    );
    await until('all banners are in', async () => {
      const { n } = await stack.one<{ n: string }>(`select count(*) as n from outbox where state = 'accepted'`);
      return Number(n) === COUNT - 1;
    });
  });
  afterAll(async () => {
    redis.disconnect();
    await stack.stop();
  });

  async function read(customer: string): Promise<{ entries: Entry[]; by: string | null }> {
    const reply = await stack.request('GET', `/v1/inbox/${customer}`, undefined, { as: 'app' });
    expect(reply.status).toBe(200);
    return { entries: reply.body.entries, by: reply.headers.get('x-inbox-read') };
  }
  const channels = async (customer: string) => (await read(customer)).entries.map(({ channel }) => channel);
  const tell = (customer: string, events: object[]) =>
    stack.request('POST', `/v1/inbox/${customer}/events`, { events }, { as: 'app' });
  const told = async (customer: string) =>
    (
      await stack.pool.query<{ name: string }>(`select name from events where customer_id = $1 order by name`, [
        customer,
      ])
    ).rows.map(({ name }) => name);

  it('shows an entry to whom it is, needs no address, and shows nothing to whom consent keeps from it', async () => {
    const { entries } = await read('c00001');
    expect(entries).toMatchObject([
      {
        id: `m/${run}/show/1/c00001`,
        channel: 'banner',
        title: '(광고) banner',
        body: '손님1님, banner',
        campaign: 'first',
        node: 'show',
      },
    ]);
    expect(await channels('c00002')).toEqual([]);
    expect((await stack.request('GET', '/v1/inbox/nobody', undefined, { as: 'app' })).status).toBe(404);
  });

  it('is read from Postgres, then from the copy; when Redis is emptied, from Postgres with the same answer', async () => {
    const first = await read('c00003');
    const second = await read('c00003');
    await redis.flushdb();
    const third = await read('c00003');
    expect([first.by, second.by, third.by]).toEqual(['store', 'copy', 'store']);
    expect(second.entries).toEqual(first.entries);
    expect(third.entries).toEqual(first.entries);
  });

  it.each<[string, string, () => Promise<unknown>]>([
    [
      'consent is withdrawn',
      'c00004',
      () =>
        stack.ok('PUT', '/v1/customers/c00004/consents', {
          consents: { 'banner:advertising': false },
          reason: 'asked',
        }),
    ],
    [
      'an incident is reported',
      'c00005',
      () => stack.ok('PUT', '/v1/customers/c00005/status', { status: 'incident', reason: 'lost' }),
    ],
    ['the customer is erased', 'c00006', () => stack.ok('POST', '/v1/customers/c00006/erase', { reason: 'asked' })],
  ])('shows nothing any more at the very next look once %s, whatever the copy says', async (_, customer, change) => {
    expect(await channels(customer)).toEqual(['banner']);
    await change();
    expect(await channels(customer)).toEqual([]);
  });

  it('hides what is switched off, and shows it again when it goes on', async () => {
    const turn = (state: string) =>
      stack.ok(
        'POST',
        '/v1/controls/channel/banner',
        { state, reason: 'a mistake in the picture' },
        { as: 'operator' },
      );
    expect(await channels('c00007')).toEqual(['banner']);
    await turn('paused');
    expect(await channels('c00007')).toEqual([]);
    await turn('running');
    expect(await until('the banner is back', async () => (await channels('c00007')).length > 0)).toBe(true);
  });

  it('tells a click as an event on which the journey goes on to the popup', async () => {
    const [entry] = (await read('c00010')).entries as [Entry];
    for (let n = 0; n < 2; n += 1)
      expect(
        (
          await tell('c00010', [
            { message: entry.id, event: 'impression' },
            { message: entry.id, event: 'click' },
          ])
        ).body,
      ).toEqual({ accepted: 2 });
    expect(await told('c00010')).toEqual(['inbox_click', 'inbox_impression']);
    await until('the popup is in', async () => (await channels('c00010')).includes('popup'));
    expect(await channels('c00010')).toEqual(['popup', 'banner']);
    await tell('c00010', [
      { message: entry.id, event: 'impression', id: 'a' },
      { message: entry.id, event: 'impression', id: 'b' },
    ]);
    expect((await told('c00010')).filter((name) => name === 'inbox_impression')).toHaveLength(3);
  });

  it('shows what was dismissed no more, and says that it was', async () => {
    const [entry] = (await read('c00011')).entries as [Entry];
    for (let n = 0; n < 2; n += 1)
      expect((await tell('c00011', [{ message: entry.id, event: 'dismiss' }])).status).toBe(200);
    expect(await channels('c00011')).toEqual([]);
    expect(await told('c00011')).toEqual(['inbox_dismiss']);
  });

  it('takes no word about another customer’s entry, and nothing of such a request', async () => {
    const [own] = (await read('c00012')).entries as [Entry];
    const [other] = (await read('c00013')).entries as [Entry];
    const reply = await tell('c00012', [
      { message: own.id, event: 'dismiss' },
      { message: other.id, event: 'dismiss' },
    ]);
    expect([reply.status, reply.body.errors]).toEqual([
      400,
      [{ pointer: '/events/1/message', detail: expect.any(String) }],
    ]);
    expect([await channels('c00012'), await channels('c00013')]).toEqual([['banner'], ['banner']]);
    expect(await told('c00012')).toEqual([]);
    const forged = { type: 'track', messageId: `inbox/click//${own.id}`, userId: 'c00012', event: 'inbox_click' };
    expect((await stack.request('POST', '/v1/track', forged, { as: 'source' })).status).toBe(400);
  });

  it('counts for the contact policies like every message', async () => {
    const second = await launch(stack, campaign('second', { show: show('banner', 'done') }));
    await settled(stack, second);
    const { rows } = await stack.pool.query<{ reason: string; n: number }>(
      `select reason, sum(n)::int as n from counters where run_id = $1 and measure = 'suppressed' group by 1 having sum(n) > 0 order by 1`,
      [second],
    );
    expect(rows).toEqual([
      { reason: 'capped', n: COUNT - 4 },
      { reason: 'consent_refused', n: 2 },
      { reason: 'incident', n: 1 },
      { reason: 'withdrawn', n: 1 },
    ]);
    await stack.auditClean();
  });
});
