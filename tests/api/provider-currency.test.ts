/**
 * A provider is paid through in one currency: a campaign of another is told so by its field, and of two launches that come first with two
 * currencies one is refused whole.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { defineBasics, twoWaves, validated } from '../support/campaigns.js';
import { Stack } from '../support/stack.js';
import { expectProblem } from './problems.js';

const IN_DOLLARS = ['/journey/nodes/reward-1/amount/currency', '/journey/nodes/reward-2/amount/currency'];

describe('a campaign that pays in another currency than its provider', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await Stack.start({ workers: 0 });
    await defineBasics(stack);
    await stack.ok('PUT', '/v1/budgets/dollars', { name: 'dollars', currency: 'USD' });
  });
  afterAll(() => stack.stop());

  const inWon = (key: string) => twoWaves({ key });
  function inDollars(key: string) {
    const campaign = inWon(key) as { journey: { nodes: Record<string, object> } };
    for (const [id, node] of Object.entries(campaign.journey.nodes))
      if (id.startsWith('reward'))
        Object.assign(node, { budget: 'dollars', amount: { value: '500', currency: 'USD' } });
    return campaign as Record<string, unknown>;
  }
  const launch = (key: string) =>
    stack.request('POST', `/v1/campaigns/${key}/launch`, { trigger: 'now' }, { as: 'marketer' });
  const count = async (what: string) => (await stack.one<{ n: number }>(`select count(*)::int as n from ${what}`)).n;

  it('is refused at the launch, where both were approved before either was launched', async () => {
    await validated(stack, inWon('won'));
    await validated(stack, inDollars('dollars'));
    const replies = await Promise.all(['won', 'dollars'].map(launch));
    expect(replies.map(({ status }) => status).sort((a, b) => a - b)).toEqual([202, 409]);
    const refused = replies.find(({ status }) => status === 409);
    if (!refused) throw new Error('none was refused');
    expectProblem(
      refused,
      409,
      'conflict',
      IN_DOLLARS.map((pointer) => ({ pointer })),
    );
    expect(await count('runs')).toBe(1);
    expect(await count('campaign_versions')).toBe(1);
    expect(await count(`accounts where key in ('clearing:sim-pay', 'settled:sim-pay')`)).toBe(2);
  });

  it('is told so when it is validated, in the words of who asks, and by the field', async () => {
    const { currency } = await stack.one<{ currency: string }>(
      `select currency from accounts where key = 'clearing:sim-pay'`,
    );
    const other = currency === 'KRW' ? inDollars('other') : inWon('other');
    await stack.ok('PUT', '/v1/campaigns/other', other, { as: 'marketer', headers: { 'if-none-match': '*' } });
    const told = async (language: string) =>
      (
        await stack.request('POST', '/v1/campaigns/other/validate', undefined, {
          as: 'marketer',
          headers: { 'accept-language': language },
        })
      ).body as { valid: boolean; faults: object[] };
    const faults = (detail: string) => IN_DOLLARS.map((pointer) => ({ pointer, detail }));
    expect(await told('en')).toMatchObject({ valid: false, faults: faults(`is not the provider's ${currency}`) });
    expect(await told('ko')).toMatchObject({
      valid: false,
      faults: faults(`지급사 계정의 통화(${currency})가 아닙니다`),
    });
  });
});
