/**
 * The gate's order and its edges: status, consent, address, quiet hours over midnight.
 */
import { describe, expect, it } from '@jest/globals';
import {
  isQuiet,
  judgeGate,
  quietHoursOf,
  type GateFacts,
  type SendTerms,
} from '../../../src/domain/eligibility/gate.js';
import { judgeHandOver } from '../../../src/domain/eligibility/hand-over.js';

const seoul = (iso: string) => Date.parse(`${iso}+09:00`);
const NOON = seoul('2026-03-03T12:00:00');
const facts = (over: Partial<GateFacts> = {}): GateFacts => ({
  status: 'active',
  gateVersion: 1,
  zone: 'Asia/Seoul',
  consents: { 'push:advertising': { granted: true } },
  addresses: { push: 'token', phone: '+8210', email: 'a@example.com' },
  ...over,
});
const push: SendTerms = { channel: 'push', purpose: 'advertising', quiet: quietHoursOf('advertising', undefined) };

describe('the gate', () => {
  it('lets an active customer with consent and address through, and says what it saw in order', () => {
    expect(judgeGate(facts(), push, NOON)).toEqual({
      pass: true,
      codes: ['status=active', 'consent=granted', 'address=present', 'quiet=open'],
    });
  });

  it.each([
    ['incident', facts({ status: 'incident', consents: {} }), 'incident'],
    ['withdrawn', facts({ status: 'withdrawn' }), 'withdrawn'],
    ['no consent for advertising', facts({ consents: {} }), 'no_consent'],
    ['a refusal', facts({ consents: { 'push:advertising': { granted: false } } }), 'consent_refused'],
    ['consent for another channel only', facts({ consents: { 'sms:advertising': { granted: true } } }), 'no_consent'],
    ['no address', facts({ addresses: { phone: '+8210' } }), 'no_address'],
  ])('stops at the first refusal: %s', (_, customer, reason) => {
    const verdict = judgeGate(customer, push, NOON);
    expect([verdict.pass, verdict.reason]).toEqual([false, reason]);
  });

  it('asks exclusion lists after the status and before the consent, the marketer’s filter after the address', () => {
    const all = { excludedBy: 'blocked@1', consents: {}, addresses: {} };
    expect(judgeGate(facts({ ...all, status: 'incident' }), push, NOON)).toMatchObject({ reason: 'incident' });
    expect(judgeGate(facts(all), push, NOON)).toEqual({
      pass: false,
      reason: 'excluded',
      codes: ['status=active', 'exclusion=blocked@1'],
    });
    const failed = { ...push, filter: false };
    expect(judgeGate(facts({ excludedBy: null, addresses: {} }), failed, NOON)).toMatchObject({ reason: 'no_address' });
    expect(judgeGate(facts({ excludedBy: null }), failed, seoul('2026-03-03T23:00:00'))).toEqual({
      pass: false,
      reason: 'filtered',
      codes: ['status=active', 'exclusion=none', 'consent=granted', 'address=present', 'filter=failed'],
    });
    expect(judgeGate(facts(), { ...push, filter: true }, NOON).codes).toContain('filter=passed');
  });

  it('needs no consent for information, but keeps to a refusal', () => {
    const information: SendTerms = { channel: 'push', purpose: 'information', quiet: null };
    expect(judgeGate(facts({ consents: {} }), information, NOON).pass).toBe(true);
    expect(judgeGate(facts({ consents: { 'push:information': { granted: false } } }), information, NOON).reason).toBe(
      'consent_refused',
    );
  });

  it('closes from 21:00 to 08:00 in the customer’s zone, half-open, and says when it opens', () => {
    const at = (clock: string) => judgeGate(facts(), push, seoul(`2026-03-03T${clock}`));
    expect(at('20:59:59.999').pass).toBe(true);
    expect(at('21:00:00').reason).toBe('quiet_hours');
    expect(at('21:00:00').quietUntil).toBe(seoul('2026-03-04T08:00:00'));
    expect(at('07:59:59').quietUntil).toBe(seoul('2026-03-03T08:00:00'));
    expect(at('08:00:00').pass).toBe(true);
  });

  it('sends at night with night consent, and e-mail has no night', () => {
    const night = seoul('2026-03-03T23:00:00');
    expect(
      judgeGate(facts({ consents: { 'push:advertising': { granted: true, night: true } } }), push, night).pass,
    ).toBe(true);
    const email = facts({ consents: { 'email:advertising': { granted: true } } });
    expect(judgeGate(email, { ...push, channel: 'email' }, night).pass).toBe(true);
  });

  it('takes equal ends of quiet hours as never', () => {
    expect(isQuiet({ from: '00:00', to: '00:00' }, NOON, 'Asia/Seoul')).toBe(false);
  });
});

describe('the hand-over', () => {
  const message = {
    channel: 'push',
    purpose: 'advertising',
    quiet: push.quiet,
    notAfter: NOON + 1,
    stopped: false,
  } as const;

  it('gives the address of this moment when the gate still passes', () => {
    expect(judgeHandOver(message, facts(), NOON)).toMatchObject({ go: true, to: 'token' });
  });

  it.each([
    ['the moment it may not go any more', { ...message, notAfter: NOON }, facts(), 'expired'],
    ['a stopped run', { ...message, stopped: true }, facts(), 'stopped'],
    ['a consent withdrawn since', message, facts({ consents: {} }), 'no_consent'],
    ['a customer reported since', message, facts({ status: 'incident' }), 'incident'],
  ] as const)('withholds: %s', (_, queued, customer, reason) => {
    expect(judgeHandOver(queued, customer, NOON)).toMatchObject({ go: false, reason });
  });
});
