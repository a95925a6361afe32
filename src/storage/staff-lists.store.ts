/**
 * Lists of calls, visits and letters for staff: the messages of one send node that were handed over on one day of the campaign's zone. A list says
 * at every download whom staff may still reach; who downloaded it is on record.
 */
import { STAFF } from '../domain/base/channels.js';
import { appendAudit } from './audit-log.store.js';
import type { Authored } from './definition-lock.js';
import { LaunchedStore } from './launched.store.js';
import { inTransaction, type Pool } from './pool.js';
import { stillAllowed, WAITING_COLUMNS, type WaitingRow } from './still-allowed.js';

export interface StaffList {
  run: string;
  node: string;
  channel: string;
  /** ISO date in the campaign's zone. */
  day: string;
  entries: number;
}
export interface ListKey {
  run: string;
  node: string;
  day: string;
}
export interface ListLine {
  message: string;
  customer: string;
  channel: string;
  address: string;
  title: string | null;
  text: string;
  purpose: string;
  validTo: Date;
}
export interface LinePlace {
  customer: string;
  node: string;
  campaign: string;
  channel: string;
}

const LISTED = `o.gateway = 'staff' and o.state = 'accepted'`;

export class StaffListsStore {
  private readonly launched: LaunchedStore;

  constructor(private readonly pool: Pool) {
    this.launched = new LaunchedStore(pool);
  }

  /** Of a run, the newest day first; null where there is no such run. Index: outbox_staff. */
  async ofRun(run: string): Promise<StaffList[] | null> {
    const zone = await this.zoneOf(run);
    if (zone === null) return null;
    const { rows } = await this.pool.query<StaffList>(
      `select o.run_id as run, o.node, o.channel, (o.handover_at at time zone $2)::date::text as day, count(*)::int as entries
       from outbox o where o.run_id = $1 and ${LISTED} group by 1, 2, 3, 4 order by 4 desc, 2, 3`,
      [run, zone],
    );
    return rows;
  }

  /** Whom staff may reach at `now`; null where there is no such list. The download is recorded before anything is given out. */
  async download(key: ListKey, { by, now }: Authored): Promise<ListLine[] | null> {
    const zone = await this.zoneOf(key.run);
    if (zone === null) return null;
    const { rows } = await this.pool.query<WaitingRow & { title: string | null; body: string }>(
      `select ${WAITING_COLUMNS}, o.title, o.body
       from outbox o join runs r on r.id = o.run_id join customers c on c.id = o.customer_id
       where o.run_id = $1 and o.node = $2 and (o.handover_at at time zone $4)::date = $3::date and ${LISTED}
       order by o.id`,
      [key.run, key.node, key.day, zone],
    );
    if (rows.length === 0) return null;
    const allowed = await stillAllowed(this.pool, rows, { gateway: STAFF, now }, (run) => this.launched.journeyOf(run));
    await inTransaction(this.pool, async (client) => {
      const subject = `staff-list/${key.run}/${key.node}/${key.day}`;
      const after = { given: allowed.length, leftOut: rows.length - allowed.length };
      await appendAudit(client, { at: now, actor: by, action: 'staff-list.download', subject, after });
    });
    return allowed.map(({ row, to }) => ({
      message: row.id,
      customer: row.customer,
      channel: row.channel,
      address: to,
      title: row.title,
      text: row.body,
      purpose: row.purpose,
      validTo: row.not_after,
    }));
  }

  /** Those of these messages that are on a list of the run. */
  async owned(run: string, ids: readonly string[]): Promise<Map<string, LinePlace>> {
    const { rows } = await this.pool.query<LinePlace & { id: string }>(
      `select o.id, o.customer_id as customer, o.node, r.campaign, o.channel from outbox o join runs r on r.id = o.run_id
       where o.id = any($1::text[]) and o.run_id = $2 and ${LISTED}`,
      [ids, run],
    );
    return new Map(rows.map(({ id, ...place }) => [id, place]));
  }

  /** That somebody told what came of a list; what they told are events. */
  async recordTold(run: string, outcomes: Readonly<Record<string, number>>, { by, now }: Authored): Promise<void> {
    await inTransaction(this.pool, (client) =>
      appendAudit(client, {
        at: now,
        actor: by,
        action: 'staff-list.outcomes',
        subject: `run/${run}`,
        after: outcomes,
      }),
    );
  }

  private async zoneOf(run: string): Promise<string | null> {
    const { rows } = await this.pool.query('select 1 from runs where id = $1', [run]);
    return rows.length === 0 ? null : (await this.launched.of(run)).launched.campaign.zone;
  }
}
