/**
 * The one sealer of the ledger: it numbers and chains what has committed unsealed, a batch per transaction. The order of the chain is the
 * order of sealing: a transfer that commits later, whatever its id or time, is simply sealed later, so that there is no gap to wait for.
 */
import { GENESIS, linkHash, type SealedTransfer } from '../domain/ledger/chain.js';
import { lockSealing } from './advisory.js';
import { inTransaction, type Client, type Pool } from './pool.js';

export interface Sealed {
  sealed: number;
  /** There is more to seal. False, too, where another sealer is at work. */
  more: boolean;
}

/** The end of the chain; before the first seal, no is 0 and the hash 32 zero bytes. */
export interface LedgerHead {
  no: number;
  hash: Buffer;
  /** Database time. */
  sealedAt: Date | null;
  /** Transfers that have committed and are not sealed yet. */
  unsealed: number;
}

interface Listed extends SealedTransfer {
  recordedAt: string;
  isSealed: boolean;
}

export const SEALED_TOGETHER = 5_000;

export class LedgerSealsStore {
  constructor(
    private readonly pool: Pool,
    private readonly batch = SEALED_TOGETHER,
  ) {}

  /** One batch, oldest first. What it reads has committed; who waits for nobody misses nobody. */
  async sealBatch(): Promise<Sealed> {
    return await inTransaction(this.pool, async (client) => {
      if (!(await lockSealing(client))) return { sealed: 0, more: false };
      const last = await lastSeal(client); // a fresh statement after the lock: the end that the sealer before us left
      const listed = await readListed(client, this.batch);
      const fresh = listed.filter(({ isSealed }) => !isSealed);
      await append(client, last, fresh);
      // by both halves of the key, and joined with nothing: the planner, who may know the list as drained, would go through all of it for each
      await client.query(
        'delete from ledger_unsealed where recorded_at = any($1::timestamptz[]) and transfer_id = any($2::text[])',
        [listed.map(({ recordedAt }) => recordedAt), listed.map(({ id }) => id)],
      );
      return { sealed: fresh.length, more: listed.length === this.batch };
    });
  }

  /** Both figures in one snapshot. */
  async head(): Promise<LedgerHead> {
    const { rows } = await this.pool.query<{
      no: number | null;
      hash: Buffer | null;
      at: Date | null;
      unsealed: number;
    }>(
      `select h.no, h.hash, h.sealed_at as at, (select count(*) from ledger_unsealed) as unsealed
       from (values (1)) as one left join lateral (select * from ledger_heads order by no desc limit 1) h on true`,
    );
    const [row] = rows;
    return { no: row?.no ?? 0, hash: row?.hash ?? GENESIS, sealedAt: row?.at ?? null, unsealed: row?.unsealed ?? 0 };
  }
}

async function lastSeal(client: Client): Promise<{ no: number; hash: Buffer }> {
  const { rows } = await client.query<{ no: number; hash: Buffer }>(
    'select no, hash from ledger_seals order by no desc limit 1',
  );
  return rows[0] ?? { no: 0, hash: GENESIS };
}

/**
 * Indexes: the list's primary key; for each on it, the transfer's, the entries' and whether it has a seal. `limit 1` keeps the planner from reading all
 * transfers, or all seals, for a batch.
 */
async function readListed(client: Client, limit: number): Promise<Listed[]> {
  const { rows } = await client.query<Listed>(
    `select t.id, t.kind, t.payout_key as "payoutKey", u.recorded_at::text as "recordedAt",
            (extract(epoch from t.at) * 1000000)::bigint::text as "atMicros",
            (extract(epoch from t.recorded_at) * 1000000)::bigint::text as "recordedAtMicros",
            coalesce((select json_agg(json_build_array(e.side, e.account, e.amount::text, e.currency) order by e.side)
                      from ledger_entries e where e.transfer_id = t.id), '[]') as entries,
            s.no is not null as "isSealed"
     from (select * from ledger_unsealed order by recorded_at, transfer_id limit $1) u
     cross join lateral (select * from ledger_transfers where id = u.transfer_id limit 1) t
     left join lateral (select no from ledger_seals where transfer_id = u.transfer_id limit 1) s on true
     order by u.recorded_at, u.transfer_id`,
    [limit],
  );
  return rows;
}

async function append(client: Client, last: { no: number; hash: Buffer }, fresh: readonly Listed[]): Promise<void> {
  if (fresh.length === 0) return;
  let { no, hash } = last;
  const links = fresh.map((transfer) => {
    const previous = hash;
    no += 1;
    hash = linkHash(previous, transfer);
    return { n: no, i: transfer.id, p: previous.toString('hex'), h: hash.toString('hex') };
  });
  await client.query(
    `insert into ledger_seals (no, transfer_id, previous, hash)
     select n, i, decode(p, 'hex'), decode(h, 'hex')
     from json_to_recordset($1::json) as x(n bigint, i text, p text, h text) order by n`,
    [JSON.stringify(links)],
  );
  await client.query('insert into ledger_heads (no, seals, hash) values ($1, $2, $3)', [no, links.length, hash]);
}
