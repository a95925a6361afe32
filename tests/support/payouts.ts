/**
 * Payouts for tests of their machine: a run whose customers have earned, a funded budget, and the queue's real activities over the real
 * stores, against a provider of the test. Transport time passes by moving the rows' times back.
 */
import { MockActivityEnvironment } from '@temporalio/testing';
import type pg from 'pg';
import { createPayoutActivities, type PayoutPorts, type PayoutQueueInput } from '../../activities/payout.activities.js';
import type { ProviderTerms } from '../../src/domain/ledger/payout-replies.js';
import type { IntentRow } from '../../src/domain/wave/cohort.js';
import { PayoutClaims } from '../../src/storage/payout-claims.store.js';
import { insertIntents, PayoutsStore } from '../../src/storage/payouts.store.js';
import { inTransaction, type Pool } from '../../src/storage/pool.js';
import { ReversalsStore } from '../../src/storage/reversals.store.js';
import { seedCustomers, seedRun, sendOnce, T0 } from './seed.js';

export const AMOUNT = 5_000;

export interface PayoutScene {
  runId: string;
  provider: string;
  budget: string;
  keys: string[];
}

/** A run of its own, with its own budget and provider, whose customers have all earned 5,000 won. */
export async function seedPayouts(
  db: pg.Pool,
  pool: Pool,
  runId: string,
  count: number,
  provider = `pay-${runId}`,
  over: Partial<IntentRow> = {},
): Promise<PayoutScene> {
  const customers = Array.from({ length: count }, (_, n) => `${runId}-c${n}`);
  const budget = `b-${runId}`;
  await seedCustomers(db, customers);
  await seedRun(db, runId, sendOnce(`c-${runId}`), customers);
  await db.query(
    `insert into accounts (key, kind, currency, balance) values
       ('budget:' || $1, 'budget', 'KRW', $2), ('reserved:' || $1, 'reserved', 'KRW', 0), ('funding:' || $1, 'funding', 'KRW', -$2::bigint)`,
    [budget, AMOUNT * count * 10],
  );
  const rows = customers.map((customerId): IntentRow => {
    const slotKey = `p/${runId}/reward/1/${customerId}`;
    return {
      payoutKey: `${slotKey}/1`,
      slotKey,
      claimKey: `run/${runId}/reward/${customerId}`,
      runId,
      campaign: `c-${runId}`,
      node: 'reward',
      visit: 1,
      wave: 1,
      customerId,
      kind: 'cashback',
      amountMinor: AMOUNT,
      currency: 'KRW',
      budget,
      provider,
      shard: 0,
      evidence: {},
      ...over,
    };
  });
  await inTransaction(pool, (client) => insertIntents(client, rows, T0));
  return { runId, provider, budget, keys: rows.map((row) => row.payoutKey) };
}

/** One claim and its calls; or one turn of looking up. */
export function payoutQueue(
  pool: Pool,
  provider: PayoutPorts['provider'],
  take: PayoutPorts['throttle']['take'] = async () => undefined,
) {
  const claims = new PayoutClaims(pool, 'test');
  const payouts = new PayoutsStore(pool);
  const reversals = new ReversalsStore(pool);
  const activities = createPayoutActivities({
    provider,
    payouts: {
      claim: claims.claim.bind(claims),
      reclaim: claims.reclaim.bind(claims),
      presume: claims.presume.bind(claims),
      record: payouts.record.bind(payouts),
      expireLeases: payouts.expireLeases.bind(payouts),
      dueLookups: payouts.dueLookups.bind(payouts),
      recordLookups: payouts.recordLookups.bind(payouts),
      nextInMs: payouts.nextInMs.bind(payouts),
      isStopped: payouts.isStopped.bind(payouts),
      tell: async () => ({ told: 0, lanes: [], payouts: [] }),
    },
    reversals,
    nudger: { nudgeLane: async () => undefined, nudgePayout: async () => undefined },
    throttle: { take },
  });
  return {
    claims,
    payouts,
    reversals,
    submit: (input: PayoutQueueInput, environment = new MockActivityEnvironment()) =>
      environment.run(activities.submitPayouts, input),
    resolve: (input: PayoutQueueInput, environment = new MockActivityEnvironment()) =>
      environment.run(activities.resolvePayouts, input),
  };
}

export const queueAt = (scene: PayoutScene, now = T0): PayoutQueueInput => ({
  provider: scene.provider,
  shard: 0,
  step: 0,
  now,
});

/** So much transport time has passed for this provider's payouts. */
export async function passTransportTime(db: pg.Pool, provider: string, ms: number): Promise<void> {
  await db.query(
    `with back as (select $2::bigint * interval '1 millisecond' as by)
     update payouts set lookup_at = lookup_at - by, first_attempt_at = first_attempt_at - by, last_attempt_at = last_attempt_at - by
     from back where provider = $1`,
    [provider, ms],
  );
  await db.query(
    `update payout_attempts set lease_until = lease_until - $2::bigint * interval '1 millisecond' where provider = $1 and closed_at is null`,
    [provider, ms],
  );
  await db.query(
    `update queues set blocked_until = blocked_until - $2::bigint * interval '1 millisecond' where name = $1`,
    [provider, ms],
  );
  await db.query(
    `with back as (select $2::bigint * interval '1 millisecond' as by)
     update provider_breakers set open_until = open_until - by, probe_until = probe_until - by from back where provider = $1`,
    [provider, ms],
  );
}

export interface PayoutSeen {
  state: string;
  reason: string | null;
  attempts: number;
}

export async function seePayout(db: pg.Pool, key: string): Promise<PayoutSeen> {
  const { rows } = await db.query<PayoutSeen>('select state, reason, attempts from payouts where key = $1', [key]);
  return rows[0] as PayoutSeen;
}

/** What the ledger says of a budget, and what it should by the states of its payouts. */
export async function budgetSums(
  db: pg.Pool,
  budget: string,
): Promise<{ reserved: string; open: string; spent: string; paid: string }> {
  const { rows } = await db.query<{ reserved: string; open: string; spent: string; paid: string }>(
    `select r.balance as reserved, -f.balance - b.balance - r.balance as spent,
            (select coalesce(sum(amount), 0) from payouts where budget = $1
             and state in ('intended', 'approved', 'submitting', 'accepted', 'ambiguous', 'held'))::text as open,
            (select coalesce(sum(amount), 0) from payouts where budget = $1 and state in ('paid', 'settled'))::text as paid
     from accounts r, accounts b, accounts f
     where r.key = 'reserved:' || $1 and b.key = 'budget:' || $1 and f.key = 'funding:' || $1`,
    [budget],
  );
  return rows[0] as { reserved: string; open: string; spent: string; paid: string };
}

export type Terms = ProviderTerms & { timeoutMs: number };
