/**
 * When an event occurred: by the client's two clocks where it told both, and never after we received it.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { occurredAt } from '../../../src/domain/response/skew.js';

const RECEIVED = 10_000;

describe('the time an event occurred', () => {
  it.each([
    ['both times of a right clock', { timestamp: 9_000, sentAt: 9_500 }, 9_500],
    ['a clock that is a day behind', { timestamp: 9_000 - 86_400_000, sentAt: 9_500 - 86_400_000 }, 9_500],
    ['a clock that is a day ahead', { timestamp: 9_000 + 86_400_000, sentAt: 9_500 + 86_400_000 }, 9_500],
    ['no sentAt: the client is believed', { timestamp: 4_000, sentAt: null }, 4_000],
    ['no sentAt and a time ahead of us', { timestamp: 20_000, sentAt: null }, RECEIVED],
    ['sent before it happened', { timestamp: 9_500, sentAt: 9_000 }, RECEIVED],
    ['no timestamp', { timestamp: null, sentAt: 9_000 }, RECEIVED],
    ['nothing at all', { timestamp: null, sentAt: null }, RECEIVED],
  ])('%s', (_, times, expected) => {
    expect(occurredAt(times, RECEIVED)).toBe(expected);
  });

  it('does not depend on how wrong the client’s clock is, and is never after its receipt', () => {
    const time = fc.integer({ min: 0, max: 1e12 });
    fc.assert(
      fc.property(time, time, time, fc.integer({ min: -1e10, max: 1e10 }), (timestamp, sentAt, received, skew) => {
        const at = occurredAt({ timestamp, sentAt }, received);
        expect(at).toBe(occurredAt({ timestamp: timestamp + skew, sentAt: sentAt + skew }, received));
        expect(at).toBeLessThanOrEqual(received);
      }),
    );
  });
});
