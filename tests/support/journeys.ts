/**
 * Journeys at random: every kind of node, every edge leads to a node, and loops where a repeat says so.
 */
import fc from 'fast-check';
import type { Journey, JourneyNode } from '../../console/src/client/types.gen.js';

const words = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);

function nodeAmong(id: fc.Arbitrary<string>): fc.Arbitrary<JourneyNode> {
  const next = id;
  const arm = fc.record({ weight: fc.integer({ min: 1, max: 9 }), next });
  return fc.oneof(
    fc.record({ type: fc.constant('send' as const), template: words, channel: fc.constant('push' as const), next }),
    fc.record({ type: fc.constant('wait' as const), span: fc.constantFrom('P1D', 'PT2H'), next }),
    fc.record({ type: fc.constant('branch' as const), on: fc.record({ responded: id }), yes: next, no: next }),
    fc.record({
      type: fc.constant('split' as const),
      arms: fc
        .array(arm, { minLength: 1, maxLength: 4 })
        .map((arms) => arms.map((one, n) => ({ name: `arm-${n}`, ...one }))),
    }),
    fc.record({
      type: fc.constant('reward' as const),
      kind: fc.constant('cashback' as const),
      amount: fc.record({ value: fc.nat().map(String), currency: fc.constant('KRW' as const) }),
      budget: words,
      provider: words,
      next,
    }),
    fc.record({ type: fc.constant('repeat' as const), again: id, times: fc.integer({ min: 1, max: 9 }), next }),
    fc.record({ type: fc.constant('link' as const), campaign: words }),
    fc.record({ type: fc.constant('exit' as const), reason: words }),
  ) as fc.Arbitrary<JourneyNode>;
}

export const journeys: fc.Arbitrary<Journey> = fc.uniqueArray(words, { minLength: 1, maxLength: 12 }).chain((ids) => {
  const id = fc.constantFrom(...ids);
  const nodes = fc.tuple(...ids.map(() => nodeAmong(id)));
  return fc.record({
    start: id,
    nodes: nodes.map((all) => Object.fromEntries(all.map((node, n) => [ids[n] as string, node]))),
  });
});
