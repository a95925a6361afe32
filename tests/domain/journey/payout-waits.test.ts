/**
 * Waits for a payout's event: which reward they are about, and where a text may speak of it. All faults are told before approval.
 */
import { describe, expect, it } from '@jest/globals';
import { campaignSchema } from '../../../src/domain/journey/definition.js';
import { rewardsOfWaits } from '../../../src/domain/journey/payout-waits.js';
import { validateCampaign, type Known } from '../../../src/domain/journey/validate.js';

const known: Known = {
  segment: { rule: { combinator: 'and', rules: [{ field: 'id', operator: 'notNull' }] } },
  templates: new Map([
    ['plain', { channel: 'push', variables: ['customer.name'] }],
    ['code', { channel: 'push', variables: ['customer.name', 'reward.code'] }],
  ]),
  budgets: new Map([['b', 'KRW']]),
  gateways: [],
  providers: [{ name: 'p' }],
};
const reward = (next: string) => ({
  type: 'reward',
  kind: 'coupon',
  amount: { value: '1', currency: 'KRW' },
  budget: 'b',
  provider: 'p',
  next,
});
const paid = (next: string, over: object = {}) => ({
  type: 'wait',
  span: 'P1D',
  response: { event: 'payout.paid', ...over },
  next,
});
const send = (template: string, next: string) => ({ type: 'send', template, channel: 'push', next });
const vip = (yes: string, no: string) => ({
  type: 'branch',
  on: { rule: { combinator: 'and', rules: [{ field: 'attribute.vip', operator: '=', value: true }] } },
  yes,
  no,
});
const out = { type: 'exit' };

function campaign(nodes: Record<string, object>) {
  const [start] = Object.keys(nodes);
  const journey = { start, nodes: { ...nodes, out } };
  return campaignSchema.parse({ key: 'c', name: 'c', purpose: 'advertising', segment: 's', journey });
}

describe('a wait for a payout', () => {
  it.each<[string, Record<string, object>, { pointer: string; detail: RegExp }[]]>([
    ['needs no send before it, only its reward', { r: reward('w'), w: paid('s'), s: send('code', 'out') }, []],
    ['may name an earlier reward', { r: reward('q'), q: reward('w'), w: paid('out', { of: 'r' }) }, []],
    [
      'may name a reward that lies on some ways only',
      { b: vip('r', 'w'), r: reward('w'), w: paid('out', { of: 'r' }) },
      [],
    ],
    [
      'does not guess between two rewards',
      { b: vip('r', 'q'), r: reward('w'), q: reward('w'), w: paid('out') },
      [{ pointer: '/journey/nodes/w/response', detail: /one reward on every way/ }],
    ],
    [
      'does not guess where a way leads past the reward',
      { b: vip('r', 'w'), r: reward('w'), w: paid('out') },
      [{ pointer: '/journey/nodes/w/response', detail: /one reward on every way/ }],
    ],
    [
      'cannot name a reward that comes later',
      { a: reward('w'), w: paid('r', { of: 'r' }), r: reward('out') },
      [{ pointer: '/journey/nodes/w/response/of', detail: /does not lie before/ }],
    ],
    [
      'cannot name something else',
      { s: send('plain', 'w'), w: paid('out', { of: 's' }) },
      [{ pointer: '/journey/nodes/w/response/of', detail: /is not a reward/ }],
    ],
    [
      'is not for what no payout tells',
      { s: send('plain', 'w'), w: { ...paid('out'), response: { event: 'payout.settled' } } },
      [{ pointer: '/journey/nodes/w/response/event', detail: /not something that a payout tells/ }],
    ],
    [
      'alone has `of`',
      { s: send('plain', 'r'), r: reward('w'), w: { ...paid('out'), response: { event: 'purchase', of: 'r' } } },
      [{ pointer: '/journey/nodes/w/response/of', detail: /payout\.paid/ }],
    ],
  ])('%s', (_, nodes, faults) => {
    const expected = faults.map(({ pointer, detail }) => ({ pointer, detail: expect.stringMatching(detail) }));
    expect(validateCampaign(campaign(nodes), known)).toEqual(expected);
  });

  it('is about the nearest reward before it, unless it names another', () => {
    const nodes = { r: reward('q'), q: reward('w'), w: paid('v'), v: paid('out', { of: 'r' }) };
    expect([...rewardsOfWaits(campaign(nodes).journey)]).toEqual([
      ['w', 'q'],
      ['v', 'r'],
    ]);
  });
});

describe('a text that reads reward.*', () => {
  const fault = [{ pointer: '/journey/nodes/s/template', detail: expect.stringContaining('reads reward.*') }];

  it.each<[string, Record<string, object>, object[]]>([
    ['is refused before any wait for a payout', { r: reward('s'), s: send('code', 'out') }, fault],
    [
      'is refused where a way leads past the wait',
      { r: reward('b'), b: vip('w', 's'), w: paid('s'), s: send('code', 'out') },
      fault,
    ],
    [
      'is refused after waits for two payouts',
      { b: vip('r', 'q'), r: reward('w'), q: reward('v'), w: paid('s'), v: paid('s'), s: send('code', 'out') },
      fault,
    ],
    [
      'is good after two waits for one payout',
      { r: reward('b'), b: vip('w', 'v'), w: paid('s'), v: paid('s'), s: send('code', 'out') },
      [],
    ],
    ['may come later', { r: reward('w'), w: paid('x'), x: send('plain', 's'), s: send('code', 'out') }, []],
  ])('%s', (_, nodes, faults) => {
    expect(validateCampaign(campaign(nodes), known)).toEqual(faults);
  });
});
