/**
 * Entry policies as a table: for each policy and history, whether the customer enters, as the how-manieth, or why not.
 */
import { describe, expect, it } from '@jest/globals';
import {
  afterEntry,
  ENTRIES_MAX,
  judgeEntry,
  NEVER_ENTERED,
  type EntryHistory,
  type EntryPolicy,
} from '../../../src/domain/trigger/entry.js';

const NOW = 1_000_000_000;
const HOUR = 3_600_000;
const once: EntryPolicy = { policy: 'once' };
const perOrder: EntryPolicy = { policy: 'once_per_key', key: 'order' };
const again: EntryPolicy = { policy: 'again', after: 'PT1H' };
const past = (over: Partial<EntryHistory> = {}): EntryHistory => ({
  count: 1,
  lastAt: NOW - HOUR,
  keys: new Set(['a']),
  underWay: false,
  ...over,
});

describe('an entry policy', () => {
  it.each<[string, EntryPolicy, EntryHistory, unknown, number | string]>([
    ['once: the first time', once, NEVER_ENTERED, 'a', 1],
    ['once: ended long ago', once, past({ lastAt: 0 }), 'b', 'entered_before'],
    ['once: still under way', once, past({ underWay: true }), 'a', 'entered_before'],
    ['once: under way in a run that is no entry', once, { ...NEVER_ENTERED, underWay: true }, 'a', 'under_way'],
    ['per key: the first time', perOrder, NEVER_ENTERED, 'a', 1],
    ['per key: the same key', perOrder, past(), 'a', 'key_used'],
    ['per key: the same key while under way', perOrder, past({ underWay: true }), 'a', 'key_used'],
    ['per key: another key', perOrder, past(), 'b', 2],
    ['per key: another key while under way', perOrder, past({ underWay: true }), 'b', 'under_way'],
    ['per key: a number is its text', perOrder, past({ keys: new Set(['7']) }), 7, 'key_used'],
    ['per key: no key', perOrder, NEVER_ENTERED, undefined, 'no_key'],
    ['per key: an empty one', perOrder, NEVER_ENTERED, '', 'no_key'],
    ['per key: none that names something', perOrder, NEVER_ENTERED, { id: 1 }, 'no_key'],
    ['per key: one too long to keep', perOrder, NEVER_ENTERED, 'x'.repeat(201), 'no_key'],
    ['again: the first time', again, NEVER_ENTERED, 'a', 1],
    ['again: a millisecond before the span is over', again, past({ lastAt: NOW - HOUR + 1 }), 'a', 'too_soon'],
    ['again: when the span is over', again, past(), 'a', 2],
    ['again: the span is over, but still under way', again, past({ underWay: true }), 'a', 'under_way'],
    ['again: the last of all', again, past({ count: ENTRIES_MAX - 1 }), 'a', ENTRIES_MAX],
    ['again: one too many', again, past({ count: ENTRIES_MAX }), 'a', 'too_many'],
  ])('%s', (_, policy, history, order, expected) => {
    const verdict = judgeEntry(policy, history, { at: NOW, properties: { order } });
    expect(verdict.enter ? verdict.no : verdict.reason).toBe(expected);
  });

  it.each([once, perOrder, again])('never lets anybody in twice at once: $policy', (policy) => {
    const first = judgeEntry(policy, NEVER_ENTERED, { at: NOW, properties: { order: 'a' } });
    if (!first.enter) throw new Error('refused');
    const history = afterEntry(NEVER_ENTERED, first, NOW);
    for (const order of ['a', 'b']) {
      expect(judgeEntry(policy, history, { at: NOW + 9 * HOUR, properties: { order } }).enter).toBe(false);
    }
  });

  it('reads no key from what every object has', () => {
    const policy: EntryPolicy = { policy: 'once_per_key', key: 'constructor' };
    expect(judgeEntry(policy, NEVER_ENTERED, { at: NOW, properties: {} })).toEqual({ enter: false, reason: 'no_key' });
  });
});
