/**
 * The services that tests run on: those that the environment names.
 */
export interface TestServices {
  /** What the tests read: DATABASE_URL (as owner), REDIS_URL, TEMPORAL_ADDRESS. */
  env: NodeJS.ProcessEnv;
  /** Stops what was started here, and nothing else. */
  stop(): Promise<void>;
}

const NEEDED = ['DATABASE_URL', 'REDIS_URL', 'TEMPORAL_ADDRESS'] as const;

export function startTestServices(_interrupted: AbortSignal): Promise<TestServices> {
  const missing = NEEDED.filter((name) => !process.env[name]);
  if (missing.length > 0) throw new Error(`${missing.join(', ')} not set`);
  return Promise.resolve({ env: {}, stop: () => Promise.resolve() });
}
