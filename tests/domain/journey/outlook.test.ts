/**
 * When sends come, as far as a journey says so beforehand: against whoever walks it at random, nobody is sent to before its earliest moment or after its
 * latest one.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { spanMs } from '../../../src/domain/base/time.js';
import { campaignSchema, type Journey } from '../../../src/domain/journey/definition.js';
import { sendsAfter } from '../../../src/domain/journey/outlook.js';
import { twoWaves } from '../../support/campaigns.js';

const START = Date.parse('2026-03-02T01:00:00Z');
const { journey: WAVES } = campaignSchema.parse(twoWaves({ span: 'P2D' }));
const at = (days: number) => START + days * 86_400_000;

describe('the outlook of a journey', () => {
  it('has the second wave between an answer at once and the end of the wait', () => {
    expect(sendsAfter(WAVES, START)).toEqual([
      { node: 'send-1', earliestAt: START, latestAt: START },
      { node: 'send-2', earliestAt: START, latestAt: at(2) },
    ]);
  });

  it('waits for instants and spans exactly, for hours up to a day, and never walks a loop back', () => {
    const send = (next: string) => ({ type: 'send', template: 't', channel: 'push', next });
    const { journey } = campaignSchema.parse({
      ...twoWaves(),
      journey: {
        start: 'until',
        nodes: {
          until: { type: 'wait', until: '2026-03-05T10:00:00+09:00', next: 'one' },
          one: send('span'),
          span: { type: 'wait', span: 'P3D', next: 'two' },
          two: send('again'),
          again: { type: 'repeat', again: 'one', times: 3, next: 'hours' },
          hours: { type: 'wait', window: { from: '10:00', to: '12:00' }, next: 'three' },
          three: send('done'),
          done: { type: 'exit' },
        },
      },
    });
    expect(sendsAfter(journey, START)).toEqual([
      { node: 'one', earliestAt: at(3), latestAt: at(3) },
      { node: 'two', earliestAt: at(6), latestAt: at(6) },
      { node: 'three', earliestAt: at(6), latestAt: at(7) },
    ]);
  });

  it('holds for whoever goes through waits, splits and branches in whatever order they stand', () => {
    const kinds = fc.array(fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 9 }), fc.nat(20)), {
      minLength: 1,
      maxLength: 9,
    });
    fc.assert(
      fc.property(kinds, fc.array(fc.nat(9), { minLength: 12, maxLength: 12 }), (nodes, turns) => {
        const name = (n: number) => (n < nodes.length ? `n${n}` : 'done');
        const made = nodes.map(([kind, days, far], n) => {
          // an edge leads on, never back
          const [next, other] = [name(n + 1), name(n + 1 + (far % (nodes.length - n)))];
          const node = [
            { type: 'send', template: 't', channel: 'push', next },
            { type: 'wait', span: `P${days}D`, next },
            { type: 'wait', span: `P${days}D`, response: { event: 'e' }, next },
            { type: 'branch', on: { responded: 'n0' }, yes: next, no: other },
          ][kind];
          return [`n${n}`, node];
        });
        const journey: Journey = {
          start: 'n0',
          nodes: { ...Object.fromEntries(made), done: { type: 'exit' } },
        };
        const outlook = new Map(sendsAfter(journey, START).map(({ node, ...when }) => [node, when]));
        let [id, now] = [journey.start, START];
        for (const turn of turns) {
          const node = journey.nodes[id];
          if (!node || node.type === 'exit') break;
          if (node.type === 'send') {
            const { earliestAt = NaN, latestAt = NaN } = outlook.get(id) ?? {};
            expect([earliestAt <= now, now <= latestAt]).toEqual([true, true]);
          }
          if (node.type === 'wait') now += (spanMs(node.span ?? 'PT0S') * (node.response ? turn : 9)) / 9;
          id = node.type === 'branch' ? (turn % 2 ? node.yes : node.no) : (node as { next: string }).next;
        }
      }),
    );
  });
});
