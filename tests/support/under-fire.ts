/**
 * A two-wave campaign under way while its services fail: what is in hand at a moment, clients that try again until they are told, and
 * what must be true once everything is up again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { customers, defineBasics, importCustomers, launch, settled, twoWaves } from './campaigns.js';
import type { Draws } from './draws.js';
import { until, type Stack, type StackOptions } from './stack.js';

/** Slow enough that there is always something in hand: some seven seconds for 2,000 messages, and as many payments as buy. */
export const SLOW_EDGES: StackOptions['simulator'] = {
  gateways: [{ batchSize: 100, maxTps: 300 }],
  providers: [{ maxTps: 60 }],
};
const DAYTIME = '2026-03-03T10:00:00+09:00';
export const UNDER_FIRE = { epoch: DAYTIME, sweepSeconds: 5, simulator: SLOW_EDGES } satisfies StackOptions;

/** Basics, `count` customers, and edges that take their time. */
export async function defineUnderFire(stack: Stack, count: number): Promise<void> {
  stack.simulator.gateway.setLatency([50, 200]);
  stack.simulator.provider.setLatency([5, 40]);
  await defineBasics(stack);
  await importCustomers(stack, customers(count));
}

/** The same, and a run of two waves over them; returns its id. */
export async function launchWaves(stack: Stack, count: number, span: string): Promise<string> {
  await defineUnderFire(stack, count);
  return await launch(stack, twoWaves({ span }));
}

export interface InHand {
  /** People who are due. */
  due: number;
  /** Messages and payouts that wait for their hand-over. */
  queued: number;
  /** Hand-overs between their claim and their recorded result. */
  open: number;
  /** Of these, the payouts'. */
  paying: number;
  /** Sessions of API and worker inside a statement or transaction. */
  busy: number;
}

export async function inHand(stack: Stack): Promise<InHand> {
  const now = new Date(await stack.businessNow());
  const row = await stack.one<Record<keyof InHand, string>>(
    `select (select count(*) from participants where state = 'active' and due_at <= $1) as due,
            (select count(*) from outbox where state = 'queued')
              + (select count(*) from payouts where state in ('intended', 'approved')) as queued,
            (select count(*) from message_attempts where closed_at is null)
              + (select count(*) from payout_attempts where closed_at is null) as open,
            (select count(*) from payout_attempts where closed_at is null) as paying,
            (select count(*) from pg_stat_activity where datname = current_database() and state <> 'idle'
              and application_name in ('pado-api', 'pado-worker')) as busy`,
    [now],
  );
  return Object.fromEntries(Object.entries(row).map(([key, n]) => [key, Number(n)])) as unknown as InHand;
}

/** Wait for a moment of such work and a little longer, by chance; returns what was in hand just before the fault. */
export async function momentOfWork(stack: Stack, draws: Draws, kinds: (keyof InHand)[]): Promise<InHand> {
  const kind = (now: InHand) => kinds.reduce((sum, one) => sum + now[one], 0);
  await until('work in hand', async () => kind(await inHand(stack)) > 0, 180_000, 20);
  await sleep(draws.below(500));
  return await until(
    'work in hand',
    async () => {
      const now = await inHand(stack);
      return kind(now) > 0 && now;
    },
    120_000,
    5,
  );
}

/** Law 8: what is due or open now has moved within a minute. To be called when all services have just come up again. */
export async function dueMoves(stack: Stack): Promise<void> {
  const began = performance.now();
  const now = new Date(await stack.businessNow());
  const { people, messages, payouts } = await stack.one<Record<'people' | 'messages' | 'payouts', string[]>>(
    `select array(select run_id || ' ' || customer_id || ' ' || node || ' ' || visit from participants
                  where state = 'active' and due_at <= $1) as people,
            array(select id from outbox where state in ('queued', 'submitting', 'ambiguous')) as messages,
            array(select key from payouts where state in ('intended', 'approved', 'submitting', 'ambiguous')) as payouts`,
    [now],
  );
  type Left = Record<'people' | 'messages' | 'payouts', number>;
  let left: Left | null = null;
  await until(
    'what was due moves',
    async () => {
      left = await stack.one<Left>(
        `select (select count(*)::int from participants where state = 'active' and due_at <= $1
                   and run_id || ' ' || customer_id || ' ' || node || ' ' || visit = any($2::text[])) as people,
                (select count(*)::int from outbox where id = any($3::text[])
                   and state in ('queued', 'submitting', 'ambiguous')) as messages,
                (select count(*)::int from payouts where key = any($4::text[])
                   and state in ('intended', 'approved', 'submitting', 'ambiguous')) as payouts`,
        [now, people, messages, payouts],
      );
      return left.people + left.messages + left.payouts === 0;
    },
    LAW_8_MS,
  ).catch((error: unknown) => {
    throw new Error(
      `law 8: left of ${people.length}, ${messages.length}, ${payouts.length}: ${JSON.stringify(left)}\n${stack.worker.log.slice(-3_000)}`,
      { cause: error },
    );
  });
  const seconds = Math.round((performance.now() - began) / 1_000);
  console.log(`${people.length} people, ${messages.length} messages, ${payouts.length} payouts moved in ${seconds} s`);
}
/** Of law 8: a minute, and another for a loaded machine to carry out what has begun to move. */
export const LAW_8_MS = 120_000;

/** The end of every such test: the run settles, the gateway's book has each message once, the audit is clean. */
export async function endsWell(stack: Stack, run: string): Promise<void> {
  await settled(stack, run, 300_000);
  const messages = (await stack.simulator.gateway.readBook()).filter((line) => line.type === 'message');
  expect(messages.length).toBeGreaterThan(0);
  expect(new Set(messages.map((line) => line.id)).size).toBe(messages.length);
  const { paid } = await stack.one<{ paid: string }>(
    `select count(*) as paid from payouts where run_id = $1 and state = 'paid'`,
    [run],
  );
  expect(Number(paid)).toBeGreaterThan(0);
  await stack.auditClean();
}

/** Enough for payouts of every shard. */
const SOME = 50;

/**
 * Buyers, one after the other as soon as somebody waits, and now and then money for the budget: each request is sent again, the very same,
 * until it is acknowledged. What was acknowledged has to be there in the end, once.
 */
export class PersistentClients {
  /** Message ids of events and references of fundings that were answered by a success. */
  readonly acknowledged = { events: [] as string[], fundings: [] as string[] };
  /** Requests that failed and were sent again. */
  failures = 0;
  private asked = false;
  private readonly working: Promise<void>[];

  constructor(
    private readonly stack: Stack,
    buyers: string[],
    /** In their keys: others buy in other runs. */
    private readonly tag = 'first',
  ) {
    this.working = [this.buy(buyers), this.fund()];
    for (const work of this.working) work.catch(() => undefined); // `stop` tells
  }

  /** Once some have bought; what has been begun is brought to its end. */
  async stop(): Promise<void> {
    await until('some have bought', async () => this.acknowledged.events.length >= SOME, 180_000);
    this.asked = true;
    await Promise.all(this.working);
  }

  /** Asked to, or a test that failed has taken the API away. */
  private get stopped(): boolean {
    return this.asked || !this.stack.api.running;
  }

  async lostNothing(): Promise<void> {
    const { events, fundings } = this.acknowledged;
    console.log(
      `${events.length} events and ${fundings.length} fundings acknowledged, ${this.failures} requests repeated`,
    );
    expect(events.length).toBeGreaterThan(0);
    const stored = await this.stack.one<{ n: string }>('select count(*) as n from events where message_id = any($1)', [
      events,
    ]);
    expect(Number(stored.n)).toBe(events.length);
    const funded = await this.stack.one<{ n: string }>(
      `select count(*) as n from ledger_transfers where kind = 'fund' and id = any($1)`,
      [fundings.map((reference) => `spare#fund/${reference}`)],
    );
    expect(Number(funded.n)).toBe(fundings.length);
  }

  private async buy(buyers: string[]): Promise<void> {
    const waiting = () =>
      this.stack.one<object>(`select 1 from participants where state = 'active' and node like 'wait%' limit 1`);
    await until('somebody waits', async () => this.stopped || (await waiting().catch(() => null)), 300_000);
    for (let from = 0; from < buyers.length && !this.stopped; from += 5) {
      const batch = buyers.slice(from, from + 5).map((userId) => ({
        type: 'track',
        messageId: `bought-${this.tag}-${userId}`,
        userId,
        event: 'purchase',
        properties: { amount: 1_000 },
      }));
      await this.acknowledgedBy('/v1/batch', { batch }, { as: 'source' });
      this.acknowledged.events.push(...batch.map(({ messageId }) => messageId));
      await sleep(100);
    }
  }

  /** One that pays nothing: one person may fund it for ever. */
  private async fund(): Promise<void> {
    await this.acknowledgedBy('/v1/budgets/spare', { name: 'spare', currency: 'KRW' }, {}, 'PUT');
    for (let n = 0; !this.stopped; n += 1) {
      const reference = `more-${this.tag}-${n}`;
      const body = { amount: { value: '1000', currency: 'KRW' }, reference };
      await this.acknowledgedBy('/v1/budgets/spare/fundings', body, { headers: { 'idempotency-key': reference } });
      this.acknowledged.fundings.push(reference);
      await sleep(500);
    }
  }

  private async acknowledgedBy(
    path: string,
    body: object,
    options: Parameters<Stack['ok']>[3],
    method = 'POST',
  ): Promise<void> {
    await until(
      `${path} is acknowledged`,
      async () => {
        if (!this.stack.api.running) throw new Error('the API is gone');
        const reply = await this.stack.request(method, path, body, options).catch(() => null);
        if (reply && reply.status < 300) return true;
        // a time-out, a lost connection or "later"; anything else would be an answer that no repeat makes better
        if (reply && reply.status < 500 && reply.status !== 409) throw new Error(`${path} answered ${reply.status}`);
        this.failures += 1;
        return false;
      },
      150_000,
      200,
    );
  }
}
