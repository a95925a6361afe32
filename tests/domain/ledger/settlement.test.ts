/**
 * What a row of a settlement says, and what may become of a break.
 */
import { describe, expect, it } from '@jest/globals';
import {
  compensationOf,
  daySchema,
  dayOf,
  judgeResolution,
  readSettlementRow,
} from '../../../src/domain/ledger/settlement.js';

const SEOUL = 'Asia/Seoul';
const cells = { key: 'p/1', reference: 'r', amount: '5000', currency: 'KRW', paid_at: '2026-03-03T10:00:00+09:00' };
const row = { line: 2, key: 'p/1', reference: 'r', amount: 5_000, currency: 'KRW', paidAt: Date.parse(cells.paid_at) };

describe('a row of a settlement', () => {
  it('is read with a reference or without, a reversal negative', () => {
    expect(readSettlementRow(2, cells, SEOUL)).toEqual(row);
    expect(readSettlementRow(2, { ...cells, reference: '', amount: '-5000' }, SEOUL)).toEqual({
      ...row,
      reference: null,
      amount: -5_000,
    });
  });

  it.each([
    ['2026-03-03T01:00:00Z', SEOUL],
    ['2026-03-03T01:00:00.000Z', 'UTC'],
    ['2026-03-03T10:00:00', SEOUL],
    ['2026-03-03 10:00', SEOUL],
    ['2026-03-02T20:00:00', 'America/New_York'],
  ])('says %s of %s', (paid, zone) => {
    expect(readSettlementRow(2, { ...cells, paid_at: paid }, zone)).toEqual(row);
  });

  it('says a day as its beginning', () => {
    const read = readSettlementRow(2, { ...cells, paid_at: '2026-03-03' }, SEOUL);
    expect(read).toMatchObject({ paidAt: Date.parse('2026-03-03T00:00:00+09:00') });
  });

  it.each([
    ['key', 'p 1'],
    ['key', ''],
    ['key', 'x'.repeat(129)],
    ['reference', 'a\tb'],
    ['amount', '0'],
    ['amount', '50.5'],
    ['amount', '+5'],
    ['amount', '05'],
    ['amount', '1e3'],
    ['amount', '1000000000001'],
    ['currency', 'krw'],
    ['paid_at', ''],
    ['paid_at', '2026-02-30T10:00:00Z'],
    ['paid_at', '03/03/2026'],
    ['paid_at', '2026-03-03T25:00:00'],
  ])('is refused for its %s: %s', (column, text) => {
    expect(readSettlementRow(7, { ...cells, [column]: text }, SEOUL)).toEqual({
      line: 7,
      reason: expect.stringMatching(new RegExp(`^${column} is not `)),
    });
  });

  it('is refused where a change of clocks skips its wall clock', () => {
    const skipped = { ...cells, paid_at: '2026-03-08T02:30:00' };
    expect(readSettlementRow(2, skipped, 'America/New_York')).toEqual({ line: 2, reason: expect.any(String) });
    expect(readSettlementRow(2, skipped, SEOUL)).toMatchObject({ amount: 5_000 });
  });
});

describe('a day', () => {
  it('is one that there is, of a zone', () => {
    expect(['2026-03-31', '2026-02-30', '2026-3-1', 'x'].map((text) => daySchema.safeParse(text).success)).toEqual([
      true,
      false,
      false,
      false,
    ]);
    expect([
      dayOf(Date.parse('2026-03-03T15:00:00Z'), SEOUL),
      dayOf(Date.parse('2026-03-03T15:00:00Z'), 'UTC'),
    ]).toEqual(['2026-03-04', '2026-03-03']);
  });
});

describe('a compensation', () => {
  const money = { difference: -70, currency: 'KRW', compensated: 0 };

  it('is what is still to be booked, up or off', () => {
    expect(compensationOf(money)).toEqual({ kind: 'write_off', amount: 70, currency: 'KRW' });
    expect(compensationOf({ ...money, compensated: -100 })).toEqual({ kind: 'write_up', amount: 30, currency: 'KRW' });
    expect(compensationOf({ ...money, compensated: -70 })).toBeNull();
    expect(compensationOf({ difference: null, currency: null, compensated: 0 })).toBeNull();
  });

  it.each([
    ['open', 'accept', money, 'KRW', null],
    ['open', 'compensate', money, 'KRW', null],
    ['open', 'compensate', money, null, null],
    ['open', 'compensate', money, 'USD', 'other_currency'],
    ['open', 'compensate', { ...money, compensated: -70 }, 'KRW', 'no_money'],
    ['open', 'accept', { ...money, compensated: -70 }, 'KRW', null],
    ['open', 'accept', { ...money, difference: 0, compensated: -70 }, 'KRW', 'compensated'],
    ['resolved', 'accept', money, 'KRW', 'not_open'],
    ['explained', 'compensate', money, 'KRW', 'not_open'],
  ] as const)('of a break that is %s: %s', (state, resolution, of, kept, refusal) => {
    expect(judgeResolution(state, resolution, of, kept)).toBe(refusal);
  });
});
