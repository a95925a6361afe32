/**
 * What payouts tell their waits: a row written with the payout's move, and later, in a transaction of its own that locks participants first as
 * the one lock order wants, an event. At least once by the row, once by the event's derived message id.
 */
import { payoutEventOf, payoutMessageIdOf } from '../domain/response/payout-events.js';
import type { EventsStore, NewEvent } from './events.store.js';
import type { Client, Pool } from './pool.js';

export interface Told {
  told: number;
  lanes: { runId: string; lane: number }[];
  payouts: { name: string; shard: number }[];
}

interface QueuedRow {
  payout_key: string;
  state: string;
  at: Date;
  customer_id: string;
  run_id: string;
  node: string;
  visit: number;
  generation: number;
}

/** With the move, before its transfers; only where a wait of the run listens. The caller holds the payouts' locks. Index: the listeners' primary key. */
export async function queuePayoutEvents(
  client: Client,
  moves: readonly { key: string; to: string; was: { runId: string; provider: string; shard: number } }[],
  at: Date,
): Promise<void> {
  const rows = moves.flatMap(({ key, to, was }) => {
    const name = payoutEventOf(to);
    return name ? [{ k: key, t: to, n: name, r: was.runId, p: was.provider, s: was.shard }] : [];
  });
  if (rows.length === 0) return;
  const [names, runs] = [[...new Set(rows.map(({ n }) => n))], [...new Set(rows.map(({ r }) => r))]];
  const { rows: listeners } = await client.query<{ name: string; run: string }>(
    'select distinct event_name as name, run_id as run from listeners where event_name = any($1::text[]) and run_id = any($2::text[])',
    [names, runs],
  );
  const heard = new Set(listeners.map(({ name, run }) => `${name} ${run}`));
  const told = rows.filter(({ n, r }) => heard.has(`${n} ${r}`));
  if (told.length === 0) return;
  await client.query(
    `insert into payout_events (payout_key, state, provider, shard, at)
     select k, t, p, s, $2 from json_to_recordset($1::json) as x(k text collate "C", t text, p text, s smallint)
     order by k
     on conflict do nothing`,
    [JSON.stringify(told), at],
  );
}

export class PayoutEventsStore {
  constructor(
    private readonly pool: Pool,
    private readonly events: EventsStore,
  ) {}

  /** Make events of up to `limit` rows of a provider's shard, received `now`. Index: payout_events_queue. */
  async tell(at: { provider: string; shard: number; now: number }, limit: number): Promise<Told> {
    const { rows } = await this.pool.query<QueuedRow>(
      `select q.payout_key, q.state, q.at, p.customer_id, p.run_id, p.node, p.visit, p.generation
       from payout_events q join payouts p on p.key = q.payout_key
       where q.provider = $1 and q.shard = $2 order by q.at, q.payout_key limit $3`,
      [at.provider, at.shard, limit],
    );
    if (rows.length === 0) return { told: 0, lanes: [], payouts: [] };
    const done = [rows.map(({ payout_key }) => payout_key), rows.map(({ state }) => state)];
    const { lanes, payouts } = await this.events.append(
      rows.map((row) => toEvent(row, at.now)),
      async (client) => {
        // first by their keys: joined with them, a list that the planner knows as drained is gone through for each
        await client.query(
          `delete from payout_events where payout_key = any($1::text[])
             and (payout_key, state) in (select k, s from unnest($1::text[], $2::text[]) as x(k, s))`,
          done,
        );
      },
    );
    return { told: rows.length, lanes, payouts };
  }
}

function toEvent(row: QueuedRow, now: number): NewEvent {
  const name = payoutEventOf(row.state);
  if (!name) throw new Error('invariant: a payout told of a state that is no event');
  return {
    messageId: payoutMessageIdOf(row.payout_key, row.state),
    customerId: row.customer_id,
    name,
    occurredAt: Math.min(row.at.getTime(), now),
    receivedAt: now,
    properties: { run: row.run_id, node: row.node, visit: row.visit, generation: row.generation },
  };
}
