/**
 * The independent audit: judges the ten laws from the tables and the books of providers and gateways, whose word comes first. It shares
 * no code with the engine, changes nothing, and may run while the engine does.
 */
import { LAWS } from './laws.js';
import type { AuditReport } from './report.js';
import { judgeLaws, type AuditOptions } from './snapshot.js';

export { BookUnreadable } from './books.js';
export { assertClean, keysText, type AuditReport, type CheckReport, type LawReport, type Violation } from './report.js';
export { UnknownRun, type AuditOptions } from './snapshot.js';

/** Books are paths or http(s) URLs. Errors: BookUnreadable, UnknownRun, those of the database. */
export async function runAudit(options: AuditOptions): Promise<AuditReport> {
  const laws = await judgeLaws(options, LAWS);
  return { clean: laws.every((law) => law.found === 0), laws };
}
