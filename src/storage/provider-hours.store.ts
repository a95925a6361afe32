/**
 * The hours of providers as this process is configured with them, kept for the audit where they differ from what was kept last.
 */
import type { BusinessHours } from '../domain/ledger/business-hours.js';
import type { Pool } from './pool.js';

export interface ConfiguredHours {
  provider: string;
  zone: string;
  /** Left out: at all hours. */
  hours: BusinessHours | undefined;
}

export class ProviderHours {
  constructor(private readonly pool: Pool) {}

  /** A provider that has never had hours needs no row. */
  async keep(configured: readonly ConfiguredHours[]): Promise<void> {
    const rows = configured.map(({ provider, zone, hours }) => ({
      provider,
      zone,
      from: hours?.window.fromMinute ?? null,
      to: hours?.window.toMinute ?? null,
      days: hours?.window.days ? [...hours.window.days].sort((a, b) => a - b) : null,
    }));
    await this.pool.query(
      `insert into provider_hours (provider, zone, from_minute, to_minute, days)
       select c.provider, c.zone, c."from", c."to", c.days
       from json_to_recordset($1::json) as c(provider text, zone text, "from" smallint, "to" smallint, days smallint[])
       left join lateral (select * from provider_hours h where h.provider = c.provider order by h.no desc limit 1) k on true
       where (k.from_minute, k.to_minute, k.days) is distinct from (c."from", c."to", c.days)
          or k.zone <> c.zone and c."from" is not null
       order by c.provider`,
      [JSON.stringify(rows)],
    );
  }
}
