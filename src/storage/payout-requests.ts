/**
 * Payouts as they are read for a submission, and the exact request of each.
 */
import type { CustomerStatus } from '../domain/eligibility/gate.js';
import type { PayoutApproval } from '../domain/ledger/payout-approval.js';
import type { WithdrawnRule } from '../domain/ledger/payout-gate.js';
import { BEFORE, type Before } from './payout-moves.js';
import type { Client } from './pool.js';

/** Of a payout `p`: its newest attempt is one that a restoration presumes, and whatever was before it was not acted on. */
export const IS_PRESUMED = `exists (select from payout_attempts a join decision_contexts x on x.id = a.context_id
  where a.id = p.attempt_id and x.kind = 'restoration')`;

export interface PayoutCandidate extends Before {
  state: 'intended' | 'approved' | 'ambiguous';
  campaign: string;
  node: string;
  visit: number;
  customer_id: string;
  kind: string;
  memo: string | null;
  request: Buffer | null;
  attempts: number;
  /** Transport time since the first attempt, in ms. */
  age: number;
  when_withdrawn: WithdrawnRule;
  approval: PayoutApproval;
  /** Nothing has approved it yet; what is ambiguous was judged before it was submitted, unless that is only presumed. */
  unapproved: boolean;
  status: CustomerStatus;
  gate_version: number;
  attr_version: number;
}

/** Of these payouts those that are in one of these states, and that nobody else has locked; in key order. */
export async function lockPayouts(client: Client, keys: readonly string[], states: string[]): Promise<string[]> {
  const { rows } = await client.query<{ key: string }>(
    `select key from payouts where key = any($1::text[]) and state = any($2::text[]) order by key for update skip locked`,
    [keys, states],
  );
  return rows.map(({ key }) => key);
}

/** Payouts with their customers' status of this moment: a fresh statement after the locks. */
export async function readCandidates(client: Client, keys: readonly string[]): Promise<PayoutCandidate[]> {
  const { rows } = await client.query<PayoutCandidate>(
    `select ${BEFORE}, p.campaign, p.node, p.visit, p.customer_id, p.kind, p.evidence ->> 'memo' as memo, p.request, p.attempts,
            coalesce(ceil(extract(epoch from clock_timestamp() - p.first_attempt_at) * 1000), 0)::bigint as age,
            v.payout_when_withdrawn as when_withdrawn, v.payout_approval as approval,
            p.state = 'intended' or (p.state = 'ambiguous' and p.from_state = 'intended' and ${IS_PRESUMED}) as unapproved,
            c.status, c.gate_version, c.attr_version
     from payouts p
     join customers c on c.id = p.customer_id
     join runs r on r.id = p.run_id
     join campaign_versions v on v.campaign = r.campaign and v.version = r.version
     where p.key = any($1::text[])
     order by p.key`,
    [keys],
  );
  return rows;
}

/** The exact bytes of the request; frozen at the first submission. */
export function requestOf(row: PayoutCandidate): string {
  if (row.request) return row.request.toString('utf8');
  return JSON.stringify({
    key: row.key,
    kind: row.kind,
    customer: { id: row.customer_id },
    amount: { value: String(row.amount), currency: row.currency },
    campaign: row.campaign,
    run: row.runId,
    memo: row.memo ?? '',
  });
}
