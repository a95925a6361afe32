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
  /** With something to hand over or to pay. */
  busy: Queue[];
  unsealed: Aged;
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
      busy: await one<Queue>(
        `select distinct q.kind, q.name from queues q
         where (q.kind = 'delivery' and exists (select from outbox o where o.gateway = q.name and o.shard = q.shard and o.state = 'queued'))
            or (q.kind = 'payout' and exists (select from payouts p where p.provider = q.name and p.shard = q.shard
                                              and p.state in ('intended', 'approved')))
         order by 1, 2`,
      ),
      unsealed: await aged(
        `select count(*)::int as n, ${AGE('min(recorded_at)')} as "oldestSeconds" from ledger_unsealed`,
      ),
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
