/**
 * `ETag`, `If-Match` and `If-None-Match` of drafts (RFC 9110): the tag is the revision in quotes; weak tags and lists are refused.
 */
import type { Precondition } from '../../storage/campaigns.store.js';
import { Problem } from './problem.js';

export const etagOf = (revision: number): string => `"${revision}"`;

export function readPrecondition(headers: { ifMatch?: string; ifNoneMatch?: string }): Precondition {
  if (headers.ifNoneMatch !== undefined) {
    if (headers.ifNoneMatch.trim() === '*' && headers.ifMatch === undefined) return 'absent';
    throw new Problem('invalid', undefined, {
      errors: [{ parameter: 'If-None-Match', detail: 'is * and stands alone' }],
    });
  }
  if (headers.ifMatch === undefined) return 'none';
  if (headers.ifMatch.trim() === '*') return 'present';
  const match = /^\s*"([1-9][0-9]{0,8})"\s*$/.exec(headers.ifMatch);
  if (!match) throw new Problem('stale', 'If-Match is not a tag of this draft.');
  return Number(match[1]);
}
