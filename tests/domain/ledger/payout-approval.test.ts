/** Which payouts wait for somebody, and who that somebody is not. */
import { describe, expect, it } from '@jest/globals';
import { mayApprove, needsApproval, payoutApprovalSchema } from '../../../src/domain/ledger/payout-approval.js';
import { judgeSubmission } from '../../../src/domain/ledger/payout-gate.js';

const krw = (minor: number) => ({ minor, currency: 'KRW' });
const above = { above: { value: '10000', currency: 'KRW' } };

describe('the approval that a campaign wants of its payouts', () => {
  it.each([
    ['none', krw(1_000_000), false],
    ['always', krw(1), true],
    [above, krw(10_000), false],
    [above, krw(10_001), true],
    [above, { minor: 1, currency: 'USD' }, true],
  ] as const)('%j of %j: %s', (rule, amount, expected) => {
    expect(needsApproval(rule, amount)).toBe(expected);
    const openers = { launchedBy: 'a', openedBy: 'b' };
    expect(mayApprove(rule, amount, 'a', openers)).toBe(!expected);
    expect(mayApprove(rule, amount, 'b', openers)).toBe(!expected);
    expect(mayApprove(rule, amount, 'c', openers)).toBe(true);
  });

  it.each([
    [{ above: { value: '0', currency: 'KRW' } }],
    [{ above: { value: '-5', currency: 'KRW' } }],
    [{ above: { value: '5.5', currency: 'KRW' } }],
    [{ above: { value: '5', currency: 'won' } }],
    ['sometimes'],
    [{ above: { value: '5', currency: 'KRW' }, below: 1 }],
  ])('cannot be %j', (rule) => {
    expect(payoutApprovalSchema.safeParse(rule).success).toBe(false);
  });
});

describe('the gate before money leaves', () => {
  const rules = { whenWithdrawn: 'forfeit', approval: 'always' } as const;
  const waiting = { ...krw(5_000), approved: false };

  it('holds what nobody has approved, once', () => {
    expect(judgeSubmission(waiting, 'active', rules)).toEqual({ go: false, to: 'held', reason: 'approval' });
    expect(judgeSubmission({ ...waiting, approved: true }, 'active', rules)).toEqual({ go: true });
  });

  it('asks for the customer first, approved or not', () => {
    for (const approved of [false, true]) {
      const payout = { ...waiting, approved };
      expect(judgeSubmission(payout, 'incident', rules)).toMatchObject({ reason: 'incident' });
      expect(judgeSubmission(payout, 'withdrawn', rules)).toMatchObject({ to: 'cancelled', reason: 'forfeited' });
    }
  });
});
