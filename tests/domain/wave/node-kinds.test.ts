/**
 * What each kind of node does in a walk: sends that try again, waits for an instant or for hours of the day, splits with a holdout, passes of a
 * repeat, branches on arms, segments, events and answers, and computed rewards.
 */
import { describe, expect, it } from '@jest/globals';
import { campaignSchema, type LaunchedCampaign } from '../../../src/domain/journey/definition.js';
import { wavesOf } from '../../../src/domain/journey/graph.js';
import { prepareJourney } from '../../../src/domain/journey/prepare.js';
import { cohortWrite } from '../../../src/domain/wave/cohort.js';
import { walk, type ParticipantFacts, type ReceivedEvent, type Walk } from '../../../src/domain/wave/walk.js';

const T0 = Date.parse('2026-03-03T09:00:00+09:00');
const HOUR = 3_600_000;
const VIP = { combinator: 'and', rules: [{ field: 'attribute.vip', operator: '=', value: true }] } as const;
const send = (next: string, onSkip: unknown = 'continue') => ({
  type: 'send',
  template: 't',
  channel: 'push',
  onSkip,
  next,
});
const asks = (next: string) => ({ type: 'wait', span: 'PT1H', response: { event: 'purchase' }, next });
const reward = (next: string, over: object = {}) => ({
  type: 'reward',
  kind: 'cashback',
  amount: { value: '1', currency: 'KRW' },
  budget: 'b',
  provider: 'p',
  next,
  ...over,
});

function prepared(nodes: Record<string, object>) {
  const [start] = Object.keys(nodes);
  const journey = {
    start,
    nodes: { yes: { type: 'exit', reason: 'yes' }, no: { type: 'exit', reason: 'no' }, ...nodes },
  };
  const campaign = campaignSchema.parse({ key: 'c', name: 'c', purpose: 'advertising', segment: 's', journey });
  const template = { key: 't', version: 1, channel: 'push' as const, title: null, body: 'hi' };
  const segment = { key: 'vips', version: 2, rule: VIP as never };
  const launched: LaunchedCampaign = {
    campaign,
    segment,
    segments: Object.fromEntries(Object.keys(nodes).map((id) => [id, segment])),
    templates: Object.fromEntries(Object.keys(nodes).map((id) => [id, template])),
    waves: wavesOf(campaign.journey),
  };
  return prepareJourney(launched);
}
const facts = (over: Partial<ParticipantFacts> = {}): ParticipantFacts => ({
  customerId: 'c00001',
  node: 'a',
  visit: 1,
  wave: 0,
  waveAt: null,
  windowEndAt: null,
  responded: false,
  respondedNodes: [],
  answers: {},
  gate: {
    status: 'active',
    gateVersion: 1,
    zone: 'Asia/Seoul',
    consents: { 'push:advertising': { granted: true } },
    addresses: { push: 'x' },
  },
  attrVersion: 1,
  attributes: {},
  seen: [],
  rivals: [],
  eventsSinceWave: [],
  payoutEvents: [],
  rewards: {},
  ...over,
});
const going = (nodes: Record<string, object>, over: Partial<ParticipantFacts> = {}, now = T0): Walk =>
  walk(facts(over), {
    journey: prepared(nodes),
    policies: [],
    now,
    stopped: false,
    render: () => ({ ok: true, title: null, body: 'hi' }),
  });
const codes = (result: Walk) => result.trace.map((step) => `${step.node}#${step.visit}:${step.codes.at(-1)}`);
const closed = { gate: { ...facts().gate, consents: {} } };
const event = (occurredAt: number, amount = 100): ReceivedEvent => ({
  no: 7,
  name: 'purchase',
  occurredAt,
  receivedAt: occurredAt,
  properties: { amount },
});

describe('a send that tries again', () => {
  const nodes = { a: send('yes', { defer: 'P1D', every: 'PT6H', otherwise: 'exit' }) };

  it('is tried every so often, at most so long after the first try, and then does what it says', () => {
    const first = going(nodes, closed);
    expect(first).toMatchObject({ node: 'a', dueAt: T0 + 6 * HOUR, windowEndAt: T0 + 24 * HOUR, tallies: [] });
    const end = { ...closed, windowEndAt: first.windowEndAt };
    expect(going(nodes, end, T0 + 20 * HOUR)).toMatchObject({ dueAt: T0 + 24 * HOUR, windowEndAt: T0 + 24 * HOUR });
    expect(going(nodes, end, T0 + 24 * HOUR)).toMatchObject({ endReason: 'skipped_no_consent', messages: [] });
    expect(going(nodes, { windowEndAt: end.windowEndAt }, T0 + 6 * HOUR).messages).toHaveLength(1);
  });

  it('that quiet hours stop is tried when they are over', () => {
    const night = Date.parse('2026-03-03T22:00:00+09:00');
    expect(going(nodes, {}, night).dueAt).toBe(Date.parse('2026-03-04T08:00:00+09:00'));
  });
});

describe('a wait', () => {
  it('for an instant stays until then, and not at all when it is past', () => {
    const nodes = { a: { type: 'wait', until: '2026-03-04T12:00:00+09:00', next: 'yes' } };
    expect(going(nodes)).toMatchObject({ node: 'a', dueAt: T0 + 27 * HOUR, windowEndAt: null });
    expect(going(nodes, {}, T0 + 27 * HOUR).endReason).toBe('yes');
  });

  it('for hours of the day goes on within them, and waits for the next ones when it comes too late', () => {
    const nodes = { a: { type: 'wait', window: { from: '10:00', to: '12:00' }, next: 'yes' } };
    expect(going(nodes)).toMatchObject({ node: 'a', dueAt: T0 + HOUR });
    expect(going(nodes, {}, T0 + 2 * HOUR).endReason).toBe('yes');
    expect(going(nodes, {}, T0 + 3 * HOUR)).toMatchObject({ node: 'a', dueAt: T0 + 25 * HOUR });
    const abroad = { gate: { ...facts().gate, zone: 'America/New_York' } };
    expect(going(nodes, abroad, T0 + HOUR)).toMatchObject({ dueAt: Date.parse('2026-03-03T10:00:00-05:00') });
  });

  it('for a response until an instant closes its window then', () => {
    const nodes = {
      a: send('w'),
      w: { type: 'wait', until: '2026-03-03T10:00:00+09:00', response: { event: 'purchase' }, next: 'no' },
    };
    expect(going(nodes)).toMatchObject({ node: 'w', dueAt: T0 + HOUR, windowEndAt: T0 + HOUR });
    const waiting = { node: 'w', wave: 1, waveAt: T0, windowEndAt: T0 + HOUR };
    expect(going(nodes, waiting, T0 + HOUR).closed).toMatchObject([{ node: 'w', from: T0, to: T0 + HOUR }]);
  });
});

describe('a split', () => {
  const arms = [
    { name: 'a', weight: 30, next: 'yes' },
    { name: 'b', weight: 60, next: 's' },
  ];
  const nodes = { a: { type: 'split', experiment: 'spring', holdout: 10, arms }, s: send('no') };

  it('draws by the published hash: an arm, or the holdout, who gets nothing and ends', () => {
    expect(going(nodes, { customerId: 'c00008' })).toMatchObject({ endReason: 'yes' });
    expect(going(nodes, { customerId: 'c00001' })).toMatchObject({ endReason: 'no', messages: [{ node: 's' }] });
    const held = going(nodes, { customerId: 'c00006' });
    expect(held).toMatchObject({ endReason: 'holdout', messages: [], edges: [] });
    expect(held.trace[0]?.codes).toEqual(['arm=holdout', 'exit=holdout']);
    expect(held.tallies).toContainEqual({ measure: 'drawn', node: 'a', visit: 1, reason: 'holdout' });
  });

  it('with a holdout sets apart whom status or consent excludes; without one it does not', () => {
    expect(going(nodes, closed)).toMatchObject({ endReason: 'excluded_no_consent', edges: [] });
    const incident = { gate: { ...facts().gate, status: 'incident' as const } };
    expect(going(nodes, incident).endReason).toBe('excluded_incident');
    expect(going({ ...nodes, a: { ...nodes.a, holdout: 0 } }, closed).endReason).toBe('no');
  });

  it('is asked for its arm later on', () => {
    const asked = { ...nodes, s: { type: 'branch', on: { arm: 'b', of: 'a' }, yes: 'yes', no: 'no' } };
    expect(going(asked, { customerId: 'c00001' }).endReason).toBe('yes');
  });
});

describe('a repeat', () => {
  const nodes = {
    a: send('w'),
    w: asks('b'),
    b: { type: 'branch', on: { responded: 'w' }, yes: 'x', no: 'r' },
    r: { type: 'repeat', again: 'a', times: 3, next: 'no' },
    x: reward('yes', { claimScope: 'response' }),
  };
  const waiting = (visit: number, over: Partial<ParticipantFacts> = {}) => ({
    node: 'w',
    visit,
    wave: 1,
    waveAt: T0,
    windowEndAt: T0 + HOUR,
    ...over,
  });

  it('passes as often as it says, each pass in a visit of its own, and is in visit 1 afterwards', () => {
    const second = going(nodes, waiting(1), T0 + HOUR);
    expect(codes(second)).toEqual([
      'w#1:wait=timeout',
      'b#1:branch=no',
      'r#1:repeat=again:1/3',
      'a#2:message=queued',
      `w#2:wait=until:${T0 + 2 * HOUR}`,
    ]);
    expect(second).toMatchObject({ node: 'w', visit: 2 });
    const over = going(nodes, waiting(3), T0 + HOUR);
    expect(codes(over).slice(-2)).toEqual(['r#3:repeat=done:3/3', 'no#1:exit=no']);
    expect(over.edges.at(-1)).toEqual({ from: 'r', to: 'no', visit: 3, toVisit: 1 });
  });

  it('has a slot for each pass', () => {
    const second = going(nodes, waiting(1), T0 + HOUR);
    const terms = { runId: 'abcdefghijklm', lane: 0, version: 1, journey: prepared(nodes), shardOf: () => 0 };
    const { messages } = cohortWrite(terms, [{ facts: facts(), bucket: 0, walk: second }]);
    expect(messages.map(({ id }) => id)).toEqual(['m/abcdefghijklm/a/2/c00001']);
  });

  it('asks for the answer of its own pass, and rewards that one', () => {
    const earlier = { respondedNodes: ['w'], answers: { w: 3 } };
    expect(codes(going(nodes, waiting(2, earlier), T0 + HOUR))).toContain('b#2:branch=no');
    const own = { responded: true, respondedNodes: ['w', 'w#2'], answers: { w: 3, 'w#2': 9 } };
    const left = going(nodes, waiting(2, own), T0 + 1);
    expect(left).toMatchObject({ endReason: 'yes', visit: 1 });
    expect(left.rewards).toMatchObject([{ node: 'x', visit: 1, claim: { kind: 'response', eventNo: 9 } }]);
  });
});

describe('a branch', () => {
  const by = (on: object) => ({ a: { type: 'branch', on, yes: 'yes', no: 'no' } });

  it('on a segment goes by its rule as it was at the launch', () => {
    expect(going(by({ segment: 'vips' }), { attributes: { vip: true } }).endReason).toBe('yes');
    expect(going(by({ segment: 'vips' })).endReason).toBe('no');
  });

  it('on an event looks back for it: half-open, up to now, by its properties', () => {
    const where = { combinator: 'and', rules: [{ field: 'property.amount', operator: '>=', value: 100 }] };
    const asked = by({ event: 'purchase', within: 'PT1H', where });
    const end = (occurredAt: number, amount?: number) =>
      going(asked, { branchEvents: [event(occurredAt, amount)] }).endReason;
    expect([end(T0), end(T0 - HOUR + 1), end(T0 - HOUR), end(T0 + 1), end(T0, 99)]).toEqual([
      'yes',
      'yes',
      'no',
      'no',
      'no',
    ]);
  });

  it('on a response may ask for what it says', () => {
    const where = { combinator: 'and', rules: [{ field: 'property.amount', operator: '>=', value: 100 }] };
    const nodes = {
      s: send('w'),
      w: asks('a'),
      a: { type: 'branch', on: { responded: 'w', where }, yes: 'yes', no: 'no' },
    };
    const answered = (amount: number) => ({
      respondedNodes: ['w'],
      answers: { w: 1 },
      answerProperties: { w: { amount } },
    });
    expect([going(nodes, answered(100)).endReason, going(nodes, answered(99)).endReason]).toEqual(['yes', 'no']);
  });
});

describe('a computed reward', () => {
  const amount = { currency: 'KRW', by: 'response.amount', percent: 10, max: '500' };
  const nodes = { s: send('w'), w: asks('a'), a: reward('yes', { amount }) };
  const answered = (value: number) => ({
    respondedNodes: ['w'],
    answers: { w: 1 },
    answerProperties: { w: { amount: value } },
  });

  it('is worth what the answer says, and the trace says from what', () => {
    const result = going(nodes, answered(1_234));
    expect(result.rewards).toMatchObject([{ money: { minor: 123, currency: 'KRW' } }]);
    expect(result.trace[0]?.codes).toEqual(['amount=123:1234']);
  });

  it('that comes to nothing is no reward, and the way goes on', () => {
    const result = going(nodes, answered(9));
    expect(result).toMatchObject({ rewards: [], endReason: 'yes' });
    expect(result.trace[0]?.codes).toEqual(['amount=none:9', 'reward=no_amount']);
  });
});
