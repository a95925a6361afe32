/**
 * A service that does not start: the end of its log says why, however many have called it meanwhile.
 */
import { afterAll, describe, expect, it } from '@jest/globals';
import { embeddedPostgres } from '../../src/services/postgres.js';
import { ensureService, type ServiceKind } from '../../src/services/service.js';
import { StateFolder } from '../../src/services/state-folder.js';
import { freshState } from './launcher.js';

const REASON = 'FATAL:  could not write to file "pg_wal/xlogtemp.1": No space left on device';
const TOLD_TO_CALLERS = [
  'FATAL:  the database system is in recovery mode',
  'FATAL:  the database system is not yet accepting connections',
  'DETAIL:  Consistent recovery state has not been yet reached.',
];

describe('a service that does not start', () => {
  const folder = freshState();
  afterAll(() => folder.remove());

  it('is named with the reason, not with what it told others', async () => {
    const state = StateFolder.open(folder.dir);
    const words = [REASON, ...Array.from({ length: 20 }, () => TOLD_TO_CALLERS).flat()].join('\n');
    const dying: ServiceKind = {
      ...embeddedPostgres(state),
      prepare: async () => ({ how: 'written by the test' }),
      choosePorts: async () => ({ main: 1 }),
      launch: () => ({
        command: process.execPath,
        args: ['-e', `console.error(${JSON.stringify(words)}); process.exit(1)`],
      }),
      probe: () => Promise.reject(new Error('it never answers')),
    };
    const failure = await ensureService(state, dying).then(
      () => '',
      (error: Error) => error.message,
    );
    expect(failure).toContain(REASON);
    for (const told of TOLD_TO_CALLERS) expect(failure).not.toContain(told);
  });
});
