/**
 * How far back rules look at events, wherever they stand: the furthest of each name, for ever where one has no window.
 */
import { describe, expect, it } from '@jest/globals';
import { lookBackOf } from '../../../src/domain/retention/look-back.js';

const NOW = Date.parse('2026-07-15T12:00:00+09:00');
const days = (n: number) => NOW - n * 86_400_000;
const rule = (...of: object[]) => ({
  combinator: 'and',
  rules: of.map((one) => ({ field: 'f', operator: '=', of: one })),
});
const rolling = (span: string) => ({ kind: 'rolling', span });
const of = (...definitions: unknown[]) => Object.fromEntries(lookBackOf(definitions, NOW));

describe('the look back of rules', () => {
  it('is the furthest of each event’s windows, over all of them', () => {
    const near = rule({ event: 'login', window: rolling('P10D') }, { event: 'order', window: rolling('P40D') });
    const far = { rules: [{ combinator: 'or', rules: [rule({ event: 'login', window: rolling('P30D') })] }] };
    expect(of(near, far)).toEqual({ login: days(30), order: days(40) });
    expect(of(far, near)).toEqual({ login: days(30), order: days(40) });
  });

  it('has no end where a rule has no window, whatever others have', () => {
    expect(of(rule({ event: 'login' }), rule({ event: 'login', window: rolling('P10D') }))).toEqual({ login: null });
    expect(of(rule({ event: 'login', window: rolling('P10D') }), rule({ event: 'login' }))).toEqual({ login: null });
  });

  it('begins with the first period of a calendar window, and with a stated instant', () => {
    const lastMonth = { kind: 'calendar', unit: 'month', back: 1, zone: 'Asia/Seoul' };
    const from = '2025-01-01T00:00:00+09:00';
    expect(
      of(rule({ event: 'login', window: lastMonth }, { event: 'order', window: { kind: 'fixed', from } })),
    ).toEqual({
      login: Date.parse('2026-06-01T00:00:00+09:00'),
      order: Date.parse(from),
    });
  });

  it('is as far for what follows in a sequence', () => {
    const sequence = { event: 'login', window: rolling('P30D'), followedBy: [{ event: 'order', within: 'P1D' }] };
    expect(of(rule(sequence))).toEqual({ login: days(30), order: days(30) });
  });

  it('is found in a launched campaign: a branch on what happened lately; its goal and its waits are no rules', () => {
    const journey = {
      nodes: {
        lately: { type: 'branch', on: { event: 'visit', within: 'P7D' } },
        wait: { type: 'wait', span: 'P3D', response: { event: 'purchase' } },
      },
    };
    expect(of({ campaign: { goal: { event: 'order', window: 'P14D' }, journey } })).toEqual({ visit: days(7) });
  });
});
