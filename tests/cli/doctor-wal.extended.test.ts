/**
 * `pado doctor` on a Postgres that keeps its WAL: because nobody reads a slot, and because nothing is archived. Both are caused, named with their cure, and
 * well again after it.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { OwnServices } from '../support/own-services.js';
import { until } from '../support/stack.js';
import { freshState, padoBeside } from './launcher.js';

/** Of 16 MiB each: more than the 1 GiB that a slot may keep. */
const SEGMENTS = 66;

describe('pado doctor on a Postgres that keeps its WAL', () => {
  const state = freshState();
  let services: OwnServices;
  beforeAll(async () => {
    services = await OwnServices.start();
  });
  afterAll(async () => {
    await services?.close();
    state.remove();
  });

  async function sql(...statements: string[]): Promise<void> {
    const client = new pg.Client({ connectionString: services.databaseUrl });
    await client.connect();
    try {
      for (const statement of statements) await client.query(statement);
    } finally {
      await client.end();
    }
  }
  async function restarted(): Promise<void> {
    await services.end('postgres', 'stop');
    await services.begin('postgres');
  }
  async function wal(): Promise<{ state: string; detail: string; cure?: string }> {
    const env = {
      DATABASE_URL: services.databaseUrl,
      REDIS_URL: services.redisUrl,
      TEMPORAL_ADDRESS: services.temporalAddress,
    };
    const { stdout } = await padoBeside(env, state.dir, 'doctor', '--json');
    const { checks } = JSON.parse(stdout) as { checks: { check: string; state: string; detail: string }[] };
    const found = checks.find(({ check }) => check === 'WAL');
    if (!found) throw new Error(stdout);
    return found;
  }
  const WELL = { state: 'ok', detail: 'nothing keeps the server from reusing its WAL' };

  it('names a slot that nobody reads by what it keeps, and is well once it is dropped', async () => {
    expect(await wal()).toMatchObject(WELL);
    await sql("select pg_create_physical_replication_slot('forgotten', true)");
    expect(await wal()).toMatchObject(WELL); // it keeps little yet
    const filled = Array.from({ length: SEGMENTS }, () => [
      "select pg_logical_emit_message(false, 'test', 'x')",
      'select pg_switch_wal()',
    ]);
    await sql(...filled.flat());
    expect(await wal()).toMatchObject({
      state: 'warn',
      detail: expect.stringMatching(
        /until its disk is full, .*: the slot forgotten, which nobody reads, keeps 1\d{3} MiB\./,
      ),
      cure: expect.stringContaining('pg_drop_replication_slot'),
    });
    await sql("select pg_drop_replication_slot('forgotten')");
    expect(await wal()).toMatchObject(WELL);
  });

  it('says since when nothing is archived, and is well once it is', async () => {
    await sql('alter system set archive_mode = on', "alter system set archive_command = 'false'");
    await restarted();
    await sql("select pg_logical_emit_message(true, 'test', 'x')", 'select pg_switch_wal()');
    const seen = await until(
      'archiving has failed',
      async () => {
        const now = await wal();
        return now.state === 'warn' && now;
      },
      60_000,
      1_000,
    );
    expect(seen).toMatchObject({
      detail: expect.stringMatching(/: nothing has been archived for \d+ (s|min)\./),
      cure: expect.stringContaining('archive_command'),
    });
    await sql("alter system set archive_command = 'true'", 'select pg_reload_conf()');
    await sql("select pg_logical_emit_message(true, 'test', 'x')", 'select pg_switch_wal()');
    await until('it is well', async () => (await wal()).state === 'ok', 90_000, 1_000);
    expect(await wal()).toMatchObject(WELL);
  });
});
