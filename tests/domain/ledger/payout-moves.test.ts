/**
 * The whole table of payout moves (design, section 5), written here once more by hand, and the transfers that moves post.
 */
import { describe, expect, it } from '@jest/globals';
import {
  accountKey,
  happenedAt,
  impliesPaid,
  judgeMove,
  PAYOUT_STATES,
  TRANSFERS,
  transferOf,
  type PayoutState,
} from '../../../src/domain/ledger/payout-moves.js';

const TABLE: Record<PayoutState, string> = {
  intended: 'approved submitting held cancelled',
  approved: 'submitting held cancelled',
  submitting: 'accepted paid rejected ambiguous held intended approved',
  accepted: 'paid rejected ambiguous',
  ambiguous: 'accepted paid rejected submitting held',
  held: 'approved accepted paid rejected cancelled',
  paid: 'settled reversed',
  settled: 'reversed',
  rejected: '',
  reversed: '',
  cancelled: '',
};
const pairs = PAYOUT_STATES.flatMap((from) => PAYOUT_STATES.map((to) => [from, to] as const));

describe('a payout', () => {
  it.each(pairs)('from %s to %s', (from, to) => {
    const allowed = TABLE[from].split(' ').includes(to);
    expect(judgeMove(from, to)).toBe(from === to ? 'same' : allowed ? 'move' : 'contradiction');
  });

  it('that is reversed had been paid, wherever it may still be paid', () => {
    expect(PAYOUT_STATES.filter((from) => impliesPaid(from, 'reversed'))).toEqual([
      'submitting',
      'accepted',
      'ambiguous',
      'held',
    ]);
    for (const to of PAYOUT_STATES.filter((state) => state !== 'reversed'))
      expect(impliesPaid('ambiguous', to)).toBe(false);
  });

  it('that is decided for good is never submitted again', () => {
    for (const from of ['paid', 'settled', 'rejected', 'reversed', 'cancelled'] as const)
      expect(judgeMove(from, 'submitting')).toBe('contradiction');
  });

  /** Every way from the intent, with the money followed along it. */
  it('leaves nothing reserved at any end, and takes from the budget exactly when it was paid', () => {
    const ends = new Set<string>();
    const go = (state: PayoutState, money: Record<string, number>, been: PayoutState[]) => {
      if (TABLE[state] === '' || state === 'settled') {
        ends.add(state);
        expect([been.join(' '), money['reserved']]).toEqual([been.join(' '), 0]);
        expect([been.join(' '), money['budget']]).toEqual([been.join(' '), state === 'settled' ? -1 : 0]);
      }
      for (const to of TABLE[state].split(' ').filter(Boolean) as PayoutState[]) {
        if (been.includes(to)) continue;
        const kind = transferOf(to);
        const next = { ...money };
        if (kind) {
          const { debit, credit } = TRANSFERS[kind];
          next[debit] = (next[debit] ?? 0) + 1;
          next[credit] = (next[credit] ?? 0) - 1;
        }
        go(to, next, [...been, to]);
      }
    };
    const { debit, credit } = TRANSFERS.reserve;
    go('intended', { [debit]: 1, [credit]: -1 }, ['intended']);
    expect([...ends].sort()).toEqual(['cancelled', 'rejected', 'reversed', 'settled']);
  });
});

describe('an account', () => {
  it('belongs to a budget or to a provider by its kind', () => {
    const owner = { budget: 'main', provider: 'pay' };
    expect(
      (['budget', 'reserved', 'funding', 'clearing', 'settled', 'suspense'] as const).map((kind) =>
        accountKey(kind, owner),
      ),
    ).toEqual(['budget:main', 'reserved:main', 'funding:main', 'clearing:pay', 'settled:pay', 'suspense:pay']);
  });
});

describe('what the books say when it happened', () => {
  const known = { decidedAt: 100, now: 200 };

  it.each([
    ['paid', 150, 150],
    ['paid', 50, 100], // the provider's clock is behind
    ['paid', 900, 200], // or ahead
    ['paid', null, 200],
    ['rejected', 150, 200],
    ['settled', 150, 200],
  ] as const)('%s, by the provider at %s: %s', (to, paidAt, at) => {
    expect(happenedAt(to, { paidAt, ...known })).toBe(at);
  });

  it('is never after now, whatever an intent says', () => {
    expect(happenedAt('paid', { paidAt: 150, decidedAt: 300, now: 200 })).toBe(200);
  });
});
