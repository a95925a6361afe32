/**
 * The claim scopes of rewards: as a marketer states them, as prepared, and what each comes to for one participant. At most one reward
 * is paid per claim (law 1).
 */
import { DateTime } from 'luxon';
import { z } from 'zod';
import type { Claim } from '../base/keys.js';
import type { EpochMs } from '../base/time.js';

const simple = z.enum(['run', 'campaign', 'response']);

/** A word alone is short for an object with that `kind`. */
export const claimScopeSchema = z
  .union([
    simple,
    z.strictObject({ kind: simple }),
    z.strictObject({
      kind: z.literal('customer'),
      period: z.enum(['day', 'week', 'month']),
      /** Whose calendar it is. */
      zone: z.enum(['customer', 'campaign']).default('customer'),
    }),
  ])
  .meta({ id: 'ClaimScope' });
export type ClaimScope = z.infer<typeof claimScopeSchema>;

export type PreparedClaimScope =
  | { kind: 'run' }
  | { kind: 'campaign' }
  /** Response waits that lie before the reward, the last one first. */
  | { kind: 'response'; waits: readonly string[] }
  /** Null: the customer's own zone. */
  | { kind: 'customer'; period: 'day' | 'week' | 'month'; zone: string | null };

export const kindOfScope = (scope: ClaimScope): 'run' | 'campaign' | 'response' | 'customer' =>
  typeof scope === 'string' ? scope : scope.kind;

/** `waits`: response waits that lie before the reward, the last one first; `zone`: the campaign's. */
export function prepareClaimScope(
  scope: ClaimScope,
  at: { waits: readonly string[]; zone: string },
): PreparedClaimScope {
  if (typeof scope === 'object' && scope.kind === 'customer') {
    return { kind: 'customer', period: scope.period, zone: scope.zone === 'campaign' ? at.zone : null };
  }
  const kind = typeof scope === 'string' ? scope : scope.kind;
  return kind === 'response' ? { kind, waits: at.waits } : { kind };
}

export interface ClaimFacts {
  campaign: string;
  now: EpochMs;
  /** The customer's. */
  zone: string;
  /** Number of the event by answered wait. */
  answers: Readonly<Record<string, number>>;
}

/** The claim of one participant at one reward. The event of a response is that of the last wait before it that was answered. */
export function claimOf(scope: PreparedClaimScope, facts: ClaimFacts): Claim {
  switch (scope.kind) {
    case 'run':
      return scope;
    case 'campaign':
      return { kind: 'campaign', campaign: facts.campaign };
    case 'response': {
      const wait = scope.waits.find((node) => Object.hasOwn(facts.answers, node));
      const eventNo = wait === undefined ? undefined : facts.answers[wait];
      if (eventNo === undefined) throw new Error('invariant: a reward per response was reached without a response');
      return { kind: 'response', eventNo };
    }
    case 'customer':
      return {
        kind: 'customer',
        period: scope.period,
        label: periodLabel(facts.now, scope.zone ?? facts.zone, scope.period),
      };
    default:
      return scope satisfies never;
  }
}

const FORMATS = { day: 'yyyy-MM-dd', week: "kkkk-'W'WW", month: 'yyyy-MM' } as const;

/** The local day (2026-03-03), ISO 8601 week (2026-W10) or month (2026-03) of an instant in a zone. */
export function periodLabel(at: EpochMs, zone: string, period: 'day' | 'week' | 'month'): string {
  return DateTime.fromMillis(at, { zone }).toFormat(FORMATS[period], { locale: 'en-US' });
}
