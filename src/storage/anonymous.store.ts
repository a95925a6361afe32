/**
 * Events of an anonymous id join the customer who was identified with it, by the same ingestion as all others: received when they join, so that
 * a wait that has closed meanwhile sees them as late. At least once by the id's mark, once by the event's message id.
 */
import type { Appended, EventsStore } from './events.store.js';
import { inTransaction, type Pool } from './pool.js';

const IDS_AT_ONCE = 50;

export interface Joined extends Pick<Appended, 'lanes' | 'payouts'> {
  joined: number;
}

interface KeptRow {
  messageId: string;
  customerId: string;
  name: string;
  occurredAt: Date;
  properties: Record<string, unknown>;
}

export class AnonymousStore {
  constructor(
    private readonly pool: Pool,
    private readonly events: Pick<EventsStore, 'appendIn'>,
  ) {}

  /** Up to `limit` events, received `now`; ids that somebody else joins at the moment are theirs. Index: anonymous_ids_pending. */
  async join(now: number, limit: number): Promise<Joined> {
    return await inTransaction(this.pool, async (client): Promise<Joined> => {
      const { rows: ids } = await client.query<{ id: string }>(
        `select anonymous_id as id from anonymous_ids where pending order by anonymous_id limit $1 for update skip locked`,
        [IDS_AT_ONCE],
      );
      if (ids.length === 0) return { joined: 0, lanes: [], payouts: [] };
      const { rows } = await client.query<KeptRow>(
        `select e.message_id as "messageId", a.customer_id as "customerId", e.name, e.occurred_at as "occurredAt", e.properties
         from anonymous_ids a join anonymous_events e on e.anonymous_id = a.anonymous_id
         where a.anonymous_id = any($1::text[]) order by e.anonymous_id, e.message_id limit $2`,
        [ids.map(({ id }) => id), limit],
      );
      const { lanes, payouts } = await this.events.appendIn(
        client,
        rows.map(({ occurredAt, ...row }) => ({
          ...row,
          occurredAt: Math.min(occurredAt.getTime(), now),
          receivedAt: now,
        })),
      );
      await client.query('delete from anonymous_events where message_id = any($1::text[])', [
        rows.map(({ messageId }) => messageId),
      ]);
      await client.query(
        `update anonymous_ids a set pending = false where a.anonymous_id = any($1::text[])
           and not exists (select from anonymous_events e where e.anonymous_id = a.anonymous_id)`,
        [ids.map(({ id }) => id)],
      );
      return { joined: rows.length, lanes, payouts };
    });
  }
}
