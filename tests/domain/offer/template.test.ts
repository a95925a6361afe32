/**
 * What a text may read of the reward, and that it is not rendered without it.
 */
import { describe, expect, it } from '@jest/globals';
import { leastSize, marksFor, parseTemplate, prepareTemplate } from '../../../src/domain/offer/template.js';
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

describe('a text for a channel that counts bytes', () => {
  const of = (body: string, purpose: 'advertising' | 'information' = 'information', ending: string | null = null) =>
    prepareTemplate({ key: 't', version: 1, channel: 'sms', title: null, body }, purpose, ending);
  const to = (name: string) => ({ id: 'c1', zone: 'Asia/Seoul', attributes: { name } });

  it('is not sent to the one customer for whom it is too long, and to the others it is', () => {
    const render = of('{{ customer.name }}님');
    expect(render(to('김'.repeat(44)))).toMatchObject({ ok: true });
    expect(render(to('김'.repeat(45)))).toEqual({ ok: false, reason: 'too_long' });
    expect(render(to('😀'))).toEqual({ ok: false, reason: 'too_long' });
  });

  it('counts the marks of advertising: the lead, and the lines that end it, once', () => {
    const ending = '파도은행 1588-0000\n무료수신거부 080-000-0000';
    expect(of('새 소식', 'advertising', ending)(to('김'))).toEqual({
      ok: true,
      title: null,
      body: `(광고) 새 소식\n${ending}`,
    });
    expect(of(`새 소식\n${ending}`, 'advertising', ending)(to('김'))).toMatchObject({
      body: `(광고) 새 소식\n${ending}`,
    });
    expect(of('가'.repeat(30), 'advertising', ending)(to('김'))).toEqual({ ok: false, reason: 'too_long' });
  });

  it('has a least size: what stands outside of variables and branches', () => {
    const text = {
      channel: 'sms' as const,
      title: null,
      body: '안녕 {{ customer.name }}{% if customer.vip %}VIP 손님{% endif %}님',
    };
    expect(leastSize(text, null)).toMatchObject({ bytes: 6, bytesMax: 90 });
    expect(leastSize(text, marksFor('advertising', 'ab'))).toMatchObject({ bytes: 6 + 7 + 3 });
    expect(leastSize(text, marksFor('information', 'ab'))).toMatchObject({ bytes: 6 });
  });
});
