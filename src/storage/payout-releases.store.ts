/**
 * Letting the payouts of one run go that wait for an approval, all together: whoever does it says what they saw, and nothing moves where it is not that.
 */
import { mayApprove, type Openers, type PayoutApproval } from '../domain/ledger/payout-approval.js';
import { appendAudit } from './audit-log.store.js';
import type { Authored } from './definition-lock.js';
import type { Queue } from './payout-decisions.store.js';
import { movePayouts } from './payout-moves.js';
import type { Client, Pool } from './pool.js';

/** What waits, by reward node and currency. */
export interface Awaiting {
  node: string;
  wave: number;
  kind: string;
  currency: string;
  count: number;
  /** Minor units. */
  total: number;
  /** Business time at which the oldest was earned. */
  since: Date;
}

/** Of one currency; minor units. */
export interface Expected {
  count: number;
  total: number;
  currency: string;
}

export type Released =
  | { kind: 'done'; queues: Queue[] }
  | { kind: 'unknown' }
  | { kind: 'own_launch' }
  | { kind: 'nothing' }
  /** What there is instead. */
  | { kind: 'differs'; found: Pick<Expected, 'count' | 'total'> };

const WAITING = `state = 'held' and reason = 'approval'`;

export class PayoutReleases {
  constructor(private readonly pool: Pool) {}

  async awaiting(runId: string, client: Client | Pool = this.pool): Promise<Awaiting[]> {
    const { rows } = await client.query<Awaiting>(
      `select node, wave, kind, currency, count(*)::int as count, sum(amount)::bigint as total, min(decided_at) as since
       from payouts where run_id = $1 and ${WAITING} group by node, wave, kind, currency order by wave, node, kind, currency`,
      [runId],
    );
    return rows;
  }

  /** All of the run in this currency, in one transaction with its line in the audit log. */
  async approve(
    client: Client,
    runId: string,
    expected: Expected,
    reason: string,
    { by, now }: Authored,
  ): Promise<Released> {
    const { rows: runs } = await client.query<Openers & { approval: PayoutApproval }>(
      `select v.launched_by as "launchedBy", r.opened_by as "openedBy", v.payout_approval as approval
       from runs r join campaign_versions v on v.campaign = r.campaign and v.version = r.version where r.id = $1`,
      [runId],
    );
    const [run] = runs;
    if (!run) return { kind: 'unknown' };
    const { rows } = await client.query<Queue & { key: string; amount: number; currency: string }>(
      `select key, amount, currency, provider, shard from payouts where run_id = $1 and currency = $2 and ${WAITING} order by key for update`,
      [runId, expected.currency],
    );
    if (rows.length === 0) return { kind: 'nothing' };
    const found = { count: rows.length, total: rows.reduce((sum, { amount }) => sum + amount, 0) };
    if (found.count !== expected.count || found.total !== expected.total) return { kind: 'differs', found };
    if (rows.some(({ amount: minor, currency }) => !mayApprove(run.approval, { minor, currency }, by, run)))
      return { kind: 'own_launch' };
    await movePayouts(
      client,
      rows.map(({ key }) => ({ key, to: 'approved' as const, reason })),
      { now, cause: `person:${by}` },
    );
    await appendAudit(client, {
      at: now,
      actor: by,
      action: 'payouts.approve',
      subject: `run/${runId}`,
      reason,
      before: { state: 'held', reason: 'approval' },
      after: { state: 'approved', ...found, currency: expected.currency },
    });
    const queues = new Map(rows.map(({ provider, shard }) => [`${provider}/${shard}`, { provider, shard }]));
    return { kind: 'done', queues: [...queues.values()] };
  }
}
