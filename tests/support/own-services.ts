/**
 * Postgres, Redis and Temporal for one test alone, so that it may stop, kill and start them again while the servers of the other tests stand.
 * Each keeps its port and its data over a restart; whatever becomes of the test, its warden ends them.
 */
import { copyFileSync, cpSync, existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { toolsDir } from '../../src/cli/state-dir.js';
import { embeddedPostgres, embeddedUrl } from '../../src/services/postgres.js';
import { unprivileged } from '../../src/services/postgres-user.js';
import { isFree } from '../../src/services/ports.js';
import { arrive, type Presence } from '../../src/services/presence.js';
import { signalProcess, waitForEnd } from '../../src/services/processes.js';
import { ownRedis, redisUrl } from '../../src/services/redis.js';
import { findRunning } from '../../src/services/roster.js';
import { ensureService, type ServiceKind } from '../../src/services/service.js';
import { StateFolder } from '../../src/services/state-folder.js';
import { ownTemporal } from '../../src/services/temporal.js';

export type ServiceName = 'postgres' | 'redis' | 'temporal';

/** Where three services are; as the environment of a test run names them. */
export interface ServiceAddresses {
  /** As the owner of a server. */
  databaseUrl: string;
  redisUrl: string;
  temporalAddress: string;
}

/**
 * How a service ends: `stop` in order (Postgres ends its sessions: "fast"), `quit` at once as Postgres' "immediate" (no checkpoint, sessions
 * cut), `kill` by SIGKILL.
 */
export type End = 'stop' | 'quit' | 'kill';

const END_MS = 30_000;

export class OwnServices implements ServiceAddresses {
  private readonly ports = {} as Record<ServiceName, number>;

  private constructor(
    private readonly state: StateFolder,
    private readonly presence: Presence,
    private readonly kinds: Record<ServiceName, ServiceKind>,
  ) {}

  /** `temporal`: settings of its server; an object that is changed before it begins again changes them. */
  static async start(temporal: Record<string, number> = {}): Promise<OwnServices> {
    const state = StateFolder.open(mkdtempSync(join(tmpdir(), 'pado-own-')), toolsDir());
    const step = { note: () => undefined };
    const services = new OwnServices(state, arrive(state), {
      postgres: embeddedPostgres(state),
      redis: ownRedis(state, step),
      // its history in a file: it has to outlive the process
      temporal: ownTemporal(state, { inMemory: false, headless: true, namespaces: [], settings: temporal }, step),
    });
    try {
      await Promise.all(
        ['postgres' as const, 'redis' as const, 'temporal' as const].map((name) => services.begin(name)),
      );
    } catch (error) {
      await services.close();
      throw error;
    }
    return services;
  }

  get databaseUrl(): string {
    return embeddedUrl(this.state, this.ports.postgres);
  }
  get redisUrl(): string {
    return redisUrl(this.state, this.ports.redis);
  }
  get temporalAddress(): string {
    return `127.0.0.1:${this.ports.temporal}`;
  }

  /** Start what has ended, on its port and its data; returns once it answers. */
  async begin(name: ServiceName): Promise<void> {
    const { entry, found } = await ensureService(this.state, this.kinds[name]);
    if (found) throw new Error(`${name} was still running`);
    const port = entry.ports['main'] as number;
    if (this.ports[name] !== undefined && this.ports[name] !== port) throw new Error(`${name} has lost its port`);
    this.ports[name] = port;
  }

  /** Returns once its process is gone. */
  async end(name: ServiceName, how: End): Promise<void> {
    const entry = findRunning(this.state, name);
    if (!entry) throw new Error(`${name} was not running`);
    const signal = { stop: entry.signal, quit: 'SIGQUIT', kill: 'SIGKILL' } as const;
    signalProcess(entry, signal[how]);
    if (!(await waitForEnd(entry, END_MS))) throw new Error(`${name} has not ended by ${signal[how]}`);
  }

  /** Postgres, which has ended, will write its WAL to this folder, which belongs to its account. */
  putWalOn(folder: string): void {
    const own = this.state.path('postgres/pg_wal');
    cpSync(own, folder, { recursive: true });
    const user = unprivileged([]);
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) user.own(join(folder, name));
    rmSync(own, { recursive: true });
    symlinkSync(folder, own);
  }

  /** What Redis holds now, kept aside. */
  async copyRedis(): Promise<void> {
    const redis = new Redis(this.redisUrl);
    try {
      await redis.save();
    } finally {
      redis.disconnect();
    }
    copyFileSync(this.dump, `${this.dump}.old`);
  }

  /** Redis, which has ended, will begin with what was kept aside. */
  restoreRedis(): void {
    if (!existsSync(`${this.dump}.old`)) throw new Error('nothing was kept aside');
    copyFileSync(`${this.dump}.old`, this.dump);
  }

  /** Temporal, which has ended, will begin with nothing: its whole store is gone. Its last threads still hold the port for a moment. */
  async loseTemporal(): Promise<void> {
    while (!(await isFree(this.ports.temporal))) await sleep(20);
    for (const kept of ['', '-wal', '-shm']) rmSync(this.state.path(`temporal/temporal.db${kept}`), { force: true });
  }

  async close(): Promise<void> {
    await this.presence.leave();
    rmSync(this.state.dir, { recursive: true, force: true });
  }

  private get dump(): string {
    return this.state.path('redis/dump.rdb');
  }
}
