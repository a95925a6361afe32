/**
 * `pado doctor` on an installation of its own, which is then really broken, one part after the other: each check has to notice what it is
 * there for, and to say the cure; what is repaired is well again. Needs nothing but minutes.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { Redis } from 'ioredis';
import pg from 'pg';
import { judgeDisk } from '../../src/cli/doctor-machine.js';
import { judgeSkew } from '../../src/cli/doctor-servers.js';
import { embeddedUrl } from '../../src/services/postgres.js';
import { redisUrl } from '../../src/services/redis.js';
import { findRunning } from '../../src/services/roster.js';
import { StateFolder } from '../../src/services/state-folder.js';
import { createNamespace } from '../../src/services/temporal-namespace.js';
import { ROOT } from '../support/sources.js';
import { until } from '../support/stack.js';
import { freshState, pado, userEnvironment } from './launcher.js';

const CLI = join(ROOT, 'dist/src/cli.js');

type Finding = { check: string; state: 'ok' | 'warn' | 'fail'; detail: string; cure?: string };
interface Told {
  code: number | null;
  stderr: string;
  output: string;
  of: (check: string) => Finding | undefined;
  /** Of those that are not well. */
  ill: string[];
}

/** Without the launcher, which looks for Node and npm itself. */
function doctor(state: string, env: Record<string, string> = {}, ...args: string[]): Told {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, 'doctor', '--json', ...args], {
    env: { ...userEnvironment(state), ...env },
    encoding: 'utf8',
    timeout: 120_000,
    killSignal: 'SIGKILL',
  });
  const { checks } = JSON.parse(stdout || '{"checks":[]}') as { checks: Finding[] };
  return {
    code: status,
    stderr,
    output: stdout + stderr,
    of: (check) => checks.find((one) => one.check === check),
    ill: checks.filter((one) => one.state !== 'ok').map((one) => one.check),
  };
}
const warns = (detail: RegExp, cure: RegExp) => ({
  state: 'warn',
  detail: expect.stringMatching(detail),
  cure: expect.stringMatching(cure),
});
const fails = (detail: RegExp, cure: RegExp) => ({ ...warns(detail, cure), state: 'fail' });

describe('pado doctor on a machine', () => {
  let state: ReturnType<typeof freshState>;
  beforeAll(() => {
    state = freshState();
  });
  afterAll(() => state.remove());

  it('finds a machine well on which nothing runs, and leaves out what there is nothing to say of', () => {
    const told = doctor(state.dir);
    expect([told.code, told.ill]).toEqual([0, []]);
    expect(told.of('Postgres')?.detail).toMatch(/not running/);
    for (const check of ['Tables', 'Workers', 'Queues', 'Build']) expect(told.of(check)).toBeUndefined();
  });

  it('names a program that is missing, an empty secret, one that others may read, and a port that somebody took', async () => {
    const other = createServer();
    const port = await new Promise<number>((resolve) =>
      other.listen(0, '127.0.0.1', () => resolve((other.address() as { port: number }).port)),
    );
    writeFileSync(join(state.dir, 'ports.json'), JSON.stringify({ api: port }));
    writeFileSync(join(state.dir, 'secrets/redis'), 'not to be seen\n');
    chmodSync(join(state.dir, 'secrets/redis'), 0o644);
    try {
      const told = doctor(state.dir, { PATH: tmpdir() });
      expect(told.code).toBe(3);
      expect(told.of('npm')).toMatchObject(fails(/npm is not on PATH/, /Install npm/));
      expect(told.of('Secrets')).toMatchObject(warns(/Others may read .*secrets\/redis/, /^chmod 600 /));
      expect(told.of('Ports')).toMatchObject(warns(new RegExp(`api had ${port}`), /takes other ports/));
      writeFileSync(join(state.dir, 'secrets/postgres'), '');
      const emptied = doctor(state.dir);
      expect([emptied.code, emptied.of('Secrets')]).toMatchObject([
        3,
        fails(/Empty in .*: postgres\./, /Put the secret/),
      ]);
      for (const { output } of [told, emptied]) expect(output).not.toContain('not to be seen');
    } finally {
      other.close();
      rmSync(join(state.dir, 'secrets'), { recursive: true });
      rmSync(join(state.dir, 'ports.json'));
    }
  });

  it('names servers that do not answer by the variables that name them, and a state that cannot be written', () => {
    const nowhere = '127.0.0.1:1';
    const told = doctor(state.dir, {
      DATABASE_URL: `postgres://nobody:hidden@${nowhere}/none`,
      REDIS_URL: `redis://:hidden@${nowhere}`,
      TEMPORAL_ADDRESS: nowhere,
    });
    expect(told.code).toBe(3);
    expect(told.of('Postgres')).toMatchObject(fails(/^DATABASE_URL does not answer/, /correct or unset DATABASE_URL/));
    expect(told.of('Redis')).toMatchObject(fails(/^REDIS_URL does not answer/, /correct or unset REDIS_URL/));
    expect(told.of('Temporal')).toMatchObject(fails(/^TEMPORAL_ADDRESS does not/, /unset TEMPORAL_ADDRESS/));
    expect(told.output).not.toContain('hidden');

    const file = join(mkdtempSync(join(tmpdir(), 'pado-file-')), 'file');
    writeFileSync(file, '');
    const unwritable = doctor(join(file, 'state'));
    expect([unwritable.code, unwritable.stderr]).toEqual([3, expect.stringMatching(/cannot be written[^]*cure: /)]);
    rmSync(join(file, '..'), { recursive: true });
  });

  it('judges a disk by what is free, and clocks by how far they are apart', () => {
    expect(judgeDisk(80)).toBe('80 GiB free');
    expect(judgeDisk(5)).toMatchObject({ warning: expect.stringContaining('5.0 GiB') });
    expect(() => judgeDisk(2.9)).toThrow('Only 2.9 GiB');
    expect(judgeSkew(-400)).toMatch(/agree/);
    expect(judgeSkew(5_000)).toMatchObject({ warning: expect.stringContaining('5 s ahead of') });
    expect(() => judgeSkew(-300_000)).toThrow('5 min behind');
  });
});

describe('pado doctor on an installation', () => {
  let state: ReturnType<typeof freshState>;
  let folder: StateFolder;
  let pool: pg.Pool;
  let temporalAddress = '';
  const portOf = (name: string) => findRunning(folder, name)?.ports['main'] ?? 0;
  const pidOf = (name: string) => findRunning(folder, name)?.pid ?? 0;

  beforeAll(() => {
    state = freshState();
    const { code, stderr } = pado(state.dir, 'up', '--detach');
    if (code !== 0) throw new Error(stderr);
    folder = StateFolder.open(state.dir);
    pool = new pg.Pool({ connectionString: embeddedUrl(folder, portOf('postgres')), max: 2 });
    temporalAddress = `127.0.0.1:${portOf('temporal')}`;
  });
  afterAll(async () => {
    await pool?.end();
    pado(state.dir, 'down');
    state.remove();
  });

  const sql = async (...statements: string[]) => {
    for (const statement of statements) await pool.query(statement);
  };

  it('is well when it has started, and says what it looked at', () => {
    const told = doctor(state.dir);
    expect([told.code, told.ill, told.stderr]).toEqual([0, [], expect.any(String)]);
    for (const check of ['Durable', 'Tables', 'App role', 'Clock', 'Eviction', 'API', 'Build', 'Namespace', 'Workers'])
      expect([check, told.of(check)?.state]).toEqual([check, 'ok']);
    for (const check of ['Sweep', 'Time', 'Queues', 'Ledger', 'Ambiguous', 'Held'])
      expect([check, told.of(check)?.state]).toEqual([check, 'ok']);
    for (const name of ['postgres', 'redis', 'app-role']) expect(told.output).not.toContain(folder.secret(name));
  });

  it('notices servers whose settings lose money or limits, and tables and rights that are not as they were made', async () => {
    const redis = new Redis(redisUrl(folder, portOf('redis')));
    const { rows } = await pool.query<{ id: string; name: string }>(
      'select id, migration_name as name from _prisma_migrations order by migration_name desc limit 1',
    );
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await sql(
      'alter database pado set synchronous_commit = off',
      'grant update on ledger_entries to pado_app',
      'alter table ledger_seals disable trigger ledger_seals_append_only',
      `update _prisma_migrations set migration_name = 'x_of_tomorrow' where id = '${rows[0]?.id}'`,
    );
    const told = doctor(state.dir);
    expect(told.code).toBe(3);
    expect(told.of('Durable')).toMatchObject(fails(/synchronous_commit is off/, /alter database/));
    expect(told.of('App role')).toMatchObject(
      fails(/may update ledger_entries, nothing guards ledger_seals/, /gives it its rights anew[^]*pado audit/),
    );
    expect(told.of('Tables')).toMatchObject(fails(/newer than this program: it has x_of_tomorrow/, /git pull/));
    expect(told.of('Eviction')).toMatchObject(warns(/^allkeys-lru/, /noeviction/));

    await sql(
      `update _prisma_migrations set migration_name = '${rows[0]?.name}', finished_at = null where id = '${rows[0]?.id}'`,
    );
    expect(doctor(state.dir).of('Tables')).toMatchObject(fails(/cut short/, /tries it again/));
    await sql(`update _prisma_migrations set rolled_back_at = now() where id = '${rows[0]?.id}'`);
    expect(doctor(state.dir).of('Tables')).toMatchObject(warns(/1 pending/, /next .\/pado up applies/));

    await redis.config('SET', 'maxmemory-policy', 'noeviction');
    redis.disconnect();
    await sql(
      'alter database pado reset synchronous_commit',
      'revoke update on ledger_entries from pado_app',
      'alter table ledger_seals enable trigger ledger_seals_append_only',
      `update _prisma_migrations set finished_at = now(), rolled_back_at = null where id = '${rows[0]?.id}'`,
    );
    expect(doctor(state.dir).ill).toEqual([]);
  });

  it('notices what stands still until a person acts: queues, seals, unknown outcomes, held payouts, a queue that nobody works on', async () => {
    const message = (id: string, gateway: string, what: string, ago: string) =>
      `insert into outbox (id, run_id, node, visit, customer_id, lane, wave, channel, purpose, advertising, gateway, shard, state,
         template, body, decided_at, not_after, last_attempt_at)
       values ('${id}', 'r', 'n', 1, 'c', 0, 1, 'push', 'advertising', true, '${gateway}', 0, '${what}', 't@1', '', now(), now(), now() - interval '${ago}')`;
    const payout = (key: string, what: string) =>
      `insert into payouts (key, slot_key, claim_key, run_id, campaign, node, visit, wave, customer_id, kind, amount, currency, budget,
         provider, shard, state, input_sha256, evidence, budget_seq, decided_at, last_attempt_at)
       values ('${key}', '${key}', '${key}', 'r', 'k', 'n', 1, 1, 'c', 'point', 1, 'KRW', 'b', 'gone-pay', 0, '${what}', '', '{}', 1, now(), now() - interval '3 hours')`;
    const unsealed = async () => (await pool.query('select from audit_log_unsealed')).rowCount;
    await until('a sweep has sealed the audit log', async () => (await unsealed()) === 0, 90_000);
    await sql(
      `insert into queues (kind, name, shard, attention) values ('delivery', 'odd-gate', 1, 'undocumented answer 418'), ('delivery', 'gone-gate', 0, null)`,
      `insert into ledger_unsealed (recorded_at, transfer_id) values (now() - interval '10 minutes', 'nobody')`,
      message('m/1', 'gone-gate', 'queued', '0 s'),
      message('m/2', 'odd-gate', 'ambiguous', '20 minutes'),
      payout('p/1', 'ambiguous'),
      payout('p/2', 'held'),
      `insert into provider_breakers (provider, failures, opened_at, open_until) values ('mute-pay', 12, now() - interval '2 minutes', now())`,
    );
    const told = doctor(state.dir);
    expect(told.code).toBe(1);
    const clear = /\.\/pado attention clear gateway\/odd-gate --reason/;
    expect(told.of('Queues')).toMatchObject(fails(/delivery\/odd-gate\/1 has stopped: undocumented answer 418/, clear));
    expect(told.of('Providers')).toMatchObject(
      warns(/mute-pay has not answered 12 submissions in a row, for 2 min/, /tries it/),
    );
    expect(told.of('Ledger')).toMatchObject(fails(/1 not sealed yet, the oldest for 10 min/, /The sweep seals them/));
    expect(told.of('Workers')).toMatchObject(fails(/gateway gone-gate, and no worker/, /PADO_GATEWAYS/));
    expect(told.of('Ambiguous')).toMatchObject(warns(/1 messages, the oldest for 20 min; 1 payouts, .* 3 h/, /lookup/));
    expect(told.of('Held')).toMatchObject(warns(/^1 payouts are held/, /Finance decides/));
    expect(doctor(state.dir, {}, '--patience', '200').of('Ambiguous')).toMatchObject({ state: 'ok' });
    expect(doctor(state.dir, {}, '--patience', 'long').code).toBe(2);

    await sql(
      `delete from outbox where run_id = 'r'`,
      `delete from payouts where run_id = 'r'`,
      `update queues set attention = null`,
      `delete from ledger_unsealed`,
      'delete from provider_breakers',
    );
    expect(doctor(state.dir).ill).toEqual([]);
  });

  it('notices a Temporal without namespace, worker or sweep, and a sweep that somebody has paused', async () => {
    expect(doctor(state.dir, { TEMPORAL_NAMESPACE: 'nowhere' })).toMatchObject({ code: 1 });
    expect(doctor(state.dir, { TEMPORAL_NAMESPACE: 'nowhere' }).of('Namespace')).toMatchObject(
      fails(/namespace nowhere/, /TEMPORAL_NAMESPACE/),
    );
    await createNamespace(temporalAddress, 'deserted');
    const deserted = doctor(state.dir, { TEMPORAL_NAMESPACE: 'deserted' });
    expect(deserted.of('Workers')).toMatchObject(fails(/No worker/, /Start a worker/));
    expect(deserted.of('Sweep')).toMatchObject(fails(/no schedule/, /start of a worker makes it/));

    const connection = await Connection.connect({ address: temporalAddress });
    const sweep = new Client({ connection }).schedule.getHandle('sweep');
    await sweep.pause();
    expect(doctor(state.dir).of('Sweep')).toMatchObject(fails(/has paused the schedule/, /--unpause/));
    await sweep.unpause();
    await connection.close();
    expect(doctor(state.dir).ill).toEqual([]);
  });

  it('notices an API that hangs, a worker that is gone, and one of another build', async () => {
    process.kill(pidOf('api'), 'SIGSTOP');
    const hung = doctor(state.dir);
    process.kill(pidOf('api'), 'SIGCONT');
    expect([hung.code, hung.of('API')]).toMatchObject([1, fails(/does not answer at http/, /api\.log/)]);

    const { pid: launcher } = JSON.parse(readFileSync(join(state.dir, 'run/up.json'), 'utf8')) as { pid: number };
    process.kill(launcher, 'SIGSTOP'); // it would start the worker again at once
    process.kill(pidOf('worker'), 'SIGKILL');
    await until('the worker is gone', () => Promise.resolve(findRunning(folder, 'worker') === null));
    const gone = doctor(state.dir);
    process.kill(launcher, 'SIGCONT');
    expect(gone.of('Build')).toMatchObject(fails(/Not running: worker/, /worker\.log/));
    await until('the worker is back', () => Promise.resolve(findRunning(folder, 'worker')));

    // as if that start had been of a newer build; it is enrolled once more when it is ready
    const file = join(state.dir, 'run/worker.process');
    const mixed = await until('the build of another year is seen', async () => {
      const kept = readFileSync(file, 'utf8');
      writeFileSync(file, kept.replace(/the build of [^"]+/, 'the build of 2020-01-01T00:00:00Z'));
      const seen = doctor(state.dir);
      writeFileSync(file, kept);
      return seen.of('Build')?.state === 'fail' && seen;
    });
    expect(mixed.of('Build')).toMatchObject(fails(/the worker the build of 2020/, /pado down, then/));
    await until('it is well again', () => Promise.resolve(doctor(state.dir).ill.length === 0));
  });
});
