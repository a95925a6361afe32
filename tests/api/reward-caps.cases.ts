/**
 * Caps on rewards at the edge: they come back as they were put, a change is a new version, what does not fit is named.
 */
import { describe, expect, it } from '@jest/globals';
import type { Stack } from '../support/stack.js';
import { expectProblem } from './problems.js';

export function rewardCapCases(stack: () => Stack): void {
  const put = (key: string, body: object, as: 'finance' | 'marketer' = 'finance') =>
    stack().request('PUT', `/v1/reward-caps/${key}`, body, { as });
  const base = {
    scope: { kind: 'all' },
    window: { kind: 'calendar', unit: 'month' },
    limit: { kind: 'count', max: 3 },
    active: false,
  };

  describe('a cap on rewards', () => {
    it.each([
      ['count', {}],
      ['amount', { limit: { kind: 'amount', max: { value: '50000', currency: 'KRW' } } }],
      ['rolling', { window: { kind: 'rolling', span: 'P30D' } }],
      ['kind', { scope: { kind: 'kind', value: 'coupon' } }],
      ['budget', { scope: { kind: 'budget', value: 'main' } }],
    ])('comes back as it was put: %s', async (key, over) => {
      const cap = { ...base, ...over };
      expect((await put(key, cap)).body).toMatchObject({ key, version: 1, ...cap });
      expect(await stack().ok('GET', `/v1/reward-caps/${key}`)).toMatchObject({ ...cap, version: 1 });
      expect((await put(key, cap)).body.version).toBe(1);
      expect((await put(key, { ...cap, active: true })).body).toMatchObject({ version: 2, active: true });
      expect((await put(key, cap)).body.version).toBe(3); // in force for nobody else here
    });

    it.each([
      ['a unit that is none', { window: { kind: 'calendar', unit: 'year' } }, '/window/unit'],
      ['an amount without its currency', { limit: { kind: 'amount', max: { value: '5' } } }, '/limit/max/currency'],
      [
        'an amount with a fraction',
        { limit: { kind: 'amount', max: { value: '5.5', currency: 'KRW' } } },
        '/limit/max/value',
      ],
      ['less than nothing', { limit: { kind: 'count', max: -1 } }, '/limit/max'],
      ['a limit of both', { limit: { kind: 'count', max: 1, currency: 'KRW' } }, '/limit/currency'],
      ['a kind that is none', { scope: { kind: 'kind', value: 'cheque' } }, '/scope/value'],
    ])('refuses %s', async (_, over, pointer) => {
      expectProblem(await put('refused', { ...base, ...over }), 400, 'invalid', [{ pointer }]);
    });

    it('is finance’s to decide', async () => {
      expect((await put('foreign', base, 'marketer')).status).toBe(403);
      expect((await stack().request('GET', '/v1/reward-caps/foreign', undefined, { as: 'marketer' })).status).toBe(404);
    });
  });
}
