/**
 * What is watched, as a text that is another whenever it is: by what is only appended, by rows that are few, never by reading all of it.
 */
import { EventLogStore } from './event-log.store.js';
import type { Pool } from './pool.js';

/** Numbers are given before the commit: where one commits after later ones, the oldest of so many of the newest is another. */
const NEWEST = 20_000;

/** What older ones do later is not looked at. */
const EVENTS = 200;

/** The end of a table that is only appended to. Index: its primary key. */
const endOf = (table: 'payout_moves' | 'settlement_break_moves' | 'audit_log') =>
  `(select concat_ws(' ', count(*), min(no), max(no)) from (select no from ${table} order by no desc limit ${NEWEST}) newest)`;

export class VersionsStore {
  constructor(private readonly pool: Pool) {}

  /** Every move of every payout, its first state among them. */
  async payouts(): Promise<string> {
    return await this.read(`select ${endOf('payout_moves')} as version`);
  }

  /** Whatever people have changed: nothing else changes what is of this kind. */
  async decided(): Promise<string> {
    return await this.read(`select ${endOf('audit_log')} as version`);
  }

  /** What is in them, and what persons have asked for and decided. */
  async budgets(): Promise<string> {
    return await this.read(
      `select concat_ws(' ', ${endOf('audit_log')},
         (select md5(string_agg(concat_ws(' ', key, balance, closed), ' ' order by key)) from accounts where kind in ('budget', 'reserved'))) as version`,
    );
  }

  /** What matches found, and whom persons have assigned, what they have proposed and approved. */
  async breaks(): Promise<string> {
    return await this.read(
      `select concat_ws(' / ', ${endOf('audit_log')}, ${endOf('settlement_break_moves')}) as version`,
    );
  }

  /** The newest, and what they did. */
  async events(): Promise<string> {
    return JSON.stringify(await new EventLogStore(this.pool).list({ before: null, limit: EVENTS }));
  }

  /** Payouts that were refused, and what persons have proposed and approved. */
  async owed(): Promise<string> {
    return await this.read(`select concat_ws(' / ', ${endOf('audit_log')}, ${endOf('payout_moves')}) as version`);
  }

  /** What is booked, by its number, and what persons have proposed and approved. */
  async periods(): Promise<string> {
    return await this.read(
      `select concat_ws(' ', ${endOf('audit_log')}, (select sum(entries) from ledger_days)) as version`,
    );
  }

  /** How many there are, those that are open, every switch, and what has expired. Index: runs_open. */
  async runs(): Promise<string> {
    return await this.read(
      `select concat_ws(' ', (select count(*) from runs),
         (select md5(string_agg(r::text, ' ' order by r.id)) from runs r where r.state <> 'closed'),
         (select md5(string_agg(c.scope || ' ' || c.state, ' ' order by c.scope)) from controls c where c.scope like 'run/%'),
         (select count(*) from retentions)) as version`,
    );
  }

  /** What was planned, begun and done, and the outcomes of those under way. Index: retry_outcomes_pkey. */
  async retries(): Promise<string> {
    return await this.read(
      `select concat_ws(' ', (select count(*) from retries), (select count(*) from retry_moves),
         (select count(*) from retry_moves b join retry_outcomes o on o.retry_no = b.retry_no
          where b.kind = 'begun' and not exists (select from retry_moves d where d.retry_no = b.retry_no and d.kind = 'done'))) as version`,
    );
  }

  private async read(sql: string): Promise<string> {
    const { rows } = await this.pool.query<{ version: string }>(sql);
    return rows[0]?.version ?? '';
  }
}
