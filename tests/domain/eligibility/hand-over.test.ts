/**
 * The gate before every hand-over: stop, then notAfter, then the very gate of the cohort, at the hand-over's now.
 */
import { describe, expect, it } from '@jest/globals';
import type { GateFacts } from '../../../src/domain/eligibility/gate.js';
import { judgeHandOver, judgeHandOvers, type QueuedMessage } from '../../../src/domain/eligibility/hand-over.js';

const seoul = (time: string) => Date.parse(`2026-03-03T${time}+09:00`);
const NOON = seoul('12:00:00');
const facts = (over: Partial<GateFacts> = {}): GateFacts => ({
  status: 'active',
  gateVersion: 1,
  zone: 'Asia/Seoul',
  consents: { 'push:advertising': { granted: true }, 'sms:advertising': { granted: true } },
  addresses: { push: 'token', phone: '+82101234567' },
  ...over,
});
const message = (over: Partial<QueuedMessage> = {}): QueuedMessage => ({
  channel: 'push',
  purpose: 'advertising',
  quiet: { from: '21:00', to: '08:00' },
  notAfter: NOON + 3_600_000,
  stopped: false,
  ...over,
});

describe('a hand-over', () => {
  it('goes to the address of the channel, with what the gate saw', () => {
    expect(judgeHandOver(message(), facts(), NOON)).toEqual({
      go: true,
      to: 'token',
      codes: ['status=active', 'consent=granted', 'address=present', 'quiet=open'],
    });
    expect(judgeHandOver(message({ channel: 'sms' }), facts(), NOON)).toMatchObject({ go: true, to: '+82101234567' });
  });

  it.each<[string, Partial<QueuedMessage>, Partial<GateFacts>, number, string]>([
    ['a stop', { stopped: true }, {}, NOON, 'stopped'],
    ['notAfter reached', { notAfter: NOON }, {}, NOON, 'expired'],
    ['a review that is not valid yet', { review: { from: NOON + 1, to: NOON + 2 } }, {}, NOON, 'review_invalid'],
    ['a review that has run out', { review: { from: 0, to: NOON } }, {}, NOON, 'review_invalid'],
    ['an incident', {}, { status: 'incident' }, NOON, 'incident'],
    ['a withdrawal', {}, { status: 'withdrawn' }, NOON, 'withdrawn'],
    [
      'a consent that was withdrawn',
      {},
      { consents: { 'push:advertising': { granted: false } } },
      NOON,
      'consent_refused',
    ],
    ['a consent that is gone', {}, { consents: {} }, NOON, 'no_consent'],
    ['an address that is gone', {}, { addresses: {} }, NOON, 'no_address'],
    ['quiet hours that have begun', { notAfter: seoul('23:59:00') }, {}, seoul('21:00:00'), 'quiet_hours'],
    ['quiet hours elsewhere', {}, { zone: 'America/New_York' }, NOON, 'quiet_hours'],
  ])('is refused for %s', (_, over, customer, now, reason) => {
    expect(judgeHandOver(message(over), facts(customer), now)).toMatchObject({ go: false, reason });
  });

  it('is judged in that order: a stopped, expired message of an incident customer is stopped', () => {
    expect(judgeHandOver(message({ stopped: true, notAfter: 0 }), facts({ status: 'incident' }), NOON)).toMatchObject({
      reason: 'stopped',
    });
    expect(judgeHandOver(message({ notAfter: 0 }), facts({ status: 'incident' }), NOON)).toMatchObject({
      reason: 'expired',
    });
  });

  it('may go out until the last millisecond before notAfter', () => {
    expect(judgeHandOver(message({ notAfter: NOON + 1 }), facts(), NOON)).toMatchObject({ go: true });
    expect(judgeHandOver(message({ review: { from: NOON, to: NOON + 1 } }), facts(), NOON)).toMatchObject({ go: true });
  });

  it('is withheld of whoever nobody can judge, and the others go; where it is so of all of several, it is not their fault', () => {
    const one = (consents: unknown) => ({ message: message(), facts: facts({ consents } as Partial<GateFacts>) });
    const well = one(facts().consents);
    const judged = (...consents: unknown[]) => judgeHandOvers([...consents.map(one), well], NOON);
    expect(judged(null)).toMatchObject([{ go: false, reason: 'undecidable' }, { go: true }]);
    expect(judgeHandOvers([one(null)], NOON)).toMatchObject([{ reason: 'undecidable' }]);
    expect(() => judgeHandOvers([one(null), one(null)], NOON)).toThrow(TypeError);
  });
});
