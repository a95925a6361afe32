/**
 * What a launcher started ends with it, however it ends. What is killed lets go of its files first and is gone some time after, which a busy machine makes
 * long: here it never goes.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { identify, signalProcess, type ProcessIdentity } from '../../src/services/processes.js';
import { until } from '../support/stack.js';
import { ROOT } from '../support/sources.js';
import { freshState } from './launcher.js';

const built = (name: string) => JSON.stringify(join(ROOT, 'dist/src/services', name));
/** Starts something, tells its pid, and lets go of what binds it to its warden, as one that is being killed does. */
const DYING = `
import { closeSync, readdirSync, readlinkSync, writeSync } from 'node:fs';
import { arrive } from ${built('presence.js')};
import { startDaemon } from ${built('processes.js')};
import { enrol } from ${built('roster.js')};
import { StateFolder } from ${built('state-folder.js')};
const state = StateFolder.open(process.argv[1]);
const before = new Set(readdirSync('/proc/self/fd'));
arrive(state);
const { identity } = await startDaemon('sleep', ['600'], state.path('logs/sleep.log'));
enrol(state, { ...identity, name: 'sleep', signal: 'SIGTERM', how: 'by a test', version: '', ports: {} });
writeSync(1, identity.pid + '\\n');
for (const fd of readdirSync('/proc/self/fd').filter((one) => !before.has(one))) {
  try {
    if (readlinkSync('/proc/self/fd/' + fd).startsWith('socket:')) closeSync(Number(fd));
  } catch {} // that of the listing itself
}
setInterval(() => undefined, 60_000);
`;

describe('the warden', () => {
  const state = freshState();
  let launcher: ChildProcess | undefined;
  let started: ProcessIdentity | null = null;
  afterAll(() => {
    launcher?.kill('SIGKILL');
    if (started) signalProcess(started, 'SIGKILL');
    state.remove();
  });

  it('ends what its launcher started while that is still seen', async () => {
    const own = (launcher = spawn(process.execPath, ['--input-type=module', '-e', DYING, state.dir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    }));
    const [told] = (await once(own.stdout, 'data')) as [Buffer];
    const pid = Number(told.toString());
    expect(pid).toBeGreaterThan(0);
    started = identify(pid);
    await until('what it started has ended', async () => identify(pid) === null, 30_000);
    expect(identify(own.pid as number)).not.toBeNull();
  });
});
