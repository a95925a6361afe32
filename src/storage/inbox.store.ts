/**
 * What a customer's inbox has: outbox rows that were handed over to it and may still be shown.
 */
import { INBOX } from '../domain/base/channels.js';
import { LaunchedStore } from './launched.store.js';
import type { Pool } from './pool.js';
import { stillAllowed, WAITING_COLUMNS, type WaitingRow } from './still-allowed.js';

export interface InboxEntry {
  id: string;
  channel: string;
  purpose: string;
  title: string | null;
  body: string;
  campaign: string;
  run: string;
  node: string;
  template: string;
  /** Epoch ms, business time. */
  placedAt: number;
  notAfter: number;
}

/** What a copy of an inbox was read by: neither may have changed when it is shown. */
export interface InboxVersions {
  gateVersion: number;
  /** Grows with every switch. */
  switches: number;
}

/** Of an entry, what events about it say. */
export interface EntryPlace {
  run: string;
  node: string;
  campaign: string;
  channel: string;
}

interface EntryRow extends WaitingRow {
  title: string | null;
  body: string;
  node: string;
  template: string;
  placed_at: Date;
}

/** Shown at once; whoever has more sees the rest when some are dismissed. */
const ENTRIES_MAX = 50;

export class InboxStore {
  private readonly launched: LaunchedStore;

  constructor(private readonly pool: Pool) {
    this.launched = new LaunchedStore(pool);
  }

  /** Null where there is no such customer. */
  async versions(customer: string): Promise<InboxVersions | null> {
    const { rows } = await this.pool.query<InboxVersions>(
      `select gate_version as "gateVersion", (select coalesce(sum(epoch), 0)::int from controls) as switches from customers where id = $1`,
      [customer],
    );
    return rows[0] ?? null;
  }

  /** What may be shown at `now`, the newest first. Index: outbox_inbox. */
  async entries(customer: string, now: number): Promise<InboxEntry[]> {
    const { rows } = await this.pool.query<EntryRow>(
      `select ${WAITING_COLUMNS}, o.title, o.body, o.node, o.template, o.handover_at as placed_at
       from outbox o join runs r on r.id = o.run_id join customers c on c.id = o.customer_id
       where o.customer_id = $1 and o.not_after > $2 and o.gateway = 'inbox' and o.state in ('submitting', 'ambiguous', 'accepted')
         and o.dismissed_at is null
       order by o.handover_at desc, o.id limit $3`,
      [customer, new Date(now), ENTRIES_MAX],
    );
    const allowed = await stillAllowed(this.pool, rows, { gateway: INBOX, now }, (run) => this.launched.journeyOf(run));
    return allowed.map(({ row }) => toEntry(row));
  }

  /** Those of these messages that are entries of this customer's inbox, dismissed or not. */
  async owned(customer: string, ids: readonly string[]): Promise<Map<string, EntryPlace>> {
    const { rows } = await this.pool.query<EntryPlace & { id: string }>(
      `select o.id, o.run_id as run, o.node, r.campaign, o.channel from outbox o join runs r on r.id = o.run_id
       where o.id = any($1::text[]) and o.customer_id = $2 and o.gateway = 'inbox' and o.handover_at is not null`,
      [ids, customer],
    );
    return new Map(rows.map(({ id, ...place }) => [id, place]));
  }

  /** For good; again, it changes nothing. */
  async dismiss(customer: string, ids: readonly string[], now: number): Promise<void> {
    await this.pool.query(
      `update outbox set dismissed_at = $3 where id = any($1::text[]) and customer_id = $2 and gateway = 'inbox' and dismissed_at is null`,
      [ids, customer, new Date(now)],
    );
  }
}

const toEntry = (row: EntryRow): InboxEntry => ({
  id: row.id,
  channel: row.channel,
  purpose: row.purpose,
  title: row.title,
  body: row.body,
  campaign: row.campaign,
  run: row.run,
  node: row.node,
  template: row.template,
  placedAt: row.placed_at.getTime(),
  notAfter: row.not_after.getTime(),
});
