/**
 * What a retry would do: added up, held against what one person may let begin alone, and against what was shown.
 */
import { describe, expect, it } from '@jest/globals';
import { hasGrown, needsSecondPerson, totalsOf, type PlannedItem } from '../../../src/domain/retry/effect.js';

const item = (effect: PlannedItem['effect'], over: Partial<PlannedItem> = {}): PlannedItem => ({
  kind: 'participant',
  subject: 'minji',
  runId: 'r',
  effect,
  why: effect === 'nothing' ? 'stopped' : null,
  sends: 0,
  pays: [],
  ...over,
});
const won = (minor: number) => ({ currency: 'KRW', minor });

describe('the effect of a retry', () => {
  it('adds up what acts, is sent and is paid by currency; of what nothing becomes counts by its why alone', () => {
    const items = [
      item('put_back', { sends: 1, pays: [won(400), { currency: 'USD', minor: 5 }] }),
      item('put_back', { sends: 1 }),
      item('reissue', { kind: 'payout', pays: [won(600)] }),
      item('ask', { kind: 'payout' }),
      item('nothing', { sends: 9, pays: [won(9_000)] }),
      item('nothing', { why: 'erased' }),
    ];
    expect(totalsOf(items)).toEqual({
      items: 6,
      acts: 3,
      sends: 2,
      pays: [
        { currency: 'KRW', count: 2, minor: 1_000 },
        { currency: 'USD', count: 1, minor: 5 },
      ],
      would: { ask: 1, put_back: 2, reissue: 1 },
      nothing: { erased: 1, stopped: 1 },
    });
  });

  it.each([
    ['as many items and as much money as one person may', 2, 1_000, false],
    ['one item more', 3, 1_000, true],
    ['one won more', 2, 1_001, true],
  ])('of %s needs a second person: %s items, %s won → %s', (_, acts, minor, needed) => {
    const totals = { acts, sends: 0, pays: [{ currency: 'KRW', count: 1, minor }] };
    expect(needsSecondPerson(totals, { items: 2, minor: 1_000 })).toBe(needed);
  });

  it('has grown where anything is more than was shown, and not where it is less', () => {
    const shown = { acts: 2, sends: 1, pays: [{ currency: 'KRW', count: 1, minor: 400 }] };
    const pay = (over: object) => ({ ...shown, pays: [{ currency: 'KRW', count: 1, minor: 400, ...over }] });
    expect(hasGrown(shown, shown)).toBe(false);
    expect(hasGrown(shown, { acts: 0, sends: 0, pays: [] })).toBe(false);
    const more = [{ ...shown, acts: 3 }, { ...shown, sends: 2 }, pay({ count: 2 }), pay({ minor: 401 })];
    expect([...more, pay({ currency: 'USD', minor: 1 })].map((now) => hasGrown(shown, now))).toEqual(
      Array(5).fill(true),
    );
  });
});
