/**
 * One line of `pado doctor`, as whoever operates an installation under test sees it: its state, what it says, and the cure.
 */
import { padoBeside } from '../cli/launcher.js';
import type { ServiceAddresses } from './own-services.js';
import type { Stack } from './stack.js';

export async function doctorSays(
  check: string,
  { stack, services, state }: { stack: Stack; services: ServiceAddresses; state: string },
): Promise<string> {
  const env = {
    DATABASE_URL: stack.ownerUrl,
    PADO_DATABASE_URL: stack.appUrl,
    REDIS_URL: services.redisUrl,
    TEMPORAL_ADDRESS: services.temporalAddress,
    TEMPORAL_NAMESPACE: stack.namespace,
  };
  const { stdout } = await padoBeside(env, state, 'doctor', '--json');
  const { checks } = JSON.parse(stdout) as {
    checks: { check: string; state: string; detail: string; cure?: string }[];
  };
  const found = checks.find((one) => one.check === check);
  return `${found?.state}: ${found?.detail} ${found?.cure ?? ''}`;
}
