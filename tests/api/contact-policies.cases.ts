/**
 * Contact policies at the edge: both kinds of window come back as they were put, a change is a new version, what does not fit is named.
 */
import { describe, expect, it } from '@jest/globals';
import type { Stack } from '../support/stack.js';
import { expectProblem } from './problems.js';

export function contactPolicyCases(stack: () => Stack): void {
  const put = (key: string, body: object) =>
    stack().request('PUT', `/v1/contact-policies/${key}`, body, { as: 'operator' });
  const base = { scope: { kind: 'all' }, cap: 2, active: false };

  describe('a contact policy', () => {
    it.each([
      ['rolling', { kind: 'rolling', span: 'P3D' }],
      ['of-thirty-days', { kind: 'rolling', span: 'P30D' }],
      ['of-hours', { kind: 'rolling', span: 'P1DT12H' }],
      ['day', { kind: 'calendar', unit: 'day' }],
      ['week', { kind: 'calendar', unit: 'week' }],
      ['month', { kind: 'calendar', unit: 'month' }],
    ])('keeps its window: %s', async (key, window) => {
      expect((await put(key, { ...base, window })).body).toMatchObject({ key, version: 1, window, lookAheadMs: 0 });
      expect(await stack().ok('GET', `/v1/contact-policies/${key}`)).toMatchObject({ window, version: 1 });
      expect((await put(key, { ...base, window })).body.version).toBe(1);
      const further = { ...base, window, lookAheadMs: 3_600_000 };
      expect((await put(key, further)).body).toMatchObject({ version: 2, lookAheadMs: 3_600_000 });
    });

    it.each([
      ['a unit that is none', { window: { kind: 'calendar', unit: 'year' } }, '/window/unit'],
      ['a span of the calendar', { window: { kind: 'calendar', unit: 'day', span: 'P1D' } }, '/window/span'],
      ['a rolling window without a span', { window: { kind: 'rolling' } }, '/window/span'],
      [
        'a look-ahead of eight days',
        { window: { kind: 'calendar', unit: 'day' }, lookAheadMs: 691_200_000 },
        '/lookAheadMs',
      ],
    ])('refuses %s', async (_, over, pointer) => {
      expectProblem(await put('refused', { ...base, ...over }), 400, 'invalid', [{ pointer }]);
    });
  });
}
