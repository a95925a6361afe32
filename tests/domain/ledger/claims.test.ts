/**
 * What each claim scope comes to: the same for whatever should be rewarded once, another one for whatever may be rewarded again.
 */
import { describe, expect, it } from '@jest/globals';
import { claimKeyOf, type Slot } from '../../../src/domain/base/keys.js';
import {
  claimOf,
  claimScopeSchema,
  periodLabel,
  prepareClaimScope,
  type ClaimFacts,
  type ClaimScope,
} from '../../../src/domain/ledger/claims.js';

const slot = (over: Partial<Slot> = {}): Slot => ({
  runId: 'run-1',
  node: 'r1',
  visit: 1,
  customerId: 'minji',
  ...over,
});
const facts = (over: Partial<ClaimFacts> = {}): ClaimFacts => ({
  campaign: 'spring',
  now: Date.parse('2026-03-03T10:00:00+09:00'),
  zone: 'Asia/Seoul',
  answers: { w1: 11, w2: 12 },
  ...over,
});
const at = { waits: ['w2', 'w1'], zone: 'Asia/Seoul' };
const keyOf = (scope: ClaimScope, f = facts(), s = slot()) => claimKeyOf(claimOf(prepareClaimScope(scope, at), f), s);

describe('a claim key', () => {
  const otherRun = slot({ runId: 'run-2', node: 'r2' });
  const otherCampaign = facts({ campaign: 'summer' });
  const otherEvent = facts({ answers: { w1: 11, w2: 13 } });
  const nextDay = facts({ now: facts().now + 86_400_000 });
  const week = { kind: 'customer', period: 'week', zone: 'customer' } as const;
  const day = { ...week, period: 'day' } as const;

  it.each<[ClaimScope, { run: boolean; campaign: boolean; event: boolean; day: boolean }]>([
    ['run', { run: false, campaign: true, event: true, day: true }],
    ['campaign', { run: true, campaign: false, event: true, day: true }],
    ['response', { run: true, campaign: true, event: false, day: true }],
    [day, { run: true, campaign: true, event: true, day: false }],
    [week, { run: true, campaign: true, event: true, day: true }],
  ])('of scope %j is the same over another run, campaign, event and day exactly where it says so', (scope, same) => {
    const own = keyOf(scope);
    expect({
      run: keyOf(scope, facts(), otherRun) === own,
      campaign: keyOf(scope, otherCampaign) === own,
      event: keyOf(scope, otherEvent) === own,
      day: keyOf(scope, nextDay) === own,
    }).toEqual(same);
    expect(keyOf(scope, facts(), slot({ customerId: 'juno' }))).not.toBe(own);
  });

  it('of a response names the event of the last wait that was answered', () => {
    expect(keyOf('response')).toBe('response/minji/12');
    expect(keyOf('response', facts({ answers: { w1: 11 } }))).toBe('response/minji/11');
    expect(() => keyOf('response', facts({ answers: { elsewhere: 9 } }))).toThrow(/without a response/);
  });

  it('takes the word and the object alike', () => {
    for (const kind of ['run', 'campaign', 'response'] as const) expect(keyOf({ kind })).toBe(keyOf(kind));
    expect(claimScopeSchema.parse({ kind: 'customer', period: 'day' })).toEqual({
      kind: 'customer',
      period: 'day',
      zone: 'customer',
    });
    for (const odd of [
      'customer',
      { kind: 'customer' },
      { kind: 'customer', period: 'year' },
      { kind: 'run', period: 'day' },
    ]) {
      expect(claimScopeSchema.safeParse(odd).success).toBe(false);
    }
  });

  it('of a period follows the calendar of the customer or of the campaign', () => {
    const lateEvening = facts({ zone: 'America/New_York', now: Date.parse('2026-03-01T01:00:00Z') });
    const month = { kind: 'customer', period: 'month' } as const;
    expect(keyOf({ ...month, zone: 'customer' }, lateEvening)).toBe('customer/month/2026-02/minji');
    expect(keyOf({ ...month, zone: 'campaign' }, lateEvening)).toBe('customer/month/2026-03/minji');
  });
});

describe('the label of a period', () => {
  it.each<['day' | 'week' | 'month', string, string, string]>([
    ['day', '2026-03-03T14:59:59.999Z', 'Asia/Seoul', '2026-03-03'],
    ['day', '2026-03-03T15:00:00Z', 'Asia/Seoul', '2026-03-04'],
    ['day', '2028-02-29T12:00:00Z', 'UTC', '2028-02-29'],
    ['week', '2026-12-31T12:00:00Z', 'UTC', '2026-W53'],
    ['week', '2027-01-03T23:59:59Z', 'UTC', '2026-W53'],
    ['week', '2027-01-04T00:00:00Z', 'UTC', '2027-W01'],
    ['week', '2024-12-30T00:00:00Z', 'UTC', '2025-W01'],
    ['month', '2026-03-31T14:59:59Z', 'Asia/Seoul', '2026-03'],
    ['month', '2026-03-31T15:00:00Z', 'Asia/Seoul', '2026-04'],
    ['day', '2026-03-08T06:59:59Z', 'America/New_York', '2026-03-08'], // the night of 23 hours
  ])('%s of %s in %s is %s', (period, time, zone, label) => {
    expect(periodLabel(Date.parse(time), zone, period)).toBe(label);
  });
});
