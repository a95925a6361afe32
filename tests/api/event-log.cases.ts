/**
 * Events as they came in, read by whoever looks for one: page by page, by customer, by name; and how far behind each queue is.
 */
import { describe, expect, it } from '@jest/globals';
import type { Stack } from '../support/stack.js';
import { expectProblem } from './problems.js';

export function eventLogCases(stack: () => Stack): void {
  const read = (query: string) => stack().ok('GET', `/v1/events?${query}`, undefined, { as: 'operator' });
  const ids = ({ items }: { items: { messageId: string }[] }) => items.map(({ messageId }) => messageId);

  describe('the log of events', () => {
    it('has the newest first, page by page, each without what stood in it', async () => {
      const events = [1, 2, 3].map((n) => ({
        type: 'track',
        messageId: `logged-${n}`,
        userId: n === 2 ? 'c-logged-other' : 'c-logged',
        event: n === 3 ? 'logged-rarely' : 'logged',
        properties: { address: 'Seoul' },
      }));
      await stack().ok('POST', '/v1/batch', { batch: events }, { as: 'source' });
      const first = await read('limit=2');
      expect(ids(first)).toEqual(['logged-3', 'logged-2']);
      expect(ids(await read(`limit=1&cursor=${first.next}`))).toEqual(['logged-1']);
      expect(first.items[0]).toEqual({
        no: expect.any(Number),
        messageId: 'logged-3',
        customer: 'c-logged',
        name: 'logged-rarely',
        occurredAt: expect.stringMatching(/Z$/),
        receivedAt: expect.stringMatching(/Z$/),
        answered: [],
        late: [],
        entered: [],
      });
      expect(ids(await read('customer=c-logged'))).toEqual(['logged-3', 'logged-1']);
      expect(ids(await read('customer=c-logged&name=logged'))).toEqual(['logged-1']);
      const named = await read('name=logged&limit=1');
      expect(ids(named)).toEqual(['logged-2']);
      expect(await read(`name=logged&limit=1&cursor=${named.next}`)).toMatchObject({
        items: [{ messageId: 'logged-1' }],
        next: null,
      });
      expect(await read('name=never')).toEqual({ items: [], next: null });
    });

    it('looks at so many at once, and says where it goes on', async () => {
      const { pool } = stack();
      await pool.query(
        `insert into events (message_id, customer_id, name, occurred_at, received_at)
         select 'filler-' || n, 'c-filler', 'filler', now(), now() from generate_series(1, 50000) n`,
      );
      const none = await read('name=logged');
      expect([none.items, typeof none.next]).toEqual([[], 'string']);
      expect(ids(await read(`name=logged&cursor=${none.next}`))).toEqual(['logged-2', 'logged-1']);
      await pool.query(`delete from events where customer_id = 'c-filler'`);
    });

    it('is of operators alone, and knows its own cursors', async () => {
      expectProblem(await stack().request('GET', '/v1/events', undefined, { as: 'marketer' }), 403, 'forbidden');
      const wrong = [{ parameter: 'cursor' }];
      expectProblem(await stack().request('GET', '/v1/events?cursor=YQ'), 400, 'invalid', wrong);
    });
  });

  it('every queue is told with how far behind it is', async () => {
    const { now, items } = await stack().ok('GET', '/v1/queues', undefined, { as: 'operator' });
    expect(now).toMatch(/Z$/);
    expect(items).toEqual(
      expect.arrayContaining([{ queue: 'gateway/sim-gate', since: null, lagSeconds: 0, closed: false }]),
    );
  });
}
