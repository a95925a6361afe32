/**
 * What rewards are worth: fixed, by tiers, a share with a cap, by rules; whole minor units, and nothing where nothing applies.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { amountSchema, prepareAmount } from '../../../src/domain/ledger/amount.js';

const KRW = 'KRW';
const facts = (attributes: Record<string, unknown> = {}, response: Record<string, unknown> | null = null) => ({
  customer: { id: 'c', status: 'active', zone: 'Asia/Seoul', attributes, consents: {}, addresses: {} },
  response,
});
const of = (amount: unknown, ...given: Parameters<typeof facts>) =>
  prepareAmount(amountSchema.parse(amount))(facts(...given));
const won = (minor: number | null, basis: string | null) => ({
  money: minor === null ? null : { minor, currency: KRW },
  basis,
});

const TIERED = {
  currency: KRW,
  by: 'response.amount',
  tiers: [
    { from: 10_000, value: '500' },
    { from: 50_000, value: '3000' },
  ],
};
const SHARE = { currency: KRW, by: 'attribute.spent', percent: 1.5, max: '5000', min: '100' };
const vip = { combinator: 'and', rules: [{ field: 'attribute.grade', operator: '=', value: 'vip' }] };
const BY_RULE = { currency: KRW, rules: [{ when: vip, value: '9000' }] };

describe('an amount', () => {
  it.each<[string, unknown, Record<string, unknown>, Record<string, unknown> | null, number | null, string | null]>([
    ['fixed', { value: '5000', currency: KRW }, {}, null, 5_000, null],
    ['of the highest tier that is reached', TIERED, {}, { amount: 50_000 }, 3_000, '50000'],
    ['of a tier that is just not left', TIERED, {}, { amount: 49_999.5 }, 500, '49999.5'],
    ['below all tiers', TIERED, {}, { amount: 9_999 }, null, '9999'],
    ['without the number', TIERED, {}, { amount: '50000' }, null, 'missing'],
    ['without an answer', TIERED, {}, null, null, 'missing'],
    ['of a negative number', TIERED, {}, { amount: -1 }, null, 'missing'],
    ['a share, cut off', SHARE, { spent: 12_345 }, null, 185, '12345'],
    ['a share, cut to its cap', SHARE, { spent: 1e15 }, null, 5_000, '1000000000000000'],
    ['a share below its least', SHARE, { spent: 6_000 }, null, null, '6000'],
    ['of a name that every object has', { ...SHARE, by: 'attribute.constructor' }, {}, null, null, 'missing'],
    ['by the first rule that holds', BY_RULE, { grade: 'vip' }, null, 9_000, 'rule0'],
    ['by no rule', BY_RULE, {}, null, null, 'otherwise'],
    ['by no rule, with something for the others', { ...BY_RULE, otherwise: '10' }, {}, null, 10, 'otherwise'],
  ])('%s', (_, amount, attributes, response, minor, basis) => {
    expect(of(amount, attributes, response)).toEqual(won(minor, basis));
  });

  it.each<[string, object, (string | number)[]]>([
    ['tiers that do not rise', { ...TIERED, tiers: [...TIERED.tiers].reverse() }, ['tiers']],
    ['a least above its cap', { ...SHARE, min: '6000' }, ['min']],
    ['a share without a cap', { currency: KRW, by: 'attribute.x', percent: 1 }, ['max']],
    ['a share of more than all', { ...SHARE, percent: 101 }, ['percent']],
    ['a number from nowhere', { ...SHARE, by: 'spent' }, ['by']],
  ])('with %s is refused', (_, amount, path) => {
    const { error } = amountSchema.safeParse(amount);
    const flat = (issues: readonly { path: PropertyKey[]; errors?: unknown }[]): PropertyKey[][] =>
      issues.flatMap((issue) => [issue.path, ...((issue.errors ?? []) as (typeof issues)[]).flatMap(flat)]);
    expect(flat(error?.issues ?? [])).toContainEqual(path);
  });

  it('by a share is never more than the share or the cap, and never less than a unit below it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e12 }),
        fc.integer({ min: 1, max: 10_000 }),
        fc.integer({ min: 1, max: 1e12 }),
        (base, bps, max) => {
          const { money } = of({ currency: KRW, by: 'attribute.n', percent: bps / 100, max: String(max) }, { n: base });
          const exact = BigInt(base) * BigInt(bps);
          const minor = BigInt(money?.minor ?? 0);
          expect(minor * 10_000n <= exact && minor <= BigInt(max)).toBe(true);
          expect(minor === BigInt(max) || (minor + 1n) * 10_000n > exact).toBe(true);
        },
      ),
    );
  });
});
