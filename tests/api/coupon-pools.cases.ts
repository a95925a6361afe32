/**
 * Pools of coupons at the edge: what is counted, what is refused by the row and what as a whole, what a campaign may name, and that no answer
 * bears a code.
 */
import { describe, expect, it } from '@jest/globals';
import { defineBasics } from '../support/campaigns.js';
import type { Stack } from '../support/stack.js';
import { expectProblem, type Fault } from './problems.js';

export function couponPoolCases(stack: () => Stack): void {
  const upload = (key: string, csv: string, { query = '', type = 'text/csv' } = {}) =>
    stack().request('POST', `/v1/coupon-pools/${key}/upload${query}`, csv, {
      as: 'marketer',
      headers: { 'content-type': type },
    });
  const pool = (key: string, body: object = { name: key }) =>
    stack().request('PUT', `/v1/coupon-pools/${key}`, body, { as: 'marketer' });
  const LIST = '\ufeffno,code\r\n1,AB-1\r\n2,AB-2\r\n3,AB-1\r\n4,A B\r\nAB-5\r\n';

  describe('a pool of coupons', () => {
    it('is made, renamed, listed and found, with what it has', async () => {
      expect((await pool('teas', { name: '차', warnBelow: 3 })).body).toMatchObject({
        key: 'teas',
        warnBelow: 3,
        given: 0,
        left: 0,
        need: 0,
        runningOut: 'empty',
        campaigns: [],
      });
      expect((await pool('teas', { name: '녹차', warnBelow: 3 })).body).toMatchObject({ name: '녹차' });
      const { items } = (await stack().request('GET', '/v1/coupon-pools?limit=1', undefined, { as: 'finance' })).body;
      expect(items).toMatchObject([{ key: 'teas' }]);
      expectProblem(await stack().request('GET', '/v1/coupon-pools/none'), 404, 'not_found');
      expectProblem(await pool('teas', { name: '', warnBelow: -1 }), 400, 'invalid', [
        { pointer: '/name' },
        { pointer: '/warnBelow' },
      ]);
    });

    it('takes a file: a preview keeps nothing, every row is accounted for, and no code is in an answer', async () => {
      const counts = { rows: 5, added: 2, duplicates: 1, rejected: 2 };
      const preview = await upload('teas', LIST, { query: '?preview=true' });
      expect(preview.body).toMatchObject({ upload: null, counts });
      const kept = await upload('teas', LIST);
      expect(kept.body).toEqual({
        upload: 1,
        counts,
        refused: [
          { line: 4, reason: 'repeats the code of line 2' },
          { line: 5, reason: 'has no code that can be one' },
          { line: 6, reason: 'has 1 cells and the header has 2' },
        ],
      });
      expect((await stack().ok('GET', '/v1/coupon-pools/teas')).runningOut).toBe('below_threshold');
      const file = await stack().request('GET', '/v1/coupon-pools/teas/uploads/1/refused', undefined, {
        as: 'finance',
      });
      expect(String(file.body).split('\r\n').slice(0, 2)).toEqual(['line,reason', '4,repeats the code of line 2']);
      expectProblem(await stack().request('GET', '/v1/coupon-pools/teas/uploads/9/refused'), 404, 'not_found');
      const again = await upload('teas', LIST);
      expect(again.body.counts).toEqual({ rows: 5, added: 0, duplicates: 3, rejected: 2 });
      expect(JSON.stringify([preview, kept, again, file].map(({ body }) => body))).not.toContain('AB-');
    });

    it('forgets nothing that has ended, and does not count it as left', async () => {
      await pool('ends');
      await upload('ends', 'code\nE-1\nE-2\n', { query: '?validUntil=2020-01-01T00:00:00%2B09:00' });
      expect(await stack().ok('GET', '/v1/coupon-pools/ends')).toMatchObject({
        ended: 2,
        left: 0,
        runningOut: 'empty',
      });
    });

    it.each<[string, string, string, number, string, Fault[]]>([
      ['no such column', 'teas', 'name\nX-1\n', 422, 'unprocessable', [{ line: 1, parameter: 'column' }]],
      ['an open quote', 'teas', 'code\n"X-1\n', 422, 'unprocessable', [{}]],
      ['nothing at all', 'teas', '', 422, 'unprocessable', [{ line: 1 }]],
      ['no pool to go to', 'none', 'code\nX-1\n', 404, 'not_found', []],
    ])('takes no file with %s, and nothing is kept', async (_, key, csv, status, kind, faults) => {
      const before = await stack().ok('GET', '/v1/coupon-pools/teas');
      const answer = await upload(key, csv);
      expectProblem(answer, status, kind, faults);
      expect(JSON.stringify(answer.body)).not.toContain('X-1');
      expect(await stack().ok('GET', '/v1/coupon-pools/teas')).toEqual(before);
      expectProblem(await upload('teas', 'code\nX-1\n', { type: 'text/plain' }), 415, 'media_type');
      expectProblem(await upload('teas', 'code\nX-1\n', { query: '?validUntil=tomorrow' }), 400, 'invalid', [{}]);
    });

    it.each<[string, object, string, RegExp]>([
      ['a pool that does not exist', { pool: 'none' }, '/journey/nodes/coupon/pool', /does not exist/],
      ['a pool without codes', { pool: 'no-codes' }, '/journey/nodes/coupon/pool', /has no code left/],
      ['a pool for money', { pool: 'teas', kind: 'cashback' }, '/journey/nodes/coupon/pool', /is for coupons/],
      ['both pool and provider', { pool: 'teas', provider: 'sim-pay' }, '/journey/nodes/coupon/provider', /not both/],
      ['neither of them', {}, '/journey/nodes/coupon/provider', /is needed/],
      ['the name of all pools as a provider', { provider: 'pool' }, '/journey/nodes/coupon/provider', /not configured/],
    ])('a campaign with %s has a fault at its place', async (_, source, pointer, detail) => {
      await defineBasics(stack());
      await pool('no-codes');
      const coupon = {
        kind: 'coupon',
        amount: { value: '1', currency: 'KRW' },
        budget: 'main',
        next: 'done',
        ...source,
      };
      const { body } = await stack().request(
        'POST',
        '/v1/campaigns/validate',
        {
          key: 'tea',
          name: 'tea',
          purpose: 'advertising',
          segment: 'everyone',
          journey: { start: 'coupon', nodes: { coupon: { type: 'reward', ...coupon }, done: { type: 'exit' } } },
        },
        { as: 'marketer' },
      );
      expect(body.faults ?? body.errors).toContainEqual(
        expect.objectContaining({ pointer, detail: expect.stringMatching(detail) }),
      );
    });
  });
}
