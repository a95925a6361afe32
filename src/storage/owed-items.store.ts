/**
 * What the bank owes after a provider has rejected a payout: a list, and the reissue as the slot's next generation, with its own key, a
 * budget reservation of its own, and the slot's claim (law 1).
 */
import { payoutKeyOf } from '../domain/base/keys.js';
import { judgeReissue, type Generation } from '../domain/ledger/payout-decisions.js';
import type { IntentRow } from '../domain/wave/cohort.js';
import { appendAudit } from './audit-log.store.js';
import type { Authored } from './definition-lock.js';
import { insertGeneration } from './payout-intents.js';
import type { Client, Pool } from './pool.js';

export interface OwedItem {
  payoutKey: string;
  state: 'open' | 'waived' | 'reissued';
  reason: string;
  openedAt: Date;
  runId: string;
  campaign: string;
  node: string;
  customerId: string;
  generation: number;
  kind: string;
  amount: number;
  currency: string;
  budget: string;
  provider: string;
  decidedBy: string | null;
  approvedBy: string | null;
  decisionReason: string | null;
  decidedAt: Date | null;
  /** Who proposed to waive it, while nobody has approved that. */
  waiverProposedBy: string | null;
}

/** What is left out is not asked; `since` and `before`: when it was opened, half-open. */
export interface OwedFilter {
  state?: string | undefined;
  run?: string | undefined;
  campaign?: string | undefined;
  provider?: string | undefined;
  currency?: string | undefined;
  since?: string | undefined;
  before?: string | undefined;
}

export type Reissue =
  | { kind: 'reissued'; key: string; provider: string; shard: number }
  | { kind: 'unknown' }
  | { kind: 'refused'; why: 'not_open' | 'not_rejected' | 'contradicted' | 'over_cap' | 'no_budget' };

export class OwedItemsStore {
  constructor(private readonly pool: Pool) {}

  /** By payout key, one more than `limit`. */
  async list(filter: OwedFilter, { after, limit }: { after: string; limit: number }): Promise<OwedItem[]> {
    const { state, run, campaign, provider, currency, since, before } = filter;
    const values = [state, run, campaign, provider, currency, since, before].map((value) => value ?? null);
    const { rows } = await this.pool.query<OwedItem>(
      `${SELECT} where ($1::text is null or i.state = $1) and ($2::text is null or p.run_id = $2)
         and ($3::text is null or p.campaign = $3) and ($4::text is null or p.provider = $4) and ($5::text is null or p.currency = $5)
         and ($6::timestamptz is null or i.opened_at >= $6) and ($7::timestamptz is null or i.opened_at < $7) and i.payout_key > $8
       order by i.payout_key limit $9`,
      [...values, after, limit + 1],
    );
    return rows;
  }

  async find(key: string, client: Client | Pool = this.pool): Promise<OwedItem | null> {
    const { rows } = await client.query<OwedItem>(`${SELECT} where i.payout_key = $1`, [key]);
    return rows[0] ?? null;
  }

  /** Inside the caller's transaction. Errors: none of its own. */
  async reissue(client: Client, key: string, reason: string, { by, now }: Authored): Promise<Reissue> {
    const last = await lockSlot(client, key);
    if (!last) return { kind: 'unknown' };
    const { rows: items } = await client.query<{ state: string }>(
      'select state from owed_items where payout_key = $1 for update',
      [key],
    );
    if (items[0]?.state !== 'open') return { kind: 'refused', why: 'not_open' };
    const refusal = judgeReissue(await generationsOf(client, last.slotKey));
    if (refusal) return { kind: 'refused', why: refusal };

    const generation = last.generation + 1;
    const next = {
      ...last,
      payoutKey: `${last.slotKey}/${generation}`,
      evidence: { ...last.evidence, reissueOf: key },
    };
    if (next.payoutKey !== payoutKeyOf(last, generation))
      throw new Error('invariant: a slot key that is not its slot’s');
    const outcome = await insertGeneration(client, { row: next, generation, cause: `person:${by}`, reason }, now);
    if (outcome !== 'claimed') return { kind: 'refused', why: outcome };
    await client.query(
      `update owed_items set state = 'reissued', decided_by = $2, decision_reason = $3, decided_at = $4 where payout_key = $1`,
      [key, by, reason, new Date(now)],
    );
    await client.query('delete from payout_proposals where payout_key = $1', [key]);
    await appendAudit(client, {
      at: now,
      actor: by,
      action: 'payout.reissue',
      subject: `payout/${key}`,
      reason,
      before: { owed: 'open' },
      after: { owed: 'reissued', key: next.payoutKey },
    });
    return { kind: 'reissued', key: next.payoutKey, provider: last.provider, shard: last.shard };
  }
}

const SELECT = `select i.payout_key as "payoutKey", i.state, i.reason, i.opened_at as "openedAt", p.run_id as "runId", p.campaign, p.node,
    p.customer_id as "customerId", p.generation, p.kind, p.amount, p.currency, p.budget, p.provider, i.decided_by as "decidedBy",
    i.approved_by as "approvedBy", i.decision_reason as "decisionReason", i.decided_at as "decidedAt",
    (select w.proposed_by from payout_proposals w where w.payout_key = i.payout_key and w.kind = 'waive') as "waiverProposedBy"
  from owed_items i join payouts p on p.key = i.payout_key`;

interface LockedSlot extends IntentRow {
  generation: number;
}

/** Lock the slot's claim, then all its generations; the one that is asked for, as the intent it was. */
async function lockSlot(client: Client, key: string): Promise<LockedSlot | null> {
  const { rows: known } = await client.query<{ slot_key: string; claim_key: string }>(
    'select slot_key, claim_key from payouts where key = $1',
    [key],
  );
  const [slot] = known;
  if (!slot) return null;
  await client.query('select 1 from claims where key = $1 for update', [slot.claim_key]);
  await client.query('select 1 from payouts where slot_key = $1 order by key for update', [slot.slot_key]);
  const { rows } = await client.query<LockedSlot>(
    `select key as "payoutKey", slot_key as "slotKey", claim_key as "claimKey", run_id as "runId", campaign, node, visit, wave,
            customer_id as "customerId", kind, amount as "amountMinor", currency, budget, provider, pool, shard, evidence, generation
     from payouts where key = $1`,
    [key],
  );
  return rows[0] ?? null;
}

async function generationsOf(client: Client, slotKey: string): Promise<Generation[]> {
  const { rows } = await client.query<Generation>(
    `select p.generation, p.state, exists (
       select 1 from breaks b where b.system = 'provider/' || p.provider and b.key = p.key and b.kind = 'contradiction') as contradicted
     from payouts p where p.slot_key = $1 order by p.generation`,
    [slotKey],
  );
  return rows;
}
