/**
 * Who is ahead of whom: the sends on the way to the next wait, and whether the slots left are enough for all.
 */
import { describe, expect, it } from '@jest/globals';
import type { ContactPolicy } from '../../../src/domain/contact-policy/policy.js';
import { dueBefore, sendsAhead, yieldedTo, type Rival } from '../../../src/domain/contact-policy/yield.js';
import type { PreparedJourney, PreparedNode } from '../../../src/domain/journey/prepare.js';

const send = (next: string, channel: 'push' | 'sms' = 'push'): PreparedNode => ({
  type: 'send',
  channel,
  gateway: 'g',
  template: 't@1',
  notAfterMs: 1,
  onSkip: 'continue',
  wave: 1,
  next,
});
const wait = (next: string): PreparedNode => ({ type: 'wait', spanMs: 1, response: null, next });
const fork = (yes: string, no: string): PreparedNode => ({
  type: 'branch',
  responded: null,
  rule: () => true,
  yes,
  no,
});
const journey = (nodes: Record<string, PreparedNode>, priority = 1): PreparedJourney => ({
  campaign: 'c',
  purpose: 'advertising',
  product: null,
  priority,
  quiet: null,
  start: 'a',
  nodes: { end: { type: 'exit', reason: 'completed' }, ...nodes },
  lateMs: 1,
  payoutEvents: [],
  toldRewards: [],
  lateWaitEvents: [],
  loopOf: new Map(),
  readsAnswers: false,
  branchEvents: { names: [], withinMs: 0 },
});
const policy: ContactPolicy = {
  key: 'daily',
  version: 1,
  scope: { kind: 'channel', value: 'push' },
  window: { kind: 'calendar', unit: 'day' },
  cap: 3,
  exemptInformation: false,
  lookAheadMs: 0,
};
const NOW = 1_000_500;
const rival = (runId: string, priority: number, dueAt = NOW): Rival => ({
  runId,
  journey: journey({ a: send('end') }, priority),
  node: 'a',
  dueAt,
});

describe('the sends ahead', () => {
  it.each<[string, Record<string, PreparedNode>, number]>([
    ['a send and the end', { a: send('end') }, 1],
    ['two sends in a row', { a: send('b'), b: send('end') }, 2],
    ['a send, a wait, a send', { a: send('b'), b: wait('c'), c: send('end') }, 1],
    ['a wait that is over, then a send', { a: wait('b'), b: send('end') }, 1],
    ['two waits, then a send', { a: wait('b'), b: wait('c'), c: send('end') }, 0],
    ['a fork of one and two sends', { a: fork('b', 'c'), b: send('end'), c: send('b') }, 2],
    ['nothing', { a: fork('end', 'end') }, 0],
    ['a loop', { a: send('b'), b: fork('a', 'end') }, 1],
  ])('of %s: %#', (_, nodes, expected) => {
    expect(sendsAhead(journey(nodes), 'a', () => true)).toBe(expected);
  });

  it('are those that the policy counts', () => {
    expect(sendsAhead(journey({ a: send('b', 'sms'), b: send('end') }), 'a', ({ channel }) => channel === 'push')).toBe(
      1,
    );
  });
});

describe('a contact', () => {
  const yields = (left: number, rivals: Rival[], can = true) => yieldedTo(policy, left, rivals, NOW, () => can);

  it.each([
    [1, ['x']],
    [2, ['y', 'x']],
    [1, []],
  ])('with %i slots left and rivals %j yields to the highest where there is not enough for all', (left, runs) => {
    const rivals = runs.map((run) => rival(run, run === 'x' ? 9 : 3));
    expect(yields(left, rivals)).toBe(runs.length > 0 ? 'x' : null);
    expect(yields(left + 2, rivals)).toBeNull();
  });

  it('yields to the smaller run id of two with the same priority', () => {
    expect(yields(1, [rival('b', 4), rival('a', 4)])).toBe('a');
  });

  it('does not yield to one who cannot send, or is not due', () => {
    expect(yields(1, [rival('x', 9)], false)).toBeNull();
    expect(yields(1, [rival('x', 9, 1_001_000)])).toBeNull();
    expect(yields(1, [rival('x', 9, 1_000_999)])).toBe('x');
  });

  it('is due together with what is due in the same second, and within the look-ahead', () => {
    expect(dueBefore(1_000_000, 0)).toBe(1_001_000);
    expect(dueBefore(1_000_999, 0)).toBe(1_001_000);
    expect(dueBefore(1_000_999, 500)).toBe(1_001_500);
  });
});
