/**
 * The Segment endpoints: stored once per message id, all of a request or nothing of it, by any of the spec's ways to give the key.
 */
import { describe, expect, it } from '@jest/globals';
import type { Stack } from '../support/stack.js';
import { expectProblem, type Fault } from './problems.js';

export function eventCases(stack: () => Stack): void {
  const event = (messageId: string, over: object = {}) => ({
    type: 'track',
    messageId,
    userId: 'c00001',
    event: 'purchase',
    ...over,
  });
  const batch = (...events: object[]) => stack().request('POST', '/v1/batch', { batch: events }, { as: 'source' });
  const stored = async (like: string) =>
    Number((await stack().one<{ n: string }>('select count(*) as n from events where message_id like $1', [like])).n);

  describe('events', () => {
    it('are stored once per message id, within a request and over several', async () => {
      expect((await batch(event('d1'), event('d2'), event('d1'))).body).toEqual({ success: true });
      expect((await batch(event('d2'), event('d3'))).status).toBe(200);
      const { status } = await stack().request('POST', '/v1/track', event('d3'), { as: 'source' });
      expect(status).toBe(200);
      expect(await stored('d%')).toBe(3);
    });

    it.each<[string, object, Fault]>([
      ['no customer', { userId: undefined }, { pointer: '/batch/1/userId' }],
      ['a customer id that cannot be one', { userId: 'a b' }, { pointer: '/batch/1/userId' }],
      ['no name', { event: '' }, { pointer: '/batch/1/event' }],
      ['the name of what payouts tell', { event: 'payout.paid' }, { pointer: '/batch/1/event' }],
      ['an id of ours', { messageId: 'payout/p/1/paid' }, { pointer: '/batch/1/messageId' }],
      ['no message id', { messageId: undefined }, { pointer: '/batch/1/messageId' }],
      ['no type that there is', { type: 'nonsense' }, { pointer: '/batch/1/type' }],
      ['a time without its offset', { timestamp: '2026-03-03T10:00:00' }, { pointer: '/batch/1/timestamp' }],
      ['a time before all calendars', { timestamp: '0000-01-01T00:00:00Z' }, { pointer: '/batch/1/timestamp' }],
      ['a time of sending after all of them', { sentAt: '9999-12-31T23:59:59Z' }, { pointer: '/batch/1/sentAt' }],
      ['properties that are a list', { properties: [] }, { pointer: '/batch/1/properties' }],
      ['a U+0000', { properties: { a: '\0' } }, {}],
    ])('with %s in one of a batch store nothing of it', async (_, over, fault) => {
      expectProblem(await batch(event('x1'), event('x2', over), event('x3')), 400, 'invalid', [fault]);
      expect(await stored('x%')).toBe(0);
    });

    it('of more than 32 KB are refused, and nothing of their batch is stored', async () => {
      const large = event('l2', { properties: { text: '가'.repeat(11_000) } });
      expectProblem(await batch(event('l1'), large), 413, 'too_large', [{ pointer: '/batch/1' }]);
      expectProblem(await stack().request('POST', '/v1/track', large, { as: 'source' }), 413, 'too_large');
      expect(await stored('l%')).toBe(0);
    });

    it('that are no JSON are refused', async () => {
      const reply = await stack().request('POST', '/v1/batch', '{"batch": [', {
        as: 'source',
        headers: { 'content-type': 'application/json' },
      });
      expectProblem(reply, 400, 'malformed');
    });

    it('are corrected by the client’s two clocks and never occur after they were received', async () => {
      await batch(
        event('t1', { timestamp: '2020-01-01T00:00:00Z', sentAt: '2020-01-01T00:00:10Z' }),
        event('t2', { timestamp: '2099-01-01T00:00:00Z' }),
        event('t3'),
      );
      const { rows } = await stack().pool.query(
        `select message_id as id, extract(epoch from received_at - occurred_at)::int as lag from events where message_id like 't_' order by 1`,
      );
      expect(rows).toEqual([
        { id: 't1', lag: 10 },
        { id: 't2', lag: 0 },
        { id: 't3', lag: 0 },
      ]);
    });

    it('may carry the key as Basic user name or as writeKey', async () => {
      const { keys } = stack();
      const basic = await stack().request('POST', '/v1/track', event('k1'), {
        headers: { authorization: `Basic ${Buffer.from(`${keys.source}:`).toString('base64')}` },
      });
      const body = await stack().request(
        'POST',
        '/v1/track',
        { ...event('k2'), writeKey: keys.source },
        { headers: { authorization: '' } },
      );
      expect([basic.status, body.status, await stored('k%')]).toEqual([200, 200, 2]);
    });
  });
}
