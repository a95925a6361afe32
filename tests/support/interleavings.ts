/**
 * One seeded run of everybody at once over one Postgres, then the end of all that is open without further crashes, then the audit.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assertClean, runAudit } from '../../src/auditor/index.js';
import { LaunchedStore } from '../../src/storage/launched.store.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from './database.js';
import * as act from './interleaved-actors.js';
import { BookedGateway, BookedProvider, Clock, LANES, RUNS, seedWorld } from './interleaved-world.js';
import { Interleaver } from './interleaver.js';
import { emptyTables } from './seed.js';

const CUSTOMERS = Array.from({ length: 12 }, (_, n) => `c${String(n + 1).padStart(2, '0')}`);
const CRASH_RATE = 0.015;
const ROUNDS = 6;
const ENDING_ROUNDS = 3;
const ENDINGS_MAX = 40;
/** Longer than any wait of the journey. */
const PAST_EVERY_WAIT_MS = 60_000;

export interface Interleaved {
  statements: number;
  crashes: number;
  /** Statements that waited for a lock of somebody else. */
  blocked: number;
  /** Equal for equal runs. */
  fingerprint: string;
  payouts: number;
  messages: number;
}

/** What is broken on purpose. */
interface Broken {
  leftOut?: RegExp;
  cap?: number;
}

/** A database in which one seed follows another. */
export class Interleavings {
  private constructor(
    private readonly database: TestDatabase,
    private readonly pool: Pool,
  ) {}

  static async open(): Promise<Interleavings> {
    const database = await createDatabase();
    const url = new URL(database.appUrl);
    // sessions crash here, never the server: no commit has to reach the disk before it is told
    url.searchParams.set('options', '-c synchronous_commit=off');
    return new Interleavings(database, createPool(url.href, { max: 60, name: 'interleaved' }));
  }

  async close(): Promise<void> {
    await this.pool.end();
    await this.database.drop();
  }

  /** Errors: what a store threw that is no crash, or what the audit found; they begin with the seed, which repeats it. */
  async play(seed: number, broken: Broken = {}): Promise<Interleaved> {
    try {
      return await this.playOnce(seed, broken);
    } catch (error) {
      throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
    }
  }

  private async playOnce(seed: number, broken: Broken): Promise<Interleaved> {
    await emptyTables(this.database.pool);
    const folder = mkdtempSync(join(tmpdir(), 'pado-interleaved-'));
    const { ownerUrl } = this.database;
    const { leftOut } = broken;
    const options = { seed, ownerUrl, pool: this.pool, crashRate: CRASH_RATE, ...(leftOut ? { leftOut } : {}) };
    const interleaver = await Interleaver.open(options);
    try {
      const { draws } = interleaver;
      const terms = { customers: CUSTOMERS, cap: broken.cap ?? 1 + draws.below(3), rewards: 3 + draws.below(20) };
      await seedWorld(this.database.pool, this.pool, terms);
      const actors: act.Actors = {
        interleaver,
        clock: new Clock(draws),
        gateway: new BookedGateway(folder),
        provider: new BookedProvider(folder),
        launched: new LaunchedStore(this.pool),
        customers: CUSTOMERS,
        steps: new Map(),
      };
      for (const run of RUNS) await actors.launched.of(run);
      await this.everybody(actors);
      await this.end(actors);
      await this.audit(actors);
      return await this.figures(interleaver);
    } finally {
      await interleaver.close();
      rmSync(folder, { recursive: true, force: true });
    }
  }

  private everybody(actors: act.Actors): Promise<void> {
    for (const run of RUNS) for (let n = 0; n < LANES; n += 1) act.lane(actors, run, n, ROUNDS);
    for (const name of ['app', 'shop']) act.ingestion(actors, name, ROUNDS);
    act.gates(actors, ROUNDS);
    act.delivery(actors, ROUNDS);
    act.payouts(actors, ROUNDS);
    act.callbacks(actors, ROUNDS);
    for (const name of ['sealer', 'other sealer']) act.sealer(actors, name, 3);
    return actors.interleaver.run();
  }

  /** Nobody crashes any more, leases and waits pass, and everything comes to its end. */
  private async end(actors: act.Actors): Promise<void> {
    actors.interleaver.calmDown();
    for (let round = 0; (await this.open()) > 0; round += 1) {
      if (round === ENDINGS_MAX) throw new Error(`still open: ${JSON.stringify(await this.openRows())}`);
      actors.clock.skip(PAST_EVERY_WAIT_MS);
      await this.passTransportTime();
      for (const run of RUNS) {
        for (let n = 0; n < LANES; n += 1) act.lane(actors, run, n, ENDING_ROUNDS, 0);
        act.closer(actors, run);
      }
      act.delivery(actors, ENDING_ROUNDS);
      act.payouts(actors, ENDING_ROUNDS);
      act.sealer(actors, 'sealer', ENDING_ROUNDS);
      await actors.interleaver.run();
    }
  }

  private async passTransportTime(): Promise<void> {
    const past = `clock_timestamp() - interval '1 second'`;
    for (const table of ['message_attempts', 'payout_attempts']) {
      await this.database.pool.query(`update ${table} set lease_until = ${past} where closed_at is null`);
    }
    for (const table of ['outbox', 'payouts']) {
      await this.database.pool.query(
        `update ${table} set lookup_at = ${past} where state in ('accepted', 'ambiguous') and lookup_at is not null`,
      );
    }
  }

  /** An ambiguous message that the gate has refused is listed for a person: it has come to its end here. */
  private async openRows(): Promise<Record<string, string>> {
    const { rows } = await this.database.pool.query<Record<string, string>>(
      `select (select count(*) from runs where state <> 'closed') as runs,
              (select count(*) from outbox where state in ('queued', 'submitting') or (state = 'ambiguous' and lookup_at is not null)) as messages,
              (select count(*) from payouts where state in ('intended', 'approved', 'submitting', 'accepted', 'ambiguous')) as payouts,
              (select count(*) from ledger_unsealed) + (select count(*) from audit_log_unsealed) as unsealed`,
    );
    return rows[0] ?? {};
  }

  private async open(): Promise<number> {
    return Object.values(await this.openRows()).reduce((sum, n) => sum + Number(n), 0);
  }

  private async audit({ gateway, provider }: act.Actors): Promise<void> {
    const books = { providerBooks: [provider.book.file], gatewayBooks: [gateway.book.file] };
    assertClean(await runAudit({ databaseUrl: this.database.ownerUrl, ...books }));
  }

  private async figures(interleaver: Interleaver): Promise<Interleaved> {
    const { statements, crashes, blocked } = interleaver;
    const { rows } = await this.database.pool.query<{ payouts: string; messages: string }>(
      `select (select count(*) from payouts) as payouts, (select count(*) from outbox) as messages`,
    );
    const counted = { payouts: Number(rows[0]?.payouts), messages: Number(rows[0]?.messages) };
    return { statements, crashes, blocked, fingerprint: interleaver.fingerprint(), ...counted };
  }
}

/** Play the seeds, some at a time: each of these databases takes the next as soon as it has played one. */
export async function playAll(databases: readonly Interleavings[], seeds: readonly number[]): Promise<Interleaved[]> {
  const rest = [...seeds];
  const seen: Interleaved[] = [];
  const player = async (database: Interleavings): Promise<void> => {
    for (let seed = rest.shift(); seed !== undefined; seed = rest.shift()) seen.push(await database.play(seed));
  };
  await Promise.all(databases.map(player));
  return seen;
}
