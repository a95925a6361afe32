/**
 * Links between campaigns: a row written by the cohort that ended somebody's journey, and later, in the transaction of ingestion, an event that the
 * other campaign's start takes up. At least once by the row, once by the event's derived message id, so nobody is in both campaigns or in none. A link
 * whose data no statement takes is set apart with the reason, and no campaign's links hold up another's.
 */
import { linkEventOf } from '../domain/trigger/link.js';
import { isPaused } from './control-changes.js';
import { ROUND_PAUSED } from './entry-rounds.js';
import { LinkHeld } from './event-starts.js';
import type { EventsStore } from './events.store.js';
import { isDataError, sqlState, type Client, type Pool } from './pool.js';

export interface Linked {
  /** Or set apart. */
  told: number;
  /** Lanes with somebody who is due now. */
  lanes: { runId: string; lane: number }[];
  payouts: { name: string; shard: number }[];
  /** Why the links to some campaigns stay untold: whoever minds throws them. */
  failures: unknown[];
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

export class LinksStore {
  constructor(
    private readonly pool: Pool,
    private readonly events: Pick<EventsStore, 'append'>,
  ) {}

  /** Make events of links, received `now`: of up to `limit` for each campaign that they lead to, campaign by campaign; who comes to one that is paused,
   * or not launched yet, waits for it. Index: links_untold. */
  async tell(now: number, limit: number): Promise<Linked> {
    const { rows } = await this.pool.query<Untold>(
      `select l.id, l.customer_id as "customerId", l.campaign, r.campaign as "from", l.run_id as run, l.node, l.visit, l.at
       from event_starts s
       cross join lateral (
         select * from links l where l.campaign = s.campaign and l.outcome is null and not ${ROUND_PAUSED} order by l.id limit $1) l
       join runs r on r.id = l.run_id
       where not ${isPaused(`'all'`, `'campaign/' || l.campaign`, `'run/' || s.run_id`)}
       order by l.campaign, l.id`,
      [limit],
    );
    const linked: Linked = { told: 0, lanes: [], payouts: [], failures: [] };
    for (const own of Map.groupBy(rows, ({ campaign }) => campaign).values()) {
      try {
        await this.append(own, now, linked);
      } catch (error) {
        if (!(error instanceof LinkHeld)) linked.failures.push(error); // else it was paused since it was read
      }
    }
    return linked;
  }

  /** All at once, or, where the data of one makes the statements fail, in halves down to that one. */
  private async append(rows: readonly Untold[], now: number, linked: Linked): Promise<void> {
    try {
      const { lanes, payouts } = await this.events.append(
        rows.map((row) => eventOf(row, now)),
        (client, refused) =>
          settle(
            client,
            rows.map(({ id }) => id),
            refused,
          ),
      );
      linked.told += rows.length;
      linked.lanes.push(...lanes);
      linked.payouts.push(...payouts);
    } catch (error) {
      if (!isDataError(error)) throw error;
      const [only] = rows;
      if (rows.length === 1 && only) return await this.setApart(only.id, error, linked);
      const middle = Math.ceil(rows.length / 2);
      await this.append(rows.slice(0, middle), now, linked);
      await this.append(rows.slice(middle), now, linked);
    }
  }

  private async setApart(id: string, error: unknown, linked: Linked): Promise<void> {
    await this.pool.query(
      `update links set outcome = 'failed', reason = $2 where id = $1 and outcome is null`,
      [id, `failed_data:${sqlState(error)}`], // the statement's words may have the customer's data in them
    );
    linked.told += 1;
  }
}

const eventOf = ({ id, customerId, campaign, from, run, node, visit, at }: Untold, now: number) => ({
  messageId: id,
  customerId,
  name: linkEventOf(campaign),
  occurredAt: Math.min(at.getTime(), now),
  receivedAt: now,
  properties: { campaign: from, run, node, visit },
});

/** In the transaction that let them in or not, where why somebody was refused is counted, too. */
async function settle(client: Client, ids: readonly string[], refused: ReadonlyMap<number, string>): Promise<void> {
  await client.query(
    `update links l set reason = x.reason, outcome = case
       when x.reason is not null then 'refused'
       when exists (select from campaign_entries e where e.campaign = l.campaign and e.customer_id = l.customer_id and e.event_no = v.no) then 'entered'
       else 'not_open' end
     from events v left join json_to_recordset($2::json) as x(no bigint, reason text) on x.no = v.no
     where l.id = any($1::text[]) and v.message_id = l.id and l.outcome is null`,
    [ids, JSON.stringify(Array.from(refused, ([no, reason]) => ({ no, reason })))],
  );
}

/** Those that were set apart are told again, by the sweep; returns how many. */
export async function retellLinks(client: Client, runId: string): Promise<number> {
  const { rowCount } = await client.query(
    `update links set outcome = null, reason = null where run_id = $1 and outcome = 'failed'`,
    [runId],
  );
  return rowCount ?? 0;
}
