/**
 * `ETag`, `If-Match` and `If-None-Match` of drafts (RFC 9110): the tag is the revision in quotes; weak tags and lists are refused. A campaign that was
 * validated names the hash of its content in it, too: whoever edits changes the draft, whoever approves approves all that it pins. A proposal has the tag of
 * all that it says.
 */
import type { ApiHeader } from '@nestjs/swagger';
import type { Precondition } from '../../storage/campaigns.store.js';
import { Problem } from './problem.js';

type Header = Parameters<typeof ApiHeader>[0];
export const IF_NONE_MATCH: Header = {
  name: 'If-None-Match',
  required: false,
  description: '* creates only',
  schema: { type: 'string', enum: ['*'] },
};
export const IF_MATCH: Header = {
  name: 'If-Match',
  required: false,
  description: 'the ETag read: nothing that came since is replaced',
  schema: { type: 'string' },
};

export const etagOf = (revision: number, contentHash: string | null = null): string =>
  contentHash === null ? `"${revision}"` : `"${revision}.${contentHash}"`;

export function readPrecondition(headers: { ifMatch?: string; ifNoneMatch?: string }): Precondition {
  if (headers.ifNoneMatch !== undefined) {
    if (headers.ifNoneMatch.trim() === '*' && headers.ifMatch === undefined) return 'absent';
    throw new Problem('invalid', undefined, {
      errors: [{ parameter: 'If-None-Match', detail: 'is * and stands alone' }],
    });
  }
  if (headers.ifMatch === undefined) return 'none';
  if (headers.ifMatch.trim() === '*') return 'present';
  const match = /^\s*"([1-9][0-9]{0,8})(?:\.[0-9a-f]{64})?"\s*$/.exec(headers.ifMatch);
  if (!match) throw new Problem('stale', 'If-Match is not a tag of this draft.');
  return Number(match[1]);
}

/** Of an approval. */
export const IF_SEEN: Header = {
  name: 'If-Match',
  required: true,
  description: 'the tag of the proposal that was seen: no other one is approved',
  schema: { type: 'string' },
};

/** What somebody says that they have seen and decides about: a tag, for `*` says nothing. */
export function readSeen(ifMatch: string | undefined): string {
  const tag = ifMatch?.trim() ?? '*';
  if (tag === '*') throw new Problem('precondition_required', 'Say what you have seen: the tag that was read.');
  return tag;
}

/** Of what has no revisions: whether it may only be made, and nothing that is there be changed. */
export function readCreateOnly(ifNoneMatch: string | undefined): boolean {
  return readPrecondition(ifNoneMatch === undefined ? {} : { ifNoneMatch }) === 'absent';
}
