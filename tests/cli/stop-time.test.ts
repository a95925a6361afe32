/**
 * Each process has its own time to end in order, whoever ends it: one that takes long is not killed together with one that may not.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { isAlive, signalProcess, startDaemon, type ProcessIdentity } from '../../src/services/processes.js';
import { enrol, stopAllEnrolled } from '../../src/services/roster.js';
import { StateFolder } from '../../src/services/state-folder.js';
import { ROOT } from '../support/sources.js';
import { until } from '../support/stack.js';
import { freshState } from './launcher.js';

const built = (name: string) => JSON.stringify(join(ROOT, 'dist/src/services', name));
const KILLED = `
import { arrive } from ${built('presence.js')};
import { StateFolder } from ${built('state-folder.js')};
arrive(StateFolder.open(process.argv[1]));
process.kill(process.pid, 'SIGKILL');
`;
/** Asked to end, it goes on with what it has in hand, until that is done (SIGUSR1). */
const BUSY = `trap 'echo asked' TERM; trap 'echo done; exit 0' USR1; echo begun; while :; do sleep 0.1; done`;

async function killLauncher(state: StateFolder): Promise<void> {
  await once(spawn(process.execPath, ['--input-type=module', '-e', KILLED, state.dir], { stdio: 'inherit' }), 'close');
}

describe.each([
  ['who stops all', (state: StateFolder) => stopAllEnrolled(state)],
  ['the warden of a killed launcher', killLauncher],
])('%s', (_who, end) => {
  const folder = freshState();
  const started: ProcessIdentity[] = [];
  afterAll(() => {
    for (const one of started) signalProcess(one, 'SIGKILL');
    folder.remove();
  });

  it('kills each after its own time, and not before', async () => {
    const state = StateFolder.open(folder.dir);
    const log = (name: string) => state.path('logs', `${name}.log`);
    const says = (name: string) => readFileSync(log(name), 'utf8').trim().split('\n');
    const busy = async (name: string, stopMs: number) => {
      const { identity } = await startDaemon('sh', ['-c', BUSY], log(name));
      started.push(identity);
      enrol(state, { ...identity, name, signal: 'SIGTERM', stopMs, how: 'by a test', version: '', ports: {} });
      await until(`${name} has begun`, async () => says(name).includes('begun'), 30_000);
      return identity;
    };
    const [patient, short] = [await busy('patient', 3_600_000), await busy('short', 1_000)];
    const ending = end(state);
    await until('the one with little time has been killed', async () => !isAlive(short), 60_000);
    expect(says('patient')).toEqual(['begun', 'asked']);
    signalProcess(patient, 'SIGUSR1');
    await until('the other one has ended', async () => !isAlive(patient), 60_000);
    expect(says('patient')).toEqual(['begun', 'asked', 'done']);
    expect(says('short')).toEqual(['begun', 'asked']);
    await ending;
    const left = () => readdirSync(state.path('run')).filter((name) => name.endsWith('.process'));
    await until('the roster is empty', async () => left().length === 0, 30_000);
  });
});
