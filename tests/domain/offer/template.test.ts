/**
 * What a text may read of the reward, and that it is not rendered without it.
 */
import { describe, expect, it } from '@jest/globals';
import { parseTemplate, prepareTemplate } from '../../../src/domain/offer/template.js';
import type { RewardFacts } from '../../../src/domain/wave/walk.js';

const AT = Date.parse('2026-03-03T16:05:09Z');
const reward = (over: Partial<RewardFacts> = {}): RewardFacts => ({
  amount: { minor: 5000, currency: 'KRW' },
  code: 'AB-12',
  paidAt: AT,
  ...over,
});
const rendered = (body: string, told?: RewardFacts) =>
  prepareTemplate(
    { key: 't', version: 1, channel: 'push', title: null, body },
    'information',
  )({
    id: 'c1',
    zone: 'Asia/Seoul',
    attributes: { name: '민지' },
    reward: told,
  });

describe('a text about a reward', () => {
  it('reads amount, code and time, and nothing else of it', () => {
    const body = '{{ reward.amount }} {{ reward.code }} {{ reward.paidAt }}';
    expect(parseTemplate({ title: null, body })).toEqual({
      ok: true,
      variables: ['reward.amount', 'reward.code', 'reward.paidAt'],
    });
    expect(parseTemplate({ title: null, body: '{{ reward.key }}' })).toMatchObject({
      ok: false,
      faults: [{ pointer: '/body' }],
    });
  });

  it.each<[string, Partial<RewardFacts>, string]>([
    ['won, which have no minor unit', {}, '5000 AB-12 2026-03-04 01:05'],
    ['cents', { amount: { minor: 507, currency: 'USD' } }, '5.07 AB-12 2026-03-04 01:05'],
    ['less than one unit', { amount: { minor: 7, currency: 'USD' } }, '0.07 AB-12 2026-03-04 01:05'],
  ])('shows %s as people read them, and the time on the customer’s clock', (_, over, text) => {
    const body = '{{ reward.amount }} {{ reward.code }} {{ reward.paidAt }}';
    expect(rendered(body, reward(over))).toEqual({ ok: true, title: null, body: text });
  });

  it('is not rendered without what it reads', () => {
    expect(rendered('{{ reward.code }}', reward({ code: null }))).toEqual({ ok: false, reason: 'undefined_variable' });
    expect(rendered('{{ reward.amount }}')).toEqual({ ok: false, reason: 'undefined_variable' });
    expect(rendered('{{ customer.name }}')).toMatchObject({ ok: true, body: '민지' });
  });

  it('never takes what a code contains as Liquid', () => {
    expect(rendered('{{ reward.code }}', reward({ code: '{{ customer.name }}' }))).toMatchObject({
      body: '{{ customer.name }}',
    });
  });
});
