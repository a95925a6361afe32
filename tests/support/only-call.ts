/**
 * What a claim hands over, where it is for one call.
 */
import type { ClaimResult } from '../../src/storage/delivery.store.js';

/** Errors: nothing was claimed, or it takes another number of calls. */
export function onlyCall(claim: ClaimResult): (ClaimResult & { kind: 'claimed' })['calls'][number] {
  if (claim.kind !== 'claimed') throw new Error(`claim: ${claim.kind}`);
  const [call, ...others] = claim.calls;
  if (!call || others.length > 0) throw new Error(`a claim for ${claim.calls.length} calls`);
  return call;
}
