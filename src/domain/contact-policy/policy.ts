/**
 * The contact policy: at most `cap` contacts of a customer in a window, over all campaigns that fall under its scope (law 5).
 */
import { z } from 'zod';
import { keySchema } from '../base/keys.js';
import type { EpochMs } from '../base/time.js';
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
  window: { kind: 'rolling'; spanMs: number };
  cap: number;
  exemptInformation: boolean;
}

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

/** A contact as the gate sees it; `reserved` ones have not been handed over yet and may still count at any later moment. */
export interface SeenContact extends ContactKind {
  at: EpochMs;
  reserved: boolean;
}

export type PolicyVerdict =
  { kind: 'exempt'; policy: string } | { kind: 'within' | 'capped'; policy: string; seen: number; cap: number };

const label = (policy: ContactPolicy) => `${policy.key}@${policy.version}`;

/** Does a policy have a say in this contact at all? */
export function applies(policy: ContactPolicy, contact: ContactKind): boolean {
  return inScope(policy.scope, contact);
}

/**
 * The contacts that count against a policy at `now`: those in its scope within (now - span, now], and every reservation that has
 * not been handed over, whatever its time, because it will be handed over at a later one. The reference for the set SQL that
 * counts a whole cohort (storage/cohort-facts).
 */
export function countSeen(policy: ContactPolicy, seen: readonly SeenContact[], now: EpochMs): number {
  const from = now - policy.window.spanMs;
  return seen.filter(
    (c) =>
      inScope(policy.scope, c) &&
      !(policy.exemptInformation && c.purpose === 'information') &&
      (c.reserved || c.at > from),
  ).length;
}

/** Judge one more contact against a policy that applies to it and has `seen` counted against it. */
export function judgePolicy(policy: ContactPolicy, contact: ContactKind, seen: number): PolicyVerdict {
  if (policy.exemptInformation && contact.purpose === 'information') return { kind: 'exempt', policy: label(policy) };
  return { kind: seen < policy.cap ? 'within' : 'capped', policy: label(policy), seen, cap: policy.cap };
}
