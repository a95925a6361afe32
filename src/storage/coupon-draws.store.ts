/**
 * Drawing codes from pools: set-based, in a transaction of its own, for attempts that are still under way. A code goes to one payout key for
 * ever; the same key gets the same code again.
 */
import type { EpochMs } from '../domain/base/time.js';
import type { Drawn } from '../domain/ledger/coupon-pool.js';
import { inTransaction, type Client, type Pool } from './pool.js';

/** A payout and the attempt that asks for its code. */
export interface Wanted {
  key: string;
  attemptId: number;
}
export interface Given {
  no: number;
  code: string;
  at: EpochMs;
}
interface GivenRow {
  key: string;
  no: number;
  code: string;
  at: Date;
}

const GIVEN = 'payout_key as key, no, code, given_at as at';
const given = ({ no, code, at }: GivenRow): Drawn => ({ kind: 'given', no, code, at: at.getTime() });

export class CouponDraws {
  constructor(private readonly pool: Pool) {}

  /** The outcome of each key. Locks: payouts by key (shared), then codes, skipping those that others hold. */
  async draw(wanted: readonly Wanted[], now: EpochMs): Promise<Map<string, Drawn>> {
    return await inTransaction(this.pool, async (client) => {
      const live = await lockAsking(client, wanted);
      const outcomes = new Map<string, Drawn>(wanted.map(({ key }) => [key, { kind: 'stale' }]));
      for (const [key, drawn] of await known(client, [...live.keys()])) {
        outcomes.set(key, drawn);
        live.delete(key);
      }
      for (const [pool, asking] of Map.groupBy(live.entries(), ([, of]) => of)) {
        const keys = asking.map(([key]) => key);
        for (const [key, drawn] of await drawFrom(client, { pool, keys, now })) outcomes.set(key, drawn);
      }
      return outcomes;
    });
  }

  /** What this key has been given, or null: then no attempt before the question will give it anything any more. */
  async find(key: string): Promise<Given | null> {
    const { rows } = await this.pool.query<GivenRow>(`select ${GIVEN} from coupon_codes where payout_key = $1`, [key]);
    const [row] = rows;
    return row ? { no: row.no, code: row.code, at: row.at.getTime() } : null;
  }
}

/**
 * The pools of those whose attempt is the one under way, by key. The lock keeps it so until the code is theirs: who is called ambiguous meanwhile, has
 * it or never gets it, so that an absence is final.
 */
async function lockAsking(client: Client, wanted: readonly Wanted[]): Promise<Map<string, string>> {
  const { rows } = await client.query<{ key: string; pool: string }>(
    `select p.key, p.pool from payouts p join json_to_recordset($1::json) as x(k text, a bigint) on p.key = x.k
     where p.state = 'submitting' and p.attempt_id = x.a order by p.key for share of p`,
    [JSON.stringify(wanted.map(({ key, attemptId }) => ({ k: key, a: attemptId })))],
  );
  return new Map(rows.map(({ key, pool }) => [key, pool]));
}

async function known(client: Client, keys: readonly string[]): Promise<Map<string, Drawn>> {
  const { rows } = await client.query<GivenRow>(
    `select ${GIVEN} from coupon_codes where payout_key = any($1::text[])`,
    [keys],
  );
  return new Map(rows.map((row) => [row.key, given(row)]));
}

/** Those that end first go first. Index: coupon_codes_left. */
async function drawFrom(
  client: Client,
  { pool, keys, now }: { pool: string; keys: readonly string[]; now: EpochMs },
): Promise<Map<string, Drawn>> {
  const { rows } = await client.query<GivenRow>(
    `with free as (
       select no from coupon_codes where pool = $1 and payout_key is null and valid_until > $2
       order by valid_until, no limit cardinality($3::text[]) for update skip locked),
     dealt as (select no, row_number() over (order by no) as n from free),
     drawn as (
       update coupon_codes c set payout_key = w.key, given_at = $2
       from dealt d join unnest($3::text[]) with ordinality as w(key, n) on w.n = d.n
       where c.no = d.no returning c.*)
     select ${GIVEN} from drawn`,
    [pool, new Date(now), keys],
  );
  const outcomes = new Map(rows.map((row) => [row.key, given(row)]));
  if (rows.length === keys.length) return outcomes;
  const kind = (await hasLeft(client, pool, now)) ? 'busy' : 'out_of_stock';
  for (const key of keys) if (!outcomes.has(key)) outcomes.set(key, { kind });
  return outcomes;
}

/** Whether others hold codes that they may yet give back. A statement of its own, so that it sees what has been given meanwhile. */
async function hasLeft(client: Client, pool: string, now: EpochMs): Promise<boolean> {
  const { rowCount } = await client.query(
    'select from coupon_codes where pool = $1 and payout_key is null and valid_until > $2 limit 1',
    [pool, new Date(now)],
  );
  return rowCount === 1;
}
