/**
 * A queue that an undocumented answer has stopped, and its clearing by a person: what would go out is told first, and what was answered so may be set
 * aside, so that the others go on.
 */
import { appendAudit } from './audit-log.store.js';
import type { Authored } from './definition-lock.js';
import { PayoutDecisions } from './payout-decisions.store.js';
import type { Client, Pool } from './pool.js';

/** As switches name them. */
export type QueueScope = { kind: 'gateway' | 'provider'; name: string };

export interface StoppedQueue {
  shard: number;
  attention: string;
  /** Database time. */
  since: Date | null;
}
export interface QueueWaiting {
  /** Messages or payouts that would be gated again and handed over. */
  count: number;
  /** Of payouts, what they come to; minor units. */
  totals: { currency: string; total: number }[];
}

export interface Cleared {
  /** Shards that go on. */
  shards: number[];
  /** Messages that the next claim withholds, or payouts that are held now. */
  setAside: string[];
}

/** Why such a message is withheld. */
const SET_ASIDE = 'set_aside';

/** Of a queue $1 in its shards $2, what got the answer by itself. */
const MESSAGES_ANSWERED_SO = `a.gateway = $1 and a.shard = any($2) and a.refused is not null and a.messages = 1
  and o.attempt_id = a.id and o.state in ('queued', 'ambiguous')`;
const PAYOUTS_ANSWERED_SO = `a.provider = $1 and a.shard = any($2) and a.refused is not null
  and p.key = a.payout_key and p.attempt_id = a.id and p.state in ('intended', 'approved')`;

const rowKind = ({ kind }: QueueScope) => (kind === 'gateway' ? 'delivery' : 'payout');

export class QueueAttentionStore {
  private readonly decisions = new PayoutDecisions();

  constructor(private readonly pool: Pool) {}

  /** Null where there has never been such a queue. */
  async find(scope: QueueScope, client: Client | Pool = this.pool): Promise<StoppedQueue[] | null> {
    const { rows } = await client.query<{ shard: number; attention: string | null; since: Date | null }>(
      'select shard, attention, attention_at as since from queues where kind = $1 and name = $2 order by shard',
      [rowKind(scope), scope.name],
    );
    return rows.length === 0 ? null : rows.filter((row): row is StoppedQueue => row.attention !== null);
  }

  /** What waits at it, in its stopped shards. Index: outbox_queued_by_run, payouts_open. */
  async waiting({ kind, name }: QueueScope, shards: readonly number[]): Promise<QueueWaiting> {
    const { rows } = await this.pool.query<{ count: number; currency: string | null; total: number | null }>(
      kind === 'gateway'
        ? `select count(*) as count, null as currency, null::bigint as total from outbox
           where gateway = $1 and shard = any($2) and state = 'queued'`
        : `select count(*) as count, currency, sum(amount)::bigint as total from payouts
           where provider = $1 and shard = any($2) and state in ('intended', 'approved') group by currency order by currency`,
      [name, shards],
    );
    return {
      count: rows.reduce((all, { count }) => all + count, 0),
      totals: rows.flatMap(({ currency, total }) => (currency !== null && total !== null ? [{ currency, total }] : [])),
    };
  }

  /**
   * What was answered so by itself in its stopped shards, and would be set aside; ids of messages, keys of payouts, the first five.
   * Indexes: message_attempts_refused, outbox_refused, payout_attempts_refused.
   */
  async answeredSo(
    { kind, name }: QueueScope,
    shards: readonly number[],
  ): Promise<QueueWaiting & { sample: string[] }> {
    const { rows } = await this.pool.query<{
      n: number;
      currency: string | null;
      total: number | null;
      sample: string[];
    }>(
      kind === 'gateway'
        ? `select count(*) as n, null as currency, null::bigint as total, (array_agg(o.id order by o.id))[1:5] as sample
           from message_attempts a, outbox o where ${MESSAGES_ANSWERED_SO}`
        : `select count(*) as n, p.currency, sum(p.amount)::bigint as total, (array_agg(p.key order by p.key))[1:5] as sample
           from payout_attempts a, payouts p where ${PAYOUTS_ANSWERED_SO} group by p.currency order by p.currency`,
      [name, shards],
    );
    return {
      count: rows.reduce((all, { n }) => all + n, 0),
      totals: rows.flatMap(({ currency, total }) => (currency !== null && total !== null ? [{ currency, total }] : [])),
      sample: rows.flatMap(({ sample }) => sample ?? []).slice(0, 5),
    };
  }

  /** Inside the caller's transaction; null where none had stopped. `setAside`: what was answered so by itself stays behind. */
  async clear(
    client: Client,
    scope: QueueScope,
    asked: { reason: string; setAside: boolean },
    { by, now }: Authored,
  ): Promise<Cleared | null> {
    const { reason } = asked;
    const { rows } = await client.query<{ shard: number; attention: string }>(
      `with stopped as (select kind, name, shard, attention from queues where kind = $1 and name = $2 and attention is not null order by shard for update)
       update queues q set attention = null, attention_at = null from stopped s
       where q.kind = s.kind and q.name = s.name and q.shard = s.shard returning s.shard, s.attention`,
      [rowKind(scope), scope.name],
    );
    if (rows.length === 0) return null;
    const stopped = rows.sort((a, b) => a.shard - b.shard);
    const shards = stopped.map(({ shard }) => shard);
    const setAside = asked.setAside ? await this.setAside(client, scope, shards, reason, { by, now }) : [];
    await appendAudit(client, {
      at: now,
      actor: by,
      action: 'queue.clear',
      subject: `${scope.kind}/${scope.name}`,
      reason,
      before: { stopped },
      after: { stopped: [], ...(asked.setAside ? { setAside } : {}) },
    });
    return { shards, setAside };
  }

  /** Indexes: message_attempts_refused, outbox_refused, payout_attempts_refused. */
  private async setAside(
    client: Client,
    { kind, name }: QueueScope,
    shards: readonly number[],
    reason: string,
    authored: Authored,
  ): Promise<string[]> {
    if (kind === 'gateway') {
      // its gate withholds it, with its reason in the trace; what may have gone out before stays ambiguous, and is not sent again
      const { rows } = await client.query<{ id: string }>(
        `update outbox o set withhold = $3 from message_attempts a where ${MESSAGES_ANSWERED_SO} returning o.id`,
        [name, shards, SET_ASIDE],
      );
      return rows.map(({ id }) => id).sort();
    }
    const { rows } = await client.query<{ key: string }>(
      `select p.key from payout_attempts a, payouts p where ${PAYOUTS_ANSWERED_SO} order by p.key`,
      [name, shards],
    );
    const keys: string[] = [];
    for (const { key } of rows)
      if ((await this.decisions.hold(client, key, reason, authored)).kind === 'done') keys.push(key);
    return keys;
  }
}
