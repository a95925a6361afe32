/**
 * Random journeys of every kind of node, as validation would let them pass: later nodes only, but for a repeat.
 */
import fc from 'fast-check';
import type { Journey } from '../../src/domain/journey/definition.js';
import { loopsOf, repeatFaults } from '../../src/domain/journey/loops.js';

export const rule = {
  combinator: 'and' as const,
  rules: [{ field: 'attribute.vip', operator: '=' as const, value: true }],
};

const PROPERTY = { combinator: 'and', rules: [{ field: 'property.amount', operator: '>', value: 0 }] };
const TIERS = [
  { from: 1, value: '1000' },
  { from: 5, value: '2000' },
];
const AMOUNTS = [
  { value: '5000', currency: 'KRW' },
  { currency: 'KRW', by: 'attribute.visits', tiers: TIERS },
  { currency: 'KRW', by: 'response.amount', percent: 10, max: '700' },
  { currency: 'KRW', rules: [{ when: rule, value: '9000' }] },
];

/**
 * A repeat that validation would refuse becomes a wait: loops have one way in and lie apart. That nothing waits in one does not matter here.
 */
function bounded(given: Journey): Journey {
  const nodes: Journey['nodes'] = {};
  for (const [id, node] of Object.entries(given.nodes)) {
    const next = { ...given.nodes, ...nodes };
    const trial = { ...given, nodes: { ...next, [id]: node } };
    const loops = loopsOf(trial).filter(({ repeat }) => repeat === id || nodes[repeat]?.type === 'repeat');
    const faults = node.type === 'repeat' ? repeatFaults(trial, loops, id).filter((f) => !f.startsWith('waits')) : [];
    nodes[id] =
      faults.length > 0 ? ({ type: 'wait', span: 'PT1S', next: (node as { next: string }).next } as never) : node;
  }
  return { ...given, nodes };
}

/** Nodes lead to later ones only, as validation demands, but for a repeat; the last is an exit. */
export const journey: fc.Arbitrary<Journey> = fc.integer({ min: 1, max: 60 }).chain((size) => {
  const name = (n: number) => `n${n}`;
  const later = (n: number) =>
    fc.oneof({ weight: 3, arbitrary: fc.constant(n + 1) }, fc.integer({ min: n + 1, max: size })).map(name);
  const nodeAt = (n: number) => {
    const next = later(n);
    const waits = Array.from({ length: n }, (_, earlier) => name(earlier));
    return fc.oneof(
      fc.record({
        type: fc.constant('send'),
        template: fc.constant('t'),
        channel: fc.constantFrom('push', 'sms'),
        fallback: fc.constantFrom(undefined, [{ template: 't', channel: 'email', gateway: 'capture' }]),
        onSkip: fc.constantFrom('continue', 'exit', 'defer', { defer: 'PT9H', every: 'PT2H', otherwise: 'exit' }),
        next,
      }),
      fc.record({ type: fc.constant('wait'), span: fc.constantFrom('PT1S', 'PT1H', 'P1D'), next }),
      fc.record({
        type: fc.constant('wait'),
        until: fc.constantFrom('2026-03-03T00:00:00Z', '2026-03-05T12:00:00+09:00'),
        next,
      }),
      fc.record({
        type: fc.constant('wait'),
        window: fc.constantFrom(
          { from: '10:00', to: '12:00' },
          { from: '22:00', to: '02:00', days: ['sat', 'mon'], zone: 'campaign' },
        ),
        next,
      }),
      fc.record({
        type: fc.constant('split'),
        holdout: fc.constantFrom(0, 0, 1),
        arms: fc.tuple(later(n), later(n)).map(([a, b]) => [
          { name: 'a', weight: 3, next: a },
          { name: 'b', weight: 1, next: b },
        ]),
      }),
      fc.record({
        type: fc.constant('repeat'),
        again: fc.integer({ min: Math.max(0, n - 4), max: n }).map(name),
        times: fc.integer({ min: 1, max: 4 }),
        next,
      }),
      fc.record({
        type: fc.constant('wait'),
        span: fc.constantFrom('PT1S', 'PT9H'),
        response: fc.constant({ event: 'purchase' }),
        next,
      }),
      fc.record({
        type: fc.constant('branch'),
        on:
          n === 0
            ? fc.constant({ rule })
            : fc.oneof(
                fc.constant({ rule }),
                fc.constant({ event: 'purchase', within: 'PT1H' }),
                fc.record({ responded: fc.constantFrom(...waits) }),
                fc.record({ responded: fc.constantFrom(...waits), where: fc.constant(PROPERTY) }),
              ),
        yes: later(n),
        no: later(n),
      }),
      fc.record({
        type: fc.constant('reward'),
        kind: fc.constant('cashback'),
        amount: fc.constantFrom(...AMOUNTS),
        budget: fc.constant('b'),
        provider: fc.constant('p'),
        next,
      }),
    );
  };
  const all = fc.tuple(...Array.from({ length: size }, (_, n) => nodeAt(n)));
  return all.map((nodes) =>
    bounded({
      start: name(0),
      nodes: Object.fromEntries([...nodes, { type: 'exit' }].map((node, n) => [name(n), node])),
    } as Journey),
  );
});
