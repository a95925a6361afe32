/**
 * What an audit says: per law what was checked over how many rows, what is still open, and every violation by its keys. A violation is
 * never summed away: the listing is bounded per check, the count is not.
 */
export interface Violation {
  /** What is wrong, in words. */
  what: string;
  /** Where: run, node, customer, payout key, message id, and the figures that disagree. */
  keys: Record<string, string | number>;
}

export interface CheckReport {
  /** What was compared with what. */
  what: string;
  /** How many rows it was compared over. */
  rows: number;
  /** How many were wrong; at most `LISTED_MAX` of them are among the law's violations. */
  found: number;
}

export interface LawReport {
  law: number;
  title: string;
  /** Sum of the checks' rows. */
  checked: number;
  /** Under way: neither right nor wrong yet. */
  open: number;
  /** Sum of the checks' findings; may exceed `violations.length`. */
  found: number;
  violations: Violation[];
  checks: CheckReport[];
}

export interface AuditReport {
  clean: boolean;
  laws: LawReport[];
}

/** Violations listed per check. */
export const LISTED_MAX = 100;

const TOLD_MAX = 20;

/** Errors: one that names laws and keys, where the report is not clean. */
export function assertClean(report: AuditReport): void {
  if (report.clean) return;
  const broken = report.laws.filter((law) => law.found > 0);
  const lines = broken.flatMap(({ law, title, found, violations }) => [
    `law ${law} (${title}): ${found} violations`,
    ...violations.slice(0, TOLD_MAX).map(({ what, keys }) => `  ${what}: ${keysText(keys)}`),
  ]);
  throw new Error(`the audit is not clean\n${lines.join('\n')}`);
}

export function keysText(keys: Violation['keys']): string {
  return Object.entries(keys)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}
