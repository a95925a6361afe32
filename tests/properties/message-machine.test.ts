/**
 * The message machine against a model of its gateway, in any order of replies (whole, partial, lost), crashes, look-ups and the passing of
 * time: at most one accepted message per slot in the gateway's book, none lost, and all ends decided or listed for a person (laws 2, 4, 10).
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Looked, Submitted } from '../../activities/delivery.activities.js';
import { DeliveryResults } from '../../src/storage/delivery-results.store.js';
import { DeliveryClaims, type ClaimResult } from '../../src/storage/delivery.store.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { Gateway, type Batch, type Verdict } from '../support/gateway-model.js';
import { laneOver, seedCustomers, seedRun, sendOnce, T0 } from '../support/seed.js';
import { seeded } from '../support/seeded.js';

const TIMEOUT_MS = 1_000;
const WINDOW_MS = 60_000;
/** Beyond the time-out, as the claim has it. */
const LEASE_MS = TIMEOUT_MS + 10_000;
const MESSAGES = 4;
const RUNS = 30;

class Machine {
  readonly batches: Batch[] = [];
  readonly asked: { id: string; outcome: Looked; settled: boolean; mayResubmit: boolean }[] = [];
  readonly met = new Set<string>();

  constructor(
    private readonly database: TestDatabase,
    private readonly claims: DeliveryClaims,
    private readonly results: DeliveryResults,
    private readonly runId: string,
    readonly gateway: Gateway,
  ) {}

  private get at() {
    return { gateway: this.runId, shard: 0, step: 0, now: T0 + 1_000 };
  }

  async claim(size: number): Promise<void> {
    const askedAt = this.gateway.now();
    this.take(await this.claims.claim(this.at, { ...this.gateway.terms, batchSize: size }), askedAt);
  }

  /** As the activity does: what has become too late to be sent is told as not acted on. */
  private take(claim: ClaimResult, askedAt: number): void {
    if (claim.kind !== 'claimed') return;
    for (const { attemptId, batch, goodForMs } of claim.calls) {
      const [ids, sentAt] = [batch.map(({ id }) => id), this.gateway.now()];
      const results = sentAt - askedAt < goodForMs ? null : new Map();
      this.batches.push({ attemptId, ids, sentAt, results, recorded: false });
    }
  }

  act(n: number, verdict: Verdict): void {
    const batch = this.pick(n, (one) => one.results === null);
    if (batch && this.gateway.act(batch, verdict)) this.met.add(`act ${verdict}`);
  }

  async record(n: number, lost: boolean): Promise<void> {
    const batch = this.pick(n, (one) => !one.recorded);
    if (!batch) return;
    batch.recorded = true;
    const outcome = this.replyOf(batch, lost);
    this.met.add(`reply ${outcome.kind}`);
    await this.results.record(this.at, [{ attemptId: batch.attemptId, outcome }], this.gateway.terms);
  }

  /** An empty answer stands for 429: nothing was acted on. */
  private replyOf(batch: Batch, lost: boolean): Submitted {
    if (lost || !batch.results) return { kind: 'unknown' };
    return batch.results.size === 0 ? { kind: 'later', retryAfterMs: 0 } : { kind: 'answered', results: batch.results };
  }

  crash(n: number): void {
    const batch = this.pick(n, (one) => !one.recorded);
    if (batch) batch.recorded = true;
  }

  async expire(): Promise<void> {
    if ((await this.results.expireLeases(this.at, this.gateway.terms)) > 0) this.met.add('lease expired');
  }

  async ask(): Promise<void> {
    const { terms } = this.gateway;
    const due = await this.results.dueLookups(this.at, terms, 10);
    for (const item of due.items)
      this.asked.push({ ...item, outcome: terms.lookup ? this.gateway.look(item.id) : { kind: 'absent' } });
  }

  /** As the activity does with the answers. */
  async learn(): Promise<void> {
    const latest = [...new Map(this.asked.splice(0).map((answer) => [answer.id, answer])).values()];
    const again = latest.filter(
      ({ outcome, settled, mayResubmit }) => outcome.kind === 'absent' && settled && mayResubmit,
    );
    const ids = new Set(again.map(({ id }) => id));
    await this.results.recordLookups(
      this.at,
      latest.filter(({ id }) => !ids.has(id)),
      this.gateway.terms,
    );
    for (const { outcome } of latest) this.met.add(`look-up ${outcome.kind}`);
    if (ids.size === 0) return;
    const askedAt = this.gateway.now();
    const claim = await this.claims.reclaim(this.at, this.gateway.terms, [...ids]);
    this.met.add(claim.kind === 'claimed' ? 'resubmitted' : 'too late to be resubmitted');
    this.take(claim, askedAt);
  }

  async pass(ms: number): Promise<void> {
    this.gateway.pass(ms);
    const by = `$2::bigint * interval '1 millisecond'`;
    await this.database.pool.query(
      `update outbox set lookup_at = lookup_at - ${by}, first_attempt_at = first_attempt_at - ${by}, last_attempt_at = last_attempt_at - ${by}
       where gateway = $1`,
      [this.runId, ms],
    );
    await this.database.pool.query(
      `update message_attempts set lease_until = lease_until - ${by} where gateway = $1 and closed_at is null`,
      [this.runId, ms],
    );
    await this.database.pool.query(`update queues set blocked_until = blocked_until - ${by} where name = $1`, [
      this.runId,
      ms,
    ]);
  }

  async rows(): Promise<{ id: string; state: string; lookup: boolean }[]> {
    const { rows } = await this.database.pool.query<{ id: string; state: string; lookup: boolean }>(
      'select id, state, lookup_at is not null as lookup from outbox where run_id = $1 order by id',
      [this.runId],
    );
    return rows;
  }

  async check(): Promise<void> {
    const rows = await this.rows();
    expect(rows).toHaveLength(MESSAGES);
    for (const { id, state } of rows) {
      const accepted = this.gateway.accepted.get(id) ?? 0;
      expect({ id, twice: accepted > 1 }).toEqual({ id, twice: false });
      if (state === 'accepted') expect({ id, state, accepted }).toEqual({ id, state, accepted: 1 });
      if (state === 'rejected' || state === 'withheld')
        expect({ id, state, accepted }).toEqual({ id, state, accepted: 0 });
    }
    const { rows: counted } = await this.database.pool.query<{ measure: string; n: number }>(
      `select measure, sum(n)::int as n from counters where run_id = $1 and node = 'send'
         and measure in ('queued', 'submitting', 'accepted', 'rejected', 'ambiguous', 'withheld')
       group by 1 having sum(n) <> 0 order by 1`,
      [this.runId],
    );
    const states = Map.groupBy(rows, ({ state }) => state);
    expect(counted).toEqual(
      [...states]
        .map(([measure, own]) => ({ measure, n: own.length }))
        .sort((a, b) => (a.measure < b.measure ? -1 : 1)),
    );
  }

  async settle(): Promise<void> {
    for (const batch of this.batches) batch.recorded = true;
    for (let turn = 0; turn < 6; turn += 1) {
      await this.pass(LEASE_MS + 1_000);
      await this.expire();
      await this.ask();
      await this.learn();
      await this.claim(10);
      for (let n = 0; n < MESSAGES; n += 1) {
        this.act(0, 'accepted');
        await this.record(0, false);
      }
    }
    // what stays ambiguous is nobody's but a person's
    for (const row of await this.rows()) {
      const ends =
        ['accepted', 'rejected', 'withheld'].includes(row.state) || (row.state === 'ambiguous' && !row.lookup);
      expect({ ...row, ends }).toEqual({ ...row, ends: true });
    }
    expect(await this.results.nextInMs(this.at)).toBeNull();
  }

  private pick(n: number, fits: (batch: Batch) => boolean): Batch | undefined {
    const fitting = this.batches.filter(fits);
    return fitting[n % Math.max(1, fitting.length)];
  }
}

interface Model {
  steps: number;
}
class Step implements fc.AsyncCommand<Model, Machine> {
  constructor(
    private readonly name: string,
    private readonly move: (machine: Machine) => Promise<void> | void,
  ) {}

  check(): boolean {
    return true;
  }

  async run(model: Model, machine: Machine): Promise<void> {
    model.steps += 1;
    await this.move(machine);
    await machine.check();
  }

  toString(): string {
    return this.name;
  }
}

const which = fc.nat({ max: 5 });
const verdicts = fc.tuple(which, fc.constantFrom<Verdict>('accepted', 'partial', 'partial', 'rejected', 'later'));
const COMMANDS = [
  fc.integer({ min: 1, max: 3 }).map((n) => new Step(`claim ${n}`, (m) => m.claim(n))),
  // several times, as these happen most
  ...Array.from({ length: 3 }, () =>
    verdicts.map(([n, verdict]) => new Step(`act ${n} ${verdict}`, (m) => m.act(n, verdict))),
  ),
  verdicts.map(
    ([n, verdict]) => new Step(`act ${n} ${verdict}, recorded`, (m) => (m.act(n, verdict), m.record(n, false))),
  ),
  fc
    .tuple(which, fc.boolean())
    .map(([n, lost]) => new Step(`record ${n}${lost ? ' lost' : ''}`, (m) => m.record(n, lost))),
  which.map((n) => new Step(`crash ${n}`, (m) => m.crash(n))),
  fc.constant(new Step('expire leases', (m) => m.expire())),
  fc.constant(new Step('ask', (m) => m.ask())),
  fc.constant(new Step('learn', (m) => m.learn())),
  fc.constant(new Step('ask and learn', async (m) => (await m.ask(), await m.learn()))),
  fc.constantFrom(300, 2_500, LEASE_MS, WINDOW_MS).map((ms) => new Step(`pass ${ms} ms`, (m) => m.pass(ms))),
];

describe('the message machine', () => {
  let database: TestDatabase;
  let pool: Pool;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  it('has no message accepted twice, loses none, and ends every message or leaves it to a person', async () => {
    let round = 0;
    const met = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        fc.boolean(),
        fc.boolean(),
        fc.commands(COMMANDS, { maxCommands: 40, size: 'max' }),
        async (idempotent, lookup, commands) => {
          round += 1;
          const runId = `run-${round}`;
          const journey = sendOnce(`c-${round}`, {}, { gateway: runId });
          const ids = Array.from({ length: MESSAGES }, (_, n) => `${runId}-c${n}`);
          await seedCustomers(database.pool, ids);
          await seedRun(database.pool, runId, journey, ids);
          await laneOver(pool, { [runId]: journey })({ runId });
          const terms = {
            batchSize: 10,
            timeoutMs: TIMEOUT_MS,
            idempotent,
            idempotencyMs: WINDOW_MS,
            lookup,
            visibilityMs: 2_000,
          };
          const claims = new DeliveryClaims(pool, 'test', async () => journey);
          const machine = new Machine(database, claims, new DeliveryResults(pool), runId, new Gateway(terms));
          for (let n = 0; n < MESSAGES; n += 2) await machine.claim(2);
          await fc.asyncModelRun(() => ({ model: { steps: 0 }, real: machine }), commands);
          await machine.settle();
          await machine.check();
          for (const what of machine.met) met.add(what);
        },
      ),
      { seed: seeded('the message machine'), numRuns: RUNS, endOnFailure: true },
    );
    const wanted = ['lease expired', 'resubmitted', 'look-up found', 'act partial', 'reply answered', 'reply unknown'];
    console.log(`met: ${[...met].sort().join(', ')}`);
    expect(wanted.filter((what) => !met.has(what))).toEqual([]);
  });
});
