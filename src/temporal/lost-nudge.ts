/**
 * What a log says of a nudge that was lost: the kind of error, and the server's own word where it gave one; it quotes no input.
 */

/** gRPC's details, such as `Blob data size exceeds limit.`, are on the error or on what caused it. */
export function lostNudge(error: unknown): { name: string; details?: string } {
  const name = error instanceof Error ? error.name : 'unknown';
  for (let at = error; at instanceof Error; at = at.cause)
    if ('details' in at && typeof at.details === 'string' && at.details !== '') return { name, details: at.details };
  return { name };
}
