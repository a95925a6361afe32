/**
 * What a person may decide about a payout, over everything that may have happened to it: nothing that may have been paid is paid again or
 * cancelled.
 */
import { describe, expect, it } from '@jest/globals';
import {
  judgeApproval,
  judgeCancellation,
  judgeHolding,
  judgeReissue,
  judgeSettling,
  mayHaveActed,
  type DecidablePayout,
} from '../../../src/domain/ledger/payout-decisions.js';
import { PAYOUT_STATES } from '../../../src/domain/ledger/payout-moves.js';

const held = (over: Partial<DecidablePayout> = {}): DecidablePayout => ({
  state: 'held',
  reason: 'incident',
  outcomes: [],
  wasAccepted: false,
  ...over,
});

describe('whether a provider may have acted', () => {
  it.each<[string, Partial<DecidablePayout>, boolean]>([
    ['never submitted', {}, false],
    ['pushed back', { outcomes: ['not_acted', 'not_acted'] }, false],
    ['rejected', { outcomes: ['rejected'] }, false],
    ['no reply', { outcomes: ['unknown'] }, true],
    ['still in flight', { outcomes: [null] }, true],
    ['no reply at first, pushed back then', { outcomes: ['unknown', 'not_acted'] }, true],
    ['no reply, and finally unknown there', { outcomes: ['unknown'], reason: 'unknown_there' }, false],
    ['accepted, and then unknown there', { outcomes: ['accepted'], reason: 'unknown_there' }, true],
    [
      'accepted by a callback, and then unknown there',
      { outcomes: ['unknown'], reason: 'unknown_there', wasAccepted: true },
      true,
    ],
    ['its key stands for something else there', { outcomes: ['key_reused'], reason: 'key_reused' }, true],
  ])('%s: %j is %s', (_, over, expected) => {
    expect(mayHaveActed(held(over))).toBe(expected);
    expect(judgeCancellation(held(over))).toBe(expected ? 'may_have_acted' : null);
    expect(judgeApproval(held(over), 'active', 'hold')).toBe(expected ? 'may_have_acted' : null);
    expect(judgeSettling(held(over))).toBe(over.outcomes === undefined ? 'never_submitted' : null);
  });

  it('matters only for what is held', () => {
    for (const state of PAYOUT_STATES.filter((one) => one !== 'held')) {
      const payout = held({ state });
      expect([judgeApproval(payout, 'active', 'pay'), judgeCancellation(payout), judgeSettling(payout)]).toEqual([
        'not_held',
        'not_held',
        'not_held',
      ]);
    }
  });
});

describe('an approval', () => {
  it('is gated again: what held the payout has to be over', () => {
    expect(judgeApproval(held(), 'incident', 'pay')).toBe('incident');
    expect(judgeApproval(held(), 'withdrawn', 'hold')).toBe('withdrawn');
    expect(judgeApproval(held(), 'withdrawn', 'forfeit')).toBe('forfeited');
    expect(judgeApproval(held(), 'withdrawn', 'pay')).toBeNull();
    expect(judgeApproval(held(), 'active', 'forfeit')).toBeNull();
  });
});

describe('a hold', () => {
  it('is for what has not been submitted', () => {
    for (const state of PAYOUT_STATES) {
      expect(judgeHolding({ state })).toBe(state === 'intended' || state === 'approved' ? null : 'not_waiting');
    }
  });
});

describe('a reissue', () => {
  const rejected = (generation: number, contradicted = false) => ({
    generation,
    state: 'rejected' as const,
    contradicted,
  });

  it('needs every earlier generation definitely rejected', () => {
    expect(judgeReissue([rejected(1), rejected(2)])).toBeNull();
    expect(judgeReissue([])).toBe('not_rejected');
    expect(judgeReissue([rejected(1, true), rejected(2)])).toBe('contradicted');
    for (const state of PAYOUT_STATES.filter((one) => one !== 'rejected')) {
      expect(judgeReissue([rejected(1), { generation: 2, state, contradicted: false }])).toBe('not_rejected');
    }
  });
});
