/**
 * Result files of partners: each number is taken once, whole, with all that it says about payouts, in one transaction. What it says of others, or says
 * otherwise than before, is a break and moves nothing.
 */
import type { EpochMs } from '../domain/base/time.js';
import type { ResultFile, ResultRow } from '../domain/ledger/payout-files.js';
import type { PayoutState } from '../domain/ledger/payout-moves.js';
import { movePayouts, recordBreaks } from './payout-moves.js';
import { inTransaction, type Client, type Pool } from './pool.js';

/** `queues`: of payouts that moved; they may have something to tell. */
export type TakenResults = { kind: 'taken'; queues: { name: string; shard: number }[] } | { kind: 'known' | 'refused' };

interface Asked {
  key: string;
  state: PayoutState;
  shard: number;
  amount: string;
  currency: string;
  reference: string | null;
}
type Break = Parameters<typeof recordBreaks>[2][number];

export class ResultFiles {
  constructor(private readonly pool: Pool) {}

  async take(provider: string, name: string, no: number, file: ResultFile, now: EpochMs): Promise<TakenResults> {
    return await inTransaction(this.pool, async (client) => {
      if (file.kind === 'faulty')
        return await refuse(client, { provider, name, sha256: file.sha256, kind: 'faulty', why: file.why }, now);
      const { rowCount } = await client.query(
        'insert into result_files (provider, no, sha256, rows, taken_at) values ($1, $2, $3, $4, $5) on conflict do nothing',
        [provider, no, file.sha256, file.rows.length, new Date(now)],
      );
      if (rowCount === 0) {
        const { rows } = await client.query<{ sha256: string }>(
          'select sha256 from result_files where provider = $1 and no = $2',
          [provider, no],
        );
        if (rows[0]?.sha256 === file.sha256) return { kind: 'known' };
        const why = 'its number was taken with other bytes';
        return await refuse(client, { provider, name, sha256: file.sha256, kind: 'number_taken', why }, now);
      }
      return { kind: 'taken', queues: await apply(client, provider, file.rows, now) };
    });
  }

  /** What is no result file by its name. */
  async refuseName(provider: string, name: string, now: EpochMs): Promise<void> {
    const why = 'its name is none of a result file';
    await inTransaction(this.pool, (client) => refuse(client, { provider, name, sha256: '', kind: 'name', why }, now));
  }
}

interface Refusal {
  provider: string;
  name: string;
  sha256: string;
  kind: 'faulty' | 'number_taken' | 'name';
  why: string;
}

/** Once per name and bytes. */
async function refuse(client: Client, refusal: Refusal, now: EpochMs): Promise<{ kind: 'refused' }> {
  const { provider, name, sha256, kind, why } = refusal;
  await client.query('insert into result_file_refusals values ($1, $2, $3, $4, $5, $6) on conflict do nothing', [
    provider,
    name,
    sha256,
    kind,
    why,
    new Date(now),
  ]);
  return { kind: 'refused' };
}

/** Of payouts that have left in a file of this provider. Locks: payouts by key, then what moves take. */
async function apply(
  client: Client,
  provider: string,
  results: readonly ResultRow[],
  now: EpochMs,
): Promise<{ name: string; shard: number }[]> {
  const keys = results.map(({ key }) => key);
  await client.query('select from payouts where key = any($1::text[]) order by key for update', [keys]);
  const { rows } = await client.query<Asked>(
    `select p.key, p.state, p.shard, p.amount::text, p.currency, p.reference
     from payouts p join payout_file_rows r on r.payout_key = p.key and r.provider = $2 and r.file_no is not null
     where p.key = any($1::text[])`,
    [keys, provider],
  );
  const asked = new Map(rows.map((row) => [row.key, row]));
  const breaks = results.flatMap((result) => breakOf(asked.get(result.key), result));
  const broken = new Set(breaks.map(({ key }) => key));
  const moves = results
    .filter(({ key }) => !broken.has(key))
    .map(({ key, status, reference, reason, paidAt }) => {
      return { key, to: status, reference, paidAt, reason: status === 'rejected' ? (reason ?? 'rejected') : null };
    });
  const outcomes = await movePayouts(client, moves, { now, cause: 'result' });
  const said = new Map(moves.map(({ key, to }) => [key, to]));
  for (const { key, from, verdict } of outcomes)
    if (verdict === 'contradiction')
      breaks.push({ key, kind: 'contradiction', detail: { had: from, said: said.get(key) } });
  await recordBreaks(client, `provider/${provider}`, breaks, now);
  const moved = outcomes.filter(({ verdict }) => verdict === 'move').map(({ key }) => asked.get(key)?.shard ?? 0);
  return [...new Set(moved)].map((shard) => ({ name: provider, shard }));
}

/** What never left, left with another amount, or was told under another reference before. */
function breakOf(asked: Asked | undefined, { key, status, reference, amount, currency }: ResultRow): Break[] {
  if (!asked) return [{ key, kind: 'unknown_key', detail: { said: status, reference } }];
  if (asked.amount !== amount || asked.currency !== currency)
    return [{ key, kind: 'amount', detail: { said: status, reference, amount, currency } }];
  if (asked.state === status && asked.reference !== null && asked.reference !== reference)
    return [{ key, kind: 'contradiction', detail: { had: asked.reference, said: reference } }];
  return [];
}
