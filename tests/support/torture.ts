/**
 * Payouts over three providers of different capabilities while everything misbehaves at once: a tenth of all calls in every way that the simulator
 * knows, workers killed every few seconds, Postgres and Temporal started again twice, Redis flushed, callbacks shuffled and doubled, the providers'
 * clock off. In the end each book has each key at most once, and the laws hold.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { Redis } from 'ioredis';
import { RATE_NAMES, type RateName } from '../../src/simulator/index.js';
import { timeOf } from './bench.js';
import { customers, defineBasics, importCustomers, launch, sealed } from './campaigns.js';
import type { Draws } from './draws.js';
import type { OwnServices } from './own-services.js';
import { Stack, until } from './stack.js';

const WORKERS = 2;
const RATE = 0.1;
const EVERYTHING = Object.fromEntries(RATE_NAMES.map((name) => [name, RATE])) as Record<RateName, number>;
/** Safe to repeat and to ask; to ask alone; neither: what is unsure there waits for a person. */
const PROVIDERS = [
  { name: 'repeats', idempotent: true, lookup: true },
  { name: 'tells', idempotent: false, lookup: true },
  { name: 'silent', idempotent: false, lookup: false },
];
/** So long a server is gone. */
const DOWN_MS = 2_000;
const CLOCK_OFF_MS = 4 * 60_000;
const AMOUNT = 1_000;
const LOOK_EVERY_MS = 100;
const WHY = { reason: 'it was asked' };

const once = (key: string) => ({ headers: { 'idempotency-key': key } });

const arm = (name: string) => ({ name, weight: 1, next: `reward-${name}` });
const reward = (provider: string) => ({
  type: 'reward',
  kind: 'cashback',
  amount: { value: String(AMOUNT), currency: 'KRW' },
  budget: 'main',
  provider,
  next: 'done',
});
const CAMPAIGN = {
  key: 'torture',
  name: 'torture',
  purpose: 'information',
  segment: 'everyone',
  journey: {
    start: 'draw',
    nodes: {
      draw: { type: 'split', arms: PROVIDERS.map(({ name }) => arm(name)) },
      ...Object.fromEntries(PROVIDERS.map(({ name }) => [`reward-${name}`, reward(name)])),
      done: { type: 'exit' },
    },
  },
};

export async function startTorture(services: OwnServices): Promise<Stack> {
  const stack = await Stack.start({
    epoch: '2026-03-03T10:00:00+09:00',
    workers: WORKERS,
    sweepSeconds: 5,
    services,
    simulator: { providers: PROVIDERS, gateways: [{}] },
  });
  const { epoch, base } = await stack.one<{ epoch: Date; base: Date }>(
    'select business_epoch as epoch, temporal_base as base from installation',
  );
  stack.simulator.setClock({ epochMs: epoch.getTime() - CLOCK_OFF_MS, baseMs: base.getTime() });
  return stack;
}

export interface TortureFigures {
  payouts: number;
  paid: number;
  rejected: number;
  /** For a person to decide, or for a callback that may never come. */
  waiting: number;
  kills: number;
  settledMs: number;
  auditMs: number;
}

/** All of it, to the audit. Errors: those of what does not hold. */
export async function torture(
  stack: Stack,
  services: OwnServices,
  { count, draws }: { count: number; draws: Draws },
): Promise<TortureFigures> {
  await defineBasics(stack, String(count * AMOUNT));
  await importCustomers(stack, customers(count));
  for (const provider of stack.simulator.providers)
    provider.setFaults({ ...EVERYTHING, latencyMs: [0, 50], hangMs: 1_500, callbackDelayMs: [0, 3_000] });
  const run = await launch(stack, CAMPAIGN);
  let kills = 0;
  const settledMs = await timeOf(async () => {
    const over = new AbortController();
    const killing = (async () => {
      while (!over.signal.aborted) {
        await sleep(2_000 + draws.below(3_000), undefined, { signal: over.signal }).catch(() => undefined);
        if (over.signal.aborted) return;
        const worker = stack.workers[draws.below(WORKERS)];
        if (!worker) throw new Error('no worker');
        await worker.kill('SIGKILL');
        kills += 1;
        // one that begins while a server is down ends, and is started again, as a supervisor does
        const isUp = () =>
          worker.start().then(
            () => true,
            () => false,
          );
        await until('a worker is up again', isUp, 240_000, 500);
      }
    })();
    killing.catch(() => undefined); // told when it is awaited
    try {
      for (const share of [0.15, 0.3, 0.45, 0.6, 0.75]) {
        await decided(stack, share * count, count);
        await strike(services, share);
      }
      await decided(stack, 0.9 * count, count);
    } finally {
      over.abort();
      await killing.catch(() => undefined);
    }
    await killing;
    // what is left comes to its end among the same misbehaviour, with nobody killed
    await until('nothing is under way', async () => (await underWay(stack)) === 0, patienceMs(count), LOOK_EVERY_MS);
  });
  await sealed(stack, patienceMs(count));
  const figures = await expectOnce(stack, run, count);
  const auditMs = await timeOf(() => stack.auditClean());
  return { ...figures, kills, settledMs, auditMs };
}

const patienceMs = (count: number): number => 240_000 + count * 60;

/** Postgres and Temporal end and come back, twice each; Redis forgets everything. */
async function strike(services: OwnServices, share: number): Promise<void> {
  const end = async (name: 'postgres' | 'temporal', how: 'quit' | 'kill') => {
    await services.end(name, how);
    await sleep(DOWN_MS);
    await services.begin(name);
  };
  if (share === 0.15) await end('postgres', 'quit');
  else if (share === 0.3) await end('temporal', 'kill');
  else if (share === 0.6) await end('postgres', 'kill');
  else if (share === 0.75) await end('temporal', 'kill');
  else {
    const redis = new Redis(services.redisUrl);
    await redis.flushall();
    redis.disconnect();
  }
}

const FINAL = `('paid', 'settled', 'rejected', 'held', 'cancelled')`;

/** So many of all payouts have come to an end or to a person. An operator looks after the queues that an undocumented answer stopped. */
async function decided(stack: Stack, n: number, count: number): Promise<void> {
  await until(
    `${Math.ceil(n)} payouts are decided`,
    async () => {
      await letGo(stack);
      const { done } = await stack.one<{ done: number }>(
        `select count(*)::int as done from payouts where state in ${FINAL}`,
      );
      return done >= n;
    },
    patienceMs(count),
    LOOK_EVERY_MS,
  );
}

/** As an operator does: by the API, which wakes the queue. What is refused or gets no answer, for a server is down, is left to the next look. */
async function letGo(stack: Stack): Promise<void> {
  const { rows } = await stack.pool.query<{ name: string; key: string }>(
    `select name, 'clear-' || name || '-' || (extract(epoch from max(attention_at)) * 1e6)::bigint as key from queues
     where kind = 'payout' and attention is not null group by name`,
  );
  for (const { name, key } of rows) {
    const clear = { as: 'operator', ...once(key) } as const;
    const reply = await stack.request('POST', `/v1/attention/provider/${name}/clear`, WHY, clear).catch(() => null);
    if (reply && reply.status >= 400 && reply.status < 500 && reply.status !== 409)
      throw new Error(`clearing ${name} answered ${reply.status}: ${JSON.stringify(reply.body)}`);
  }
}

/** What still moves by itself. An accepted payout of a provider that cannot be asked waits for a callback, which may be lost. */
async function underWay(stack: Stack): Promise<number> {
  await letGo(stack);
  const { n } = await stack.one<{ n: number }>(
    `select (select count(*) from participants where state = 'active')::int
          + count(*) filter (where state in ('intended', 'approved', 'submitting', 'ambiguous')
                                or (state = 'accepted' and provider <> 'silent'))::int as n from payouts`,
  );
  return n;
}

/** By the books of the providers before our own tables. */
async function expectOnce(stack: Stack, run: string, count: number) {
  const paidIn = new Map<string, string>();
  for (const provider of stack.simulator.providers) {
    for (const line of await provider.readBook()) {
      if (line.type !== 'payment') continue;
      const slot = line.key.slice(0, line.key.lastIndexOf('/'));
      expect({ slot, also: paidIn.get(slot) }).toEqual({ slot, also: undefined });
      paidIn.set(slot, provider.name);
      expect([line.amount, line.currency]).toEqual([String(AMOUNT), 'KRW']);
    }
  }
  const { rows } = await stack.pool.query<{ slot: string; provider: string; state: string }>(
    'select slot_key as slot, provider, state from payouts where run_id = $1',
    [run],
  );
  expect(rows).toHaveLength(count); // each slot earned one, and nobody has two
  const called = rows.filter(({ state }) => ['paid', 'settled'].includes(state));
  for (const { slot, provider } of called)
    expect({ slot, paidIn: paidIn.get(slot) }).toEqual({ slot, paidIn: provider });
  const rejected = rows.filter(({ state }) => state === 'rejected');
  const paidThough = rejected.filter(({ slot }) => paidIn.has(slot));
  expect(paidThough).toEqual([]);
  expect(called.length).toBeGreaterThan(0);
  expect(rejected.length).toBeGreaterThan(0);
  return {
    payouts: count,
    paid: called.length,
    rejected: rejected.length,
    waiting: rows.length - called.length - rejected.length,
  };
}
