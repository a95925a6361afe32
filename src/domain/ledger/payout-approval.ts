/**
 * Which payouts somebody has to let go before they are submitted, by the campaign's rule. Whoever launched the campaign or opened the run is never that
 * somebody.
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

/** Who had these payouts come about: one may have launched the version, and another have opened this run of it, for whom they chose. */
export interface Openers {
  launchedBy: string;
  openedBy: string;
}

/** Whether this person may let it go: where the campaign wants an approval, anybody but its openers. */
export function mayApprove(rule: PayoutApproval, amount: Money, by: string, openers: Openers): boolean {
  if (!needsApproval(rule, amount)) return true;
  return isSecondPerson(openers.launchedBy, by) && isSecondPerson(openers.openedBy, by);
}
