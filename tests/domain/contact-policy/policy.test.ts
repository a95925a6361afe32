/**
 * Law 5 in small: which contacts a policy sees, from when to when, and when one more is one too many.
 */
import { describe, expect, it } from '@jest/globals';
import {
  applies,
  countSeen,
  judgePolicy,
  policyScopeSchema,
  type ContactKind,
  type ContactPolicy,
  type PolicyScope,
  type SeenContact,
} from '../../../src/domain/contact-policy/policy.js';

const NOW = 1_000_000;
const SPAN = 1_000;
const push: ContactKind = { channel: 'push', purpose: 'advertising', product: 'card' };
const policy = (over: Partial<ContactPolicy> = {}): ContactPolicy => ({
  key: 'daily',
  version: 3,
  scope: { kind: 'all' },
  window: { kind: 'rolling', spanMs: SPAN },
  cap: 2,
  exemptInformation: false,
  lookAheadMs: 0,
  ...over,
});
const seen = (at: number, over: Partial<SeenContact> = {}): SeenContact => ({
  ...push,
  at,
  reserved: false,
  handedOver: true,
  ...over,
});

describe('a policy', () => {
  it.each<[PolicyScope, Partial<ContactKind>, boolean]>([
    [{ kind: 'all' }, {}, true],
    [{ kind: 'all' }, { channel: 'email', purpose: 'information', product: null }, true],
    [{ kind: 'channel', value: 'push' }, {}, true],
    [{ kind: 'channel', value: 'sms' }, {}, false],
    [{ kind: 'purpose', value: 'advertising' }, {}, true],
    [{ kind: 'purpose', value: 'information' }, {}, false],
    [{ kind: 'product', value: 'card' }, {}, true],
    [{ kind: 'product', value: 'loan' }, {}, false],
    [{ kind: 'product', value: 'card' }, { product: null }, false],
  ])('of scope %j has a say in %j: %s', (scope, over, expected) => {
    const contact = { ...push, ...over };
    expect(applies(policy({ scope }), contact)).toBe(expected);
    expect(countSeen(policy({ scope }), [seen(NOW, contact)], NOW, 'UTC')).toBe(expected ? 1 : 0);
  });

  it.each([
    [NOW - SPAN, 0],
    [NOW - SPAN + 1, 1],
    [NOW, 1],
    [NOW + 1, 1],
  ])('counts a contact at %i: %i', (at, expected) => {
    expect(countSeen(policy(), [seen(at)], NOW, 'UTC')).toBe(expected);
  });

  it('counts a reservation whatever its time, because it is handed over later', () => {
    expect(countSeen(policy(), [seen(NOW - 10 * SPAN, { reserved: true }), seen(NOW - 10 * SPAN)], NOW, 'UTC')).toBe(1);
  });

  it('counts over all channels together unless its scope says otherwise', () => {
    const history = [seen(NOW), seen(NOW, { channel: 'email' }), seen(NOW, { channel: 'sms' })];
    expect(countSeen(policy(), history, NOW, 'UTC')).toBe(3);
    expect(countSeen(policy({ scope: { kind: 'channel', value: 'sms' } }), history, NOW, 'UTC')).toBe(1);
  });

  it('lets contacts through up to its cap, and says what it saw', () => {
    expect(judgePolicy(policy(), push, 1)).toEqual({ kind: 'within', policy: 'daily@3', seen: 1, cap: 2 });
    expect(judgePolicy(policy(), push, 2)).toEqual({ kind: 'capped', policy: 'daily@3', seen: 2, cap: 2 });
    expect(judgePolicy(policy({ cap: 0 }), push, 0)).toMatchObject({ kind: 'capped' });
  });

  it('that exempts information neither stops nor counts it', () => {
    const exempting = policy({ exemptInformation: true });
    const information: ContactKind = { ...push, purpose: 'information' };
    expect(judgePolicy(exempting, information, 99)).toEqual({ kind: 'exempt', policy: 'daily@3' });
    expect(judgePolicy(policy(), information, 99)).toMatchObject({ kind: 'capped' });
    expect(countSeen(exempting, [seen(NOW, { purpose: 'information' }), seen(NOW)], NOW, 'UTC')).toBe(1);
    expect(countSeen(policy(), [seen(NOW, { purpose: 'information' }), seen(NOW)], NOW, 'UTC')).toBe(2);
  });

  it.each([
    { kind: 'channel', value: 'fax' },
    { kind: 'purpose' },
    { kind: 'customer', value: 'x' },
    { kind: 'all', value: 'push' },
  ])('has no scope %j', (scope) => {
    expect(policyScopeSchema.safeParse(scope).success).toBe(false);
  });
});
