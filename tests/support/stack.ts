/**
 * A whole installation for one test: its own database and Temporal namespace on the running servers, our simulators in this
 * process, API and worker as real child processes that can be killed.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { assertClean, runAudit, type AuditReport } from '../../src/auditor/index.js';
import { abandonNamespace, createNamespace, deleteNamespace } from '../../src/services/temporal-namespace.js';
import { startSimulator, type Simulator, type SimulatorOptions } from '../../src/simulator/index.js';
import { createKey } from '../../src/storage/keys.store.js';
import { createPool } from '../../src/storage/pool.js';
import { Child } from './child.js';
import { createDatabase, type TestDatabase } from './database.js';
import type { ServiceAddresses } from './own-services.js';
import { throughProxies, type Proxied } from './proxied.js';
import { seeded } from './seeded.js';
import type { SkippedTime } from './skipped-time.js';

export interface StackOptions {
  simulator?: Omit<SimulatorOptions, 'books'>;
  /** Another database than an empty one of today's tables, and the folder of the simulators' books (upgrade.ts). */
  database?: TestDatabase;
  books?: string;
  /** Business epoch, RFC 3339; null leaves business time at Temporal's. Of a database that has one, it stays. */
  epoch?: string | null;
  /** As many as PADO_TEST_PROCESSES says where it is left out, such as `2+4` (APIs and workers); else one of each. */
  workers?: number;
  apis?: number;
  /** Of the providers and of the gateways, beside what the simulator says of them: `hours`, `breaker`, `timeoutMs`. */
  providerTerms?: object;
  gatewayTerms?: object;
  sweepSeconds?: number;
  /** Extra environment of workers (by their number) and API, such as LD_PRELOAD of libfaketime. */
  env?: { worker?: Record<string, string> | ((n: number) => Record<string, string>); api?: Record<string, string> };
  /** Whose keys are made, where an earlier build knows not all of them. */
  roles?: readonly Role[];
  /** Folder of another build, such as one with a guard taken out (broken-build.ts). */
  build?: string;
  /** Other servers than those of the test run (own-services.ts). */
  services?: ServiceAddresses;
  /** Another Redis than theirs, such as a database of its own (own-redis.ts). */
  redisUrl?: string;
  /** A Temporal that skips time instead of the test run's; skipped-time.ts moves it, and starts the sweep. Its namespaces need no making. */
  time?: SkippedTime;
  /** What API and workers reach through a proxy; the test itself reaches everything straight. */
  through?: Proxied;
}

export interface Reply {
  status: number;
  headers: Headers;
  // A reply's shape is what each test asserts.
  body: any; // eslint-disable-line @typescript-eslint/no-explicit-any
}

const ROLES = ['admin', 'marketer', 'approver', 'finance', 'operator', 'source', 'app'] as const;
export type Role = (typeof ROLES)[number];

export class Stack {
  readonly keys = {} as Record<Role, string>;
  private requests = 0;

  private constructor(
    readonly ownerUrl: string,
    readonly appUrl: string,
    /** As owner: for looking and for corrupting by hand. */
    readonly pool: pg.Pool,
    readonly namespace: string,
    readonly simulator: Simulator,
    readonly api: Child,
    readonly workers: Child[],
    /** Beside `api`; requests go to all of them in turn. */
    private readonly otherApis: Child[],
    private readonly dropDatabase: () => Promise<void>,
    /** Folder of the simulators' books. */
    readonly books: string,
    readonly temporalAddress: string,
    readonly time: SkippedTime | undefined,
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  static async start(options: StackOptions = {}): Promise<Stack> {
    const { services, time } = options;
    const database = options.database ?? (await createDatabase(services?.databaseUrl));
    const books = options.books ?? mkdtempSync(join(tmpdir(), 'pado-books-'));
    const seed = String(seeded('the simulators'));
    const simulator = await startSimulator({ seed, ...options.simulator, books });
    const temporalAddress =
      time?.address ?? services?.temporalAddress ?? process.env['TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233';
    const namespace = `test-${process.pid}-${Math.floor(performance.now())}`;
    if (!time) await createNamespace(temporalAddress, namespace);
    const providers = simulator.providers.map((own) => ({ ...own.config(), ...options.providerTerms }));
    const gateways = simulator.gateways.map((own) => ({ ...own.config(), ...options.gatewayTerms }));
    const reached = {
      PADO_PAYOUT_PROVIDERS: JSON.stringify(providers),
      PADO_GATEWAYS: JSON.stringify(gateways),
      PADO_DATABASE_URL: database.appUrl,
      REDIS_URL: options.redisUrl ?? services?.redisUrl ?? process.env['REDIS_URL'] ?? '',
      TEMPORAL_ADDRESS: temporalAddress,
    };
    const env = {
      ...process.env,
      ...throughProxies(reached, options.through ?? {}),
      TEMPORAL_NAMESPACE: namespace,
      PADO_SWEEP_SECONDS: String(options.sweepSeconds ?? (time ? 0 : 5)),
      ...(time ? { PADO_CLOCK_SECONDS: '1' } : {}),
      PADO_LOG_LEVEL: 'warn',
      PADO_PORT: '0',
      NODE_OPTIONS: '',
    };
    const said = (process.env['PADO_TEST_PROCESSES'] ?? '1+1').split('+').map(Number);
    const [api, ...otherApis] = Array.from(
      { length: options.apis ?? said[0] ?? 1 },
      () => new Child(['api'], { ...env, ...options.env?.api }, options.build),
    ) as [Child, ...Child[]];
    const own = options.env?.worker;
    const workers = Array.from(
      { length: options.workers ?? said[1] ?? 1 },
      (_, n) => new Child(['worker'], { ...env, ...(typeof own === 'function' ? own(n) : own) }, options.build),
    );
    const { ownerUrl, appUrl, pool } = database;
    const stack = new Stack(
      ownerUrl,
      appUrl,
      pool,
      namespace,
      simulator,
      api,
      workers,
      otherApis,
      () => database.drop(),
      books,
      temporalAddress,
      time,
      env,
    );
    try {
      await stack.begin(options);
    } catch (error) {
      await stack.stop();
      throw error;
    }
    return stack;
  }

  private async begin({ epoch, roles = ROLES }: Pick<StackOptions, 'epoch' | 'roles'>): Promise<void> {
    const app = createPool(this.appUrl, { max: 1 });
    for (const role of roles) {
      this.keys[role] = await createKey(app, { role, name: role }, { by: 'test', reason: 'test', now: 0 });
    }
    await app.end();
    await Promise.all([this.api, ...this.otherApis, ...this.workers].map((child) => child.start()));
    this.simulator.setCallbackUrl(this.api.url);
    if (!epoch) return;
    const { epoch: set } = await this.one<{ epoch: Date | null }>('select business_epoch as epoch from installation');
    if (!set) await this.ok('POST', '/v1/business-epoch', { epoch });
    await this.setSimulatorsClock();
  }

  /** The simulators read the clock of engine and API from now on; again after time was skipped. */
  async setSimulatorsClock(): Promise<void> {
    const { epoch, base } = await this.one<{ epoch: Date; base: Date }>(
      'select business_epoch as epoch, temporal_base as base from installation',
    );
    this.simulator.setClock({ epochMs: epoch.getTime(), baseMs: base.getTime() - (await this.aheadMs()) });
  }

  /** By how much Temporal's time is ahead of the machine's. */
  private async aheadMs(): Promise<number> {
    return this.time ? await this.time.aheadMs() : 0;
  }

  /** One worker more, of another build maybe; whoever makes it starts it. */
  anotherWorker(env: Record<string, string>, build?: string): Child {
    const worker = new Child(['worker'], { ...this.env, ...env }, build);
    this.workers.push(worker);
    return worker;
  }

  get worker(): Child {
    return this.workers[0] as Child;
  }

  /** Business now as the engine has it, near enough for waiting in tests. */
  async businessNow(): Promise<number> {
    const { rows } = await this.pool.query<{ ms: string }>(
      `select (extract(epoch from clock_timestamp() - coalesce(temporal_base, clock_timestamp())
         + coalesce(business_epoch, clock_timestamp())) * 1000)::bigint::text as ms from installation`,
    );
    return Number(rows[0]?.ms) + (await this.aheadMs());
  }

  /** One that runs, in turn; where none does, the first. */
  private nextApi(): Child {
    const running = [this.api, ...this.otherApis].filter(({ running }) => running);
    this.requests += 1;
    return running[this.requests % running.length] ?? this.api;
  }

  async request(
    method: string,
    path: string,
    body?: unknown,
    options: { as?: Role; headers?: Record<string, string> } = {},
  ): Promise<Reply> {
    const raw = typeof body === 'string';
    const response = await fetch(this.nextApi().url + path, {
      method,
      headers: {
        authorization: `Bearer ${this.keys[options.as ?? 'admin']}`,
        ...(body === undefined || raw ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(body === undefined ? {} : { body: raw ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    let parsed: unknown = text;
    try {
      parsed = text === '' ? null : JSON.parse(text);
    } catch {
      // not JSON: kept as text
    }
    return { status: response.status, headers: response.headers, body: parsed };
  }

  /** A request that has to succeed; returns its body. */
  async ok(
    method: string,
    path: string,
    body?: unknown,
    options: { as?: Role; headers?: Record<string, string> } = {},
  ): Promise<any> {
    const reply = await this.request(method, path, body, options);
    if (reply.status >= 300)
      throw new Error(`${method} ${path} answered ${reply.status}: ${JSON.stringify(reply.body)}`);
    return reply.body;
  }

  /** The independent audit against both books. */
  async audit(options: { runId?: string } = {}): Promise<AuditReport> {
    return runAudit({
      databaseUrl: this.ownerUrl,
      ...options,
      temporalAheadMs: await this.aheadMs(),
      providerBooks: this.simulator.providers.map((p) => p.bookFile),
      gatewayBooks: this.simulator.gateways.map((g) => g.bookFile),
    });
  }

  async auditClean(): Promise<AuditReport> {
    const report = await this.audit();
    assertClean(report);
    return report;
  }

  async one<T extends object>(sql: string, values: unknown[] = []): Promise<T> {
    const { rows } = await this.pool.query<T & pg.QueryResultRow>(sql, values);
    return rows[0] as T;
  }

  async stop(): Promise<void> {
    await Promise.all([this.api, ...this.otherApis, ...this.workers].map((child) => child.kill('SIGTERM')));
    await this.simulator.close();
    // its schedules would go on beside every suite that comes after
    const end = process.env['PADO_TEMPORAL_STAYS'] ? deleteNamespace : abandonNamespace;
    if (!this.time) await end(this.temporalAddress, this.namespace);
    await this.dropDatabase();
    rmSync(this.books, { recursive: true, force: true });
  }
}

/** Poll until `check` gives something; fails when it does not in time, also when a check itself never answers. */
export async function until<T>(
  what: string,
  check: () => Promise<T | null | undefined | false>,
  timeoutMs = 180_000,
  everyMs = 150,
): Promise<T> {
  const end = Date.now() + timeoutMs;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const fail = () => reject(new Error(`${what}: its check has not answered within ${timeoutMs} ms`));
    timer = setTimeout(fail, timeoutMs + 10_000);
  });
  try {
    for (;;) {
      const value = await Promise.race([check(), late]);
      if (value) return value;
      if (Date.now() > end) throw new Error(`${what}: not within ${timeoutMs} ms`);
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  } finally {
    clearTimeout(timer);
  }
}
