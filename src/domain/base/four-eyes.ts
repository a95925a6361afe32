/**
 * Four eyes: what one person asks for, another decides. Who acts has one id, the person's, whether by a session or by any key of theirs (Actor in
 * keys.store.ts), so nobody is their own second person. All approvals ask here.
 */
import { createHash } from 'node:crypto';

export const isSecondPerson = (asked: string, decides: string): boolean => asked !== decides;

/** What was proposed, all of it, as one entity tag (RFC 9110): whoever approves says by it what they have seen, and whatever is proposed anew has another. */
export const proposalTag = (said: readonly unknown[]): string =>
  `"${createHash('sha256').update(JSON.stringify(said)).digest('base64url').slice(0, 22)}"`;
