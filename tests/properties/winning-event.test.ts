/**
 * Which event answers a wait, against the rule written once more the slow way: sort everything that qualifies and take the first.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { winningEvent, type Listener, type WindowEvent } from '../../src/domain/response/attribution.js';
import { seeded } from '../support/seeded.js';

const time = fc.integer({ min: 0, max: 12 });
const event = fc.record({
  name: fc.constantFrom('purchase', 'login'),
  occurredAt: time,
  amount: fc.integer({ min: 0, max: 3 }),
});
const events = fc.array(event, { maxLength: 20 }).chain((list) =>
  fc
    .shuffledSubarray(
      list.map((_, n) => n),
      { minLength: list.length },
    )
    .map((numbers) =>
      list.map(({ amount, ...e }, n): WindowEvent => ({ ...e, no: numbers[n] as number, properties: { amount } })),
    ),
);

describe('the winning event', () => {
  it('is the earliest of those that qualify, and of equals the first received', () => {
    const seed = seeded('winning events');
    let won = 0;
    fc.assert(
      fc.property(events, time, time, fc.integer({ min: 0, max: 3 }), (list, from, to, least) => {
        const listener: Listener = {
          event: 'purchase',
          window: { from, to },
          matches: (properties) => (properties['amount'] as number) >= least,
        };
        const [expected = null] = list
          .filter((e) => e.name === 'purchase')
          .filter((e) => from <= e.occurredAt && e.occurredAt < to)
          .filter((e) => (e.properties['amount'] as number) >= least)
          .sort((a, b) => a.occurredAt - b.occurredAt || a.no - b.no);
        if (expected) won += 1;
        expect(winningEvent(listener, list)).toBe(expected);
      }),
      { seed, numRuns: 4_000 },
    );
    expect(won).toBeGreaterThan(300);
  });
});
