/**
 * Worker and API of one installation, killed with SIGKILL at one named point after another (crash-points.ts), a life for each, while clients tour the
 * API and do not give up. Points that only a recovery passes are found and taken on the way.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { BrokenBuild } from './broken-build.js';
import { settled } from './campaigns.js';
import type { Child } from './child.js';
import { PersistentClient, tour, type Toured } from './crash-tour.js';
import { hastyBuild } from './hasty-build.js';
import { Stack } from './stack.js';

const PRELOAD = pathToFileURL(join(import.meta.dirname, 'crash-points.ts')).href;
/** Passed once in an installation's life, before its first run: a second time is refused. */
const ONCE = /setBusinessEpoch$/;
/** How long it may take to come to one of those that are left: so many tours, at least so long; nobody waits longer than the third. */
const LIFE_TOURS = 4;
const LIFE_MS = 60_000;
const LIFE_MAX_MS = 240_000;
/** A point that has not been come to in so many such lives is missed. */
const LIVES_MAX = 3;
const TOURS_AT_ONCE = 2;
/** Then everybody rests until queues and lanes have ended, which is a point, too. */
const ROUNDS = 4;
const REST_MS = 20_000;
const PATIENCE_MS = 180_000;

export type Role = 'worker' | 'api';
/** Points by what became of them: killed there, or not passed again although tours went on. */
export interface Lives {
  killed: string[];
  missed: string[];
}

export class CrashLives {
  readonly tours: Toured[] = [];
  private begun = 0;
  /** Its lives are over. */
  private workerStays = false;
  private readonly client: PersistentClient;

  private constructor(
    readonly stack: Stack,
    private readonly build: BrokenBuild,
    private readonly folder: string,
  ) {
    this.client = new PersistentClient(stack);
  }

  /** An installation in a hurry, with faults at gateway and provider; two tours have been made, and have named the first points. */
  static async start(): Promise<CrashLives> {
    const folder = mkdtempSync(join(tmpdir(), 'pado-points-'));
    const build = await hastyBuild();
    const env = (role: Role) => ({ NODE_OPTIONS: `--import=${PRELOAD}`, PADO_CRASH_LIST: join(folder, role) });
    for (const role of ['worker', 'api']) writeFileSync(join(folder, role), '');
    const stack = await Stack.start({
      epoch: '2026-03-03T10:00:00+09:00',
      sweepSeconds: 2,
      build: build.folder,
      env: { worker: env('worker'), api: env('api') },
    });
    const faults = { cutAfter: 0.1, reject: 0.05, latencyMs: [2, 20], callbackDelayMs: [50, 500] } as const;
    stack.simulator.provider.setFaults({ ...faults, acceptThenCallback: 0.3 });
    stack.simulator.gateway.setFaults(faults);
    const lives = new CrashLives(stack, build, folder);
    await Promise.all([lives.tour(), lives.tour()]);
    await lives.settled();
    return lives;
  }

  runs = () => this.tours.flatMap(({ runs }) => runs);
  /** Requests that a kill left without an answer. */
  cut = () => this.client.cut;

  /** Every point that the role has passed in any of its lives, and can pass again. */
  points(role: Role): string[] {
    const names = new Set(readFileSync(join(this.folder, role), 'utf8').trim().split('\n'));
    return [...names].filter((name) => !ONCE.test(name));
  }

  /** Kills both roles at each point that `takes` takes, tours going on; both are alive afterwards and every run has settled. */
  async killAtEach(takes: (point: string) => boolean): Promise<Record<Role, Lives>> {
    const over = new AbortController();
    const touring = (async () => {
      for (let round = 1; !over.signal.aborted; round += 1) {
        await Promise.all(Array.from({ length: TOURS_AT_ONCE }, () => this.tour()));
        if (round % ROUNDS === 0) await sleep(REST_MS);
      }
    })();
    touring.catch(() => undefined); // told when it is awaited
    const { stack } = this;
    const workers = this.livesOf('worker', stack.worker, takes).finally(() => (this.workerStays = true));
    const [worker, api] = await Promise.all([workers, this.livesOf('api', stack.api, takes)]);
    over.abort();
    await touring;
    await this.settled();
    return { worker, api };
  }

  /** Customers withdraw and runs are stopped on a tour: what was unsure then, and may not be sent again, stays so. */
  private async settled(): Promise<void> {
    for (const run of this.runs()) {
      await settled(this.stack, run, PATIENCE_MS, true).catch(async (error: Error) => {
        throw new Error(`${error.message}\n${await this.whatIsOpen(run)}`);
      });
    }
  }

  /** For whoever has to find out why a run does not end: what is open where, whose queue is held up, and what the worker said last. */
  private async whatIsOpen(run: string): Promise<string> {
    const { rows: messages } = await this.stack.pool.query(
      `select gateway, shard, state, reason, count(*)::int as n, min(lookup_at) as lookup_at, max(not_before) as not_before
       from outbox where run_id = $1 and state in ('queued', 'submitting', 'ambiguous') group by 1, 2, 3, 4`,
      [run],
    );
    const { rows: queues } = await this.stack.pool.query(
      'select kind, name, shard, step, blocked_until, attention from queues where attention is not null or blocked_until > clock_timestamp()',
    );
    const { rows: lanes } = await this.stack.pool.query(
      `select l.lane, l.done, l.step, count(p.*)::int as active, min(p.due_at) as due_at
       from lanes l left join participants p on p.run_id = l.run_id and p.lane = l.lane and p.state = 'active'
       where l.run_id = $1 group by 1, 2, 3 order by 1`,
      [run],
    );
    const { rows: switches } = await this.stack.pool.query(
      'select no, scope, state, made_at, finished_at from control_changes where finished_at is null',
    );
    const { rows: controls } = await this.stack.pool.query(
      `select scope, state from controls where state <> 'running'`,
    );
    const alive = { worker: this.stack.worker.running, api: this.stack.api.running };
    return `${JSON.stringify({ messages, queues, lanes, switches, controls, alive, now: new Date() })}\n${this.stack.worker.log.slice(-4_000)}`;
  }

  private async tour(): Promise<void> {
    this.begun += 1;
    this.tours.push(await tour(this.stack, this.client, String(this.begun)));
  }

  /** A life ends at the first of all that are left: waiting for one alone would take minutes where it is rare. */
  private async livesOf(role: Role, child: Child, takes: (point: string) => boolean): Promise<Lives> {
    const lives: Lives = { killed: [], missed: [] };
    const waited = new Map<string, number>();
    await child.kill('SIGKILL');
    for (;;) {
      const tried = new Set([...lives.killed, ...lives.missed]);
      const left = this.points(role).filter((point) => takes(point) && !tried.has(point));
      if (left.length === 0) break;
      const fruitful = this.workerStays;
      const point = await this.live(role, child, left);
      // much of what the API is asked for, such as callbacks, comes of a worker's work: without it nothing has been waited for
      if (point !== null) lives.killed.push(point);
      else if (role === 'worker' || fruitful) for (const one of left) waited.set(one, (waited.get(one) ?? 0) + 1);
      lives.missed.push(...left.filter((one) => one !== point && (waited.get(one) ?? 0) >= LIVES_MAX));
    }
    await this.begin(role, child, {});
    return lives;
  }

  /** One life; the point of these at which it ended, which may be one that is passed while starting, or null. */
  private async live(role: Role, child: Child, points: readonly string[]): Promise<string | null> {
    const [began, toured] = [performance.now(), this.tours.length];
    const isOver = () => {
      const aged = performance.now() - began;
      return aged > LIFE_MAX_MS || (aged > LIFE_MS && this.tours.length >= toured + LIFE_TOURS);
    };
    const died = join(this.folder, `${role}-died`);
    rmSync(died, { force: true });
    await this.begin(role, child, { PADO_CRASH_AT: points.join('\n'), PADO_CRASH_DIED: died }).catch(() => undefined);
    while (child.running && !isOver()) await sleep(20);
    await child.kill('SIGKILL');
    return existsSync(died) ? readFileSync(died, 'utf8').trim() : null;
  }

  private async begin(role: Role, child: Child, env: Record<string, string>): Promise<void> {
    await child.start(env);
    if (role === 'api') this.stack.simulator.setCallbackUrl(this.stack.api.url);
  }

  async stop(): Promise<void> {
    await this.stack.stop();
    this.build.remove();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
