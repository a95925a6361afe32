/**
 * Lucky boxes at the edge: what a definition refuses, by field, what a campaign may name, and that nobody closes a draft.
 */
import { describe, expect, it } from '@jest/globals';
import { defineBasics, defineGroup } from '../support/campaigns.js';
import { BOX_CONTENT, drawing, fundBudget } from '../support/lucky-box.js';
import type { Stack } from '../support/stack.js';
import { expectProblem } from './problems.js';

export function luckyBoxCases(stack: () => Stack): void {
  const put = (key: string, body: object) => stack().request('PUT', `/v1/lucky-boxes/${key}`, body, { as: 'marketer' });

  describe('a lucky box', () => {
    it('is a draft that may change, and tells what it can cost', async () => {
      expect((await put('summer', BOX_CONTENT)).body).toMatchObject({
        state: 'draft',
        prizes: [
          { name: 'grand', amount: { value: '3000', currency: 'KRW' }, stock: 1_000, drawn: 0 },
          { name: 'coffee', stock: 2 },
        ],
        fallback: { kind: 'nothing', amount: null, stock: null },
        worstCase: { stock: '3002000', perFallback: '0' },
        drawn: 0,
        terms: null,
        commitment: null,
        seed: null,
      });
      expect((await put('summer', { ...BOX_CONTENT, name: '여름' })).body).toMatchObject({ name: '여름' });
      const { items } = await stack().ok('GET', '/v1/lucky-boxes?limit=1', undefined, { as: 'finance' });
      expect(items).toHaveLength(1);
      expectProblem(await stack().request('GET', '/v1/lucky-boxes/none'), 404, 'not_found');
    });

    it('is left as it is where it may only be made', async () => {
      const only = { as: 'marketer', headers: { 'if-none-match': '*' } } as const;
      const made = (key: string) => stack().request('PUT', `/v1/lucky-boxes/${key}`, BOX_CONTENT, only);
      expectProblem(await made('summer'), 412, 'stale');
      expect(await stack().ok('GET', '/v1/lucky-boxes/summer')).toMatchObject({ name: '여름' });
      expect((await made('autumn')).body).toMatchObject({ key: 'autumn', state: 'draft' });
    });

    it('refuses what does not fit together, by field, and keeps what was', async () => {
      const [grand, coffee] = BOX_CONTENT.prizes;
      const prizes = [
        { ...grand, amount: { value: '-1', currency: 'KRW' } },
        { ...coffee, amount: { value: '1', currency: 'USD' }, weight: 0 },
      ];
      expectProblem(await put('summer', { ...BOX_CONTENT, prizes }), 400, 'invalid', [
        { pointer: '/prizes/0/amount/value' },
        { pointer: '/prizes/1/weight' },
      ]);
      const foreign = [{ ...grand, amount: { value: '1', currency: 'USD' } }];
      expectProblem(await put('summer', { ...BOX_CONTENT, prizes: foreign }), 400, 'invalid', [
        { pointer: '/prizes/0/amount/currency' },
      ]);
      const twice = { ...BOX_CONTENT, prizes: [grand, { ...coffee, name: grand?.name }] };
      const korean = await stack().request('PUT', '/v1/lucky-boxes/summer', twice, {
        as: 'marketer',
        headers: { 'accept-language': 'ko' },
      });
      expectProblem(korean, 400, 'invalid', [{ pointer: '/prizes/1/name', detail: '다른 경품의 이름입니다' }]);
      expect(await stack().ok('GET', '/v1/lucky-boxes/summer')).toMatchObject({ name: '여름' });
    });

    it('is what a campaign may name, in its currency, where a key seals seeds', async () => {
      await defineBasics(stack());
      await defineGroup(stack(), 'lucky');
      await fundBudget(stack(), 'poor', '1');
      await fundBudget(stack(), 'lucky', '1');
      const faults = async (box: string, currency = 'KRW', kind = 'lucky_box') => {
        const draft = JSON.stringify(drawing('lucky'))
          .replaceAll('{"currency":"KRW","box":"spring"}', JSON.stringify({ currency, box }))
          .replaceAll('"lucky_box"', JSON.stringify(kind));
        const { body } = await stack().request('POST', '/v1/campaigns/validate', JSON.parse(draft) as object);
        return JSON.stringify(body);
      };
      expect(await faults('none')).toContain('/amount/box');
      expect(await faults('summer')).toContain('no key seals seeds here');
      expect(await faults('summer', 'USD')).toContain('/amount/currency');
      expect(await faults('summer', 'KRW', 'cashback')).toContain('names a lucky box where the kind is lucky_box');
    });

    it('is not closed before it was opened, and only by finance', async () => {
      const close = (as: 'finance' | 'marketer', tag: string) =>
        stack().request('POST', '/v1/lucky-boxes/summer/close', { reason: 'over' }, {
          as,
          headers: { 'idempotency-key': `summer-${tag}` },
        }); // prettier-ignore
      expectProblem(await close('finance', 'a'), 409, 'conflict');
      expectProblem(await close('marketer', 'b'), 403, 'forbidden');
    });
  });
}
