/**
 * What is watched, as a text that is another whenever it is: by what is only appended, by rows that are few, never by reading all of it.
 */
import type { Pool } from './pool.js';

/** Numbers are given before the commit: where one commits after later ones, the oldest of so many of the newest is another. */
const NEWEST = 20_000;

export class VersionsStore {
  constructor(private readonly pool: Pool) {}

  /** Every move of every payout, its first state among them. Index: payout_moves_pkey. */
  async payouts(): Promise<string> {
    return await this.read(
      `select concat_ws(' ', count(*), min(no), max(no)) as version
       from (select no from payout_moves order by no desc limit ${NEWEST}) newest`,
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
