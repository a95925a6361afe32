/**
 * Breaks between our books and a provider's settlement, worked off by persons: assigned, and resolved by one with another one's approval. What is
 * compensated is a transfer of its own between the provider's clearing and suspense account, in the open period, never a change of an old one.
 */
import { isSecondPerson, proposalTag } from '../domain/base/four-eyes.js';
import {
  compensationOf,
  judgeResolution,
  type BreakClass,
  type BreakRefusal,
  type BreakState,
  type Resolution,
} from '../domain/ledger/settlement.js';
import { accountKey, TRANSFERS } from '../domain/ledger/payout-moves.js';
import { appendAudit } from './audit-log.store.js';
import type { Authored } from './definition-lock.js';
import { appendTransfers, ensureProviderAccounts } from './ledger.store.js';
import type { Client, Pool } from './pool.js';

export interface SettlementBreak {
  /** Derived from provider, day, class, key and whether it is about a reversal. */
  id: string;
  provider: string;
  day: string;
  class: BreakClass;
  /** The payout's, as either side has it. */
  key: string;
  reversal: boolean;
  /** What each side says. */
  facts: Record<string, unknown>;
  /** Theirs minus ours in minor units of `currency`; null: not one of money in one currency. */
  difference: number | null;
  currency: string | null;
  /** Of it, what was booked. */
  compensated: number;
  state: BreakState;
  openedAt: Date;
  assignee: string | null;
  resolution: Resolution | null;
  reason: string | null;
  proposedBy: string | null;
  approvedBy: string | null;
  resolvedAt: Date | null;
  /** `tag`: of all that it says, and of what it is about. */
  proposed: { resolution: Resolution; reason: string; by: string; at: string; tag: string } | null;
}
export interface BreakMove {
  from: string | null;
  to: string;
  /** match/<no> | person:<id>. */
  cause: string;
  reason: string | null;
  facts: Record<string, unknown>;
  /** That compensates. */
  transfer: string | null;
  at: Date;
}
export interface BreaksAsked {
  class?: BreakClass | undefined;
  provider?: string | undefined;
  day?: string | undefined;
  state?: BreakState | undefined;
  assignee?: string | undefined;
  /** The last one of the page before. */
  after: { openedAt: number; id: string } | null;
  limit: number;
}
export type BreakDecision = 'done' | 'unknown' | 'no_proposal' | 'own_proposal' | 'stale' | BreakRefusal;

const BREAK = `b.id, b.provider, b.day::text as day, b.class, b.key, b.reversal, b.facts, b.difference, b.currency, b.compensated, b.state,
  b.opened_at as "openedAt", b.assignee, b.resolution, b.reason, b.proposed_by as "proposedBy", b.approved_by as "approvedBy",
  b.resolved_at as "resolvedAt", case when p.break_id is not null then jsonb_build_object('resolution', p.resolution, 'reason', p.reason,
    'by', p.proposed_by, 'at', to_char(p.proposed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) end as proposed`;
const FROM = 'settlement_breaks b left join settlement_proposals p on p.break_id = b.id';

function tagged(row: SettlementBreak): SettlementBreak {
  const { proposed, facts, difference, currency } = row;
  if (!proposed) return row;
  const { resolution, reason, by, at } = proposed;
  const tag = proposalTag([resolution, reason, by, at, facts, difference, currency]);
  return { ...row, proposed: { ...proposed, tag } };
}

export class SettlementBreaksStore {
  constructor(private readonly pool: Pool) {}

  /** The oldest first, one more than `limit`. Index: settlement_breaks_age. */
  async list(asked: BreaksAsked): Promise<SettlementBreak[]> {
    const { provider, day, state, assignee, after, limit } = asked;
    const { rows } = await this.pool.query<SettlementBreak>(
      `select ${BREAK} from ${FROM}
       where ($1::text is null or b.class = $1) and ($2::text is null or b.provider = $2) and ($3::date is null or b.day = $3)
         and ($4::text is null or b.state = $4) and ($5::text is null or b.assignee = $5)
         and ($6::timestamptz is null or (b.opened_at, b.id) > ($6, $7))
       order by b.opened_at, b.id limit $8`,
      [
        asked.class ?? null,
        provider ?? null,
        day ?? null,
        state ?? null,
        assignee ?? null,
        after && new Date(after.openedAt),
        after?.id ?? '',
        limit + 1,
      ],
    );
    return rows.map(tagged);
  }

  async find(id: string, client: Client | Pool = this.pool): Promise<SettlementBreak | null> {
    const { rows } = await client.query<SettlementBreak>(`select ${BREAK} from ${FROM} where b.id = $1`, [id]);
    return rows[0] ? tagged(rows[0]) : null;
  }

  /** What became of it, in order. */
  async moves(id: string, client: Client | Pool = this.pool): Promise<BreakMove[]> {
    const { rows } = await client.query<BreakMove>(
      `select from_state as "from", to_state as "to", cause, reason, facts, transfer, at from settlement_break_moves where break_id = $1 order by no`,
      [id],
    );
    return rows;
  }

  /** Null: it is nobody's again. */
  async assign(client: Client, id: string, assignee: string | null, { by, now }: Authored): Promise<BreakDecision> {
    const found = await this.lock(client, id);
    if (!found) return 'unknown';
    if (found.state !== 'open') return 'not_open';
    if (found.assignee === assignee) return 'done';
    await client.query('update settlement_breaks set assignee = $2 where id = $1', [id, assignee]);
    await appendAudit(client, {
      at: now,
      actor: by,
      action: 'settlement-break.assign',
      subject: `settlement-break/${id}`,
      before: { assignee: found.assignee },
      after: { assignee },
    });
    return 'done';
  }

  /** What a second person has to approve; the newest proposal stands. */
  async propose(
    client: Client,
    id: string,
    { resolution, reason }: { resolution: Resolution; reason: string },
    { by, now }: Authored,
  ): Promise<BreakDecision> {
    const found = await this.lock(client, id);
    if (!found) return 'unknown';
    const refusal = judgeResolution(found.state, resolution, found, await keptIn(client, found.provider));
    if (refusal) return refusal;
    await client.query(
      `insert into settlement_proposals (break_id, resolution, reason, proposed_by, proposed_at) values ($1, $2, $3, $4, $5)
       on conflict (break_id) do update set resolution = excluded.resolution, reason = excluded.reason, proposed_by = excluded.proposed_by,
         proposed_at = excluded.proposed_at`,
      [id, resolution, reason, by, new Date(now)],
    );
    await appendAudit(client, {
      at: now,
      actor: by,
      action: 'settlement-break.resolve.propose',
      subject: `settlement-break/${id}`,
      reason,
      after: { proposed: resolution, difference: found.difference, currency: found.currency },
    });
    return 'done';
  }

  /** Just what was seen, by its tag, as another person than the one who proposed it; judged again as things are now. Locks: the break, then accounts. */
  async approve(client: Client, id: string, seen: string, { by, now }: Authored): Promise<BreakDecision> {
    const found = await this.lock(client, id);
    if (!found) return 'unknown';
    const { proposed } = found;
    if (!proposed) return 'no_proposal';
    if (!isSecondPerson(proposed.by, by)) return 'own_proposal';
    if (proposed.tag !== seen) return 'stale';
    const refusal = judgeResolution(found.state, proposed.resolution, found, await keptIn(client, found.provider));
    if (refusal) return refusal;
    const transfer = proposed.resolution === 'compensate' ? await compensate(client, found, now) : null;
    const { resolution, reason } = proposed;
    await client.query(
      `update settlement_breaks set state = 'resolved', resolution = $2, reason = $3, proposed_by = $4, approved_by = $5, resolved_at = $6,
         compensated = case when $7 then difference else compensated end
       where id = $1`,
      [id, resolution, reason, proposed.by, by, new Date(now), transfer !== null],
    );
    await client.query('delete from settlement_proposals where break_id = $1', [id]);
    await client.query(
      `insert into settlement_break_moves (break_id, from_state, to_state, cause, reason, facts, transfer, at)
       values ($1, $2, 'resolved', $3, $4, $5, $6, $7)`,
      [id, found.state, `person:${by}`, reason, found.facts, transfer, new Date(now)],
    );
    await appendAudit(client, {
      at: now,
      actor: by,
      action: 'settlement-break.resolve',
      subject: `settlement-break/${id}`,
      reason,
      before: { state: found.state, proposedBy: proposed.by },
      after: { resolution, ...(transfer === null ? {} : { transfer }) },
    });
    return 'done';
  }

  private async lock(client: Client, id: string): Promise<SettlementBreak | null> {
    await client.query('select 1 from settlement_breaks where id = $1 for update', [id]);
    return await this.find(id, client);
  }
}

/** The currency of the provider's accounts; null where it has none yet. */
async function keptIn(client: Client, provider: string): Promise<string | null> {
  const { rows } = await client.query<{ currency: string }>('select currency from accounts where key = $1', [
    accountKey('clearing', { provider, budget: '' }),
  ]);
  return rows[0]?.currency ?? null;
}

/** Books what is due. Returns the transfer's id: the break's, and the number of its compensation. */
async function compensate(client: Client, found: SettlementBreak, now: number): Promise<string> {
  const due = compensationOf(found);
  if (!due) throw new Error('invariant: a compensation of nothing');
  const { provider } = found;
  await ensureProviderAccounts(client, [{ provider, currency: due.currency }], ['clearing', 'settled', 'suspense']);
  const { rows } = await client.query<{ n: number }>(
    'select count(*)::int as n from settlement_break_moves where break_id = $1 and transfer is not null',
    [found.id],
  );
  const id = `${found.id}#${due.kind}/${(rows[0]?.n ?? 0) + 1}`;
  const { debit, credit } = TRANSFERS[due.kind];
  const [debited, credited] = [
    accountKey(debit, { provider, budget: '' }),
    accountKey(credit, { provider, budget: '' }),
  ];
  await appendTransfers(client, [
    {
      id,
      kind: due.kind,
      payoutKey: null,
      debit: debited,
      credit: credited,
      amount: due.amount,
      currency: due.currency,
      at: now,
    },
  ]);
  return id;
}
