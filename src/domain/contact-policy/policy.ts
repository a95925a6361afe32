/**
 * The contact policy: at most `cap` contacts of a customer in a window, over all campaigns that fall under its scope (law 5).
 */
import { z } from 'zod';
import { keySchema } from '../base/keys.js';
import type { EpochMs } from '../base/time.js';
import { windowFrom, windowTo, type PolicyWindow } from './window.js';
import { channelSchema, purposeSchema, type Channel, type Purpose } from '../journey/definition.js';

export const policyScopeSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('all') }),
  z.strictObject({ kind: z.literal('channel'), value: channelSchema }),
  z.strictObject({ kind: z.literal('purpose'), value: purposeSchema }),
  z.strictObject({ kind: z.literal('product'), value: keySchema }),
]);
export type PolicyScope = z.infer<typeof policyScopeSchema>;

export interface ContactPolicy {
  key: string;
  version: number;
  scope: PolicyScope;
  window: PolicyWindow;
  cap: number;
  exemptInformation: boolean;
  /** A lower priority yields to a higher one that is due within this time (see yield.ts). */
  lookAheadMs: number;
}

export const LOOK_AHEAD_MAX_MS = 7 * 86_400_000;

/** What a contact is, as far as policies care. */
export interface ContactKind {
  channel: Channel;
  purpose: Purpose;
  product: string | null;
}

export function inScope(scope: PolicyScope, contact: ContactKind): boolean {
  switch (scope.kind) {
    case 'all':
      return true;
    case 'channel':
      return contact.channel === scope.value;
    case 'purpose':
      return contact.purpose === scope.value;
    case 'product':
      return contact.product === scope.value;
    default:
      return scope satisfies never;
  }
}

/**
 * A contact as the gate sees it. `reserved`: it may still go out at a later moment. `handedOver`: it has gone out or may have (submitting,
 * ambiguous); both at once where it may have gone out and may go out again. `at`: the newest hand-over's now, before it the decision's.
 */
export interface SeenContact extends ContactKind {
  at: EpochMs;
  reserved: boolean;
  handedOver: boolean;
}

export type PolicyVerdict =
  { kind: 'exempt'; policy: string } | { kind: 'within' | 'capped'; policy: string; seen: number; cap: number };

/** key@version. */
export const labelOf = (policy: { key: string; version: number }): string => `${policy.key}@${policy.version}`;

/** Does a policy have a say in this contact at all? */
export function applies(policy: ContactPolicy, contact: ContactKind): boolean {
  return inScope(policy.scope, contact);
}

/** Is this one of the contacts that the policy counts? */
export function counts(policy: ContactPolicy, contact: ContactKind): boolean {
  return inScope(policy.scope, contact) && !(policy.exemptInformation && contact.purpose === 'information');
}

/**
 * The contacts that count against a decision at `now` for a customer of `zone`: those of the policy's window and later, and every
 * reservation whatever its time, because it will be handed over at a later one. The reference for the set SQL that counts a whole
 * cohort (storage/contacts-seen).
 */
export function countSeen(policy: ContactPolicy, seen: readonly SeenContact[], now: EpochMs, zone: string): number {
  const from = windowFrom(policy.window, now, zone);
  return seen.filter((c) => counts(policy, c) && (c.reserved || c.at >= from)).length;
}

/** The contacts that count against a hand-over at `now`: those that have gone out, or may have, in its own window. */
export function countHandedOver(
  policy: ContactPolicy,
  seen: readonly SeenContact[],
  now: EpochMs,
  zone: string,
): number {
  const [from, to] = [windowFrom(policy.window, now, zone), windowTo(policy.window, now, zone)];
  return seen.filter((c) => counts(policy, c) && c.handedOver && c.at >= from && c.at < to).length;
}

/** Judge one more contact against a policy that applies to it and has `seen` counted against it. */
export function judgePolicy(policy: ContactPolicy, contact: ContactKind, seen: number): PolicyVerdict {
  if (policy.exemptInformation && contact.purpose === 'information') return { kind: 'exempt', policy: labelOf(policy) };
  return { kind: seen < policy.cap ? 'within' : 'capped', policy: labelOf(policy), seen, cap: policy.cap };
}

/**
 * Judge a hand-over by the policies in force at its now: `seen` by policy as counted by `countHandedOver`, `others` what goes out with it.
 */
export function judgeCapAtHandOver(
  policies: readonly ContactPolicy[],
  contact: ContactKind,
  seen: readonly number[],
  others: readonly ContactKind[],
): { go: boolean; codes: string[] } {
  const codes: string[] = [];
  for (const [index, policy] of policies.entries()) {
    if (!applies(policy, contact)) continue;
    const counted = (seen[index] ?? 0) + others.filter((other) => counts(policy, other)).length;
    const judged = judgePolicy(policy, contact, counted);
    if (judged.kind === 'exempt') continue;
    codes.push(`policy=${judged.policy}:${judged.seen}/${judged.cap}`);
    if (judged.kind === 'capped') return { go: false, codes };
  }
  return { go: true, codes };
}
