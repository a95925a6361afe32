/**
 * The services that tests run on: those that the environment names, else our own on a state folder of their own, so that tests and a
 * running `pado up` never meet. Test runs at the same time share them.
 */
import { join } from 'node:path';
import { startServices } from '../services/index.js';
import { stateDir } from './state-dir.js';
import { tickList } from './terminal.js';

export interface TestServices {
  /** What the tests read: DATABASE_URL (as owner), REDIS_URL, TEMPORAL_ADDRESS; PADO_TEMPORAL_STAYS where that server outlives them. */
  env: NodeJS.ProcessEnv;
  /** Stops what was started here, and nothing else. */
  stop(): Promise<void>;
}

/** Errors: EnvironmentLack with its cure; the reason of the aborted signal. */
export async function startTestServices(interrupted: AbortSignal): Promise<TestServices> {
  const state = stateDir();
  const services = await startServices({
    stateDir: join(state, 'test'),
    toolsDir: join(state, 'tools'),
    need: ['postgres', 'redis', 'temporal'],
    report: tickList(),
    profile: 'test',
    signal: interrupted,
  });
  return {
    env: {
      DATABASE_URL: services.databaseUrl,
      REDIS_URL: services.redisUrl,
      TEMPORAL_ADDRESS: services.temporalAddress,
      ...(process.env['TEMPORAL_ADDRESS'] ? { PADO_TEMPORAL_STAYS: '1' } : {}),
    },
    stop: async () => {
      await services.stop();
    },
  };
}
