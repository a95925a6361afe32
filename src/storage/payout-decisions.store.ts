/**
 * What persons decide about held, rejected and paid payouts, inside the caller's transaction: the payout is locked first, judged by fresh
 * statements, then moved along the one table of moves. Every decision and every proposal is in the audit log.
 */
import { isSecondPerson } from '../domain/base/four-eyes.js';
import { POOL_PROVIDER } from '../domain/ledger/coupon-pool.js';
import { mayApprove } from '../domain/ledger/payout-approval.js';
import {
  judgeApproval,
  judgeCancellation,
  judgeHolding,
  judgeSettling,
  type ProposalKind,
  type Refusal,
} from '../domain/ledger/payout-decisions.js';
import { judgeReversalSettling, judgeReversing, type ReversalRefusal } from '../domain/ledger/reversals.js';
import { appendAudit } from './audit-log.store.js';
import { lockDecidable, type LockedDecidable } from './decidable-payouts.js';
import type { Authored } from './definition-lock.js';
import { movePayouts, type PayoutMove } from './payout-moves.js';
import {
  dropProposals,
  putProposal,
  takeProposal,
  type Proposal,
  type StandingProposal,
} from './payout-proposals.store.js';
import { rejectReversal, requestReversal } from './payout-reversals.js';
import { askAtOnce } from './payouts.store.js';
import type { Client } from './pool.js';

export interface Queue {
  provider: string;
  shard: number;
}
export type Decision = { kind: 'done'; queue: Queue } | { kind: 'unknown' } | { kind: 'refused'; why: DecisionRefusal };
export type DecisionRefusal =
  Refusal | ReversalRefusal | 'own_book' | 'no_proposal' | 'own_proposal' | 'own_launch' | 'not_open' | 'stale';

/** Which proposal, and the tag of what was seen of it. */
export interface SeenProposal {
  kind: ProposalKind;
  seen: string;
}

const refused = (why: DecisionRefusal): Decision => ({ kind: 'refused', why });
const done = ({ provider, shard }: Queue): Decision => ({ kind: 'done', queue: { provider, shard } });
const subjectOf = (key: string) => `payout/${key}`;

export class PayoutDecisions {
  /** One person is enough, who is not who launched it where the campaign wants an approval: nothing leaves that the next claim does not gate again. */
  async approve(client: Client, key: string, reason: string, { by, now }: Authored): Promise<Decision> {
    const payout = await lockDecidable(client, key);
    if (!payout) return { kind: 'unknown' };
    const refusal = judgeApproval(payout, payout.status, payout.whenWithdrawn);
    if (refusal) return refused(refusal);
    if (!mayApprove(payout.approval, payout, by, payout)) return refused('own_launch');
    await this.move(client, payout, { key, to: 'approved', reason }, { by, now });
    return done(payout);
  }

  /** Hold back what waits to be submitted; it goes on when somebody approves it. */
  async hold(client: Client, key: string, reason: string, authored: Authored): Promise<Decision> {
    const payout = await lockDecidable(client, key);
    if (!payout) return { kind: 'unknown' };
    const refusal = judgeHolding(payout);
    if (refusal) return refused(refusal);
    await this.move(client, payout, { key, to: 'held', reason: 'by_person' }, authored, { why: reason });
    return done(payout);
  }

  /** Have the provider asked about a held payout: its queue does, at once. */
  async askAbout(client: Client, key: string, reason: string, { by, now }: Authored): Promise<Decision> {
    const payout = await lockDecidable(client, key);
    if (!payout) return { kind: 'unknown' };
    const refusal = judgeSettling(payout);
    if (refusal) return refused(refusal);
    await askAtOnce(client, [key]);
    await appendAudit(client, {
      at: now,
      actor: by,
      action: 'payout.look-up',
      subject: subjectOf(key),
      reason,
      before: { state: payout.state },
      after: { asked: true },
    });
    return done(payout);
  }

  /** Propose what a second person has to approve; the newest proposal stands. */
  async propose(client: Client, key: string, proposal: Proposal, { by, now }: Authored): Promise<Decision> {
    const payout = await lockDecidable(client, key);
    if (!payout) return { kind: 'unknown' };
    const refusal = judgeProposal(payout, proposal.kind);
    if (refusal) return refused(refusal);
    const { kind, word, reference, reason } = proposal;
    await putProposal(client, key, proposal, { by, now });
    await appendAudit(client, {
      at: now,
      actor: by,
      action: `payout.${kind}.propose`,
      subject: subjectOf(key),
      reason,
      before: { state: payout.state },
      after: { proposed: kind, word, reference },
    });
    return done(payout);
  }

  /** Approve the standing proposal of this kind, just as it was seen, as another person than the one who made it; judged again as things are now. */
  async confirm(client: Client, key: string, { kind, seen }: SeenProposal, authored: Authored): Promise<Decision> {
    const payout = await lockDecidable(client, key);
    if (!payout) return { kind: 'unknown' };
    const proposal = await takeProposal(client, key, kind);
    if (!proposal) return refused('no_proposal');
    if (!isSecondPerson(proposal.by, authored.by)) return refused('own_proposal');
    if (proposal.tag !== seen) return refused('stale');
    const refusal = judgeProposal(payout, kind);
    if (refusal) return refused(refusal);
    await dropProposals(client, [key]);
    await this.carryOut(client, payout, proposal, authored);
    return done(payout);
  }

  /** Take back or refuse the standing proposal, just as it was seen: anybody may who may propose. */
  async refuse(
    client: Client,
    key: string,
    { kind, seen }: SeenProposal,
    reason: string,
    authored: Authored,
  ): Promise<Decision> {
    const payout = await lockDecidable(client, key);
    if (!payout) return { kind: 'unknown' };
    const proposal = await takeProposal(client, key, kind);
    if (!proposal) return refused('no_proposal');
    if (proposal.tag !== seen) return refused('stale');
    await dropProposals(client, [key]);
    await appendAudit(client, {
      at: authored.now,
      actor: authored.by,
      action: `payout.${kind}.refuse`,
      subject: subjectOf(key),
      reason,
      before: { proposed: kind, word: proposal.word, reference: proposal.reference, proposedBy: proposal.by },
      after: { proposed: null },
    });
    return done(payout);
  }

  private async carryOut(
    client: Client,
    payout: LockedDecidable,
    proposal: StandingProposal,
    authored: Authored,
  ): Promise<void> {
    const { key } = payout;
    const { kind, reason, reference, word, by: proposedBy } = proposal;
    switch (kind) {
      case 'waive':
        return await this.waive(client, key, proposal, authored);
      case 'reverse':
        return await this.reverse(client, payout, proposal, authored);
      case 'cancel':
        return await this.move(client, payout, { key, to: 'cancelled', reason }, authored, { proposedBy });
      case 'settle':
        return await this.move(client, payout, { key, to: word ?? 'rejected', reason, reference }, authored, {
          proposedBy,
        });
      case 'settle_reversal':
        if (word === 'reversed')
          return await this.move(client, payout, { key, to: 'reversed', reason }, authored, { proposedBy });
        await rejectReversal(client, key, 'by_person', authored.now);
        return await appendAudit(client, {
          at: authored.now,
          actor: authored.by,
          action: 'payout.reversal.rejected',
          subject: subjectOf(key),
          reason,
          before: { reversal: payout.reversal, proposedBy },
          after: { reversal: 'rejected' },
        });
      default:
        return kind satisfies never;
    }
  }

  /** Its queue takes it back from the provider. */
  private async reverse(
    client: Client,
    { key, provider, shard, state }: LockedDecidable,
    { reason, by: proposedBy }: StandingProposal,
    { by, now }: Authored,
  ): Promise<void> {
    await requestReversal(client, { key, provider, shard, reason, proposedBy, approvedBy: by }, now);
    await appendAudit(client, {
      at: now,
      actor: by,
      action: 'payout.reverse',
      subject: subjectOf(key),
      reason,
      before: { state, proposedBy },
      after: { reversal: 'requested' },
    });
  }

  private async waive(client: Client, key: string, proposal: StandingProposal, { by, now }: Authored): Promise<void> {
    await client.query(
      `update owed_items set state = 'waived', decided_by = $2, approved_by = $3, decision_reason = $4, decided_at = $5 where payout_key = $1`,
      [key, proposal.by, by, proposal.reason, new Date(now)],
    );
    await appendAudit(client, {
      at: now,
      actor: by,
      action: 'payout.waive',
      subject: subjectOf(key),
      reason: proposal.reason,
      before: { owed: 'open', proposedBy: proposal.by },
      after: { owed: 'waived' },
    });
  }

  private async move(
    client: Client,
    payout: LockedDecidable,
    move: PayoutMove,
    { by, now }: Authored,
    more: { proposedBy?: string; why?: string } = {},
  ): Promise<void> {
    const { proposedBy, why = move.reason ?? '' } = more;
    const [outcome] = await movePayouts(client, [move], { now, cause: `person:${by}` });
    if (outcome?.verdict !== 'move') throw new Error('invariant: a person was allowed a move that the table refuses');
    await appendAudit(client, {
      at: now,
      actor: by,
      action: `payout.${move.to}`,
      subject: subjectOf(payout.key),
      reason: why,
      before: { state: payout.state, reason: payout.reason, ...(proposedBy ? { proposedBy } : {}) },
      after: { state: move.to },
    });
  }
}

function judgeProposal(payout: LockedDecidable, kind: ProposalKind): DecisionRefusal | null {
  switch (kind) {
    case 'cancel':
      return judgeCancellation(payout);
    case 'settle':
      // nobody's word is better than our own book's
      return payout.provider === POOL_PROVIDER ? 'own_book' : judgeSettling(payout);
    case 'waive':
      return payout.owed === 'open' ? null : 'not_open';
    case 'reverse':
      return judgeReversing(payout);
    case 'settle_reversal':
      return judgeReversalSettling(payout);
    default:
      return kind satisfies never;
  }
}
