/**
 * Money at the edge is a text of whole minor units; nothing else gets in, and what gets in comes out the same.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AMOUNT_MINOR_MAX, moneySchema, toMoney, toMoneyJson } from '../../../src/domain/base/money.js';

const accepts = (value: unknown, currency: unknown = 'KRW') => moneySchema.safeParse({ value, currency }).success;

describe('money', () => {
  it('goes in and out unchanged', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: AMOUNT_MINOR_MAX }), (minor) => {
        const json = moneySchema.parse({ value: String(minor), currency: 'KRW' });
        expect(toMoney(json)).toEqual({ minor, currency: 'KRW' });
        expect(toMoneyJson(toMoney(json))).toEqual(json);
      }),
    );
  });

  it.each([
    '0',
    '-1',
    '+1',
    '1.0',
    '1e3',
    '0x10',
    '01',
    ' 1',
    '1 ',
    '1\n',
    '',
    '1,000',
    '١',
    'NaN',
    String(AMOUNT_MINOR_MAX + 1),
    '9'.repeat(400),
  ])('is not %j', (value) => {
    expect(accepts(value)).toBe(false);
  });

  it('is no number, and nothing without a currency of three letters', () => {
    expect(accepts(5000)).toBe(false);
    expect(accepts(null)).toBe(false);
    for (const currency of ['krw', 'KR', 'KRWW', '', null]) expect(accepts('5000', currency)).toBe(false);
    expect(moneySchema.safeParse({ value: '5', currency: 'KRW', fraction: 1 }).success).toBe(false);
  });

  it('reaches its largest amount', () => {
    expect(accepts(String(AMOUNT_MINOR_MAX))).toBe(true);
  });
});
