/**
 * Payouts as persons decide about them: with what their attempts came to, the customer's status and the campaign's rules.
 */
import type { CustomerStatus } from '../domain/eligibility/gate.js';
import type { Openers, PayoutApproval } from '../domain/ledger/payout-approval.js';
import type { DecidablePayout } from '../domain/ledger/payout-decisions.js';
import type { WithdrawnRule } from '../domain/ledger/payout-gate.js';
import type { ReversalState } from '../domain/ledger/reversals.js';
import type { Client } from './pool.js';

export interface LockedDecidable extends DecidablePayout, Openers {
  provider: string;
  shard: number;
  key: string;
  runId: string;
  status: CustomerStatus;
  whenWithdrawn: WithdrawnRule;
  approval: PayoutApproval;
  minor: number;
  currency: string;
  /** Of its owed item, where it has one. */
  owed: 'open' | 'waived' | 'reissued' | null;
  /** Of its newest reversal, where it has one. */
  reversal: ReversalState | null;
}

export async function lockDecidable(client: Client, key: string): Promise<LockedDecidable | null> {
  const [payout] = await lockDecidables(client, [key]);
  return payout ?? null;
}

/** Lock the payouts, then read them by fresh statements; those that there are, by key. */
export async function lockDecidables(client: Client, keys: readonly string[]): Promise<LockedDecidable[]> {
  const own = `= any($1::text[])`;
  await client.query(`select 1 from payouts where key ${own} order by key for update`, [keys]);
  await client.query(`select 1 from owed_items where payout_key ${own} order by payout_key for update`, [keys]);
  await client.query(`select 1 from payout_reversals where payout_key ${own} order by payout_key, n for update`, [
    keys,
  ]);
  return await readDecidables(client, keys);
}

/** Without a lock: what would be decided, and not what is. */
export async function readDecidables(
  client: Pick<Client, 'query'>,
  keys: readonly string[],
): Promise<LockedDecidable[]> {
  const { rows } = await client.query<LockedDecidable>(
    `select p.key, p.state, p.reason, p.provider, p.shard, c.status, i.state as owed,
            (select state from payout_reversals where payout_key = p.key order by n desc limit 1) as reversal,
            v.payout_when_withdrawn as "whenWithdrawn", v.payout_approval as approval, p.amount as minor, p.currency, p.run_id as "runId",
            v.launched_by as "launchedBy", r.opened_by as "openedBy",
            coalesce((select json_agg(outcome order by attempt) from payout_attempts where payout_key = p.key), '[]') as outcomes,
            exists (select 1 from payout_moves m where m.payout_key = p.key and m.to_state in ('accepted', 'paid')) as "wasAccepted"
     from payouts p
     join customers c on c.id = p.customer_id
     join runs r on r.id = p.run_id
     join campaign_versions v on v.campaign = r.campaign and v.version = r.version
     left join owed_items i on i.payout_key = p.key
     where p.key = any($1::text[]) order by p.key`,
    [keys],
  );
  return rows;
}
