/**
 * A zombie: a worker that is frozen (SIGSTOP) in the middle of its work until Temporal has given the work to another one, and that wakes
 * afterwards and goes on. Its step or its attempt is refused, which is seen, or it ends what nobody else could begin; nothing happens twice.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Client } from '@temporalio/client';
import { connectClient } from '../../src/temporal/connect.js';
import { laneWorkflowId } from '../../workflows/ids.js';
import { customers, defineBasics, importCustomers, launch, respond, settled, twoWaves } from '../support/campaigns.js';
import type { BrokenBuild } from '../support/broken-build.js';
import { Draws } from '../support/draws.js';
import { hastyBuild } from '../support/hasty-build.js';
import { holdLocks } from '../support/seed.js';
import { seeded } from '../support/seeded.js';
import { Stack, until } from '../support/stack.js';

const COUNT = 60;
const BUYERS = 20;
const PATIENCE_MS = 240_000;
const TIMEOUT_MS = 600_000;

/** Notes each statement on lanes and attempts: whose, and how many rows it changed. The worker's name comes with its sessions (PGOPTIONS). */
const WITNESS = `
  create table witness (no bigint generated always as identity, worker text, statement text, changed bigint);
  create function testify() returns trigger language plpgsql security definer as $$
  begin
    insert into witness (worker, statement, changed) select current_setting('test.worker', true), current_query(), count(*) from changed;
    return null;
  end $$;
  ${['lanes', 'message_attempts', 'payout_attempts']
    .map(
      (table) => `create trigger testifies after update on ${table} referencing new table as changed
        for each statement execute function testify();`,
    )
    .join('\n')}`;

/** The statements that fence: one that changes nothing is refused. */
const FENCES = {
  step: 'update lanes set step',
  messages: 'update message_attempts a set closed_at',
  payouts: 'update payout_attempts a set closed_at',
};

/** The worst zombie: however long it has slept, it takes the answers that came meanwhile, and goes on with them. */
const PATIENT = {
  file: 'src/storage/pool.ts',
  from: 'const ANSWER_MS = STATEMENT_MS + ANSWER_MARGIN_MS',
  to: 'const ANSWER_MS = 3_600_000',
};

describe('a zombie', () => {
  let build: BrokenBuild;
  let stack: Stack;
  let client: Client;
  const seed = seeded('the sleeps');
  const draws = new Draws(seed);
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

  beforeAll(async () => {
    build = await hastyBuild([PATIENT]);
    stack = await Stack.start({
      build: build.folder,
      epoch: '2026-03-03T10:00:00+09:00',
      sweepSeconds: 4,
      workers: 2,
      // calls that are held back are not given up before the worker is frozen
      gatewayTerms: { timeoutMs: 30_000 },
      providerTerms: { timeoutMs: 15_000 },
      env: { worker: (n) => ({ PGOPTIONS: `-c test.worker=worker-${n}` }) },
    });
    client = await connectClient({ address: stack.temporalAddress, namespace: stack.namespace });
    await stack.pool.query(WITNESS);
    await defineBasics(stack);
    await importCustomers(stack, customers(COUNT));
  });
  // whoever sleeps cannot be told to end
  afterAll(async () => {
    for (const worker of stack?.workers ?? []) worker.wake();
    await client?.connection.close();
    await stack?.stop();
    build?.remove();
  });
  beforeEach(async () => {
    await other().kill('SIGTERM');
    if (!zombie().running) await zombie().start();
  });

  const zombie = () => stack.workers[0] as Stack['worker'];
  const other = () => stack.workers[1] as Stack['worker'];
  const count = async (sql: string, values: unknown[] = []) =>
    (await stack.one<{ n: number }>(`select count(*)::int as n from ${sql}`, values)).n;
  /** Sessions of workers that are within a transaction. */
  const inTransaction = () =>
    count(`pg_stat_activity where datname = current_database() and application_name = 'pado-worker'
    and (state like 'idle in transaction%' or state = 'active')`);
  /** Statements of workers that wait for a lock. */
  const waiting = (statement: string) =>
    count(
      `pg_stat_activity where datname = current_database() and application_name = 'pado-worker'
         and wait_event_type = 'Lock' and starts_with(query, $1)`,
      [statement],
    );
  const messages = (run: string, state: string) => count('outbox where run_id = $1 and state = $2', [run, state]);
  const paid = (run: string) => count(`payouts where run_id = $1 and state = 'paid'`, [run]);
  const refusals = (fence: keyof typeof FENCES, since: number) =>
    count(`witness where no > $1 and worker = 'worker-0' and changed = 0 and starts_with(statement, $2)`, [
      since,
      FENCES[fence],
    ]);
  /** Its only lane has looked for more, found nobody due, and waits for the window's end: who looks next finds somebody. */
  const laneWaits = async (run: string) => {
    const { raw } = await client.workflow.getHandle(laneWorkflowId(run, 0)).describe();
    return (raw.pendingActivities ?? []).length === 0;
  };
  /** It goes on where it stood, and is refused. */
  async function wakeToRefusal(fence: keyof typeof FENCES): Promise<void> {
    const { woken } = await stack.one<{ woken: number }>('select coalesce(max(no), 0)::int as woken from witness');
    zombie().wake();
    try {
      await until('the zombie is refused', async () => (await refusals(fence, woken)) > 0);
    } catch (error) {
      const { running, log } = zombie();
      throw new Error(`the zombie ${running ? 'lives' : 'has ended'}; its last words: ${log.slice(-2_000)}`, {
        cause: error,
      });
    }
  }

  /** Freeze the worker where its statement like this has run into `lock`; then the lock is free, and nobody hears the statement's answer. */
  async function freezeAt(lock: string, statement: string, before: () => Promise<unknown> = async () => undefined) {
    const held = await holdLocks(stack.pool, lock);
    await before();
    await until('it is in the middle', async () => (await waiting(statement)) > 0);
    await pause(draws.unit() * 300);
    zombie().freeze();
    await held.release();
    await until('the statement is through', async () => (await waiting(statement)) === 0);
  }

  async function freezeBetweenCallAndRecord(
    attempts: 'message_attempts' | 'payout_attempts',
    held: Stack['simulator']['gateway'] | Stack['simulator']['provider'],
  ) {
    // an attempt that is open may still be on its way to its call, which may fail when it wakes: then there is nothing to refuse
    const open = () => count(`${attempts} where closed_at is null`);
    const between = async () => held.stats().waiting > 0 && (await open()) > 0 && (await inTransaction()) === 0;
    await until('calls are under way, and nothing else', async () => {
      if (!(await between())) return false;
      await pause(draws.unit() * 300);
      zombie().freeze();
      if (await between()) return true;
      // a sweep or another queue had begun something meanwhile
      zombie().wake();
      return false;
    });
    expect(await open()).toBeGreaterThan(0);
    expect(await inTransaction()).toBe(0);
    held.release();
  }

  it(
    'between what a lane has read and what it decides: another worker decides, and the step is refused',
    async () => {
      const run = await launch(stack, twoWaves({ key: 'deciding', span: 'PT20S' }));
      await until('all are out', async () => (await messages(run, 'accepted')) === COUNT);
      await until('the lane waits', () => laneWaits(run));
      await freezeAt('lock table participants in access exclusive mode', 'with due as materialized');
      await other().start();
      const decided = () => count('outbox where run_id = $1 and wave = 2', [run]);
      await until('another one has decided', async () => (await decided()) === COUNT, PATIENCE_MS);
      await wakeToRefusal('step');
      await settled(stack, run, PATIENCE_MS);
      await stack.auditClean();
    },
    TIMEOUT_MS,
  );

  it(
    'in a cohort’s transaction, with its locks: who comes after waits for them, and decides nobody twice',
    async () => {
      await stack.ok('POST', '/v1/controls/all', { state: 'paused', reason: 'test' }, { as: 'operator' });
      const run = await launch(stack, twoWaves({ key: 'locking', span: 'PT15S' }));
      await until('frozen', async () => (await count(`runs where id = $1 and state = 'running'`, [run])) === 1);
      await freezeAt(
        'select pg_advisory_xact_lock(7000, s) from generate_series(0, 63) as s',
        'select pg_advisory',
        () => stack.ok('POST', '/v1/controls/all', { state: 'running', reason: 'test' }, { as: 'operator' }),
      );
      await other().start();
      // the lane's next step stands before the row that the zombie has locked, unless Postgres has ended its session meanwhile
      const decided = () => count('outbox where run_id = $1 and wave = 1', [run]);
      await until(
        'another one waits for the zombie, or goes on without it',
        async () => (await waiting('update lanes set step')) > 0 || (await decided()) > 0,
        PATIENCE_MS,
      );
      console.log(`decided while it slept: ${await decided()}`);
      zombie().wake();
      await settled(stack, run, PATIENCE_MS);
      expect(await decided()).toBe(COUNT);
      await stack.auditClean();
    },
    TIMEOUT_MS,
  );

  it(
    'between a gateway’s answer and its record: another worker asks the gateway, and the record changes nothing',
    async () => {
      stack.simulator.gateway.hold();
      const run = await launch(stack, twoWaves({ key: 'delivering', span: 'PT15S' }));
      await freezeBetweenCallAndRecord('message_attempts', stack.simulator.gateway);
      await other().start();
      await until(
        'another one has found them all',
        async () => (await messages(run, 'accepted')) >= COUNT,
        PATIENCE_MS,
      );
      await wakeToRefusal('messages');
      await settled(stack, run, PATIENCE_MS);
      const ids = (await stack.simulator.gateway.readBook()).map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      await stack.auditClean();
    },
    TIMEOUT_MS,
  );

  it(
    'between a provider’s answer and its record: another worker asks the provider, and the record changes nothing',
    async () => {
      const run = await launch(stack, twoWaves({ key: 'paying', span: 'PT20S' }));
      await until('all are out', async () => (await messages(run, 'accepted')) === COUNT);
      stack.simulator.provider.hold();
      await respond(
        stack,
        customers(BUYERS).map(({ id }) => id),
        'purchase',
        'paying',
      );
      await freezeBetweenCallAndRecord('payout_attempts', stack.simulator.provider);
      await other().start();
      await until('another one has found them paid', async () => (await paid(run)) === BUYERS, PATIENCE_MS);
      await wakeToRefusal('payouts');
      await settled(stack, run, PATIENCE_MS);
      const keys = (await stack.simulator.provider.readBook()).flatMap((line) => ('key' in line ? [line.key] : []));
      expect(keys).toHaveLength(BUYERS);
      expect(new Set(keys).size).toBe(BUYERS);
      await stack.auditClean();
    },
    TIMEOUT_MS,
  );
});
