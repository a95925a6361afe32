/**
 * Every campaign of the gallery, its blanks filled in, approved by another and launched: whom it means gets it and is paid, those who come close are
 * not, and the audit is clean with both books. Needs nothing but minutes.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { paidTo, sentTo } from '../support/campaign-files.js';
import { approve, importCustomers, launchDraft, settled } from '../support/campaigns.js';
import { callCli } from '../support/cli.js';
import { Stack, until } from '../support/stack.js';

const SPAN = 'PT20S';
const GATE = { gateway: 'sim-gate' };
const PAID = { budget: 'spring', provider: 'sim-pay' };
const KRW = (value: string) => ({ value, currency: 'KRW' });

/** Each by its own attribute, so that nobody is meant by two. */
const PEOPLE: Record<string, { attributes?: object; events?: [string, number][] }> = {
  'up-yes': { attributes: { mainProduct: '체크카드' } },
  'up-silent': { attributes: { mainProduct: '체크카드' } },
  'up-other': { attributes: { mainProduct: '적금' } },
  'cs-yes': { attributes: { saves: '적금' } },
  'cs-has-it': { attributes: { saves: '적금' }, events: [['fund_opened', 10]] },
  'vip-yes': { attributes: { grade: 'vip' } },
  'vip-silent': { attributes: { grade: 'vip' } },
  'vip-gold': { attributes: { grade: 'gold' } },
  'do-back': { events: [['app_opened', 120]] },
  'do-away': { events: [['app_opened', 91]] },
  'do-recent': { events: [['app_opened', 89]] },
  'ew-won': { attributes: { won: true } },
  'ew-lost': { attributes: { won: false } },
  'wl-new': {},
};
const DAY_MS = 86_400_000;

describe('the gallery', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await Stack.start({ epoch: '2026-03-03T10:00:00+09:00', sweepSeconds: 4 });
    await importCustomers(
      stack,
      Object.entries(PEOPLE).map(([id, { attributes }], n) => ({
        id,
        attributes: { name: id, ...attributes },
        consents: {
          'push:advertising': true,
          'lms:advertising': true,
          'push:information': true,
          'lms:information': true,
        },
        addresses: { push: `token-${id}`, phone: `+8210${String(10_000_000 + n)}` },
      })),
    );
    const now = await stack.businessNow();
    const happened = Object.entries(PEOPLE).flatMap(([userId, { events = [] }]) =>
      events.map(([event, days]) => ({
        type: 'track',
        messageId: `${event}-${userId}`,
        userId,
        event,
        timestamp: new Date(now - days * DAY_MS).toISOString(),
      })),
    );
    // everybody else has been there today, and is not dormant
    const there = Object.keys(PEOPLE)
      .filter((id) => !id.startsWith('do-'))
      .map((userId) => ({ type: 'track', messageId: `there-${userId}`, userId, event: 'app_opened' }));
    await stack.ok('POST', '/v1/batch', { batch: [...happened, ...there] }, { as: 'source' });
    await stack.ok('PUT', '/v1/budgets/spring', { name: 'spring', currency: 'KRW' });
    const funding = { amount: KRW('1000000'), reference: 'spring' };
    await stack.ok('POST', '/v1/budgets/spring/fundings', funding, { headers: { 'idempotency-key': 'spring' } });
    const winners = { combinator: 'and', rules: [{ field: 'attribute.won', operator: '=', value: true }] };
    await stack.ok('PUT', '/v1/segments/winners', { name: 'winners', rule: winners });
  });
  afterAll(() => stack?.stop());

  async function launched(item: string, values: object): Promise<string> {
    const body = { key: item, name: item, values };
    const { faults } = await stack.ok('POST', `/v1/gallery/${item}`, body, { as: 'marketer' });
    expect([item, faults]).toEqual([item, []]);
    await stack.ok('POST', `/v1/campaigns/${item}/validate`, undefined, { as: 'marketer' });
    await approve(stack, item);
    return await launchDraft(stack, item);
  }
  const does = (event: string, ...ids: string[]) =>
    stack.ok(
      'POST',
      '/v1/batch',
      { batch: ids.map((userId) => ({ type: 'track', messageId: `does-${event}-${userId}`, userId, event })) },
      { as: 'source' },
    );
  const heard = (run: string, ids: string[]) =>
    until(`${ids.join(', ')} have heard`, async () => {
      return JSON.stringify(await sentTo(stack, run, 'push')) === JSON.stringify(ids);
    });

  it('offers an upsell, and reminds who does not answer', async () => {
    const run = await launched('upsell', { ...GATE, product: '체크카드', patience: SPAN });
    await heard(run, ['up-silent', 'up-yes']);
    await does('application', 'up-yes');
    await settled(stack, run);
    expect(await sentTo(stack, run, 'lms')).toEqual(['up-silent']);
  });

  it('offers a second product to who has not got it', async () => {
    const values = { ...GATE, has: 'saves', product: '적금', bought: 'fund_opened', patience: SPAN };
    const run = await launched('cross-sell', values);
    await heard(run, ['cs-yes']);
    await settled(stack, run);
    expect(await sentTo(stack, run, 'lms')).toEqual(['cs-yes']);
  });

  it('thanks VIPs with points', async () => {
    const run = await launched('vip', { ...GATE, ...PAID, patience: SPAN, amount: KRW('3000') });
    await heard(run, ['vip-silent', 'vip-yes']);
    await does('purchase', 'vip-yes');
    await settled(stack, run);
    expect(await sentTo(stack, run, 'push')).toEqual(['vip-silent', 'vip-yes', 'vip-yes']);
    expect(await sentTo(stack, run, 'lms')).toEqual(['vip-silent']);
    expect(await paidTo(stack, run, 'point')).toEqual(['vip-yes']);
  });

  it('wakes up who has been away for 90 days, and rewards who returns', async () => {
    const run = await launched('dormant', { ...GATE, ...PAID, answer: 'app_opened', patience: SPAN });
    await heard(run, ['do-away', 'do-back']);
    await does('app_opened', 'do-back');
    await settled(stack, run);
    expect(await sentTo(stack, run, 'lms')).toEqual(['do-away']);
    expect(await paidTo(stack, run, 'cashback')).toEqual(['do-back']);
  });

  it('tells consents again, as information', async () => {
    const run = await launched('consent-notice', { ...GATE, segment: 'winners' });
    await settled(stack, run);
    expect([await sentTo(stack, run, 'lms'), await sentTo(stack, run, 'push')]).toEqual([['ew-won'], []]);
  });

  it('pays the winners of an event, and tells them once it is paid', async () => {
    const run = await launched('event-winners', { ...GATE, ...PAID, segment: 'winners' });
    await settled(stack, run);
    expect(await paidTo(stack, run, 'cashback')).toEqual(['ew-won']);
    expect(await sentTo(stack, run, 'push')).toEqual(['ew-won']);
  });

  it('welcomes whoever joins, by a draft that the command line has made', async () => {
    const blanks = ['gateway=sim-gate', `patience=${SPAN}`, 'answer=first_order'].flatMap((text) => ['--set', text]);
    const made = await callCli(stack, 'marketer', [
      'campaign',
      'new',
      'welcome',
      'welcome',
      '--name',
      '환영',
      ...blanks,
    ]);
    expect([made.code, made.stdout, made.stderr]).toEqual([0, expect.stringContaining('no faults'), '']);
    await stack.ok('POST', '/v1/campaigns/welcome/validate', undefined, { as: 'marketer' });
    await approve(stack, 'welcome');
    await launchDraft(stack, 'welcome');
    await does('sign_up', 'wl-new');
    const round = async () =>
      (await stack.pool.query<{ id: string }>(`select id from runs where campaign = 'welcome'`)).rows[0]?.id ?? null;
    const run = await until<string>('somebody has entered', round);
    await heard(run, ['wl-new']);
    await until('and is reminded', async () => (await sentTo(stack, run, 'lms')).length > 0);
    expect(await sentTo(stack, run, 'lms')).toEqual(['wl-new']);
    await stack.auditClean();
  });
});
