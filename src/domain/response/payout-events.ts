/**
 * What becomes of a payout, told as an event that a wait can listen to. Its message id is derived, so that telling it again changes
 * nothing; it bears references only. Events of these names and ids come from us alone.
 */
import type { RuleGroup } from '../segment/rule.js';

export const PAYOUT_EVENTS = ['payout.paid', 'payout.rejected', 'payout.held'] as const;
export type PayoutEvent = (typeof PAYOUT_EVENTS)[number];

const PREFIX = 'payout.';

export function isPayoutEvent(name: string): name is PayoutEvent {
  return (PAYOUT_EVENTS as readonly string[]).includes(name);
}

/** The event that a payout's arrival in this state is, or null. */
export function payoutEventOf(state: string): PayoutEvent | null {
  const name = `${PREFIX}${state}`;
  return isPayoutEvent(name) ? name : null;
}

export const payoutMessageIdOf = (payoutKey: string, state: string): string => `payout/${payoutKey}/${state}`;

/** Of the reward node `of`; whose run and visit it is, `concerns` tells. */
export function payoutFilter(of: string, where?: RuleGroup): RuleGroup {
  const own: RuleGroup = { combinator: 'and', rules: [{ field: 'property.node', operator: '=', value: of }] };
  return where ? { combinator: 'and', rules: [own, where] } : own;
}

/** Whether an event may answer a wait of this run and visit: a payout's only in its own. */
export function concerns(
  event: { name: string; properties: Readonly<Record<string, unknown>> },
  at: { runId: string; visit: number },
): boolean {
  if (!isPayoutEvent(event.name)) return true;
  return event.properties['run'] === at.runId && event.properties['visit'] === at.visit;
}
