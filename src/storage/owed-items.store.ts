/**
 * What the bank owes after a provider has rejected a payout: a list, and the reissue as the slot's next generation, with its own key, a
 * budget reservation of its own, and the slot's claim (law 1).
 */
import { payoutKeyOf } from '../domain/base/keys.js';
import { judgeReissue, type Generation } from '../domain/ledger/payout-decisions.js';
import type { IntentRow } from '../domain/wave/cohort.js';
import { appendAudits } from './audit-log.store.js';
import type { Authored } from './definition-lock.js';
import { insertGenerations } from './payout-intents.js';
import { dropProposals } from './payout-proposals.store.js';
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

type Refused = Extract<Reissue, { kind: 'refused' }>;

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
  async reissue(client: Client, key: string, reason: string, authored: Authored): Promise<Reissue> {
    const outcomes = await reissueAll(client, [key], reason, authored);
    return outcomes.get(key) ?? { kind: 'unknown' };
  }
}

/** Of those that are payouts, what became of each, inside the caller's transaction. Locks: claims, payouts, owed items, then as a cohort has it. */
export async function reissueAll(
  client: Client,
  keys: readonly string[],
  reason: string,
  { by, now }: Authored,
): Promise<Map<string, Reissue>> {
  const slots = await lockSlots(client, keys);
  const { rows: items } = await client.query<{ key: string; state: string }>(
    'select payout_key as key, state from owed_items where payout_key = any($1::text[]) order by payout_key for update',
    [keys],
  );
  const owed = new Set(items.filter(({ state }) => state === 'open').map(({ key }) => key));
  const generations = await generationsOf(
    client,
    slots.map(({ slotKey }) => slotKey),
  );
  const outcomes = new Map<string, Reissue>();
  const refuse = (key: string, why: Refused['why']) => void outcomes.set(key, { kind: 'refused', why });
  const wanted = slots.flatMap((last) => {
    const refusal = owed.has(last.payoutKey) ? judgeReissue(generations.get(last.slotKey) ?? []) : 'not_open';
    if (refusal) refuse(last.payoutKey, refusal);
    return refusal ? [] : [{ last, next: nextOf(last) }];
  });
  const cause = `person:${by}`;
  const rows = wanted.map(({ next, last }) => ({ row: next, generation: last.generation + 1, cause, reason }));
  const inserted = await insertGenerations(client, rows, now);
  for (const { last, next } of wanted) {
    const outcome = inserted.get(next.payoutKey);
    if (outcome === 'claimed') {
      const { provider, shard } = last;
      outcomes.set(last.payoutKey, { kind: 'reissued', key: next.payoutKey, provider, shard });
    } else refuse(last.payoutKey, outcome ?? 'no_budget');
  }
  await closeOwed(client, outcomes, reason, { by, now });
  return outcomes;
}

function nextOf(last: LockedSlot): IntentRow {
  const generation = last.generation + 1;
  const payoutKey = `${last.slotKey}/${generation}`;
  if (payoutKey !== payoutKeyOf(last, generation)) throw new Error('invariant: a slot key that is not its slot’s');
  return { ...last, payoutKey, evidence: { ...last.evidence, reissueOf: last.payoutKey } };
}

async function closeOwed(
  client: Client,
  outcomes: ReadonlyMap<string, Reissue>,
  reason: string,
  { by, now }: Authored,
): Promise<void> {
  const reissued = [...outcomes].flatMap(([key, own]) => (own.kind === 'reissued' ? [{ key, next: own.key }] : []));
  const keys = reissued.map(({ key }) => key);
  await client.query(
    `update owed_items set state = 'reissued', decided_by = $2, decision_reason = $3, decided_at = $4 where payout_key = any($1::text[])`,
    [keys, by, reason, new Date(now)],
  );
  await dropProposals(client, keys);
  await appendAudits(
    client,
    reissued.map(({ key, next }) => ({
      at: now,
      actor: by,
      action: 'payout.reissue',
      subject: `payout/${key}`,
      reason,
      before: { owed: 'open' },
      after: { owed: 'reissued', key: next },
    })),
  );
}

const SELECT = `select i.payout_key as "payoutKey", i.state, i.reason, i.opened_at as "openedAt", p.run_id as "runId", p.campaign, p.node,
    p.customer_id as "customerId", p.generation, p.kind, p.amount, p.currency, p.budget, p.provider, i.decided_by as "decidedBy",
    i.approved_by as "approvedBy", i.decision_reason as "decisionReason", i.decided_at as "decidedAt",
    (select w.proposed_by from payout_proposals w where w.payout_key = i.payout_key and w.kind = 'waive') as "waiverProposedBy"
  from owed_items i join payouts p on p.key = i.payout_key`;

interface LockedSlot extends IntentRow {
  generation: number;
}

/** Lock the slots' claims, then all their generations; those that are asked for, as the intents they were, by key. */
async function lockSlots(client: Client, keys: readonly string[]): Promise<LockedSlot[]> {
  const { rows: known } = await client.query<{ slot_key: string; claim_key: string }>(
    'select slot_key, claim_key from payouts where key = any($1::text[])',
    [keys],
  );
  const claims = known.map((slot) => slot.claim_key);
  const slots = known.map((slot) => slot.slot_key);
  await client.query('select 1 from claims where key = any($1::text[]) order by key for update', [claims]);
  await client.query('select 1 from payouts where slot_key = any($1::text[]) order by key for update', [slots]);
  const { rows } = await client.query<LockedSlot>(
    `select key as "payoutKey", slot_key as "slotKey", claim_key as "claimKey", run_id as "runId", campaign, node, visit, wave,
            customer_id as "customerId", kind, amount as "amountMinor", currency, budget, provider, pool, shard, evidence, generation
     from payouts where key = any($1::text[]) order by key`,
    [keys],
  );
  return rows;
}

async function generationsOf(client: Client, slotKeys: readonly string[]): Promise<Map<string, Generation[]>> {
  const { rows } = await client.query<Generation & { slot: string }>(
    `select p.slot_key as slot, p.generation, p.state, exists (
       select 1 from breaks b where b.system = 'provider/' || p.provider and b.key = p.key and b.kind = 'contradiction') as contradicted
     from payouts p where p.slot_key = any($1::text[]) order by p.slot_key, p.generation`,
    [slotKeys],
  );
  return Map.groupBy(rows, ({ slot }) => slot);
}
