/**
 * A seeded scheduler over real Postgres sessions: every statement waits for its turn, one statement at a time is let go, and which one is
 * drawn from the seed. A statement that waits for a lock is set aside until the lock is free, so the same seed gives the same order. Crashes
 * are drawn, too: a session ends before a statement, or after its commit and before anybody hears of it.
 */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Pool } from '../../src/storage/pool.js';
import { Draws } from './draws.js';
import { endsTransaction, isHarmless } from './statements.js';

/** Thrown to the task whose session was ended. */
export class Crashed extends Error {
  override readonly name = 'Crashed';
}

type State = 'thinking' | 'waiting' | 'running' | 'blocked' | 'done';

interface Task {
  name: string;
  state: State;
  /** While it waits for its turn. */
  go: (() => Promise<void>) | null;
  /** Its session, and the statement that waits for its turn or is under way. */
  pid: number;
  text: string;
  settled: Promise<void>;
  /** Its result, held back until the task may think about it: tasks think one after the other. */
  deliver: (() => void) | null;
}

export interface InterleaverOptions {
  seed: number;
  /** As owner: watches locks, ends sessions. */
  ownerUrl: string;
  pool: Pool;
  /** Share of statements before which, and of commits after which, the session ends. */
  crashRate: number;
  /** Statements that are left out, as a broken store would; none by default. */
  leftOut?: RegExp;
}

const SETTLE_MS = 2;

export class Interleaver {
  readonly draws: Draws;
  statements = 0;
  crashes = 0;
  blocked = 0;
  private readonly tasks: Task[] = [];
  private readonly order = createHash('sha256');
  private changed = Promise.withResolvers<void>();
  private calm = false;

  private constructor(
    private readonly options: InterleaverOptions,
    private readonly observer: pg.Client,
  ) {
    this.draws = new Draws(options.seed);
  }

  static async open(options: InterleaverOptions): Promise<Interleaver> {
    const observer = new pg.Client({ connectionString: options.ownerUrl, application_name: 'observer' });
    await observer.connect();
    return new Interleaver(options, observer);
  }

  close(): Promise<void> {
    return this.observer.end();
  }

  /** From now on nobody crashes. */
  calmDown(): void {
    this.calm = true;
  }

  /** Which task's which statement went when; equal for equal runs. */
  fingerprint(): string {
    return this.order.copy().digest('hex').slice(0, 16);
  }

  /** Another task, with a pool whose statements wait for their turns. Its failure ends the run. */
  spawn(name: string, work: (pool: Pool) => Promise<void>): void {
    const task: Task = {
      name,
      state: 'thinking',
      go: null,
      pid: 0,
      text: '',
      settled: Promise.resolve(),
      deliver: null,
    };
    this.tasks.push(task);
    void work(this.poolOf(task)).then(
      () => this.set(task, 'done'),
      (error: unknown) => {
        this.failure ??= error instanceof Error ? error : new Error(String(error));
        this.set(task, 'done');
      },
    );
  }

  private failure: Error | null = null;
  /** The statement that went may have freed locks. */
  private mayFree = false;

  /** Until every task is done. Errors: the first that a task did not take. */
  async run(): Promise<void> {
    for (;;) {
      this.mayFree = false;
      await this.thought();
      if (this.failure !== null) throw this.failure;
      const blocked = this.tasks.filter(({ state }) => state === 'blocked');
      const ready = await this.ready(blocked);
      if (ready.length > 0) await this.draws.pick(ready).go?.();
      else if (blocked.length > 0) {
        await Promise.race(blocked.map(({ settled }) => settled)); // Postgres breaks a deadlock
        this.mayFree = true;
      } else break;
      if (this.mayFree) await this.release();
    }
    this.tasks.length = 0;
  }

  /**
   * Who may go. While somebody waits for a lock: those who hold it, and whoever's statement surely waits for nobody. So no two are ever let
   * go by the same commit, whose order would be the machine's and not the seed's.
   */
  private async ready(blocked: readonly Task[]): Promise<Task[]> {
    const waiting = this.tasks.filter(({ state }) => state === 'waiting');
    if (blocked.length === 0) return waiting;
    const { rows } = await this.observer.query<{ pid: number }>(
      'select distinct h as pid from unnest($1::int[]) as p cross join unnest(pg_blocking_pids(p)) as h',
      [blocked.map(({ pid }) => pid)],
    );
    const holders = new Set(rows.map(({ pid }) => pid));
    return waiting.filter(({ pid, text }) => holders.has(pid) || isHarmless(text));
  }

  /** Until nobody is between two statements. */
  private async thought(): Promise<void> {
    while (this.tasks.some(({ state }) => state === 'thinking')) await this.changed.promise;
  }

  /** Those that waited for a lock and do not any more come back, in the order in which they were spawned. */
  private async release(): Promise<void> {
    for (const task of this.tasks.filter(({ state }) => state === 'blocked')) {
      while (!task.deliver && !(await this.waits(task.pid))) await Promise.race([task.settled, sleep(SETTLE_MS)]);
      await this.deliver(task);
    }
  }

  /** Let the task think about its result, if there is one. */
  private async deliver(task: Task): Promise<void> {
    const { deliver } = task;
    if (!deliver) return;
    task.deliver = null;
    this.set(task, 'thinking');
    deliver();
    await this.thought();
  }

  private set(task: Task, state: State): void {
    task.state = state;
    this.changed.resolve();
    this.changed = Promise.withResolvers();
  }

  private async waits(pid: number): Promise<boolean> {
    const { rows } = await this.observer.query<{ waits: boolean }>(
      'select cardinality(pg_blocking_pids($1)) > 0 as waits',
      [pid],
    );
    return rows[0]?.waits ?? false;
  }

  /** Until the session and its locks are gone. */
  private async end(pid: number): Promise<void> {
    for (;;) {
      const { rowCount } = await this.observer.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where pid = $1',
        [pid],
      );
      if (rowCount === 0) return;
      await sleep(1);
    }
  }

  private poolOf(task: Task): Pool {
    const { pool } = this.options;
    const connect = async () => this.clientOf(task, await pool.connect());
    const query = async (...args: unknown[]) => {
      const client = await connect();
      try {
        return await (client.query as (...all: unknown[]) => Promise<unknown>)(...args);
      } finally {
        client.release();
      }
    };
    return new Proxy(pool, {
      get(target, name) {
        if (name === 'connect') return connect;
        return name === 'query' ? query : (Reflect.get(target, name) as unknown);
      },
    });
  }

  private clientOf(task: Task, client: pg.PoolClient): pg.PoolClient {
    const pid = (client as unknown as { processID: number }).processID;
    let [gone, ended, isOpen] = [false, false, false]; // gone: to the task
    const ignore = () => undefined; // its end is told by the statement that fails
    client.on('error', ignore);
    const send = client.query.bind(client) as unknown as (...args: unknown[]) => Promise<unknown>;
    const query = async (...args: unknown[]) => {
      if (gone) throw new Crashed('the session is gone');
      const text = typeof args[0] === 'string' ? args[0] : (args[0] as { text: string }).text;
      if (text === 'begin') isOpen = true;
      if (this.options.leftOut?.test(text)) return { rows: [], rowCount: 0 };
      const crash = await this.turn(task, { pid, text, inTransaction: isOpen }, () => send(...args));
      if (endsTransaction(text)) isOpen = false;
      ({ gone, ended } = crash);
      if (crash.gone) throw new Crashed(`ended by the scheduler at: ${text.slice(0, 40)}`);
      return crash.result;
    };
    const release = () => {
      client.removeListener('error', ignore);
      if (ended) client.on('error', ignore);
      client.release(ended);
    };
    return new Proxy(client, {
      get(target, name) {
        if (name === 'query') return query;
        return name === 'release' ? release : (Reflect.get(target, name) as unknown);
      },
    });
  }

  /** Wait to be drawn, then run the statement; the result, or that the session is gone to the task, and whether it really was ended. */
  private turn(
    task: Task,
    { pid, text, inTransaction }: { pid: number; text: string; inTransaction: boolean },
    send: () => Promise<unknown>,
  ): Promise<{ gone: boolean; ended: boolean; result?: unknown }> {
    task.pid = pid;
    task.text = text;
    return new Promise((resolve, reject) => {
      task.go = async () => {
        task.go = null;
        this.statements += 1;
        this.order.update(`${task.name}\u0000${text}\u0000`);
        this.set(task, 'running');
        const fate = this.fate(text);
        if (fate === 'before') {
          this.mayFree = true;
          this.crashes += 1;
          if (inTransaction) await this.end(pid); // outside of one nothing ends with the session
          this.set(task, 'thinking');
          resolve({ gone: true, ended: inTransaction });
          return;
        }
        this.mayFree = endsTransaction(text) || !inTransaction;
        const sent = send();
        task.settled = sent.then(
          async (result) => {
            if (fate === 'after') this.crashes += 1; // committed: what ends is whoever waits to hear of it
            task.deliver = () => resolve({ gone: fate === 'after', ended: false, result });
          },
          (error: Error) => {
            this.mayFree = true; // a transaction that fails gives its locks back
            task.deliver = () => reject(error);
          },
        );
        await this.settle(task);
      };
      this.set(task, 'waiting');
    });
  }

  /** Until the statement is over, or waits for a lock. */
  private async settle(task: Task): Promise<void> {
    if (isHarmless(task.text)) await task.settled;
    for (;;) {
      await Promise.race([task.settled, sleep(SETTLE_MS)]);
      if (task.deliver) return this.deliver(task);
      if (await this.waits(task.pid)) {
        this.blocked += 1;
        return this.set(task, 'blocked');
      }
    }
  }

  private fate(text: string): 'goes' | 'before' | 'after' {
    if (text === 'begin' || text === 'rollback') return 'goes';
    const drawn = this.draws.unit();
    if (this.calm || drawn >= this.options.crashRate) return 'goes';
    return text === 'commit' && this.draws.unit() < 0.5 ? 'after' : 'before';
  }
}
