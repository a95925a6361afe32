/**
 * Which payouts somebody has to let go before they are submitted, by the campaign's rule. Whoever launched the campaign is never that somebody.
 */
import { z } from 'zod';
import { isSecondPerson } from '../base/four-eyes.js';
import { moneySchema, toMoney, type Money } from '../base/money.js';

/** `above`: those of more than this, and those in another currency, which nothing here can compare. */
export const payoutApprovalSchema = z
  .union([z.enum(['none', 'always']), z.strictObject({ above: moneySchema })])
  .meta({ id: 'PayoutApproval' });
export type PayoutApproval = z.infer<typeof payoutApprovalSchema>;

export function needsApproval(rule: PayoutApproval, amount: Money): boolean {
  if (typeof rule === 'string') return rule === 'always';
  const { minor, currency } = toMoney(rule.above);
  return amount.currency !== currency || amount.minor > minor;
}

/** Whether this person may let it go: where the campaign wants an approval, anybody but who launched it. */
export function mayApprove(rule: PayoutApproval, amount: Money, who: { by: string; launchedBy: string }): boolean {
  return !needsApproval(rule, amount) || isSecondPerson(who.launchedBy, who.by);
}
