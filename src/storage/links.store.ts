/**
 * Links between campaigns: a row written by the cohort that ended somebody's journey, and later, in the transaction of ingestion, an event that the
 * other campaign's start takes up. At least once by the row, once by the event's derived message id, so nobody is in both campaigns or in none.
 */
import { linkEventOf } from '../domain/trigger/link.js';
import { LinkHeld } from './event-starts.js';
import type { EventsStore } from './events.store.js';
import type { Client, Pool } from './pool.js';

export interface Linked {
  told: number;
  /** Lanes with somebody who is due now. */
  lanes: { runId: string; lane: number }[];
  payouts: { name: string; shard: number }[];
}

interface Untold {
  id: string;
  customerId: string;
  campaign: string;
  from: string;
  run: string;
  node: string;
  visit: number;
  at: Date;
}

const NOBODY: Linked = { told: 0, lanes: [], payouts: [] };

export class LinksStore {
  constructor(
    private readonly pool: Pool,
    private readonly events: EventsStore,
  ) {}

  /** Make events of up to `limit` links, received `now`; who comes to a campaign that is paused, or not launched yet, waits for it. Index:
   * links_untold. */
  async tell(now: number, limit: number): Promise<Linked> {
    const { rows } = await this.pool.query<Untold>(
      `select l.id, l.customer_id as "customerId", l.campaign, r.campaign as "from", l.run_id as run, l.node, l.visit, l.at
       from links l join runs r on r.id = l.run_id join event_starts s on s.campaign = l.campaign
       where l.outcome is null and not exists (
         select from controls c where c.state = 'paused' and c.scope in ('all', 'campaign/' || l.campaign, 'run/' || s.run_id))
       order by l.id limit $1`,
      [limit],
    );
    if (rows.length === 0) return NOBODY;
    try {
      return await this.append(rows, now);
    } catch (error) {
      if (error instanceof LinkHeld) return NOBODY; // paused since it was read
      throw error;
    }
  }

  private async append(rows: readonly Untold[], now: number): Promise<Linked> {
    const { lanes, payouts } = await this.events.append(
      rows.map(({ id, customerId, campaign, from, run, node, visit, at }) => ({
        messageId: id,
        customerId,
        name: linkEventOf(campaign),
        occurredAt: Math.min(at.getTime(), now),
        receivedAt: now,
        properties: { campaign: from, run, node, visit },
      })),
      (client) =>
        settle(
          client,
          rows.map(({ id }) => id),
        ),
    );
    return { told: rows.length, lanes, payouts };
  }
}

/** In the transaction that let them in or not: why somebody was refused is counted there. */
async function settle(client: Client, ids: readonly string[]): Promise<void> {
  await client.query(
    `update links l set outcome = case
       when exists (select from campaign_entries e where e.campaign = l.campaign and e.customer_id = l.customer_id and e.event_no = v.no) then 'entered'
       when exists (select from event_starts s where s.campaign = l.campaign and s.open) then 'refused'
       else 'not_open' end
     from events v where l.id = any($1::text[]) and v.message_id = l.id and l.outcome is null`,
    [ids],
  );
}
