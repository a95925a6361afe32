/**
 * A database of the run's Redis that one suite has to itself and so may empty: number 0 is everybody else's, who count on what they put there.
 */
const NUMBERS = { entrants: 1, 'file-partner': 2, 'provider-down': 3, inbox: 4, throttle: 5 } as const;

/** Errors: throws where REDIS_URL is missing. */
export function ownRedis(suite: keyof typeof NUMBERS): string {
  const url = new URL(process.env['REDIS_URL'] ?? '');
  url.pathname = `/${NUMBERS[suite]}`;
  return url.href;
}
