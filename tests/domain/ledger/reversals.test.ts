/** What a provider's answer means for a reversal, as tables; and when one may be asked for. */
import { describe, expect, it } from '@jest/globals';
import type { LookupReply } from '../../../src/domain/ledger/payout-replies.js';
import {
  judgeReversal,
  judgeReversalSettling,
  judgeReversing,
  resolveReversal,
  reversalKey,
  type ReversalReply,
} from '../../../src/domain/ledger/reversals.js';

const word = (status: 'paid' | 'accepted' | 'rejected' | 'reversed'): LookupReply => ({
  kind: 'word',
  word: { status, reason: null, reference: null, paidAt: null, code: null },
});

describe('an answer to a reversal', () => {
  it.each<[ReversalReply, string, string | null, boolean]>([
    [{ kind: 'word', word: { status: 'reversed', reason: null, reference: 'r' } }, 'reversed', null, false],
    [{ kind: 'word', word: { status: 'rejected', reason: 'spent', reference: 'r' } }, 'rejected', 'spent', false],
    [{ kind: 'word', word: { status: 'rejected', reason: null, reference: null } }, 'rejected', 'rejected', false],
    [{ kind: 'key_reused' }, 'ambiguous', 'key_reused', true],
    [{ kind: 'later', retryAfterMs: 5 }, 'back', null, false],
    [{ kind: 'refused', status: 418 }, 'back', null, false],
    [{ kind: 'unknown' }, 'ambiguous', 'no_reply', false],
  ])('%j leads to %s', (reply, to, told, forPerson) => {
    expect(judgeReversal(reply)).toEqual({ to, told, forPerson });
  });

  it('is under a key of its own', () => expect(reversalKey('p/r/n/1/c/1', 2)).toBe('p/r/n/1/c/1/r2'));
});

describe('an unsure reversal', () => {
  const terms = { idempotencyMs: 1, lookup: true, visibilityMs: 1 };
  it.each([
    // idempotent, settled, repeatable
    [word('reversed'), [false, false, false], { kind: 'reversed' }],
    [word('paid'), [true, false, true], { kind: 'ask_again' }],
    [word('paid'), [true, true, true], { kind: 'resubmit' }],
    [word('paid'), [true, true, false], { kind: 'person', told: 'still_paid' }],
    [word('paid'), [false, true, true], { kind: 'person', told: 'still_paid' }],
    [word('rejected'), [true, true, true], { kind: 'person', told: 'contradiction' }],
    [word('accepted'), [true, true, true], { kind: 'person', told: 'contradiction' }],
    [{ kind: 'absent' }, [true, true, true], { kind: 'person', told: 'unknown_there' }],
    [{ kind: 'absent' }, [true, false, true], { kind: 'ask_again' }],
    [{ kind: 'later', retryAfterMs: 1 }, [true, true, true], { kind: 'ask_again' }],
    [{ kind: 'unknown' }, [true, true, true], { kind: 'ask_again' }],
    [null, [true, true, true], { kind: 'resubmit' }],
    [null, [true, true, false], { kind: 'person', told: 'no_lookup' }],
    [null, [false, true, true], { kind: 'person', told: 'no_lookup' }],
  ] as [LookupReply | null, [boolean, boolean, boolean], object][])(
    'by %j with %j: %j',
    (reply, [idempotent, settled, repeatable], resolution) => {
      expect(resolveReversal({ ...terms, idempotent }, { settled, repeatable }, reply)).toEqual(resolution);
    },
  );
});

describe('a person', () => {
  it.each([
    ['paid', null, null],
    ['settled', null, null],
    ['paid', 'rejected', null],
    ['paid', 'requested', 'reversal_open'],
    ['paid', 'submitting', 'reversal_open'],
    ['settled', 'ambiguous', 'reversal_open'],
    ['reversed', 'reversed', 'not_paid'],
    ['accepted', null, 'not_paid'],
    ['held', null, 'not_paid'],
  ] as const)('may have taken back what is %s with a reversal %s: %s', (state, reversal, refusal) => {
    expect(judgeReversing({ state, reversal })).toBe(refusal);
  });

  it('settles only what is unsure', () => {
    expect(judgeReversalSettling({ state: 'paid', reversal: 'ambiguous' })).toBeNull();
    for (const reversal of [null, 'requested', 'submitting', 'reversed', 'rejected'] as const)
      expect(judgeReversalSettling({ state: 'paid', reversal })).toBe('no_unsure_reversal');
  });
});
