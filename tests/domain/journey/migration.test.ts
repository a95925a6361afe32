/**
 * Which node maps move people to a newer version: a wait is carried only into one that waits for the same, and never so that anything could be got
 * twice, asked for what only the old run knows, or got from the other side of a branch.
 */
import { describe, expect, it } from '@jest/globals';
import { campaignSchema, type LaunchedCampaign } from '../../../src/domain/journey/definition.js';
import { wavesOf } from '../../../src/domain/journey/graph.js';
import { carriedWaits, migrationFaults, passedBy, type NodeMap } from '../../../src/domain/journey/migration.js';

const send = (next: string) => ({ type: 'send', template: 't', channel: 'push', next });
const asks = (next: string, over: object = {}) => ({
  type: 'wait',
  span: 'P1D',
  response: { event: 'purchase' },
  next,
  ...over,
});
const rests = (next: string) => ({ type: 'wait', span: 'P1D', next });
const on = (responded: string, yes: string, no: string) => ({ type: 'branch', on: { responded }, yes, no });
const rule = (yes: string, no: string) => ({
  type: 'branch',
  yes,
  no,
  on: { rule: { combinator: 'and', rules: [{ field: 'attribute.vip', operator: '=', value: true }] } },
});
const reward = (next: string) => ({
  type: 'reward',
  kind: 'cashback',
  amount: { value: '1', currency: 'KRW' },
  budget: 'b',
  provider: 'p',
  next,
});

function launched(nodes: Record<string, object>, body = 'hi'): LaunchedCampaign {
  const [start] = Object.keys(nodes);
  const journey = { start, nodes: { out: { type: 'exit' }, ...nodes } };
  const campaign = campaignSchema.parse({ key: 'c', name: 'c', purpose: 'advertising', segment: 's', journey });
  const template = { key: 't', version: 1, channel: 'push' as const, title: null, body };
  const sends = Object.keys(nodes).filter((id) => campaign.journey.nodes[id]?.type === 'send');
  return {
    campaign,
    segment: { key: 's', version: 1, rule: { combinator: 'and', rules: [] } },
    templates: Object.fromEntries(sends.map((id) => [id, template])),
    waves: wavesOf(campaign.journey),
  };
}
const faults = (from: LaunchedCampaign, to: LaunchedCampaign, map: NodeMap, passed: string[] = []) =>
  migrationFaults({ from, to }, map, passed).map(({ node, detail }) => `${node} ${detail}`);

const OLD = launched({
  hello: send('answer'),
  answer: asks('bought'),
  bought: on('answer', 'gift', 'again'),
  gift: reward('out'),
  again: send('out'),
});
const NEW = launched({
  hello: send('answer'),
  answer: asks('bought'),
  bought: on('answer', 'voucher', 'remind'),
  voucher: reward('out'),
  remind: send('pause'),
  pause: rests('out'),
});

describe('a node map to a newer version', () => {
  it('carries a wait into the wait for the same response, with the wave of the new version', () => {
    expect(faults(OLD, NEW, { answer: 'answer' })).toEqual([]);
    expect(carriedWaits({ from: OLD, to: NEW }, { answer: 'answer' })).toEqual([
      { node: 'answer', to: 'answer', wave: 1, window: true },
    ]);
    expect(passedBy(OLD, { answer: 'answer' }, ['older'])).toEqual(['hello', 'older']);
  });

  it('may use again what nobody can have passed: the nodes ahead of the wait that they are in', () => {
    expect(faults(OLD, OLD, { answer: 'answer' })).toEqual([]);
  });

  it.each<[string, LaunchedCampaign, NodeMap, string]>([
    ['from nowhere', NEW, { gone: 'answer' }, 'gone is not a node of the version that they are on'],
    ['to nowhere', NEW, { answer: 'gone' }, 'answer is mapped to gone, which is not a node of the new version'],
    [
      'to what every object has',
      NEW,
      { answer: 'constructor' },
      'answer is mapped to constructor, which is not a node of the new version',
    ],
    ['from a send', NEW, { again: 'answer' }, 'again is a send: only people who wait are moved'],
    ['to a reward', NEW, { answer: 'voucher' }, 'answer is mapped to voucher, which is a reward and not a wait'],
    ['to a wait for nothing', NEW, { answer: 'pause' }, 'answer does not wait for the same response as pause'],
    [
      'to a wait for another event',
      launched({ hello: send('answer'), answer: asks('out', { response: { event: 'click' } }) }),
      { answer: 'answer' },
      'answer does not wait for the same response as answer',
    ],
    [
      'to a wait that ends otherwise',
      launched({ hello: send('answer'), answer: asks('out', { span: undefined, until: '2026-03-03T00:00:00Z' }) }),
      { answer: 'answer' },
      'answer ends by span, and answer by until',
    ],
    [
      'to what is repeated',
      launched({
        hello: send('answer'),
        answer: asks('round'),
        round: { type: 'repeat', again: 'hello', times: 3, next: 'out' },
      }),
      { answer: 'answer' },
      'answer is mapped to answer, which is repeated',
    ],
    [
      'before a send that they have passed',
      launched({ first: send('answer'), answer: asks('hello'), hello: send('out') }),
      { answer: 'answer' },
      'answer is mapped to answer, which leads to hello again',
    ],
    [
      'before a branch on an answer of the old run',
      launched({
        hello: send('early'),
        early: asks('answer'),
        answer: asks('asked'),
        asked: on('early', 'other', 'out'),
        other: send('out'),
      }),
      { answer: 'answer' },
      'answer is mapped to answer, behind which asked asks for early, which they passed in the old run, if at all',
    ],
    [
      'before a branch on an arm that was drawn',
      launched({
        split: { type: 'split', arms: [{ name: 'a', weight: 1, next: 'hello' }] },
        hello: send('answer'),
        answer: asks('armed'),
        armed: { type: 'branch', on: { arm: 'a', of: 'split' }, yes: 'other', no: 'out' },
        other: send('out'),
      }),
      { answer: 'answer' },
      'answer is mapped to answer, behind which armed asks for split, which they passed in the old run, if at all',
    ],
    [
      'to the other side of a branch',
      launched({
        sides: rule('hello', 'other'),
        hello: send('rest'),
        rest: rests('out'),
        other: send('answer'),
        answer: asks('third'),
        third: send('out'),
      }),
      { answer: 'answer' },
      'answer is mapped to answer, which leads to the other side of sides than what they have passed',
    ],
  ])('%s is refused, and says why', (_what, to, map, fault) => {
    expect(faults(OLD, to, map)).toEqual([fault]);
  });

  it('from what is repeated is refused: a pass is a visit of its own', () => {
    const from = launched({
      hello: send('answer'),
      answer: asks('round'),
      round: { type: 'repeat', again: 'hello', times: 3, next: 'out' },
    });
    expect(faults(from, NEW, { answer: 'answer' })).toEqual([
      'answer is repeated: the pass that they are in cannot be carried over',
    ]);
  });

  it('from or to a wait for a payout is refused, and so is a text about a reward of the old run', () => {
    const told = (next: string) => ({ type: 'wait', span: 'P1D', response: { event: 'payout.paid' }, next });
    const paying = launched(
      { gift: reward('paid'), paid: told('rest'), rest: rests('thanks'), thanks: send('out') },
      '{{ reward.code }}',
    );
    expect(faults(paying, paying, { paid: 'paid' })).toEqual([
      'paid waits for what becomes of a payout, which belongs to the run that it was made in',
    ]);
    expect(faults(paying, paying, { rest: 'rest' })).toEqual([
      'rest is mapped to rest, behind which thanks asks for gift, which they passed in the old run, if at all',
    ]);
  });

  it('remembers what was passed before an earlier move', () => {
    const third = launched({ first: send('answer'), answer: asks('ancient'), ancient: send('out') });
    expect(faults(NEW, third, { answer: 'answer' })).toEqual([]);
    expect(faults(NEW, third, { answer: 'answer' }, ['ancient'])).toEqual([
      'answer is mapped to answer, which leads to ancient again',
    ]);
  });

  it('tells all faults at once', () => {
    expect(faults(OLD, NEW, { answer: 'gone', again: 'pause', nothing: 'pause' })).toHaveLength(3);
  });
});
