/** When the customers of a demonstration stay away: while its provider is broken, and until its day is matched or nobody cares. */
import { describe, expect, it } from '@jest/globals';
import { rests } from '../../src/demo/crowd.js';

const at = (seconds: number) => new Date(Date.UTC(2026, 2, 3, 1) + seconds * 1_000).toISOString();
const seen = (seconds: number, matched: { differences: number } | null) => ({
  now: at(seconds),
  demonstration: { fault: { at: at(0), until: at(60), matched } },
});

describe('the customers of a demonstration', () => {
  it('come where nothing is broken', () => {
    expect(rests({ now: at(0), demonstration: { fault: null } })).toBe(false);
    expect(rests({ now: at(0), demonstration: null })).toBe(false);
  });

  it('rest while the provider is broken and until its day is matched without a difference', () => {
    expect([rests(seen(1, null)), rests(seen(61, null)), rests(seen(61, { differences: 2 }))]).toEqual([
      true,
      true,
      true,
    ]);
    expect(rests(seen(61, { differences: 0 }))).toBe(false);
  });

  it('come again after two minutes, whether anybody matches the day or not', () => {
    expect([rests(seen(179, null)), rests(seen(181, null)), rests(seen(181, { differences: 1 }))]).toEqual([
      true,
      false,
      false,
    ]);
  });
});
