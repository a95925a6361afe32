/**
 * One participant's way through a journey: edges, waits, responses, and what each send decides.
 */
import { describe, expect, it } from '@jest/globals';
import type { ContactPolicy } from '../../../src/domain/contact-policy/policy.js';
import { prepareJourney, type PreparedJourney } from '../../../src/domain/journey/prepare.js';
import { campaignSchema, type LaunchedCampaign } from '../../../src/domain/journey/definition.js';
import { cohortWrite } from '../../../src/domain/wave/cohort.js';
import { decodeTrace, encodeTrace } from '../../../src/domain/wave/trace.js';
import {
  NODES_PER_WALK_MAX,
  walk,
  type ParticipantFacts,
  type Walk,
  type WalkContext,
} from '../../../src/domain/wave/walk.js';

const T0 = Date.parse('2026-03-03T10:00:00+09:00');
const SPAN = 20_000;

function journey(onSkip: 'continue' | 'exit' | 'defer' = 'continue') {
  const send = (next: string) => ({ type: 'send' as const, template: 't', channel: 'push' as const, onSkip, next });
  const wait = (next: string) => ({ type: 'wait' as const, span: 'PT20S', response: { event: 'purchase' }, next });
  const reward = {
    kind: 'cashback',
    amount: { value: '5000', currency: 'KRW' },
    budget: 'b',
    provider: 'p',
    next: 'out',
  };
  const campaign = campaignSchema.parse({
    key: 'c',
    name: 'c',
    purpose: 'advertising',
    segment: 's',
    journey: {
      start: 's1',
      nodes: {
        s1: send('w1'),
        w1: wait('b1'),
        b1: { type: 'branch', on: { responded: 'w1' }, yes: 'r1', no: 's2' },
        r1: { type: 'reward', ...reward },
        s2: send('w2'),
        w2: wait('out'),
        out: { type: 'exit' },
      },
    },
  });
  const template = { key: 't', version: 1, channel: 'push' as const, title: null, body: 'hi' };
  const launched: LaunchedCampaign = {
    campaign,
    segment: { key: 's', version: 1, rule: { combinator: 'and', rules: [{ field: 'id', operator: 'notNull' }] } },
    templates: { s1: template, s2: template },
    waves: { s1: 1, w1: 1, b1: 1, r1: 1, s2: 2, w2: 2, out: 2 },
  };
  return prepareJourney(launched);
}

/** So many nodes on the way that the send is the nth. */
function sendAs(nth: number): PreparedJourney {
  const own = journey();
  const nodes: PreparedJourney['nodes'] = { ...own.nodes };
  for (let n = 1; n < nth; n += 1) {
    const next = n + 1 < nth ? `b${n + 1}` : 's1';
    nodes[`b${n}`] = { type: 'branch', responded: null, rule: () => true, yes: next, no: 'out' };
  }
  return { ...own, nodes };
}

const facts = (over: Partial<ParticipantFacts> = {}): ParticipantFacts => ({
  customerId: 'c1',
  node: 's1',
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
const daily: ContactPolicy = {
  key: 'daily',
  version: 2,
  scope: { kind: 'all' },
  window: { kind: 'rolling', spanMs: 86_400_000 },
  cap: 1,
  exemptInformation: false,
  lookAheadMs: 0,
};
const context = (over: Partial<WalkContext> = {}): WalkContext => ({
  journey: journey(),
  policies: [],
  now: T0,
  stopped: false,
  render: () => ({ ok: true, title: null, body: 'hi' }),
  ...over,
});
const waiting = (over: Partial<ParticipantFacts> = {}) =>
  facts({ node: 'w1', wave: 1, waveAt: T0, windowEndAt: T0 + SPAN, ...over });
const codes = (result: Walk) => result.trace.map((step) => `${step.node}:${step.codes.at(-1)}`);

describe('a walk', () => {
  it('sends and then waits until t0 + span', () => {
    const result = walk(facts(), context());
    expect(codes(result)).toEqual(['s1:message=queued', `w1:wait=until:${T0 + SPAN}`]);
    expect(result).toMatchObject({
      state: 'active',
      node: 'w1',
      dueAt: T0 + SPAN,
      windowEndAt: T0 + SPAN,
      wave: 1,
      waveAt: T0,
    });
    expect(result.messages).toMatchObject([{ node: 's1', wave: 1, notAfter: T0 + 6 * 3_600_000 }]);
  });

  it('rewards whoever responded, and takes no other branch', () => {
    const result = walk(waiting({ responded: true, respondedNodes: ['w1'] }), context({ now: T0 + 5_000 }));
    expect(result.edges.map((e) => e.to)).toEqual(['b1', 'r1', 'out']);
    expect(result.rewards).toHaveLength(1);
    expect(result).toMatchObject({ state: 'ended', endReason: 'completed', dueAt: null });
  });

  it('sends again to whoever did not, once the window is over', () => {
    const result = walk(waiting(), context({ now: T0 + SPAN }));
    expect(result.edges.map((e) => e.to)).toEqual(['b1', 's2', 'w2']);
    expect(result).toMatchObject({ wave: 2, waveAt: T0 + SPAN, node: 'w2' });
  });

  it('stays in a wait that is not over', () => {
    expect(walk(waiting(), context({ now: T0 + SPAN - 1 }))).toMatchObject({
      node: 'w1',
      dueAt: T0 + SPAN,
      edges: [],
      messages: [],
    });
  });

  it('is capped by the policy, goes on without contact, and still opens the wave', () => {
    const result = walk(facts({ seen: [1] }), context({ policies: [daily] }));
    expect(result.messages).toEqual([]);
    expect(result.trace[0]?.codes).toEqual(expect.arrayContaining(['policy=daily@2:1/1', 'message=suppressed:capped']));
    expect(result).toMatchObject({ node: 'w1', wave: 1, waveAt: T0 });
    expect(result.tallies).toEqual([
      { measure: 'decided', node: 's1', visit: 1, reason: '' },
      { measure: 'suppressed', node: 's1', visit: 1, reason: 'capped' },
    ]);
  });

  it('does what the node says when it does not send: exit, or defer until quiet hours are over', () => {
    const without = facts({ gate: { ...facts().gate, consents: {} } });
    expect(walk(without, context({ journey: journey('exit') }))).toMatchObject({
      state: 'ended',
      endReason: 'skipped_no_consent',
    });
    const night = Date.parse('2026-03-03T22:00:00+09:00');
    const deferred = walk(facts(), context({ journey: journey('defer'), now: night }));
    expect(deferred).toMatchObject({
      node: 's1',
      dueAt: Date.parse('2026-03-04T08:00:00+09:00'),
      tallies: [],
      waveAt: null,
    });
  });

  it('keeps a failed rendering to the one customer', () => {
    const result = walk(facts(), context({ render: () => ({ ok: false, reason: 'undefined_variable' }) }));
    expect(result.tallies).toContainEqual({ measure: 'suppressed', node: 's1', visit: 1, reason: 'render_failed' });
  });

  it('ends everyone due when the run is stopped', () => {
    expect(walk(waiting(), context({ stopped: true, now: T0 + SPAN }))).toMatchObject({
      state: 'ended',
      endReason: 'stopped',
      messages: [],
    });
  });

  it.each([NODES_PER_WALK_MAX - 1, NODES_PER_WALK_MAX, NODES_PER_WALK_MAX + 1])(
    'never stops between a send and its wait: an event in between would be passed over (the send is node %i)',
    (nth) => {
      const result = walk(facts({ node: 'b1' }), context({ journey: sendAs(nth) }));
      const stands = nth > NODES_PER_WALK_MAX ? 's1' : 'w1';
      expect(result).toMatchObject({ node: stands, windowEndAt: stands === 'w1' ? T0 + SPAN : null });
      expect(result.messages).toHaveLength(stands === 'w1' ? 1 : 0);
    },
  );

  it('has a trace that reads back as it was written', () => {
    const { trace } = walk(facts(), context({ policies: [daily] }));
    expect(decodeTrace(encodeTrace(trace))).toEqual(trace);
  });
});

describe('what a cohort writes', () => {
  const terms = { runId: 'abcdefghijklm', lane: 0, version: 1, journey: journey(), shardOf: () => 1 };

  it('moves everyone who entered along edges, so that entered = here + moved + ended', () => {
    const walks = [
      { facts: facts(), bucket: 1, walk: walk(facts(), context()) },
      {
        facts: waiting({ customerId: 'c2' }),
        bucket: 2,
        walk: walk(waiting({ responded: true, respondedNodes: ['w1'] }), context()),
      },
    ];
    const { counters } = cohortWrite(terms, walks);
    // s1 and w1 had been entered before: their own entries are not in these changes.
    const sum = (node: string, measure: string) =>
      counters.filter((c) => c.node === node && c.measure === measure).reduce((n, c) => n + c.n, 0);
    for (const [node, before] of Object.entries({ s1: 1, w1: 1, b1: 0, r1: 0, out: 0 })) {
      const entered = sum(node, 'entered') + before;
      expect(`${node} ${sum(node, 'here') + before + sum(node, 'moved') + sum(node, 'ended')}`).toBe(
        `${node} ${entered}`,
      );
    }
  });

  it('derives every key from the slot', () => {
    const result = walk(waiting({ responded: true, respondedNodes: ['w1'] }), context());
    const write = cohortWrite(terms, [{ facts: waiting(), bucket: 0, walk: result }]);
    expect(write.intents[0]?.row).toMatchObject({
      payoutKey: 'p/abcdefghijklm/r1/1/c1/1',
      slotKey: 'p/abcdefghijklm/r1/1/c1',
      claimKey: 'run/abcdefghijklm/r1/c1',
      amountMinor: 5000,
      wave: 1,
    });
    const sent = cohortWrite(terms, [{ facts: facts(), bucket: 0, walk: walk(facts(), context()) }]);
    expect(sent.messages[0]?.id).toBe('m/abcdefghijklm/s1/1/c1');
  });
});
