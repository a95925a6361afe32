/**
 * Who acts in an interleaved run, each over the real stores: lanes with zombies, ingestion, hand-overs and submissions with lost replies,
 * callbacks, changes of status, the sealer. A crash ends what one was doing; the next step goes on, as the workflows would.
 */
import { MockActivityEnvironment } from '@temporalio/testing';
import { createCohortActivities } from '../../activities/cohort.activities.js';
import { resolveByLookup } from '../../src/domain/ledger/payout-replies.js';
import { AudienceStore } from '../../src/storage/audience.store.js';
import { AuditLogSealsStore } from '../../src/storage/audit-log-seals.store.js';
import { CohortStore } from '../../src/storage/cohort.store.js';
import { CustomersStore } from '../../src/storage/customers.store.js';
import { DeliveryResults } from '../../src/storage/delivery-results.store.js';
import { DeliveryClaims } from '../../src/storage/delivery.store.js';
import { EventsStore } from '../../src/storage/events.store.js';
import type { LaunchedStore } from '../../src/storage/launched.store.js';
import { LedgerSealsStore } from '../../src/storage/ledger-seals.store.js';
import { PayoutClaims } from '../../src/storage/payout-claims.store.js';
import { PayoutsStore } from '../../src/storage/payouts.store.js';
import { inTransaction, type Pool } from '../../src/storage/pool.js';
import { FATES, GATE, PAY, type BookedGateway, type BookedProvider, type Clock } from './interleaved-world.js';
import type { Draws } from './draws.js';
import { Crashed, type Interleaver } from './interleaver.js';
import { NOBODY_HEARS } from './seed.js';
import { onlyCall } from './only-call.js';

export interface Actors {
  interleaver: Interleaver;
  clock: Clock;
  gateway: BookedGateway;
  provider: BookedProvider;
  launched: LaunchedStore;
  customers: readonly string[];
  /** The newest step of each lane and queue. */
  steps: Map<string, number>;
}

function nextStep({ steps }: Actors, queue: string): number {
  const step = (steps.get(queue) ?? 0) + 1;
  steps.set(queue, step);
  return step;
}

const TERMS = {
  batchSize: 4,
  timeoutMs: 600_000,
  idempotent: true,
  idempotencyMs: 86_400_000,
  lookup: true,
  visibilityMs: 0,
};
const LEASE_MS = 600_000;
/** What is asked about again is so at once, and in the order of its keys: neither how long the machine took nor how Postgres went through the rows is the seed's. */
const dueNow = (table: 'outbox' | 'payouts'): string => {
  const [key, queue] = table === 'outbox' ? ['id', 'gateway'] : ['key', 'provider'];
  return `with unsure as (
    select ${key} from ${table} where ${queue} = $1 and state in ('accepted', 'ambiguous') and lookup_at is not null order by ${key} for update)
  update ${table} t set lookup_at = clock_timestamp() - (select count(*) from ${table} b where b.${queue} = $1 and b.${key} >= t.${key}) * interval '1 second'
  where ${key} in (select ${key} from unsure)`;
};
/** A crashed step is no news here. */
const SILENT = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} };

/** A step that may crash; what it returned, or null. */
async function survive<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (isCrash(error)) return null;
    throw error;
  }
}

const isCrash = (error: unknown): boolean =>
  error instanceof Crashed || (error instanceof Error && error.cause instanceof Crashed);

/** One lane: steps of the real activity. Now and then a step is given up as lost while it still runs on: a zombie. */
export function lane(actors: Actors, runId: string, n: number, rounds: number, zombieRate = 0.25): void {
  const { interleaver, clock, launched } = actors;
  const draws = interleaver.draws;
  const advance = async (pool: Pool, at: { step: number; now: number }) => {
    const { advanceCohorts } = createCohortActivities({
      workMs: 3_600_000, // however long the machine takes, it ends where it ends
      runs: {
        prepared: async (id) => ({
          runId: id,
          version: 1,
          journey: await launched.journeyOf(id),
          render: () => ({ ok: true, title: null, body: 'hi' }),
        }),
      },
      cohorts: new CohortStore(pool, 'test', (id) => launched.journeyOf(id)),
      ...NOBODY_HEARS,
      shardOf: () => 0,
      isDataError: () => false,
      cohortSize: 4,
    });
    await survive(async () => {
      await new MockActivityEnvironment({}, { logger: SILENT }).run(advanceCohorts, { runId, lane: n, ...at });
    });
  };
  interleaver.spawn(`lane ${runId}/${n}`, async (pool) => {
    for (let round = 0; round < rounds; round += 1) {
      const step = nextStep(actors, `${runId}/${n}`);
      const at = { step, now: clock.now() };
      if (draws.unit() < zombieRate) interleaver.spawn(`zombie ${runId}/${n}/${step}`, (own) => advance(own, at));
      else await advance(pool, at);
    }
  });
}

export function ingestion({ interleaver, clock, customers, launched }: Actors, name: string, rounds: number): void {
  const { draws } = interleaver;
  interleaver.spawn(name, async (pool) => {
    for (let round = 0; round < rounds; round += 1) {
      const now = clock.now();
      const chosen = Array.from({ length: 1 + draws.below(4) }, () => draws.pick(customers));
      const events = chosen.map((customerId, n) => ({
        messageId: `${name}-${round}-${n}`,
        customerId,
        name: 'purchase',
        occurredAt: now - draws.below(15_000),
        receivedAt: now,
        properties: {},
      }));
      // whoever sent them sends them again after a crash
      const store = new EventsStore(pool, { runs: launched, shardOf: () => 0, build: 'test' });
      for (let sent = false; !sent;) sent = (await survive(() => store.append(events))) !== null;
    }
  });
}

/** Status comes and goes. */
export function gates({ interleaver, clock, customers }: Actors, rounds: number): void {
  const { draws } = interleaver;
  interleaver.spawn('gates', async (pool) => {
    for (let round = 0; round < rounds; round += 1) {
      const now = clock.now();
      const status = draws.pick(['active', 'active', 'withdrawn', 'incident'] as const);
      const change = { status, source: 'person:test', occurredAt: now, now };
      await survive(() => new CustomersStore(pool).changeGate(draws.pick(customers), change, async () => undefined));
    }
  });
}

export function delivery(actors: Actors, rounds: number): void {
  const { interleaver, clock, gateway, launched } = actors;
  const { draws } = interleaver;
  interleaver.spawn('delivery', async (pool) => {
    const claims = new DeliveryClaims(pool, 'test', (id) => launched.journeyOf(id));
    const results = new DeliveryResults(pool);
    type Claim = Awaited<ReturnType<typeof claims.claim>>;
    const handOver = async (at: { gateway: string; shard: number; step: number; now: number }, claim: Claim) => {
      if (claim.kind !== 'claimed' || claim.calls.length === 0) return;
      const { attemptId, batch } = onlyCall(claim);
      const outcome = submitted(draws, gateway, batch);
      if (draws.unit() < 0.15) return; // it dies with the answer: the lease is all that is left
      await results.record(at, [{ attemptId, outcome }], TERMS);
    };
    for (let round = 0; round < rounds; round += 1) {
      const at = { gateway: GATE, shard: 0, step: nextStep(actors, GATE), now: clock.now() };
      await survive(async () => handOver(at, await claims.claim(at, TERMS)));
      await survive(async () => {
        const next = { ...at, step: nextStep(actors, GATE), now: clock.now() };
        await results.expireLeases(next, TERMS);
        await pool.query(dueNow('outbox'), [GATE]);
        const { items } = await results.dueLookups(next, TERMS, 4);
        const looked = items.map((item) => ({ ...item, outcome: gateway.lookup(item.id) }));
        const again = looked.filter(({ outcome, mayResubmit }) => outcome.kind === 'absent' && mayResubmit);
        await results.recordLookups(
          next,
          looked.filter((one) => !again.includes(one)),
          TERMS,
        );
        const ids = again.map(({ id }) => id);
        if (ids.length > 0) await handOver(next, await claims.reclaim(next, TERMS, ids));
      });
    }
  });
}

type Batch = Parameters<BookedGateway['act']>[0][];

function submitted(draws: Draws, gateway: BookedGateway, batch: Batch) {
  const fate = draws.pick(FATES);
  if (fate === 'later') return { kind: 'later' as const, retryAfterMs: 0 };
  if (fate === 'nothing') return { kind: 'unknown' as const };
  const acted = batch.filter(() => fate === 'lost' || draws.unit() < 0.9); // a result may lack
  const results = new Map(acted.map((message) => [message.id, gateway.act(message)]));
  return fate === 'lost' ? { kind: 'unknown' as const } : { kind: 'answered' as const, results };
}

export function payouts(actors: Actors, rounds: number): void {
  const { interleaver, clock, provider } = actors;
  const { draws } = interleaver;
  interleaver.spawn('payouts', async (pool) => {
    const claims = new PayoutClaims(pool, 'test');
    const store = new PayoutsStore(pool);
    type Claim = Awaited<ReturnType<typeof claims.claim>>;
    const submit = async (at: Parameters<typeof claims.claim>[0], claim: Claim) => {
      if (claim.kind !== 'claimed') return;
      const results = claim.orders.map(({ key, attemptId, body }) => {
        const fate = draws.pick(FATES);
        if (fate === 'later') return { key, attemptId, reply: { kind: 'later' as const, retryAfterMs: 0 } };
        const word = fate === 'nothing' ? null : provider.act(key, body);
        return { key, attemptId, reply: fate === 'told' && word ? word : { kind: 'unknown' as const } };
      });
      if (draws.unit() < 0.15) return; // it dies with the answers
      await store.record(at, results, TERMS);
    };
    for (let round = 0; round < rounds; round += 1) {
      const at = { provider: PAY, shard: 0, step: nextStep(actors, PAY), now: clock.now() };
      await survive(async () => submit(at, await claims.claim(at, 3, LEASE_MS)));
      await survive(async () => {
        const next = { ...at, step: nextStep(actors, PAY), now: clock.now() };
        await store.expireLeases(next);
        await pool.query(dueNow('payouts'), [PAY]);
        const { items } = await store.dueLookups(next, TERMS, 4);
        const asked = items.map((item) => ({
          key: item.key,
          attempts: item.attempts,
          resolution: resolveByLookup(TERMS, item, provider.lookup(item.key)),
        }));
        const again = asked.filter(({ resolution }) => resolution.kind === 'resubmit').map(({ key }) => key);
        const definite = asked.flatMap(({ resolution, ...one }) =>
          resolution.kind === 'resubmit' ? [] : [{ ...one, resolution }],
        );
        await store.recordLookups(next, definite, TERMS);
        if (again.length > 0) await submit(next, await claims.reclaim(next, again, LEASE_MS));
      });
    }
  });
}

/** The provider tells what it did, early, late, twice. */
export function callbacks({ interleaver, clock, provider }: Actors, rounds: number): void {
  const { draws } = interleaver;
  interleaver.spawn('callbacks', async (pool) => {
    const store = new PayoutsStore(pool);
    for (let round = 0; round < rounds; round += 1) {
      const keys = provider.keys();
      const now = clock.now();
      await survive(async () => {
        await inTransaction(pool, async (client) => {
          const key = keys.length > 0 ? draws.pick(keys) : 'p/unknown';
          const said = provider.lookup(key);
          const status = said.kind === 'word' && said.word.status === 'rejected' ? 'rejected' : 'paid';
          if (said.kind !== 'word') return;
          const { reference } = said.word;
          const told = { provider: PAY, key, reference, status, reason: null, paidAt: null, code: null } as const;
          await store.recordCallback(client, told, now);
        });
      });
    }
  });
}

export function sealer({ interleaver }: Actors, name: string, rounds: number): void {
  interleaver.spawn(name, async (pool) => {
    const chains = [new LedgerSealsStore(pool, 5), new AuditLogSealsStore(pool, 5)];
    for (let round = 0; round < rounds; round += 1) for (const chain of chains) await survive(() => chain.sealBatch());
  });
}

export function closer({ interleaver, clock }: Actors, runId: string): void {
  interleaver.spawn(`close ${runId}`, async (pool) => {
    await new AudienceStore(pool, 'test').closeIfDone(runId, clock.now());
  });
}
