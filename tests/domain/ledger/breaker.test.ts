/**
 * The breaker of a provider as a pure table: what opens it, what closes it, and what says nothing.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { judgeSigns, signOf, type Breaker, type Sign } from '../../../src/domain/ledger/breaker.js';
import type { SubmitReply } from '../../../src/domain/ledger/payout-replies.js';

const TERMS = { failures: 3, openMs: 1_000 };
const closed = (failures = 0): Breaker => ({ failures, isOpen: false, probe: null });
const open = (probe: number | null): Breaker => ({ failures: 3, isOpen: true, probe });
const signs = (...all: Sign[]) => all.map((sign, n) => ({ attemptId: n + 1, sign }));
const word = (status: 'paid' | 'rejected'): SubmitReply => ({
  kind: 'word',
  word: { status, reason: null, reference: null, paidAt: null, code: null },
});

describe('the breaker of a provider', () => {
  it.each<[SubmitReply, Sign]>([
    [word('paid'), 'answered'],
    [word('rejected'), 'answered'],
    [{ kind: 'key_reused' }, 'answered'],
    [{ kind: 'refused', status: 418 }, 'answered'],
    [{ kind: 'later', retryAfterMs: 1_000, why: 'busy' }, 'answered'],
    [{ kind: 'later', retryAfterMs: 1_000, why: 'unavailable' }, 'failed'],
    [{ kind: 'unknown' }, 'failed'],
    [{ kind: 'later', retryAfterMs: 0 }, 'none'],
  ])('takes %j as %s', (reply, sign) => {
    expect(signOf(reply)).toBe(sign);
  });

  it('counts what failed in a row, and starts again with an answer', () => {
    expect(judgeSigns(closed(), signs('failed', 'none', 'failed'), TERMS)).toEqual({ kind: 'counted', failures: 2 });
    expect(judgeSigns(closed(2), signs('answered'), TERMS)).toEqual({ kind: 'counted', failures: 0 });
    expect(judgeSigns(closed(), signs('answered', 'none'), TERMS)).toEqual({ kind: 'none' });
    expect(judgeSigns(closed(2), signs('failed', 'answered'), TERMS)).toEqual({ kind: 'opened', failures: 3 });
  });

  it('once open, believes its probe alone', () => {
    expect(judgeSigns(open(null), signs('answered', 'failed'), TERMS)).toEqual({ kind: 'none' });
    expect(judgeSigns(open(9), signs('answered', 'failed'), TERMS)).toEqual({ kind: 'none' });
    expect(judgeSigns(open(2), signs('failed', 'answered'), TERMS)).toEqual({ kind: 'closed' });
    expect(judgeSigns(open(2), signs('answered', 'failed'), TERMS)).toEqual({ kind: 'opened', failures: 4 });
    expect(judgeSigns(open(1), signs('none'), TERMS)).toEqual({ kind: 'untried' });
  });

  it('opens exactly where so many in a row have failed, however the replies are grouped', () => {
    const sign = fc.constantFrom<Sign>('answered', 'failed', 'none');
    fc.assert(
      fc.property(fc.array(fc.array(sign, { maxLength: 6 }), { maxLength: 12 }), (groups) => {
        let breaker = closed();
        for (const group of groups) {
          const change = judgeSigns(breaker, signs(...group), TERMS);
          if (change.kind === 'counted') breaker = closed(change.failures);
          if (change.kind === 'opened') breaker = { ...open(null), failures: change.failures };
        }
        const said = groups.flat().filter((one) => one !== 'none');
        expect(breaker.isOpen).toBe(said.join().includes(Array(TERMS.failures).fill('failed').join()));
      }),
    );
  });
});
