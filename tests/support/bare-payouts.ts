/**
 * The rows that a run's payments leave behind, written again by plain SQL into the same tables of another database: as bare inserts in the
 * batches of a claim, and as one posting per transaction on a hot budget.
 */
import pg from 'pg';
import { postTransfers, type Posting } from '../../src/storage/ledger.store.js';
import type { Client } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from './database.js';

/** What the way from intended to posted leaves behind, by table; $1 is the run, $2 the end of the chain. `key`: the column that its batches are cut by. */
const TABLES = [
  { table: 'payouts', key: 'key', rows: 'select t.* from payouts t where t.run_id = $1' },
  { table: 'payout_attempts', key: 'payout_key', rows: `select t.* from payout_attempts t ${ofRun('t.payout_key')}` },
  {
    table: 'payout_moves',
    key: 'payout_key',
    rows: `select t.* from payout_moves t ${ofRun('t.payout_key')} and t.from_state is not null`,
  },
  {
    table: 'ledger_transfers',
    key: 'payout_key',
    rows: `select t.* from ledger_transfers t ${ofRun('t.payout_key')} and t.kind = 'pay'`,
  },
  {
    table: 'ledger_entries',
    key: 'transfer_id',
    rows: `select t.* from ledger_transfers l join ledger_entries t on t.transfer_id = l.id ${ofRun('l.payout_key')} and l.kind = 'pay'`,
  },
  {
    table: 'ledger_seals',
    key: 'transfer_id',
    rows: `select t.* from ledger_transfers l join ledger_seals t on t.transfer_id = l.id ${ofRun('l.payout_key')} and l.kind = 'pay' and t.no <= $2`,
  },
] as const;

function ofRun(payoutKey: string): string {
  return `join payouts p on p.key = ${payoutKey} where p.run_id = $1`;
}

const RESERVED = 'reserved:main';
const CLEARING = 'clearing:sim-pay';
/** Sessions that insert at once: one for each shard of a provider. */
const SESSIONS = 2;
/** Sessions that post at once, one payment per transaction. */
const POSTING_SESSIONS = 8;

const SIDES = `(values ('debit', '${CLEARING}', 1, 0), ('credit', '${RESERVED}', 0, 1)) as x(side, account, debit, credit)`;
/** `$1` the transfer, `$2` the amount. */
const ENTRIES_OF_ONE = `
insert into ledger_entries (transfer_id, side, account, amount, currency, no, debits, credits, booked_at)
select $1, x.side, x.account, $2::bigint, 'KRW', coalesce(l.no, 0) + 1, coalesce(l.debits, 0) + x.debit * $2::bigint,
       coalesce(l.credits, 0) + x.credit * $2::bigint, clock_timestamp()
from ${SIDES}
left join lateral (
  select no, debits, credits from ledger_entries e where e.account = x.account order by booked_at desc, no desc limit 1) l on true`;
const DAYS_OF_ONE = `
insert into ledger_days (account, posted_on, business_on, debits, credits, entries, first_booked_at, last_booked_at)
select x.account, current_date, current_date, x.debit * $1::bigint, x.credit * $1::bigint, 1, clock_timestamp(), clock_timestamp() from ${SIDES} order by 1
on conflict (account, posted_on, business_on) do update set debits = ledger_days.debits + excluded.debits,
  credits = ledger_days.credits + excluded.credits, entries = ledger_days.entries + 1, last_booked_at = excluded.last_booked_at`;

export class BarePayouts {
  private constructor(
    private readonly database: TestDatabase,
    private readonly columns: ReadonlyMap<string, string>,
  ) {}

  /** A migrated database with both accounts that payments move, and a place beside each table for what is to be written into it. */
  static async open(): Promise<BarePayouts> {
    const database = await createDatabase();
    const { pool } = database;
    await pool.query(
      `insert into accounts (key, kind, currency, balance) values ('${RESERVED}', 'reserved', 'KRW', 1e15), ('${CLEARING}', 'clearing', 'KRW', 0)`,
    );
    for (const { table, key } of TABLES) {
      await pool.query(`create unlogged table from_${table} (like ${table}) with (autovacuum_enabled = off)`); // emptied each round
      await pool.query(`create index on from_${table} (${key})`);
    }
    const { rows } = await pool.query<{ table: string; names: string }>(
      `select table_name as "table", string_agg(quote_ident(column_name), ', ') as names from information_schema.columns
       where table_schema = 'public' and is_identity = 'NO' group by 1`,
    );
    return new BarePayouts(database, new Map(rows.map(({ table, names }) => [table, names])));
  }

  /** The run’s rows, and its seals up to the chain's end as it was, are put beside the tables. Returns how many of each. */
  async take(from: pg.Pool, run: string, end: number): Promise<Map<string, number>> {
    const counts = new Map<string, number>();
    for (const { table, rows } of TABLES) {
      const taken = await from.query<{ row: object }>(
        `select to_json(x) as row from (${rows}) x`,
        rows.includes('$2') ? [run, end] : [run],
      );
      await this.database.pool.query(`truncate from_${table}`);
      await this.database.pool.query(
        `insert into from_${table} select * from json_populate_recordset(null::${table}, $1::json)`,
        [JSON.stringify(taken.rows.map(({ row }) => row))],
      );
      await this.database.pool.query(`analyze from_${table}`);
      counts.set(table, taken.rows.length);
    }
    return counts;
  }

  /** What has been put beside the tables goes into them, the rows of so many payouts per transaction. Returns how many rows went into each. */
  async insertAll(batch: number): Promise<Map<string, number>> {
    const counts = new Map<string, number>();
    const { rows } = await this.database.pool.query<{ least: string; most: string; money: string }>(
      `select min(key) as least, max(key) as most, sum(amount)::text as money from (
         select key, amount, (row_number() over (order by key) - 1) / $1::int as batch from from_payouts) b
       group by batch order by batch`,
      [batch],
    );
    const batches = rows.values();
    await this.inSessions(SESSIONS, async (client) => {
      for (const { least, most, money } of batches) {
        await client.query('begin');
        for (const { table, key } of TABLES) {
          const names = this.columns.get(table);
          const ends = key === 'transfer_id' ? [`${least}#pay`, `${most}#pay`] : [least, most];
          const { rowCount } = await client.query(
            `insert into ${table} (${names}) select ${names} from from_${table} where ${key} between $1 and $2`,
            ends,
          );
          counts.set(table, (counts.get(table) ?? 0) + (rowCount ?? 0));
        }
        await move(client, money);
        await client.query('commit');
      }
    });
    return counts;
  }

  /** So many payments of one amount, each posted by a transaction of its own. `tag` tells them from others. */
  async postSingly(tag: string, count: number, amount: number): Promise<void> {
    const numbers = Array.from({ length: count }, (_, n) => n).values();
    await this.inSessions(POSTING_SESSIONS, async (client) => {
      for (const n of numbers) {
        const id = `single/${tag}/${n}`;
        await client.query('begin');
        await move(client, String(amount)); // locks both accounts: what their last entries say stands until the commit
        await client.query(
          `insert into ledger_transfers (id, kind, payout_key, at, business_on, posted_on) values ($1, 'pay', $2, clock_timestamp(), current_date, current_date)`,
          [`${id}#pay`, id],
        );
        await client.query(ENTRIES_OF_ONE, [`${id}#pay`, amount]);
        await client.query(DAYS_OF_ONE, [amount]);
        await client.query('commit');
      }
    });
  }

  /** The same posted by the engine’s own statements, so many in each transaction. */
  async postInGroups(tag: string, { count, amount, group }: { count: number; amount: number; group: number }) {
    const from = Array.from({ length: Math.ceil(count / group) }, (_, n) => n * group).values();
    await this.inSessions(SESSIONS, async (client) => {
      for (const first of from) {
        const postings = Array.from({ length: Math.min(group, count - first) }, (_, n): Posting => {
          const payoutKey = `grouped/${tag}/${first + n}`;
          return { kind: 'pay', payoutKey, amount, currency: 'KRW', budget: 'main', provider: 'sim-pay', at: 0 };
        });
        await client.query('begin');
        await postTransfers(client as unknown as Client, postings);
        await client.query('commit');
      }
    });
  }

  async close(): Promise<void> {
    await this.database.drop();
  }

  private async inSessions(count: number, work: (client: pg.Client) => Promise<void>): Promise<void> {
    const session = async () => {
      const client = new pg.Client({ connectionString: this.database.ownerUrl });
      await client.connect();
      try {
        await work(client);
      } finally {
        await client.end();
      }
    };
    await Promise.all(Array.from({ length: count }, session));
  }
}

/** One statement after the other, in the order of the keys, so that two sessions wait instead of deadlocking. */
async function move(client: pg.Client, money: string): Promise<void> {
  await client.query(`update accounts set balance = balance + $1 where key = '${CLEARING}'`, [money]);
  await client.query(`update accounts set balance = balance - $1 where key = '${RESERVED}'`, [money]);
}
