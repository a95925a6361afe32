/**
 * A send over several channels: the first that may carry the message does, the others are passed over with the reason, and nobody gets two.
 */
import { describe, expect, it } from '@jest/globals';
import type { ContactPolicy } from '../../../src/domain/contact-policy/policy.js';
import type { Channel } from '../../../src/domain/base/channels.js';
import type { GateFacts } from '../../../src/domain/eligibility/gate.js';
import type { PreparedJourney, PreparedSend } from '../../../src/domain/journey/prepare.js';
import { FunnelCount } from '../../../src/domain/wave/funnel.js';
import { walk, type ParticipantFacts, type Walk, type WalkContext } from '../../../src/domain/wave/walk.js';
import { sendOnce, T0 } from '../../support/seed.js';

const choice = (channel: Channel, gateway = 'gate') => ({ channel, gateway, template: `${channel}@1` });
const journey = (over: Partial<PreparedSend> = {}): PreparedJourney =>
  sendOnce('c', {}, { ...choice('push'), fallback: [choice('sms', 'other'), choice('email')], ...over });
const consents = (...channels: Channel[]) =>
  Object.fromEntries(channels.map((channel) => [`${channel}:advertising`, { granted: true }]));
const ALL = consents('push', 'sms', 'email');

function facts(gate: Partial<GateFacts> = {}, over: Partial<ParticipantFacts> = {}): ParticipantFacts {
  return {
    customerId: 'minji',
    node: 'send',
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
      consents: ALL,
      addresses: { push: 'p', phone: 't', email: 'e' },
      ...gate,
    },
    attrVersion: 1,
    attributes: {},
    seen: [],
    rivals: [],
    eventsSinceWave: [],
    payoutEvents: [],
    rewards: {},
    ...over,
  };
}
const policyOf = (key: string, scope: ContactPolicy['scope']): ContactPolicy => ({
  key,
  version: 1,
  scope,
  window: { kind: 'rolling', spanMs: 86_400_000 },
  cap: 1,
  exemptInformation: false,
  lookAheadMs: 0,
});
const send = (one: ParticipantFacts, over: Partial<WalkContext> = {}) =>
  walk(one, {
    journey: journey(),
    policies: [],
    now: T0,
    stopped: false,
    render: (_node, _facts, _visit, channel) => ({ ok: true, title: null, body: `by ${channel}` }),
    ...over,
  });
const tried = (walked: Walk) => (walked.trace[0]?.codes ?? []).filter((code) => /^(channel|preferred)=/.test(code));

describe('a send over several channels', () => {
  it('goes by the first, by its gateway and its template, and by no other', () => {
    const walked = send(facts());
    expect(walked.messages).toMatchObject([{ channel: 'push', gateway: 'gate', template: 'push@1', body: 'by push' }]);
    expect(tried(walked)).toEqual(['channel=push:taken']);
  });

  it.each<[string, ParticipantFacts, Partial<WalkContext>, string[]]>([
    ['has no consent for', facts({ consents: consents('sms') }), {}, ['push:no_consent', 'sms:taken']],
    [
      'has refused',
      facts({ consents: { ...ALL, 'push:advertising': { granted: false } } }),
      {},
      ['push:consent_refused', 'sms:taken'],
    ],
    [
      'has no address for',
      facts({ addresses: { email: 'e' } }),
      {},
      ['push:no_address', 'sms:no_address', 'email:taken'],
    ],
    [
      'has had enough of, by the policy of that channel',
      facts({}, { seen: [1, 0] }),
      {
        policies: [policyOf('a', { kind: 'channel', value: 'push' }), policyOf('b', { kind: 'channel', value: 'sms' })],
      },
      ['push:capped', 'sms:taken'],
    ],
    [
      'would get by a channel that is switched off',
      facts(),
      { closed: new Set(['channel/push']) },
      ['push:channel_off', 'sms:taken'],
    ],
    [
      'would get by a gateway that is switched off',
      facts(),
      { closed: new Set(['gateway/gate']) },
      ['push:channel_off', 'sms:taken'],
    ],
    [
      'has no text for',
      facts(),
      {
        render: (_n, _f, _v, channel) =>
          channel === 'push' ? { ok: false, reason: 'empty' } : { ok: true, title: null, body: 'x' },
      },
      ['push:render_failed', 'sms:taken'],
    ],
    [
      'may not be disturbed by at night, where e-mail may',
      facts(),
      { now: Date.parse('2026-03-03T22:00:00+09:00') },
      ['push:quiet_hours', 'sms:quiet_hours', 'email:taken'],
    ],
  ])('passes over what the customer %s, and says so', (_, one, over, expected) => {
    const walked = send(one, over);
    expect(tried(walked)).toEqual(expected.map((text) => `channel=${text}`));
    expect(walked.messages.map(({ channel }) => channel)).toEqual([expected.at(-1)?.split(':')[0]]);
    expect(walked.tallies.map(({ measure }) => measure)).toEqual(['decided', 'queued', 'ended']);
  });

  it('counts for a policy over all channels whichever carries it: nobody gets round a cap by another channel', () => {
    const walked = send(facts({}, { seen: [1] }), { policies: [policyOf('all', { kind: 'all' })] });
    expect(walked.messages).toEqual([]);
    expect(tried(walked)).toEqual(['channel=push:capped', 'channel=sms:capped', 'channel=email:capped']);
    expect(walked.tallies).toContainEqual({ measure: 'suppressed', node: 'send', visit: 1, reason: 'capped' });
  });

  it.each([
    ['is withdrawn', facts({ status: 'withdrawn' }), 'withdrawn'],
    ['is excluded by a list', facts({ excludedBy: 'blocked@1' }), 'excluded'],
  ])('asks no other channel about somebody who %s', (_, one, reason) => {
    expect(tried(send(one))).toEqual([`channel=push:${reason}`]);
  });

  it('tells the first refusal, but before it the one that passes by itself, which a defer waits for', () => {
    const night = Date.parse('2026-03-03T22:00:00+09:00');
    const own = journey({ onSkip: 'defer' });
    const one = facts({ consents: consents('sms') });
    const walked = send(one, { journey: own, now: night });
    expect(tried(walked)).toEqual(['channel=push:no_consent', 'channel=sms:quiet_hours', 'channel=email:no_consent']);
    expect(walked).toMatchObject({ node: 'send', dueAt: Date.parse('2026-03-04T08:00:00+09:00'), tallies: [] });
    expect(send(facts({ consents: {} })).tallies).toContainEqual({
      measure: 'suppressed',
      node: 'send',
      visit: 1,
      reason: 'no_consent',
    });
  });

  describe('that follows an attribute', () => {
    const own = journey({ preferred: 'likes' });
    const liking = (likes: unknown, gate: Partial<GateFacts> = {}) => facts(gate, { attributes: { likes } });

    it('tries the preferred channel first, then the others as they are listed', () => {
      expect(tried(send(liking('email'), { journey: own }))).toEqual(['preferred=email', 'channel=email:taken']);
      expect(tried(send(liking('email', { addresses: { phone: 't' } }), { journey: own }))).toEqual([
        'preferred=email',
        'channel=email:no_address',
        'channel=push:no_address',
        'channel=sms:taken',
      ]);
    });

    it.each([['alimtalk'], [7], [null], [undefined]])('has no preference where it says %p', (likes) => {
      expect(tried(send(liking(likes), { journey: own }))).toEqual(['preferred=none', 'channel=push:taken']);
    });
  });

  it('is counted by channel in the funnel', () => {
    const count = new FunnelCount();
    for (const one of [facts(), facts({ consents: consents('sms') }), facts({ consents: {} })]) count.add(send(one));
    expect(count.result().nodes).toEqual([
      { node: 'send', decided: 3, queued: 2, channels: { push: 1, sms: 1 }, suppressed: { no_consent: 1 } },
    ]);
  });
});
