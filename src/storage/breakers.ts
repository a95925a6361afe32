/**
 * The breaker of a provider, one row for all workers: read by each claim, told each group of replies. Its row is locked before payouts are, and
 * only where it is not as usual, so that a provider that answers costs a look at one row.
 */
import { judgeSigns, signOf, type Breaker, type BreakerChange } from '../domain/ledger/breaker.js';
import type { ProviderTerms, SubmitReply } from '../domain/ledger/payout-replies.js';
import type { Client } from './pool.js';

/** Of a claim: as many as it likes, one alone that tries the provider, or none. */
export type Admission = 'all' | 'probe' | 'none';

const RESTS = 'greatest(open_until, probe_until) > clock_timestamp()';

/** `probe`: the breaker is the caller's until its transaction ends. */
export async function admit(client: Client, provider: string): Promise<Admission> {
  const { rows } = await client.query<{ rests: boolean }>(
    `select ${RESTS} as rests from provider_breakers where provider = $1 and opened_at is not null`,
    [provider],
  );
  const [open] = rows;
  if (!open) return 'all';
  if (open.rests) return 'none';
  const { rows: ours } = await client.query<{ rests: boolean }>(
    `select ${RESTS} as rests from provider_breakers where provider = $1 and opened_at is not null for update skip locked`,
    [provider],
  );
  return ours[0]?.rests === false ? 'probe' : 'none';
}

/** This attempt tries the provider; nobody else does while its lease lasts. */
export async function beginProbe(client: Client, provider: string, attemptId: number, leaseMs: number): Promise<void> {
  await client.query(
    `update provider_breakers set probe = $2, probe_until = clock_timestamp() + $3::bigint * interval '1 millisecond' where provider = $1`,
    [provider, attemptId, leaseMs],
  );
}

/** Before anything else of these replies is written. True: the provider answers again, and all its queues may go on. */
export async function tellBreaker(
  client: Client,
  provider: string,
  results: readonly { attemptId: number; reply: SubmitReply }[],
  { breaker: terms }: ProviderTerms,
): Promise<boolean> {
  if (!terms) return false;
  const signs = results.map(({ attemptId, reply }) => ({ attemptId, sign: signOf(reply) }));
  const usual = await read(client, provider, '');
  if (judgeSigns(usual, signs, terms).kind === 'none') return false;
  await client.query('insert into provider_breakers (provider, failures) values ($1, 0) on conflict do nothing', [
    provider,
  ]);
  const change = judgeSigns(await read(client, provider, 'for update'), signs, terms);
  await keep(client, provider, change, terms.openMs);
  return change.kind === 'closed';
}

async function read(client: Client, provider: string, lock: '' | 'for update'): Promise<Breaker> {
  const { rows } = await client.query<Breaker>(
    `select failures, opened_at is not null as "isOpen", probe from provider_breakers where provider = $1 ${lock}`,
    [provider],
  );
  return rows[0] ?? { failures: 0, isOpen: false, probe: null };
}

async function keep(client: Client, provider: string, change: BreakerChange, openMs: number): Promise<void> {
  switch (change.kind) {
    case 'none':
      return;
    case 'counted':
      await client.query('update provider_breakers set failures = $2 where provider = $1', [provider, change.failures]);
      return;
    case 'opened':
      await client.query(
        `update provider_breakers set failures = $2, probe = null, probe_until = null, opened_at = coalesce(opened_at, clock_timestamp()),
           open_until = clock_timestamp() + $3::bigint * interval '1 millisecond'
         where provider = $1`,
        [provider, change.failures, openMs],
      );
      return;
    case 'closed':
      await client.query(
        `update provider_breakers set failures = 0, probe = null, probe_until = null, opened_at = null, open_until = null where provider = $1`,
        [provider],
      );
      return;
    case 'untried':
      await client.query('update provider_breakers set probe = null, probe_until = null where provider = $1', [
        provider,
      ]);
      return;
    default:
      return change satisfies never;
  }
}
