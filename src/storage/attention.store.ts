/**
 * What of an installation waits for a person, or ought to have moved by itself: read as it is, by index, for whoever operates it. Database time
 * throughout, but for the business epoch.
 */
import { createPool } from './pool.js';

interface Queue {
  kind: 'delivery' | 'payout';
  /** Of the gateway or provider. */
  name: string;
}

interface Aged {
  n: number;
  /** Of the oldest one, in seconds; null where there is none. */
  oldestSeconds: number | null;
}

export interface Waiting {
  businessEpoch: Date | null;
  /** Stopped by an answer that the protocol does not know. */
  attention: (Queue & { shard: number; attention: string })[];
  /** Providers that do not answer: nothing is submitted to them until one payout has been answered. */
  openBreakers: { provider: string; failures: number; openSeconds: number }[];
  /** Numbers of partners' result files that are missing before later ones, and files that were not taken. */
  resultFiles: { provider: string; missing: number[]; refused: { name: string; why: string }[] }[];
  /** Payout files that are frozen, and not known to be written. */
  unwrittenFiles: Aged;
  /** With something to hand over or to pay. */
  busy: Queue[];
  /** Transfers, and lines of the audit log. */
  unsealed: Aged;
  /** Of the oldest sealed transfer that no signed head covers; null where there is none. */
  unsignedSeconds: number | null;
  ambiguousMessages: Aged;
  ambiguousPayouts: Aged;
  heldPayouts: number;
}

/** Errors: those of the connection; 42P01 where the tables are not there. */
export async function readWaiting(url: string): Promise<Waiting> {
  const pool = createPool(url, { max: 1, name: 'pado-doctor' });
  try {
    const one = async <T extends object>(sql: string) => (await pool.query<T & Record<string, unknown>>(sql)).rows;
    const aged = async (sql: string) => (await one<Aged>(sql))[0] ?? { n: 0, oldestSeconds: null };
    const [epoch] = await one<{ at: Date | null }>('select business_epoch as at from installation');
    return {
      businessEpoch: epoch?.at ?? null,
      attention: await one<Waiting['attention'][number]>(
        'select kind, name, shard, attention from queues where attention is not null order by 1, 2, 3',
      ),
      openBreakers: await one<Waiting['openBreakers'][number]>(
        `select provider, failures, ${AGE('opened_at')} as "openSeconds" from provider_breakers where opened_at is not null order by 1`,
      ),
      resultFiles: await one<Waiting['resultFiles'][number]>(RESULT_FILES),
      unwrittenFiles: await aged(
        `select count(*)::int as n, null::float8 as "oldestSeconds" from payout_files f
         where not exists (select from payout_files_written w where w.provider = f.provider and w.no = f.no)`,
      ),
      busy: await one<Queue>(
        `select distinct q.kind, q.name from queues q
         where (q.kind = 'delivery' and exists (select from outbox o where o.gateway = q.name and o.shard = q.shard and o.state = 'queued'))
            or (q.kind = 'payout' and exists (select from payouts p where p.provider = q.name and p.shard = q.shard
                                              and p.state in ('intended', 'approved')))
         order by 1, 2`,
      ),
      unsealed: await aged(
        `select count(*)::int as n, ${AGE('min(recorded_at)')} as "oldestSeconds"
         from (select recorded_at from ledger_unsealed
               union all select l.recorded_at from audit_log_unsealed u join audit_log l on l.no = u.line) u`,
      ),
      unsignedSeconds: (await one<{ age: number }>(UNSIGNED))[0]?.age ?? null,
      ambiguousMessages: await aged(
        `select count(*)::int as n, ${AGE('min(last_attempt_at)')} as "oldestSeconds" from outbox where state = 'ambiguous'`,
      ),
      ambiguousPayouts: await aged(
        `select count(*)::int as n, ${AGE('min(last_attempt_at)')} as "oldestSeconds" from payouts where state = 'ambiguous'`,
      ),
      heldPayouts: (await one<{ n: number }>(`select count(*)::int as n from payouts where state = 'held'`))[0]?.n ?? 0,
    };
  } finally {
    await pool.end();
  }
}

const AGE = (at: string) => `extract(epoch from clock_timestamp() - ${at})::float8`;

/** The first link behind the last head. */
const UNSIGNED = `
  select ${AGE('t.recorded_at')} as age from ledger_seals s join ledger_transfers t on t.id = s.transfer_id
  where s.no = coalesce((select max(through) from signed_heads), 0) + 1`;

/** A file that was refused and came whole later is no matter any more; other bytes under a number that was taken stay one. */
const RESULT_FILES = `
  with missing as (
    select m.provider, array_agg(n order by n)::int[] as numbers
    from (select provider, max(no) as newest from result_files group by 1) m
    cross join lateral generate_series(1, m.newest) n
    where not exists (select from result_files f where f.provider = m.provider and f.no = n) group by 1),
  refused as (
    select r.provider, json_agg(json_build_object('name', r.name, 'why', r.why) order by r.name, r.at) as files
    from result_file_refusals r
    where r.kind <> 'faulty' or not exists (select from result_files f where f.provider = r.provider
                        and r.name = f.provider || '-results-' || lpad(f.no::text, 6, '0') || '.csv')
    group by 1)
  select provider, coalesce(numbers, '{}') as missing, coalesce(files, '[]') as refused
  from missing full join refused using (provider) order by 1`;
