/**
 * Payout files of partners: rows that wait, files that are frozen with their bytes, and which of them have been written. A key is in one row for ever,
 * a row in one file.
 */
import type { EpochMs } from '../domain/base/time.js';
import { payoutFile, type FileRow } from '../domain/ledger/payout-files.js';
import { readControls } from './advisory.js';
import { scopesOfQueue } from './payout-scopes.js';
import { inTransaction, type Client, type Pool } from './pool.js';

export class PayoutFiles {
  constructor(private readonly pool: Pool) {}

  /** Rows of attempts that are under way; returns the keys that have a row, of now or of before. Locks: payouts by key (shared). */
  async enter(
    provider: string,
    rows: readonly (FileRow & { attemptId: number })[],
    now: EpochMs,
  ): Promise<ReadonlySet<string>> {
    const given = JSON.stringify(
      rows.map(({ key, attemptId, currency, amount, line }) => ({ key, attemptId, currency, amount, line })),
    );
    return await inTransaction(this.pool, async (client) => {
      // whoever is called ambiguous meanwhile has its row, or never gets one by this attempt
      const { rows: live } = await client.query<{ key: string }>(
        `select p.key from payouts p join json_to_recordset($1::json) as x(key text, "attemptId" bigint) on p.key = x.key
         where p.state = 'submitting' and p.attempt_id = x."attemptId" and p.provider = $2 order by p.key for share of p`,
        [given, provider],
      );
      const keys = live.map(({ key }) => key);
      await client.query(
        `insert into payout_file_rows (payout_key, provider, currency, amount, line, added_at)
         select x.key, $2, x.currency, x.amount, x.line, $3
         from json_to_recordset($1::json) as x(key text collate "C", currency text, amount bigint, line text)
         where x.key = any($4::text[]) order by x.key on conflict do nothing`,
        [given, provider, new Date(now), keys],
      );
      return new Set(keys);
    });
  }

  /**
   * The next file of what waits, in one currency, at most so many rows; null where nothing waits, or a switch holds it. Two at once make two files of different
   * rows. `after`: the highest number that the partner's folder has; the database may have been set back to before it.
   */
  async freeze(provider: string, rowsMax: number, after: number, now: EpochMs): Promise<number | null> {
    return await inTransaction(this.pool, async (client) => {
      if (await isHeld(client, provider)) return null;
      await client.query('insert into payout_file_numbers values ($1, 0) on conflict do nothing', [provider]);
      const { rows: numbers } = await client.query<{ last: number }>(
        'select last from payout_file_numbers where provider = $1 for update',
        [provider],
      );
      const { rows } = await client.query<FileRow>(
        `select payout_key as key, currency, amount, line from payout_file_rows
         where provider = $1 and file_no is null
           and currency = (select currency from payout_file_rows where provider = $1 and file_no is null order by payout_key limit 1)
         order by payout_key limit $2`,
        [provider, rowsMax],
      );
      const [first] = rows;
      if (!first) return null;
      const no = Math.max(numbers[0]?.last ?? 0, after) + 1;
      const { bytes, sha256, total } = payoutFile(no, first.currency, rows);
      await client.query(
        `insert into payout_files (provider, no, currency, rows, total, bytes, sha256, frozen_at) values ($1, $2, $3, $4, $5, convert_to($6, 'UTF8'), $7, $8)`,
        [provider, no, first.currency, rows.length, total, bytes, sha256, new Date(now)],
      );
      await client.query('update payout_file_rows set file_no = $2 where payout_key = any($1::text[])', [
        rows.map(({ key }) => key),
        no,
      ]);
      await client.query('update payout_file_numbers set last = $2 where provider = $1', [provider, no]);
      return no;
    });
  }

  /** Numbers of those that are frozen, and not known to be written. */
  async unwritten(provider: string): Promise<number[]> {
    const { rows } = await this.pool.query<{ no: number }>(
      `select no from payout_files left join payout_files_written w using (provider, no)
       where provider = $1 and w.no is null order by no limit 20`,
      [provider],
    );
    return rows.map(({ no }) => no);
  }

  /** Unless a switch holds it, whose drain waits for a file that is being written. Noted as written where `into` says so. Errors: those of `into`, too. */
  async write(
    provider: string,
    no: number,
    into: (bytes: Buffer) => Promise<'written' | 'taken'>,
    now: EpochMs,
  ): Promise<void> {
    await inTransaction(this.pool, async (client) => {
      if (await isHeld(client, provider)) return;
      const { rows } = await client.query<{ bytes: Buffer }>(
        'select bytes from payout_files where provider = $1 and no = $2',
        [provider, no],
      );
      if (!rows[0] || (await into(rows[0].bytes)) === 'taken') return;
      await client.query('insert into payout_files_written values ($1, $2, $3) on conflict do nothing', [
        provider,
        no,
        new Date(now),
      ]);
    });
  }
}

/** By a switch, whose lock is shared from here on. */
async function isHeld(client: Client, provider: string): Promise<boolean> {
  const states = await readControls(client, scopesOfQueue({ provider }));
  return [...states.values()].some((state) => state !== 'running');
}
