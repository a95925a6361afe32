/**
 * Unsubscribe links: a mail program's POST is in force at once and for ever the same, looking changes nothing, and what is no link of ours is told nothing.
 */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { sealToken } from '../../src/domain/offer/unsubscribe.js';
import type { Stack } from '../support/stack.js';
import { expectProblem } from './problems.js';

export const LINK_SECRET = Buffer.alloc(32, 9).toString('base64');

export function unsubscribeCases(stack: () => Stack): void {
  const path = (customer: string, secret = LINK_SECRET) =>
    `/v1/unsubscribe/${sealToken(secret, `m/linkedrunabcd/send/1/${customer}`)}`;
  const nobody = { authorization: '' };
  const post = (customer: string, body = 'List-Unsubscribe=One-Click', type = 'application/x-www-form-urlencoded') =>
    stack().request('POST', path(customer), body, { headers: { ...nobody, 'content-type': type } });
  const standing = async (customer: string) =>
    Object.fromEntries(
      (await stack().ok('GET', `/v1/customers/${customer}/consents`)).standing.map(
        (one: { channel: string; purpose: string; granted: boolean }) => [`${one.channel}:${one.purpose}`, one.granted],
      ),
    );
  const history = async (customer: string) =>
    (await stack().ok('GET', `/v1/customers/${customer}/consents`)).history.filter(({ source }: { source: string }) =>
      source.startsWith('unsubscribe:'),
    ).length;

  describe('an unsubscribe link', () => {
    beforeAll(async () => {
      const consents = { 'email:advertising': true, 'email:information': true, 'push:advertising': true };
      const rows = ['mailed-1', 'mailed-2', 'mailed-3', 'mailed-4'].map((id) => JSON.stringify({ id, consents }));
      await stack().ok('POST', '/v1/customers', rows.join('\n'), {
        headers: { 'content-type': 'application/x-ndjson' },
      });
      await stack().pool.query(
        `insert into outbox (id, run_id, node, visit, customer_id, lane, wave, channel, purpose, advertising, gateway, shard, state, template,
           body, decided_at, not_after)
         select 'm/linkedrunabcd/send/1/' || c, 'linkedrunabcd', 'send', 1, c, 0, 1, 'email', 'advertising', true, 'mail', 0, 'accepted', 't@1',
           '', now(), now() from unnest($1::text[]) as c`,
        [['mailed-1', 'mailed-2', 'mailed-3', 'mailed-4']],
      );
    });

    it('is looked at without a key, and looking withdraws nothing', async () => {
      const reply = await stack().request('GET', path('mailed-1'), undefined, { headers: nobody });
      expect([reply.status, reply.headers.get('content-type'), reply.headers.get('cache-control')]).toEqual([
        200,
        'text/html; charset=utf-8',
        'no-store',
      ]);
      expect(reply.body).toContain('<form method="post">');
      expect(reply.body).not.toContain('mailed-1');
      expect(await standing('mailed-1')).toMatchObject({ 'email:advertising': true });
    });

    it.each([
      ['a form', 'List-Unsubscribe=One-Click', 'application/x-www-form-urlencoded'],
      [
        'a multipart form',
        '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--',
        'multipart/form-data; boundary=b',
      ],
    ])('withdraws the consent of its channel and purpose by %s, once, and no other', async (kind, body, type) => {
      const customer = kind === 'a form' ? 'mailed-1' : 'mailed-2';
      for (let n = 0; n < 3; n += 1) expect((await post(customer, body, type)).status).toBe(200);
      expect(await standing(customer)).toEqual({
        'email:advertising': false,
        'email:information': true,
        'push:advertising': true,
      });
      expect(await history(customer)).toBe(1);
      const receipts = await stack().one(
        `select count(*)::int as n from receipts where event = 'opted_out' and message_id like '%/' || $1`,
        [customer],
      );
      expect(receipts).toEqual({ n: 1 });
    });

    it('of an erased customer writes nothing about them any more', async () => {
      await stack().ok('POST', '/v1/customers/mailed-4/erase', { reason: 'asked' });
      const kept = await history('mailed-4');
      expect((await post('mailed-4')).status).toBe(200);
      expect((await stack().ok('GET', '/v1/customers/mailed-4')).consents).toEqual({});
      expect(await history('mailed-4')).toBe(kept);
    });

    it('withdraws once when many ask at the same time', async () => {
      const replies = await Promise.all(Array.from({ length: 8 }, () => post('mailed-3')));
      expect(replies.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
      expect(await history('mailed-3')).toBe(1);
    });

    it.each([
      ['of another installation', () => path('mailed-1', Buffer.alloc(32, 1).toString('base64'))],
      ['of no message', () => path('nobody')],
      ['that is none', () => '/v1/unsubscribe/m%2Flinkedrunabcd%2Fsend%2F1%2Fmailed-1'],
    ])('%s is not found, whoever asks and however', async (_, at) => {
      for (const method of ['GET', 'POST'])
        expectProblem(await stack().request(method, at(), undefined, { headers: nobody }), 404, 'not_found');
    });
  });
}
