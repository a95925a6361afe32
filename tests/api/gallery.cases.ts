/**
 * The gallery over the API: what it has, and a draft made of a ready campaign; nothing is replaced, and what is refused leaves nothing behind.
 */
import { describe, expect, it } from '@jest/globals';
import type { Stack } from '../support/stack.js';
import { expectProblem } from './problems.js';

export function galleryCases(stack: () => Stack): void {
  const values = { product: '신용대출', gateway: 'capture' };
  const fill = (
    key: string,
    over: object = {},
    item = 'upsell',
    as: 'marketer' | 'operator' = 'marketer',
    more: { headers?: Record<string, string> } = {},
  ) => stack().request('POST', `/v1/gallery/${item}`, { key, name: '상위 상품', values, ...over }, { as, ...more });
  const standing = async (key: string) => {
    const { rows } = await stack().pool.query<{ n: number }>(
      `select (select count(*) from segments where key like $1) + (select count(*) from templates where key like $1)
         + (select count(*) from campaigns where key like $1) as n`,
      [`${key}%`],
    );
    return Number(rows[0]?.n);
  };

  describe('the gallery', () => {
    it('has seven campaigns with their blanks', async () => {
      const { items } = await stack().ok('GET', '/v1/gallery', undefined, { as: 'marketer' });
      expect(items.map(({ key }: { key: string }) => key)).toEqual([
        'welcome',
        'upsell',
        'cross-sell',
        'vip',
        'dormant',
        'consent-notice',
        'event-winners',
      ]);
      expect(items[1].blanks).toContainEqual({
        name: 'product',
        kind: 'value',
        label: { en: expect.any(String), ko: expect.any(String) },
        preset: null,
      });
      const { status } = await stack().request('GET', '/v1/gallery', undefined, { as: 'source' });
      expect(status).toBe(403);
    });

    it('makes a draft without faults, with a segment and templates of its own', async () => {
      const { status, body } = await fill('ready');
      expect(status).toBe(201);
      expect(body).toMatchObject({
        campaign: { key: 'ready', name: '상위 상품', state: 'draft', draft: { segment: 'ready' } },
        segment: 'ready',
        templates: ['ready-first', 'ready-reminder'],
        faults: [],
      });
      const { rule } = await stack().ok('GET', '/v1/segments/ready');
      expect(rule.rules).toEqual([{ field: 'attribute.mainProduct', operator: '=', value: '신용대출' }]);
      expect((await stack().ok('POST', '/v1/campaigns/ready/validate')).valid).toBe(true);
    });

    it('makes all or nothing, and replaces nothing', async () => {
      const key = { headers: { 'idempotency-key': 'once' } };
      const first = await fill('only-once', {}, 'upsell', 'marketer', key);
      expect(await fill('only-once', {}, 'upsell', 'marketer', key)).toMatchObject({ status: 201, body: first.body });
      expectProblem(await fill('only-once'), 409, 'conflict', [{ pointer: '/key' }]);
      const other = { values: { ...values, product: '적금', first: '다른 말' } };
      const both = await Promise.all([fill('gallery-race'), fill('gallery-race', other)]);
      expect(both.map(({ status }) => status).sort((a, b) => a - b)).toEqual([201, 409]);
      for (const made of ['only-once', 'gallery-race'])
        expect((await stack().ok('GET', `/v1/templates/${made}-first`)).version).toBe(1);
      await stack().ok('PUT', '/v1/templates/mine-reminder', { channel: 'push', body: 'mine' });
      expectProblem(await fill('mine'), 409, 'conflict', [{ pointer: '/key' }]);
      expect(await standing('mine')).toBe(1);
    });

    it.each<[string, object, string]>([
      ['an open blank', { values: { gateway: 'capture' } }, '/values/product'],
      ['what is no blank', { values: { ...values, colour: 'blue' } }, '/values/colour'],
      ['a span that is none', { values: { ...values, patience: 'long' } }, '/values/patience'],
      ['a value of another kind', { values: { ...values, product: 5 } }, '/values/product'],
      ['a key that is too long', { key: 'a'.repeat(26) }, '/key'],
      ['no name', { name: ' ' }, '/name'],
    ])('refuses %s, and makes nothing', async (_, over, pointer) => {
      expectProblem(await fill('refused', over), 400, 'invalid', [{ pointer }]);
      expect(await standing('refused')).toBe(0);
    });

    it('names the blank whose text is no template, and makes nothing', async () => {
      const answer = await fill('refused', { values: { ...values, first: '{{ account.number }}' } });
      expectProblem(answer, 422, 'unprocessable', [{ pointer: '/values/first' }]);
      expect(await standing('refused')).toBe(0);
    });

    it('keeps a draft that names what is not there, and tells its faults', async () => {
      const { body } = await fill('faulty', { values: { ...values, gateway: 'nowhere' } });
      expect(body.faults).toContainEqual({ pointer: '/journey/nodes/first/gateway', detail: expect.any(String) });
    });

    it('has nothing else, and is for marketers', async () => {
      expectProblem(await fill('x', {}, 'nothing'), 404, 'not_found');
      expect((await fill('x', {}, 'upsell', 'operator')).status).toBe(403);
    });
  });
}
