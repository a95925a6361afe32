/**
 * What persons have proposed about payouts for another one to approve: one per payout, the newest. It stands while the payout is where it could be carried out;
 * what has been approved is gone, and the audit log keeps it.
 */
import { proposalTag } from '../domain/base/four-eyes.js';
import type { ProposalKind } from '../domain/ledger/payout-decisions.js';
import type { Client, Pool } from './pool.js';

export interface Proposal {
  kind: ProposalKind;
  reason: string;
  /** Of settling: what the provider's owner says. */
  word: 'paid' | 'rejected' | 'reversed' | null;
  reference: string | null;
}
export interface StandingProposal extends Proposal {
  by: string;
  at: Date;
  /** Of all that it says. */
  tag: string;
}
export interface ListedProposal extends StandingProposal {
  payout: string;
  state: string;
  amount: number;
  currency: string;
  customerId: string;
  campaign: string;
  provider: string;
}
/** Of a list by age. */
export interface ProposalPlace {
  at: number;
  payout: string;
}

const PROPOSAL = 'w.kind, w.word, w.reference, w.reason, w.proposed_by as by, w.proposed_at as at';
/** As `judgeProposal` (payout-decisions.store.ts) has it by the states; what its attempts came to is judged when it is carried out. */
const STANDS = `case w.kind
  when 'waive' then exists (select from owed_items i where i.payout_key = w.payout_key and i.state = 'open')
  when 'reverse' then p.state in ('paid', 'settled')
    and not exists (select from payout_reversals r where r.payout_key = w.payout_key and r.state <> 'rejected')
  when 'settle_reversal' then exists (select from payout_reversals r where r.payout_key = w.payout_key and r.state = 'ambiguous')
  else p.state = 'held' end`;

const tagged = <T extends Omit<StandingProposal, 'tag'>>(row: T): T & { tag: string } => ({
  ...row,
  tag: proposalTag([row.kind, row.word, row.reference, row.reason, row.by, row.at]),
});

export class PayoutProposalsStore {
  constructor(private readonly pool: Pool) {}

  /** Those that stand, the oldest first, one more than `limit`. No index: there are as many as wait for a person. */
  async list(after: ProposalPlace | null, limit: number): Promise<ListedProposal[]> {
    const { rows } = await this.pool.query<Omit<ListedProposal, 'tag'>>(
      `select ${PROPOSAL}, p.key as payout, p.state, p.amount, p.currency, p.customer_id as "customerId", p.campaign, p.provider
       from payout_proposals w join payouts p on p.key = w.payout_key
       where ${STANDS} and ($1::timestamptz is null or (w.proposed_at, w.payout_key) > ($1, $2))
       order by w.proposed_at, w.payout_key limit $3`,
      [after && new Date(after.at), after?.payout ?? '', limit + 1],
    );
    return rows.map(tagged);
  }

  /** The one about this payout, if it stands. */
  async find(key: string, client: Client | Pool = this.pool): Promise<StandingProposal | null> {
    const { rows } = await client.query<Omit<StandingProposal, 'tag'>>(
      `select ${PROPOSAL} from payout_proposals w join payouts p on p.key = w.payout_key where w.payout_key = $1 and ${STANDS}`,
      [key],
    );
    return rows[0] ? tagged(rows[0]) : null;
  }
}

/** The newest stands. */
export async function putProposal(
  client: Client,
  key: string,
  { kind, word, reference, reason }: Proposal,
  { by, now }: { by: string; now: number },
): Promise<void> {
  await client.query(
    `insert into payout_proposals (payout_key, kind, word, reference, reason, proposed_by, proposed_at)
     values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (payout_key) do update set kind = excluded.kind, word = excluded.word, reference = excluded.reference,
       reason = excluded.reason, proposed_by = excluded.proposed_by, proposed_at = excluded.proposed_at`,
    [key, kind, word, reference, reason, by, new Date(now)],
  );
}

/** Locks it. */
export async function takeProposal(client: Client, key: string, kind: ProposalKind): Promise<StandingProposal | null> {
  const { rows } = await client.query<Omit<StandingProposal, 'tag'>>(
    `select ${PROPOSAL} from payout_proposals w where w.payout_key = $1 and w.kind = $2 for update`,
    [key, kind],
  );
  return rows[0] ? tagged(rows[0]) : null;
}

export async function dropProposals(client: Client, keys: readonly string[]): Promise<void> {
  await client.query('delete from payout_proposals where payout_key = any($1::text[])', [keys]);
}
