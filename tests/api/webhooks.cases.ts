/**
 * What providers and gateways tell us: only what is signed and fresh is believed, a repeat changes nothing, and an opt-out is in force at once.
 */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Signer } from '../../src/simulator/signature.js';
import type { Stack } from '../support/stack.js';
import { expectProblem, type Fault } from './problems.js';

export function webhookCases(stack: () => Stack): void {
  const secretOf = (kind: 'PADO_PAYOUT_PROVIDERS' | 'PADO_GATEWAYS') =>
    (JSON.parse(stack().simulator.env()[kind]) as { secret: string }[])[0]?.secret as string;
  interface Sent {
    id?: string;
    /** When it was signed, from now. */
    aheadMs?: number;
    secret?: string;
    signedBody?: string;
  }
  async function post(path: string, kind: Parameters<typeof secretOf>[0], body: unknown, over: Sent = {}) {
    const text = JSON.stringify(body);
    const { id = `w-${Math.random()}`, aheadMs = 0, secret = secretOf(kind), signedBody = text } = over;
    const headers = {
      ...new Signer(secret).headers(id, Date.now() + aheadMs, signedBody),
      'content-type': 'application/json',
      authorization: '',
    };
    return stack().request('POST', path, text, { headers });
  }
  const receipts = (body: unknown, over?: Sent) => post('/v1/receipts/sim-gate', 'PADO_GATEWAYS', body, over);
  const callback = (body: unknown, over?: Sent) =>
    post('/v1/provider-callbacks/sim-pay', 'PADO_PAYOUT_PROVIDERS', body, over);
  const delivered = { receipts: [{ id: 'm/x', event: 'delivered', at: '2026-03-03T10:00:00Z' }] };
  const count = async (table: string) =>
    Number((await stack().one<{ n: string }>(`select count(*) as n from ${table}`)).n);

  describe('a signed delivery', () => {
    const other = Buffer.from('another secret altogether').toString('base64');
    it.each<[string, Sent]>([
      ['signed with another secret', { secret: other }],
      ['whose body is not what was signed', { signedBody: '{"receipts": []}' }],
      ['from ten minutes ago', { aheadMs: -600_000 }],
      ['from ten minutes ahead', { aheadMs: 600_000 }],
    ])('%s is refused, and nothing is kept of it', async (_, over) => {
      const before = [await count('receipts'), await count('webhooks'), await count('breaks')];
      expectProblem(await receipts(delivered, over), 401, 'signature');
      expectProblem(await callback({ key: 'p/x', status: 'paid' }, over), 401, 'signature');
      expect([await count('receipts'), await count('webhooks'), await count('breaks')]).toEqual(before);
    });

    it('without a signature is refused', async () => {
      const reply = await stack().request('POST', '/v1/receipts/sim-gate', delivered, {
        headers: { authorization: '' },
      });
      expectProblem(reply, 401, 'signature');
    });

    it('for a system that is not configured finds nothing', async () => {
      expectProblem(await post('/v1/receipts/nobody', 'PADO_GATEWAYS', delivered), 404, 'not_found');
    });

    it.each<[string, unknown, Fault]>([
      [
        'an unknown event',
        { receipts: [{ id: 'm/x', event: 'eaten', at: '2026-03-03T10:00:00Z' }] },
        { pointer: '/receipts/0/event' },
      ],
      [
        'a time that is none',
        { receipts: [{ id: 'm/x', event: 'opened', at: 'today' }] },
        { pointer: '/receipts/0/at' },
      ],
    ])('with %s is refused with its place', async (_, body, fault) => {
      expectProblem(await receipts(body), 400, 'invalid', [fault]);
    });

    it('that is nested without end is refused, and nothing is kept of it', async () => {
      const before = await count('webhooks');
      const deep = { receipts: JSON.parse('['.repeat(500) + ']'.repeat(500)) as unknown };
      expectProblem(await receipts(deep), 413, 'too_large');
      expect(await count('webhooks')).toBe(before);
    });

    it('that comes twice is answered the same and changes nothing', async () => {
      const once = { id: 'same-id' };
      expect((await receipts(delivered, once)).body).toEqual({ ok: true, repeated: false });
      const after = await count('receipts');
      const opened = { receipts: [{ id: 'm/x', event: 'opened', at: '2026-03-03T10:00:00Z' }] };
      const again = await receipts(opened, once);
      expect([again.status, again.body]).toEqual([200, { ok: true, repeated: true }]);
      expect(await count('receipts')).toBe(after);
    });

    it('about a payout that we do not know is a break for finance, once', async () => {
      const told = { key: 'p/unknown/1', status: 'paid', reference: 'r-1' };
      for (let time = 0; time < 2; time += 1) expect((await callback(told)).status).toBe(200);
      const { rows } = await stack().pool.query(`select system, kind from breaks where key = 'p/unknown/1'`);
      expect(rows).toEqual([{ system: 'provider/sim-pay', kind: 'unknown_key' }]);
    });
  });

  describe('an opt-out', () => {
    const optOut = { receipts: [{ id: 'm/r/s/1/opted', event: 'opted_out', at: '2026-03-03T10:00:00Z' }] };
    const customer = () => stack().ok('GET', '/v1/customers/opted');
    beforeAll(async () => {
      await stack().ok(
        'POST',
        '/v1/customers',
        JSON.stringify({ id: 'opted', consents: { 'push:advertising': true, 'email:advertising': true } }),
        {
          headers: { 'content-type': 'application/x-ndjson' },
        },
      );
      await stack().pool.query(
        `insert into outbox (id, run_id, node, visit, customer_id, lane, wave, channel, purpose, advertising, gateway, shard, state, template,
           body, decided_at, not_after)
         values ('m/r/s/1/opted', 'r', 's', 1, 'opted', 0, 1, 'push', 'advertising', true, 'sim-gate', 0, 'accepted', 't@1', 'b', now(), now())`,
      );
    });

    it('withdraws the channel’s consent for every purpose and no other channel’s, as a new gate version', async () => {
      expect((await receipts(optOut)).status).toBe(200);
      expect(await customer()).toMatchObject({
        gateVersion: 2,
        consents: {
          'push:advertising': { granted: false },
          'push:information': { granted: false },
          'email:advertising': { granted: true },
        },
      });
      const said = await stack().one(
        `select source from gate_versions where customer_id = 'opted' and gate_version = 2`,
      );
      expect(said).toEqual({ source: 'receipt:sim-gate' });
    });

    it('that is told again does not undo a consent given since', async () => {
      await stack().ok('PUT', '/v1/customers/opted/consents', {
        consents: { 'push:advertising': true },
        reason: 'asked for it',
      });
      await receipts(optOut);
      expect(await customer()).toMatchObject({ consents: { 'push:advertising': { granted: true } } });
    });
  });
}
