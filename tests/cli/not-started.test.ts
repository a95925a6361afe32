/**
 * A service that does not start: the end of its log says why, however many have called it meanwhile, and no cure costs the books. One that does not
 * answer yet is no such service.
 */
import { mkdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { embeddedPostgres } from '../../src/services/postgres.js';
import { EnvironmentLack } from '../../src/services/report.js';
import { stopAllEnrolled, stopEnrolled } from '../../src/services/roster.js';
import { ensureService, type ServiceKind, type Waiting } from '../../src/services/service.js';
import { StateFolder } from '../../src/services/state-folder.js';
import { freshState } from './launcher.js';

const REASON = 'FATAL:  could not write to file "pg_wal/xlogtemp.1": No space left on device';
const TOLD_TO_CALLERS = [
  'FATAL:  the database system is in recovery mode',
  'FATAL:  the database system is not yet accepting connections',
  'DETAIL:  Consistent recovery state has not been yet reached.',
];

const NOT_NOW = Object.assign(new pg.DatabaseError('the database system is starting up', 1, 'error'), {
  code: '57P03',
});

describe('a service that does not start', () => {
  const folder = freshState();
  let state: StateFolder;
  beforeAll(() => {
    state = StateFolder.open(folder.dir);
  });
  afterAll(async () => {
    await stopAllEnrolled(state);
    folder.remove();
  });

  /** One that runs this, and never answers. */
  const running = (script: string): ServiceKind => ({
    ...embeddedPostgres(state),
    prepare: async () => ({ how: 'written by the test' }),
    choosePorts: async () => ({ main: 1 }),
    launch: () => ({ command: process.execPath, args: ['-e', script] }),
    probe: () => Promise.reject(new Error('it never answers')),
  });
  const answering =
    (...answers: (string | Error)[]) =>
    async () => {
      const answer = answers.shift();
      if (typeof answer === 'string') return answer;
      throw answer ?? new Error('it was asked too often');
    };
  const saying = (words: string) => running(`console.error(${JSON.stringify(words)}); process.exit(1)`);
  async function failure(kind: ServiceKind, waiting?: Waiting): Promise<{ message: string; cure: string }> {
    const refused = await ensureService(state, kind, waiting).then(
      () => null,
      (error: unknown) => error,
    );
    expect(refused).toBeInstanceOf(EnvironmentLack);
    return refused as EnvironmentLack;
  }

  it('is named with the reason, not with what it told others', async () => {
    const words = [REASON, ...Array.from({ length: 20 }, () => TOLD_TO_CALLERS).flat()].join('\n');
    const { message } = await failure(saying(words));
    expect(message).toContain(REASON);
    for (const told of TOLD_TO_CALLERS) expect(message).not.toContain(told);
  });

  it('is cured by space where a disk was full in this start, whatever its log tells of earlier ones', async () => {
    const full = await failure(saying(REASON));
    expect(full.message).toContain('because a disk is full');
    expect(full.cure).toMatch(/^Make space below .* delete nothing of its folder postgres/);
    const other = await failure(saying('FATAL:  something else'));
    expect(other.message).not.toContain('full');
    expect(other.cure).not.toContain('space');
  });

  it('is never cured by throwing the books away', async () => {
    expect((await failure(saying('FATAL:  something'))).cure).toContain('./pado down --reset');
    mkdirSync(state.path('postgres'));
    state.write('postgres/PG_VERSION', '18\n');
    const { cure } = await failure(saying('FATAL:  something'));
    expect(cure).not.toContain('--reset');
    expect(cure).toContain('holds the books');
  });

  it('is given up when it says nothing, and waited for as long as it says that it begins', async () => {
    const forever = running('setInterval(() => undefined, 60_000)');
    expect((await failure(forever, { silentMs: 0 })).message).toContain('did not start');
    const probe = answering(NOT_NOW, NOT_NOW, NOT_NOW, NOT_NOW, '18.4');
    const { entry } = await ensureService(state, { ...forever, probe }, { silentMs: 0 });
    expect(entry.version).toBe('18.4');
    await stopEnrolled(state, entry.name);
  });

  it('is asked again, and not ended, where it was found and did not answer once', async () => {
    const probe = answering('18.4', new Error('no answer in time'), '18.4');
    const kind = { ...running('setInterval(() => undefined, 60_000)'), probe };
    const { entry } = await ensureService(state, kind);
    expect(await ensureService(state, kind)).toMatchObject({ found: true, entry: { pid: entry.pid } });
    await stopEnrolled(state, entry.name);
  });
});
