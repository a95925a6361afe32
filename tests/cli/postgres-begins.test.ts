/**
 * Our own Postgres after it was cut off: it is waited for as long as it recovers, and begins whatever its last life has left in its folder.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { embeddedPostgres } from '../../src/services/postgres.js';
import { unprivileged } from '../../src/services/postgres-user.js';
import { arrive, type Presence } from '../../src/services/presence.js';
import { isAlive, signalProcess } from '../../src/services/processes.js';
import { findRunning, stopEnrolled } from '../../src/services/roster.js';
import { ensureService, type ServiceKind } from '../../src/services/service.js';
import { StateFolder } from '../../src/services/state-folder.js';
import { until } from '../support/stack.js';
import { freshState, padoBeside } from './launcher.js';

describe('our own Postgres', () => {
  const folder = freshState();
  const user = unprivileged([]);
  let state: StateFolder;
  let presence: Presence;
  let stranger: ChildProcess | undefined;
  beforeAll(async () => {
    state = StateFolder.open(folder.dir);
    presence = arrive(state);
    await ensureService(state, embeddedPostgres(state));
  });
  afterAll(async () => {
    stranger?.kill('SIGKILL');
    await presence.leave();
    folder.remove();
  });

  /** In its data folder, as its own. */
  function leave(name: string, text: string): void {
    const file = state.path('postgres', name);
    writeFileSync(file, text, { mode: 0o600 });
    user.own(file);
  }

  /** Postgres, and what it said so far to whoever asked. */
  function watched(): { kind: ServiceKind; said: unknown[] } {
    const said: unknown[] = [];
    const kind = embeddedPostgres(state);
    const probe: ServiceKind['probe'] = async (ports) => {
      try {
        return await kind.probe(ports);
      } catch (error) {
        said.push((error as { code?: unknown }).code);
        throw error;
      }
    };
    return { kind: { ...kind, probe }, said };
  }

  async function doctor(): Promise<unknown> {
    const { stdout } = await padoBeside({}, folder.dir, 'doctor', '--json');
    const { checks } = JSON.parse(stdout) as { checks: { check: string }[] };
    return checks.find(({ check }) => check === 'Postgres');
  }

  it('has a minute and more to end in order', () => {
    expect(findRunning(state, 'postgres')?.stopMs).toBeGreaterThanOrEqual(60_000);
  });

  it('is waited for while it recovers, by whoever started it and whoever finds it', async () => {
    await stopEnrolled(state, 'postgres');
    // a standby that takes nobody in recovers until it is promoted
    leave('standby.signal', '');
    appendFileSync(state.path('postgres/postgresql.auto.conf'), 'hot_standby = off\n');
    const [first, second] = [watched(), watched()];
    const started = ensureService(state, first.kind);
    await until('it says that it recovers', async () => first.said.includes('57P03'), 60_000);
    const entry = findRunning(state, 'postgres');
    const found = ensureService(state, second.kind);
    await until('who finds it has asked again', async () => second.said.length >= 3, 60_000);
    expect(new Set(second.said)).toEqual(new Set(['57P03']));
    expect(entry && isAlive(entry)).toBe(true);
    expect(await doctor()).toMatchObject({ state: 'fail', cure: expect.stringContaining('Wait for it') });
    leave('promote', '');
    if (entry) signalProcess(entry, 'SIGUSR1');
    expect(await started).toMatchObject({ found: false, entry: { pid: entry?.pid } });
    expect(await found).toMatchObject({ found: true, entry: { pid: entry?.pid } });
  });

  it('begins where another process has the pid of its last life', async () => {
    await stopEnrolled(state, 'postgres');
    const { command, args, ...options } = user.run('sleep', ['600']);
    stranger = spawn(command, args, { ...options, cwd: '/', stdio: 'ignore' });
    leave('postmaster.pid', `${stranger.pid}\n${state.path('postgres')}\n`);
    expect((await ensureService(state, embeddedPostgres(state))).found).toBe(false);
    expect([stranger.exitCode, stranger.signalCode]).toEqual([null, null]);
  });

  it('is ended and begun again where no roster knows it, by whatever path its folder is reached', async () => {
    const forgotten = findRunning(state, 'postgres');
    state.remove('run/postgres.process');
    const beside = mkdtempSync(join(tmpdir(), 'pado-link-'));
    try {
      symlinkSync(state.dir, join(beside, 'state'));
      const linked = StateFolder.open(join(beside, 'state'));
      const { entry } = await ensureService(linked, embeddedPostgres(linked));
      expect(forgotten && isAlive(forgotten)).toBe(false);
      expect(isAlive(entry)).toBe(true);
    } finally {
      rmSync(beside, { recursive: true });
    }
  });
});
