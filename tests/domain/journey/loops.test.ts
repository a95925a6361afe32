/**
 * The loop of a repeat.
 */
import { expect, it } from '@jest/globals';
import { campaignSchema } from '../../../src/domain/journey/definition.js';
import { loopOfNodes } from '../../../src/domain/journey/loops.js';

it('what is repeated is all that lies on a way from its head to its repeat, and nothing else', () => {
  const amount = { value: '1', currency: 'KRW' };
  const { journey } = campaignSchema.parse({
    key: 'c',
    name: 'c',
    purpose: 'advertising',
    segment: 's',
    journey: {
      start: 's',
      nodes: {
        s: { type: 'send', template: 'plain', channel: 'push', next: 'h' },
        h: { type: 'send', template: 'plain', channel: 'push', next: 'w' },
        w: { type: 'wait', span: 'P1D', response: { event: 'purchase' }, next: 'b' },
        b: { type: 'branch', on: { responded: 'w' }, yes: 'x', no: 'q' },
        q: { type: 'wait', span: 'P1D', next: 'r' },
        r: { type: 'repeat', again: 'h', times: 3, next: 'out' },
        x: { type: 'reward', kind: 'cashback', amount, budget: 'b', provider: 'p', next: 'out' },
        out: { type: 'exit' },
      },
    },
  });
  expect(Object.fromEntries(loopOfNodes(journey))).toEqual({ h: 'r', w: 'r', b: 'r', q: 'r', r: 'r' });
});
