/**
 * Validation names every fault at once, each with its JSON Pointer: one campaign with all of them, and each way in which a repeat, a split, a
 * branch or an amount can be wrong.
 */
import { describe, expect, it } from '@jest/globals';
import { campaignSchema } from '../../../src/domain/journey/definition.js';
import { validateCampaign, type Known } from '../../../src/domain/journey/validate.js';

const known: Known = {
  segment: { rule: { combinator: 'and', rules: [{ field: 'id', operator: 'notNull' }] } },
  segments: new Map([
    ['vips', { rule: { combinator: 'and', rules: [{ field: 'attribute.vip', operator: '=', value: true }] } }],
  ]),
  templates: new Map([
    ['plain', { channel: 'push', variables: ['customer.id', 'customer.name'] }],
    ['nickname', { channel: 'push', variables: ['customer.nickname'] }],
    ['code', { channel: 'push', variables: ['reward.code'] }],
    ['script', { channel: 'call', variables: [] }],
    ['notice', { channel: 'banner', variables: [] }],
    ['text', { channel: 'sms', variables: [] }],
    ['talk', { channel: 'alimtalk', variables: [] }],
  ]),
  attributes: new Set(['name']),
  budgets: new Map([['b', 'KRW']]),
  gateways: [{ name: 'gate', channels: ['sms'] }],
  providers: [{ name: 'p' }],
  pools: new Map([
    ['full', true],
    ['bare', false],
  ]),
};
const send = (next: string, over: object = {}) => ({ type: 'send', template: 'plain', channel: 'push', next, ...over });
const wait = (next: string) => ({ type: 'wait', span: 'P1D', next });
const asks = (next: string) => ({ type: 'wait', span: 'P1D', response: { event: 'purchase' }, next });
const branch = (on: object, yes: string, no: string) => ({ type: 'branch', on, yes, no });
const repeat = (again: string, next: string) => ({ type: 'repeat', again, times: 3, next });
const split = (a: string, b: string, holdout = 0) => ({
  type: 'split',
  holdout,
  arms: [
    { name: 'a', weight: 1, next: a },
    { name: 'b', weight: 1, next: b },
  ],
});
const reward = (next: string, over: object = {}) => ({
  type: 'reward',
  kind: 'cashback',
  amount: { value: '1', currency: 'KRW' },
  budget: 'b',
  provider: 'p',
  next,
  ...over,
});
const coupon = (pool: string) => reward('out', { kind: 'coupon', provider: undefined, pool });
const vip = { rule: { combinator: 'and', rules: [{ field: 'attribute.vip', operator: '=', value: true }] } };

function faultsOf(nodes: Record<string, object>): string[] {
  const [start] = Object.keys(nodes);
  const journey = { start, nodes: { out: { type: 'exit' }, ...nodes } };
  const campaign = campaignSchema.parse({ key: 'c', name: 'c', purpose: 'advertising', segment: 's', journey });
  return validateCampaign(campaign, known)
    .map(({ pointer, detail }) => `${pointer} ${detail}`.replace('/journey/nodes', ''))
    .sort();
}

describe('a campaign', () => {
  it('with everything wrong is told all of it', () => {
    expect(
      faultsOf({
        talk: send('nick', { template: 'talk', channel: 'alimtalk', gateway: 'gate' }),
        nick: send('lost', { template: 'nickname' }),
        lost: send('code', { template: 'nothing', gateway: 'nowhere', notAfter: 'P8D' }),
        code: send('pay', { template: 'code' }),
        pay: reward('fork', { budget: 'none', provider: 'none' }),
        fork: branch(
          { rule: { combinator: 'and', rules: [{ field: 'nothing', operator: 'null' }] } },
          'nowhere',
          'loop',
        ),
        loop: wait('round'),
        round: branch(vip, 'loop', 'out'),
        alone: wait('out'),
      }),
    ).toEqual([
      '/alone is not reached from the start',
      '/code/template reads reward.*, but not every way to it waits for one and the same payout before',
      '/fork/on/rule/rules/0 names the field "nothing", which the catalogue does not have',
      '/fork/yes leads to nowhere, which is not a node',
      '/loop is part of a loop that no repeat bounds',
      '/lost/gateway is not configured',
      '/lost/notAfter is at most 7 days',
      '/lost/template does not exist',
      '/nick/template reads customer.nickname, which no customer has',
      '/pay/budget does not exist, or is closed',
      '/pay/provider is not configured',
      '/round is part of a loop that no repeat bounds',
      '/talk/channel carries information only',
      '/talk/gateway does not carry alimtalk',
    ]);
  });

  it('whose sends have a choice is told what is wrong with each channel, at its place', () => {
    const choice = (over: object) => ({ template: 'plain', channel: 'push', ...over });
    expect(
      faultsOf({
        a: send('b', {
          fallback: [
            choice({}),
            choice({ channel: 'alimtalk', template: 'talk', gateway: 'gate' }),
            choice({ channel: 'email', template: 'code', gateway: 'nowhere' }),
          ],
          preferred: 'likes',
        }),
        b: send('c', { preferred: 'name' }),
        c: send('out', {
          template: 'text',
          channel: 'sms',
          gateway: 'gate',
          fallback: [choice({})],
          preferred: 'name',
        }),
      }),
    ).toEqual([
      '/a/fallback/0/channel is named before',
      '/a/fallback/1/channel carries information only',
      '/a/fallback/1/gateway does not carry alimtalk',
      '/a/fallback/2/gateway is not configured',
      '/a/fallback/2/template is written for push',
      '/a/fallback/2/template reads reward.*, but not every way to it waits for one and the same payout before',
      '/a/preferred is an attribute that no customer has',
      '/b/preferred has one channel only to prefer',
    ]);
  });

  it('that shows in apps or has staff at work names our own gateway for it, which carries nothing else', () => {
    const banner = { template: 'notice', channel: 'banner' };
    expect(
      faultsOf({
        a: send('b', { ...banner, gateway: 'inbox' }),
        b: send('c', banner),
        c: send('d', { ...banner, gateway: 'gate' }),
        d: send('e', { gateway: 'inbox' }),
        e: send('f', { template: 'script', channel: 'call', gateway: 'staff' }),
        f: send('out', { template: 'script', channel: 'call', gateway: 'inbox' }),
      }),
    ).toEqual(['/c/gateway does not carry banner', '/d/gateway does not carry push', '/f/gateway does not carry call']);
  });

  it('whose start is no node is told so, and the rest as well', () => {
    const journey = { start: 'none', nodes: { a: send('out', { template: 'nothing' }), out: { type: 'exit' } } };
    const campaign = campaignSchema.parse({ key: 'c', name: 'c', purpose: 'information', segment: 's', journey });
    expect(validateCampaign(campaign, { ...known, segment: null }).map(({ pointer }) => pointer)).toEqual([
      '/journey/nodes/a/template',
      '/journey/start',
      '/segment',
    ]);
  });

  it.each<[string, Record<string, object>, string[]]>([
    ['repeats what it waits in', { a: send('w'), w: asks('r'), r: repeat('a', 'out') }, []],
    [
      'leaves what it repeats by a branch, to what lies behind it',
      { a: send('w'), w: asks('b'), b: branch({ responded: 'w' }, 'x', 'r'), r: repeat('a', 'x'), x: reward('out') },
      [],
    ],
    ['draws coupons from a pool', { a: coupon('full') }, []],
    [
      'draws coupons from a pool that is not there, and from one without codes',
      { a: { ...coupon('none'), next: 'b' }, b: coupon('bare') },
      ['/a/pool does not exist', '/b/pool has no code left'],
    ],
    [
      'repeats what does not lead back',
      { a: send('r'), r: repeat('x', 'x'), x: wait('out') },
      ['/r/again does not lead back to this repeat: nothing would be repeated'],
    ],
    [
      'repeats without a wait',
      { a: send('r'), r: repeat('a', 'out') },
      ['/r/again waits for nothing in between: all passes would come at once'],
    ],
    [
      'comes into what it repeats from the side',
      { f: branch(vip, 'a', 'w'), a: send('w'), w: wait('r'), r: repeat('a', 'out') },
      ['/r/again is passed by on the way to w, which is repeated, too'],
    ],
    [
      'repeats the same twice',
      { a: wait('r'), r: repeat('a', 'q'), q: repeat('a', 'out') },
      ['/q/again repeats what r repeats as well', '/r/again repeats what q repeats as well'],
    ],
    [
      'waits for the response of a send that another pass has replaced',
      { s: send('w'), w: asks('t'), t: send('r'), r: repeat('w', 'out') },
      ['/w/response follows several sends; a wait for a response has one wave'],
    ],
    [
      'waits for a payout of another pass',
      { x: reward('w'), w: { ...asks('r'), response: { event: 'payout.paid' } }, r: repeat('w', 'out') },
      ['/w/response is about a reward that is not repeated together with this wait'],
    ],
    ['holds out before everything', { a: split('s', 'out', 1), s: send('out') }, []],
    ['holds out behind a send', { s: send('a'), a: split('out', 'out', 1) }, ['/a/holdout lies behind s']],
    [
      'holds out again and again',
      { a: split('w', 'w', 1), w: wait('r'), r: repeat('a', 'out') },
      ['/a/holdout is repeated'],
    ],
    [
      'asks for an arm that is none, of a split that comes later',
      { b: branch({ arm: 'z', of: 'a' }, 'a', 'out'), a: split('out', 'out') },
      ['/b/on/arm is not an arm of a', '/b/on/of does not lie before this branch'],
    ],
    [
      'asks for the arm of a wait',
      { w: wait('b'), b: branch({ arm: 'a', of: 'w' }, 'out', 'out') },
      ['/b/on/of is not a split'],
    ],
    ['asks for a segment', { b: branch({ segment: 'vips' }, 'out', 'out') }, []],
    ['asks for no segment', { b: branch({ segment: 'none' }, 'out', 'out') }, ['/b/on/segment does not exist']],
    [
      'asks for an event by what is no property',
      { b: branch({ event: 'e', within: 'P7D', where: vip.rule }, 'out', 'out') },
      ['/b/on/where/rules/0 names the field "attribute.vip", which the catalogue does not have'],
    ],
    [
      'rewards by an answer that nobody may have given',
      {
        s: send('w'),
        w: asks('x'),
        x: reward('out', { amount: { currency: 'KRW', by: 'response.n', percent: 1, max: '9' } }),
      },
      ['/x/amount/by can be reached without a response before it'],
    ],
    [
      'rewards in another currency, by a rule that is none',
      {
        x: reward('out', {
          amount: {
            currency: 'USD',
            rules: [{ when: { combinator: 'or', rules: [{ field: 'no', operator: 'null' }] }, value: '1' }],
          },
        }),
      },
      [
        "/x/amount/currency is not the budget's KRW",
        '/x/amount/rules/0/when/rules/0 names the field "no", which the catalogue does not have',
      ],
    ],
    [
      'speaks of the code of what is no coupon',
      { x: reward('w'), w: { ...asks('s'), response: { event: 'payout.paid' } }, s: send('out', { template: 'code' }) },
      ['/s/template reads reward.code, but x is no coupon'],
    ],
  ])('that %s', (_, nodes, faults) => {
    expect(faultsOf(nodes)).toEqual(faults);
  });

  it.each<[string, object, string]>([
    ['a wait without an end', { type: 'wait', next: 'out' }, 'span'],
    ['a wait with two ends', { ...wait('out'), until: '2026-03-03T10:00:00Z' }, 'span'],
    ['an instant without its zone', { type: 'wait', until: '2026-03-03T10:00:00', next: 'out' }, 'until'],
    [
      'hours as the time-out of a response',
      { ...asks('out'), span: undefined, window: { from: '1', to: '2' } },
      'window',
    ],
    [
      'two arms of one name',
      { ...split('out', 'out'), arms: [...split('out', 'out').arms, ...split('x', 'x').arms] },
      'arms',
    ],
    ['an arm called holdout', { ...split('out', 'out'), arms: [{ name: 'holdout', weight: 1, next: 'out' }] }, 'arms'],
    ['no pass', { ...repeat('out', 'out'), times: 0 }, 'times'],
    ['passes without end', { ...repeat('out', 'out'), times: 10_000 }, 'times'],
  ])('with %s has not even its shape', (_, node, field) => {
    const journey = { start: 'a', nodes: { a: node, out: { type: 'exit' } } };
    const { error } = campaignSchema.safeParse({ key: 'c', name: 'c', purpose: 'advertising', segment: 's', journey });
    expect(error?.issues.map(({ path }) => path[3])).toContain(field);
  });
});
