/**
 * The independent audit: judges the ten laws from the tables and the books of providers and gateways, whose word comes first. It shares
 * no code with the engine, changes nothing, and may run while the engine does.
 */
import { ambiguous } from './ambiguous.js';
import { businessTime } from './business-time.js';
import { contactCap } from './contact-cap.js';
import { gatedHandOvers } from './gated-hand-overs.js';
import { ledger } from './ledger.js';
import { nothingForgotten } from './nothing-forgotten.js';
import { oneMessage } from './one-message.js';
import { payoutsOnce } from './payouts-once.js';
import type { AuditReport } from './report.js';
import { judgeLaws, type AuditOptions } from './snapshot.js';
import { tracedReasons } from './traced-reasons.js';
import { twoSums } from './two-sums.js';

export { BookUnreadable } from './books.js';
export { assertClean, keysText, type AuditReport, type CheckReport, type LawReport, type Violation } from './report.js';
export { UnknownRun, type AuditOptions } from './snapshot.js';

const LAWS = [
  payoutsOnce,
  oneMessage,
  ledger,
  twoSums,
  contactCap,
  gatedHandOvers,
  tracedReasons,
  nothingForgotten,
  businessTime,
  ambiguous,
];

/** Books are paths or http(s) URLs. Errors: BookUnreadable, UnknownRun, those of the database. */
export async function runAudit(options: AuditOptions): Promise<AuditReport> {
  const laws = await judgeLaws(options, LAWS);
  return { clean: laws.every((law) => law.found === 0), laws };
}
