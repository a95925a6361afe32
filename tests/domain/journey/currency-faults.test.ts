/**
 * A provider is paid through in one currency: that of its accounts, or of the first reward where it has none yet.
 */
import { describe, expect, it } from '@jest/globals';
import { currencyFaults, payingFirst } from '../../../src/domain/journey/currency-faults.js';
import type { Journey } from '../../../src/domain/journey/definition.js';

const reward = (currency: string, over: object = { provider: 'p' }) => ({
  type: 'reward',
  amount: { value: '1', currency },
  ...over,
});
const journeyOf = (nodes: Record<string, object>) => ({ start: 'x', nodes }) as unknown as Journey;
const faultsOf = (nodes: Record<string, object>, kept: Record<string, string> = {}) =>
  currencyFaults(journeyOf(nodes), new Map(Object.entries(kept))).map(({ pointer, detail }) => `${pointer} ${detail}`);
const at = (node: string) => `/journey/nodes/${node}/amount/currency`;

describe('a campaign', () => {
  it.each<[string, Record<string, object>, Record<string, string>, string[]]>([
    ['of one currency, at a provider that has no accounts yet', { x: reward('KRW'), y: reward('KRW') }, {}, []],
    [
      'of two, through one provider',
      { y: reward('USD'), x: reward('KRW') },
      {},
      [`${at('y')} is not the provider's KRW`],
    ],
    ['of two, through two', { x: reward('KRW'), y: reward('USD', { provider: 'q' }) }, {}, []],
    ['in the currency of the accounts', { x: reward('USD') }, { p: 'USD' }, []],
    [
      'in another than that of the accounts',
      { x: reward('KRW'), y: reward('USD') },
      { p: 'USD' },
      [`${at('x')} is not the provider's USD`],
    ],
    [
      'that draws coupons in another than the pools before it',
      { x: reward('USD', { pool: 'codes' }) },
      { pool: 'KRW' },
      [`${at('x')} is not the provider's KRW`],
    ],
  ])('%s', (_, nodes, kept, faults) => {
    expect(faultsOf(nodes, kept)).toEqual(faults);
  });

  it('opens the accounts of each provider in the currency of its first reward', () => {
    const journey = journeyOf({
      b: reward('USD'),
      a: reward('KRW'),
      c: reward('USD', { pool: 'codes' }),
      out: { type: 'exit' },
    });
    expect(payingFirst(journey)).toEqual(
      expect.arrayContaining([
        { provider: 'p', currency: 'KRW' },
        { provider: 'pool', currency: 'USD' },
      ]),
    );
  });
});
