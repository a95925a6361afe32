/**
 * What a customer's inbox has: outbox rows that were handed over to it, each judged again by the gate of the hand-over on the facts of this moment.
 * What forbids it to be sent forbids it to be shown.
 */
import type { Consent, CustomerStatus } from '../domain/eligibility/gate.js';
import { judgeHandOver } from '../domain/eligibility/hand-over.js';
import type { Channel, Purpose } from '../domain/journey/definition.js';
import { closedAmong } from './advisory.js';
import { exclusionsOf } from './exclusions.js';
import { LaunchedStore } from './launched.store.js';
import type { Pool } from './pool.js';

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

interface EntryRow {
  id: string;
  channel: Channel;
  purpose: Purpose;
  title: string | null;
  body: string;
  campaign: string;
  run: string;
  node: string;
  template: string;
  placed_at: Date;
  not_after: Date;
  withhold: string | null;
  status: CustomerStatus;
  gate_version: number;
  zone: string;
  consents: Record<string, Consent>;
  addresses: Record<string, string>;
}

/** Shown at once; whoever has more sees the rest when some are dismissed. */
const ENTRIES_MAX = 50;
const OF_INBOX = `o.gateway = 'inbox' and o.state in ('submitting', 'ambiguous', 'accepted') and o.dismissed_at is null`;
const SCOPES = ['all', 'gateway/inbox'];

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
      `select o.id, o.channel, o.purpose, o.title, o.body, r.campaign, o.run_id as run, o.node, o.template, o.handover_at as placed_at, o.not_after,
         o.withhold, c.status, c.gate_version, c.zone, c.consents, c.addresses
       from outbox o join runs r on r.id = o.run_id join customers c on c.id = o.customer_id
       where o.customer_id = $1 and o.not_after > $2 and ${OF_INBOX}
       order by o.handover_at desc, o.id limit $3`,
      [customer, new Date(now), ENTRIES_MAX],
    );
    if (rows.length === 0) return [];
    const closed = await closedAmong(this.pool, [...SCOPES, ...rows.flatMap(scopesOf)]);
    const excludedBy = (await exclusionsOf(this.pool, [customer], now)).of(customer);
    const shown: InboxEntry[] = [];
    for (const row of rows) {
      const { review = null } = await this.launched.journeyOf(row.run);
      const stopped = [...SCOPES, ...scopesOf(row)].some((scope) => closed.has(scope));
      const message = { ...row, quiet: null, review, notAfter: row.not_after.getTime(), stopped };
      const facts = { ...row, gateVersion: row.gate_version, excludedBy };
      if (judgeHandOver(message, facts, now).go) shown.push(toEntry(row));
    }
    return shown;
  }

  /** Those of these messages that are entries of this customer's inbox, dismissed or not. */
  async owned(
    customer: string,
    ids: readonly string[],
  ): Promise<Map<string, { run: string; node: string; campaign: string; channel: string }>> {
    const { rows } = await this.pool.query<{
      id: string;
      run: string;
      node: string;
      campaign: string;
      channel: string;
    }>(
      `select o.id, o.run_id as run, o.node, r.campaign, o.channel from outbox o join runs r on r.id = o.run_id
       where o.id = any($1::text[]) and o.customer_id = $2 and o.gateway = 'inbox' and o.handover_at is not null`,
      [ids, customer],
    );
    return new Map(rows.map(({ id, ...of }) => [id, of]));
  }

  /** For good; again, it changes nothing. */
  async dismiss(customer: string, ids: readonly string[], now: number): Promise<void> {
    await this.pool.query(
      `update outbox set dismissed_at = $3 where id = any($1::text[]) and customer_id = $2 and gateway = 'inbox' and dismissed_at is null`,
      [ids, customer, new Date(now)],
    );
  }
}

const scopesOf = ({ campaign, channel, run }: EntryRow) => [`campaign/${campaign}`, `channel/${channel}`, `run/${run}`];

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
